"""The flood guard: what exceeds a limit waits in the tables until somebody lets it go."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.builders import AN_ID, an_lsst_message
from tests.state import dump
from tests.targets import AGN, FADED, LIVE, UNSEEN, give_objects, put_targets
from tides.__main__ import main
from tides.errors import SettingsError
from tides.fourmost.guard import release_initial, release_run
from tides.reports.trace import trace
from tides.runs.context import RunContext
from tides.settings.model import load_settings

GUARD = {
    "initial": False, "created": 5, "faint": 0.5, "unobserved": 0.5, "reclassified": 0.5, "unselected": 0.4,
    "other": 0.5, "at_least": 2,
}  # fmt: skip
OFF = "UPDATE tides.tides_master SET active = false, why = '{}', active_since = NULL"


def in_berlin(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}"


class Flood:
    """A bridge whose guard has small limits."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside, self.runs = bridge, outside, 0

    def targets(self, count):
        put_targets(self.bridge.connection, count)
        self.change(LIVE)

    def change(self, to, first=1, last=20_000):
        self.bridge.connection.execute(f"{to} WHERE tides_id BETWEEN {first} AND {last}")

    def run(self):
        """A run up to its report; gives its id and the report."""
        self.runs += 1
        run = RunContext(f"run-{self.runs}")
        self.bridge.tell(run).or_raise()
        return run.run_id, self.bridge.report(run)

    def held(self):
        rows = self.bridge.rows("SELECT held, count(*) AS n FROM tides.fourmost_target GROUP BY held ORDER BY held")
        return {row["held"]: row["n"] for row in rows if row["held"]}

    def active(self):
        return sum(row["is_active"] for row in self.outside.rows())

    def open_events(self):
        rows = self.bridge.rows(
            "SELECT subject FROM tides.event WHERE kind = 'held by the guard' AND closed_at IS NULL"
        )
        return [row["subject"] for row in rows]


@pytest.fixture
def make_flood(make_syncing, outside):
    template = load_settings().targets["tides-sn"].model_dump(mode="json", exclude_defaults=True)
    targets = {"first": template | {"priority": 5}}
    return lambda guard=GUARD, **fourmost: Flood(make_syncing(guard=guard, fourmost=fourmost, targets=targets), outside)


@pytest.fixture
def flood(make_flood):
    return make_flood()


def test_as_many_creates_as_the_limit_go_at_once(flood):
    flood.targets(5)
    flood.run()
    assert (flood.active(), flood.held(), flood.open_events()) == (5, {}, [])


def test_more_creates_than_the_limit_are_held_reported_and_go_when_released(flood):
    flood.targets(6)
    run_id, text = flood.run()
    assert (flood.active(), flood.held(), flood.open_events()) == (0, {"created": 6}, ["created"])
    assert f"`tides release --run {run_id} --by NAME`" in text
    assert flood.run()[1].count("Held by the guard (created):** 6") == 1, "nothing goes by itself"
    assert release_run(flood.bridge.connection, run_id, "Ada") == {"created": 6}
    flood.run()
    assert (flood.active(), flood.held(), flood.open_events()) == (6, {}, [])
    event = flood.bridge.row("SELECT detail FROM tides.event WHERE kind = 'released'")
    assert event["detail"]["by"] == "Ada"


@pytest.mark.parametrize(("to", "reason"), [(FADED, "faint"), (UNSEEN, "unobserved"), (AGN, "reclassified")])
def test_each_reason_of_a_deactivation_has_a_limit_of_its_own(flood, to, reason):
    flood.targets(5)
    flood.run()
    flood.change(to, last=3)
    run_id, _ = flood.run()
    assert (flood.active(), flood.held()) == (5, {reason: 3})
    release_run(flood.bridge.connection, run_id, "Ada")
    flood.run()
    assert (flood.active(), flood.held()) == (2, {})


@pytest.mark.parametrize("why", ["recurrent", "merged", "unreachable", "host_only"])
def test_what_has_no_limit_of_its_own_is_counted_by_itself_and_reported_under_its_name(flood, why):
    flood.targets(5)
    flood.run()
    flood.change(OFF.format(why), last=3)
    flood.change(OFF.format("unselected"), first=4, last=5)
    _, text = flood.run()
    assert (flood.active(), flood.held()) == (3, {why: 3})
    assert f"Held by the guard ({why}):** 3" in text
    assert flood.open_events() == [why]


def test_what_no_function_selects_any_more_has_a_limit_of_its_own(make_flood):
    flood = make_flood(GUARD | {"unselected": 0.4, "reclassified": 1.0, "at_least": 0})
    flood.targets(5)
    flood.run()
    flood.change(OFF.format("unselected"), last=2)
    flood.run()
    assert (flood.active(), flood.held()) == (3, {}), "exactly as many as the limit"
    flood.change(LIVE)
    flood.run()
    flood.change(OFF.format("unselected"), last=3)
    flood.run()
    assert (flood.active(), flood.held()) == (5, {"unselected": 3})


@pytest.mark.parametrize("why", ["vetoed", "observed"])
def test_a_veto_or_a_spectrum_is_never_held(flood, why):
    flood.targets(5)
    flood.run()
    flood.change(OFF.format(why))
    flood.run()
    assert (flood.active(), flood.held()) == (0, {})


def test_what_a_person_forces_is_held_by_a_first_start_alone(make_flood):
    flood = make_flood(GUARD | {"initial": True, "created": 1})
    flood.targets(3)
    flood.change("UPDATE tides.tides_master SET why = 'forced'")
    flood.run()
    assert (flood.active(), flood.held()) == (0, {"initial": 3})
    release_initial(flood.bridge.connection, "Ada")
    flood.run()
    assert (flood.active(), flood.held()) == (3, {})
    put_targets(flood.bridge.connection, 2, first=3)
    flood.change("UPDATE tides.tides_master SET active = true, active_since = now(), why = 'forced'")
    flood.run()
    assert (flood.active(), flood.held()) == (5, {})


def test_a_flood_of_one_reason_does_not_hold_the_others(flood):
    flood.targets(5)
    flood.run()
    flood.change(FADED, last=3)
    flood.change(UNSEEN, first=4, last=4)
    flood.run()
    assert (flood.active(), flood.held()) == (4, {"faint": 3})


def test_a_flood_that_ebbs_away_is_free_again(flood):
    flood.targets(5)
    flood.run()
    flood.change(FADED, last=4)
    flood.run()
    flood.change(LIVE, first=3)
    flood.run()
    assert (flood.active(), flood.held(), flood.open_events()) == (3, {}, [])


def test_a_release_serves_for_one_change_of_each_target(flood):
    flood.targets(5)
    flood.run()
    for _ in range(2):
        flood.change(FADED, last=3)
        run_id, _ = flood.run()
        assert flood.held() == {"faint": 3}
        release_run(flood.bridge.connection, run_id, "Ada")
        flood.run()
        assert flood.active() == 2
        flood.change(LIVE)
        flood.run()
        assert flood.active() == 5


def test_what_a_later_run_holds_is_not_released_with_an_earlier_one(flood):
    flood.targets(5)
    flood.run()
    flood.change(FADED, last=3)
    first, _ = flood.run()
    flood.change(AGN, first=4, last=5)
    flood.change(AGN, first=3, last=3)
    flood.run()
    assert flood.held() == {"reclassified": 3}
    assert release_run(flood.bridge.connection, first, "Ada") == {}


def test_a_first_start_is_held_until_it_is_released_as_such(make_flood, capsys):
    flood = make_flood(guard=GUARD | {"initial": True})
    flood.targets(7)
    run_id, text = flood.run()
    assert (flood.active(), flood.held()) == (0, {"initial": 7})
    assert "release --initial --by NAME" in text
    assert release_run(flood.bridge.connection, run_id, "Ada") == {}
    assert main(["release", "--initial", "--by", "Ada"]) == 0
    assert "7 creates" in capsys.readouterr().out
    flood.run()
    assert (flood.active(), flood.held()) == (7, {})


def test_releasing_a_run_that_is_not_known_says_so(flood, capsys):
    with pytest.raises(SettingsError, match="no run 'gone'"):
        release_run(flood.bridge.connection, "gone", "Ada")
    assert main(["release", "--run", "gone", "--by", "Ada"]) == 1
    assert "take the id from the report" in capsys.readouterr().err


def select_all(flood, *, epoch_days_ago):
    """Every target was selected by the stream's function, the last one the newest."""
    function = flood.bridge.functions["tidesSNLSST"]
    flood.bridge.connection.execute(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id) SELECT 'lsst', tides_id, tides_id"
        " FROM tides.tides_master"
    )
    flood.bridge.connection.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " criteria, trigger_jd, detections, code_version, run_id, merged_at)"
        " SELECT 'live', 'lsst', 'lsst', tides_id, %s, %s, '', true, '{}', 2461000 + tides_id, 5, '', 'r', now()"
        " FROM tides.tides_master",
        (function.name, function.hash),
    )
    for kind, subject in (("function", f"lsst/{function.name}"), ("filter", "lsst")):
        flood.bridge.connection.execute(
            "INSERT INTO tides.selection_epoch (kind, subject, content, since, run_id)"
            " VALUES (%s, %s, '{}', now() - make_interval(days => %s), 'r')",
            (kind, subject, epoch_days_ago),
        )


CUT_OFF = {"zone": "Europe/Berlin", "last_run_min": 25, "no_create_min": 3, "failed_after_h": 3}


def test_in_the_last_run_creates_of_what_has_not_changed_go_the_newest_first_up_to_the_limit(make_flood):
    at = datetime.now(UTC) + timedelta(minutes=20)
    flood = make_flood(cut_off={**CUT_OFF, "time": in_berlin(at)})
    flood.targets(8)
    select_all(flood, epoch_days_ago=8)
    flood.bridge.connection.execute("UPDATE tides.tides_master SET template = 'first' WHERE tides_id = 2")
    flood.run()
    sent = flood.bridge.rows("SELECT id FROM tides.fourmost_key ORDER BY pk")
    assert [row["id"] for row in sent] == [2, 5, 6, 7, 8], "the highest priority, then the newest"
    flood.run()
    assert (flood.active(), flood.held()) == (8, {}), "the other three are no flood any more"


def test_in_the_last_run_creates_of_what_has_changed_lately_stay_held(make_flood):
    at = datetime.now(UTC) + timedelta(minutes=20)
    flood = make_flood(cut_off={**CUT_OFF, "time": in_berlin(at)})
    flood.targets(8)
    select_all(flood, epoch_days_ago=6)
    flood.run()
    assert (flood.active(), flood.held()) == (0, {"created": 8})


def test_in_the_last_run_deactivations_over_the_limit_stay_held(make_flood):
    at = datetime.now(UTC) + timedelta(minutes=20)
    flood = make_flood(cut_off={**CUT_OFF, "time": in_berlin(at)})
    flood.targets(5)
    flood.run()
    flood.change(FADED)
    flood.run()
    assert (flood.active(), flood.held()) == (5, {"faint": 5})


def test_the_dry_run_says_what_would_be_sent_and_what_would_not_and_sends_nothing(flood, capsys):
    flood.targets(5)
    flood.run()
    flood.change(FADED, last=3)
    flood.change(UNSEEN, first=4, last=4)
    flood.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 20 WHERE tides_id = 5")
    before = flood.bridge.rows("SELECT to_jsonb(f) AS row FROM tides.fourmost_target AS f ORDER BY id")
    calls = flood.outside.calls("targetCat")
    assert main(["sync", "--dry"]) == 0
    said = capsys.readouterr().out
    assert said.count("held by the guard: faint") == 3
    assert said.count("switch off") == 4
    assert "mag 21.0 → 20.0" in said
    assert "2 rows would be sent, 3 would not" in said
    assert flood.outside.calls("targetCat") == calls
    assert flood.bridge.rows("SELECT to_jsonb(f) AS row FROM tides.fourmost_target AS f ORDER BY id") == before


def test_the_dry_run_judges_first_and_says_what_the_next_run_would_switch(flood, capsys):
    flood.targets(3)
    give_objects(flood.bridge.connection)
    flood.bridge.remember()
    flood.run()
    assert flood.active() == 3
    flood.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 23.5 WHERE tides_id = 1")
    before = flood.bridge.rows("SELECT to_jsonb(m) AS row FROM tides.tides_master AS m ORDER BY tides_id")
    assert main(["sync", "--dry"]) == 0
    said = capsys.readouterr().out
    assert said.count("switch off") == 1
    assert "1 rows would be sent, 0 would not" in said
    assert flood.bridge.rows("SELECT to_jsonb(m) AS row FROM tides.tides_master AS m ORDER BY tides_id") == before
    screen = trace(flood.bridge.connection, 1).as_text()
    assert "by the rule now faint: lsst: fainter than 22.5 in r since MJD" in screen
    assert "the next run switches it off" in screen
    assert "by the rule now live" in trace(flood.bridge.connection, 2).as_text()
    assert "the next run" not in trace(flood.bridge.connection, 2).as_text()


def test_the_dry_run_takes_every_step_of_the_next_run(bridge, capsys):
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1, ra=151.0))
    bridge.run()
    bridge.publish("lsst", an_lsst_message(AN_ID + 2, ra=152.0))
    bridge.drain("lsst")
    bridge.evaluate()
    assert main(["decide", "veto", "TiDES26aaa", "--reason", "a ghost", "--by", "Ada"]) == 0
    assert main(["decide", "veto", "151.0", "-30", "--reason", "a star", "--by", "Ada"]) == 0
    before = dump(bridge.database_url, [])
    capsys.readouterr()
    assert main(["sync", "--dry"]) == 0
    said = capsys.readouterr().out
    assert said.count("switch off") == 2
    assert said.count("create") == 1
    assert "3 rows would be sent, 0 would not" in said
    assert dump(bridge.database_url, []) == before
    told = bridge.run()
    assert (told.created, told.updated) == (1, 2)


def test_what_4most_refused_can_be_sent_again(flood, capsys):
    flood.targets(1)
    flood.outside.fault({"match": {"method": "POST", "path": "transients/$"}, "kind": "status", "status": 400})
    flood.run()
    flood.run()
    assert flood.active() == 0
    assert main(["release", "--refused", "--by", "Ada"]) == 0
    assert "1 refused targets" in capsys.readouterr().out
    flood.run()
    assert flood.active() == 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fourteen_thousand_flags_go_in_one_run_once_they_are_released(make_flood):
    waits = {"read_timeout_s": 15, "create_timeout_s": 120, "total_timeout_s": 130, "settle_s": 140}
    flood = make_flood(guard={"initial": True}, **waits)
    flood.targets(14_000)
    flood.run()
    release_initial(flood.bridge.connection, "Ada")
    flood.run()
    assert flood.active() == 14_000
    flood.change(FADED)
    run_id, _ = flood.run()
    assert (flood.active(), flood.held()) == (14_000, {"faint": 14_000})
    release_run(flood.bridge.connection, run_id, "Ada")
    calls = flood.outside.calls("targetCat", "PATCH")
    flood.run()
    assert flood.active() == 0
    assert flood.outside.calls("targetCat", "PATCH") - calls == 14_000
    assert flood.held() == {}
