"""Whether a target is live, on a real PostgreSQL: the clock, the nights and the magnitudes are set by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from tides.__main__ import main
from tides.clock import jd_utc, utc
from tides.errors import SettingsError
from tides.functions.functions import load_functions
from tides.runs.context import LIVE, RunContext
from tides.surveys.survey import survey as named
from tides.targets.recurrent import let_live_again

AS_OF = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
NOW_JD = jd_utc(AS_OF)
RUN = RunContext("run", LIVE, as_of=AS_OF)
CELL = 7
"""Where the targets lie."""


class Targets:
    """Puts targets and nights into the tables, and asks which are live."""

    def __init__(self, bridge):
        self.bridge = bridge
        self.execute = bridge.connection.execute

    def add(
        self, survey="lsst", *, days_ago=1.0, first=300.0, faint=False, target=None, resumed=None, trigger=None, **bands
    ) -> int:
        """A selected target last detected so many days ago, and first so many before; `bands` are current magnitudes.

        `resumed`: it is seen again since so many days; `trigger`: a function passed first so many days ago.
        """
        if target is None:
            target = self.execute(
                "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template)"
                " VALUES (gen_random_uuid(), 150, -30, %s, true, 'tides-sn') RETURNING tides_id",
                (survey,),
            ).fetchone()["tides_id"]
        object_id, last = f"{survey}-{target}", NOW_JD - days_ago
        self.execute(
            "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, cell, last_jd, seen_jd, faint,"
            " first_jd, resumed_jd) VALUES (%s, %s, %s, 150, -30, %s, %s, %s, %s, %s, %s)",
            (survey, object_id, target, CELL, last, last, faint, last - first, resumed and NOW_JD - resumed),
        )
        function = load_functions()["tidesSNLSST" if survey == "lsst" else "tidesSNZTF"]
        self.execute(
            "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
            " criteria, detections, code_version, run_id, merged_at, trigger_jd)"
            " VALUES ('live', %s, %s, %s, %s, %s, 'x', true, '[]', 5, 'c', 'r', now(), %s)",
            (survey, survey, object_id, function.name, function.hash, trigger and NOW_JD - trigger),
        )
        for band, mag in bands.items():
            self.band(target, survey, band, mag, last)
        return target

    def band(self, target, survey, band, mag, jd, limit=None, limit_jd=NOW_JD - 0.1):
        """A current magnitude, and a later upper limit if given."""
        self.execute(
            "INSERT INTO tides.target_band (tides_id, survey, band, newest_jd, newest_mag, current_jd, current_mag,"
            " limit_jd, limit_mag) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (target, survey, band, jd, mag, jd, mag, limit_jd if limit else None, limit),
        )

    def observed(self, survey, *days_ago, objects=50, caught_up=AS_OF, cell=CELL, of_cell=1, partition=0):
        """Nights in which the survey observed, of them so many objects of a cell, and until when the stream is read."""
        for days in days_ago:
            jd = NOW_JD - days
            night = named(survey).night(jd)
            self.execute("INSERT INTO tides.survey_night VALUES (%s, %s, %s)", (survey, night, objects))
            self.execute("INSERT INTO tides.cell_night VALUES (%s, %s, %s, %s)", (survey, night, cell, of_cell))
        self.execute(
            "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
            " VALUES ('live', %s, %s, 0, %s)",
            (survey, partition, caught_up),
        )

    def judge(self) -> dict[int, tuple[bool, str]]:
        """Runs deactivate_unobserved.sql as of the clock."""
        self.bridge.sql_step("targets/deactivate_unobserved", RUN)
        rows = self.bridge.rows("SELECT tides_id, active, why FROM tides.tides_master")
        return {row["tides_id"]: (row["active"], row["why"]) for row in rows}


@pytest.fixture
def sky(make_bridge):
    return Targets(make_bridge(live={"survey_night_objects": 50}))


def test_a_bright_and_current_target_is_live(sky):
    target = sky.add(r=21.0)
    assert sky.judge()[target] == (True, "live")


@pytest.mark.parametrize(
    ("bands", "live"),
    [
        ({"r": 22.6}, True),
        ({"r": 22.8}, False),
        ({"r": 22.8, "g": 22.0}, True),
        ({"r": 22.8, "g": 23.5, "i": 22.75, "z": 24.0}, False),
        ({"y": 24.0}, True),
        ({}, True),
    ],
    ids=["within hysteresis", "faint", "one band bright", "all known faint", "only y", "nothing known"],
)
def test_faint_means_that_every_known_band_of_griz_is_beyond_limit_and_hysteresis(sky, bands, live):
    target = sky.add(**bands)
    assert sky.judge()[target][0] is live


@pytest.mark.parametrize(("mag", "live"), [(22.6, False), (22.5, True), (22.4, True)])
def test_a_faded_target_is_live_again_only_at_the_limit_itself(sky, mag, live):
    target = sky.add(faint=True, r=mag)
    assert sky.judge()[target][0] is live


def test_a_faded_target_stays_faded_while_nothing_is_known(sky):
    target = sky.add(faint=True, days_ago=25)
    assert sky.judge()[target] == (False, "faint")


def test_a_magnitude_that_is_too_old_is_unknown_and_not_faint(sky):
    target = sky.add(days_ago=21, r=23.5)
    assert sky.judge()[target][0] is True


def test_a_later_upper_limit_makes_a_band_fainter_but_never_brighter(sky):
    fainter, brighter = sky.add(), sky.add()
    sky.band(fainter, "lsst", "r", 21.0, NOW_JD - 3, limit=23.0)
    sky.band(brighter, "lsst", "r", 23.0, NOW_JD - 3, limit=20.0)
    judged = sky.judge()
    assert judged[fainter][0] is False
    assert judged[brighter][0] is False


def test_ztf_has_its_own_faint_limit(sky):
    lsst, ztf = sky.add("lsst", r=21.0), sky.add("ztf", r=21.0)
    judged = sky.judge()
    assert judged[lsst] == (True, "live")
    assert judged[ztf] == (False, "faint")


@pytest.mark.parametrize(("survey", "visits"), [("lsst", 6), ("ztf", 8)])
def test_not_seen_counts_nights_in_which_its_place_was_visited(sky, survey, visits):
    fewer, enough = sky.add(survey, days_ago=3 * visits - 1), sky.add(survey, days_ago=3 * visits + 1)
    sky.observed(survey, *range(3, 44, 3))
    judged = sky.judge()
    assert judged[fewer][0] is True
    assert judged[enough] == (False, "unobserved")


def test_nights_in_which_the_survey_looked_elsewhere_do_not_count(sky):
    target = sky.add(days_ago=44)
    sky.observed("lsst", *range(1, 44), cell=CELL + 1)
    assert sky.judge()[target] == (True, "live")
    sky.execute("UPDATE tides.tides_alias SET cell = %s", (CELL + 1,))
    assert sky.judge()[target] == (False, "unobserved")


@pytest.mark.parametrize(("of_cell", "live"), [(1, True), (2, False)])
def test_a_place_was_visited_when_so_many_objects_of_its_cell_were_seen(make_bridge, of_cell, live):
    sky = Targets(make_bridge(live={"survey_night_objects": 50, "visit_objects": 2}))
    target = sky.add(days_ago=20)
    sky.observed("lsst", *range(1, 20), of_cell=of_cell)
    assert sky.judge()[target][0] is live


def test_forced_photometry_of_the_target_itself_shows_that_its_place_was_visited(sky):
    target = sky.add(days_ago=16.5)
    sky.observed("lsst", *range(3, 16, 3))
    sky.observed("lsst", *range(1, 16, 3), cell=CELL + 1, partition=1)
    assert sky.judge()[target] == (True, "live"), "5 visits, and 5 nights elsewhere"
    sky.band(target, "lsst", "r", 21.0, NOW_JD - 16.5, limit=21.5, limit_jd=NOW_JD - 9)
    assert sky.judge()[target] == (True, "live"), "that night has a visit already"
    sky.band(target, "lsst", "i", 21.0, NOW_JD - 16.5, limit=21.5, limit_jd=NOW_JD - 7)
    assert sky.judge()[target] == (False, "unobserved")


def test_a_target_without_a_cell_is_unobserved_at_the_seasons_end_only(sky):
    kept, ended = sky.add(days_ago=44), sky.add(days_ago=46)
    sky.execute("UPDATE tides.tides_alias SET cell = NULL")
    sky.observed("lsst", *range(1, 44))
    judged = sky.judge()
    assert (judged[kept][0], judged[ended]) == (True, (False, "unobserved"))


def test_nights_that_brought_too_few_objects_do_not_count(sky):
    target = sky.add(days_ago=20)
    sky.observed("lsst", *range(1, 20), objects=49)
    assert sky.judge()[target][0] is True


def test_nights_that_have_not_been_read_to_the_end_do_not_count(sky):
    target = sky.add(days_ago=11)
    sky.observed("lsst", *range(1, 11), caught_up=AS_OF - timedelta(days=5))
    assert sky.judge()[target][0] is True


def test_our_own_outage_deactivates_nothing(sky):
    target = sky.add(days_ago=60)
    sky.observed("lsst", caught_up=AS_OF - timedelta(days=58))
    assert sky.judge()[target][0] is True


def test_a_seasons_end_counts_in_days_until_the_stream_was_read(sky):
    target = sky.add(days_ago=46)
    sky.observed("lsst")
    assert sky.judge()[target] == (False, "unobserved")


@pytest.mark.parametrize(("days_ago", "live"), [(44.875, True), (45.0, False)])
def test_a_season_has_ended_after_45_days_exactly(sky, days_ago, live):
    target = sky.add(days_ago=days_ago)
    sky.observed("lsst")
    assert sky.judge()[target][0] is live


def test_an_object_that_waits_for_evaluation_is_never_unobserved(sky):
    target = sky.add(days_ago=46)
    sky.observed("lsst")
    sky.execute(
        "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, bands, messages)"
        " VALUES ('live', 'lsst', %s, 'lsst', '{}', '', now(), '{}', 1)",
        (f"lsst-{target}",),
    )
    assert sky.judge()[target][0] is True


def test_a_target_of_two_surveys_is_off_only_when_each_that_saw_it_lately_says_so(sky):
    kept = sky.add("lsst", r=21.0)
    sky.add("ztf", target=kept, r=21.0)
    ended = sky.add("lsst", r=23.0)
    sky.add("ztf", target=ended, r=21.0)
    forgotten = sky.add("lsst", days_ago=70, r=21.0)
    sky.add("ztf", target=forgotten, r=21.0)
    judged = sky.judge()
    assert judged[kept] == (True, "live"), "ZTF alone never ends what LSST sees"
    assert judged[ended] == (False, "faint")
    assert judged[forgotten][0] is False, "LSST has not detected it within 60 d"


@pytest.mark.parametrize(("days_ago", "live"), [(60.0, True), (60.125, False)])
def test_a_survey_has_a_say_up_to_60_days_after_its_last_detection(sky, days_ago, live):
    target = sky.add("lsst", days_ago=days_ago, r=21.0)
    sky.add("ztf", target=target, r=21.0)
    assert sky.judge()[target][0] is live


@pytest.mark.parametrize(
    ("ztf", "why"), [({"r": 21.0}, "faint"), ({"days_ago": 46}, "unobserved")], ids=["one is faint", "none is faint"]
)
def test_what_surveys_switch_off_for_different_reasons_is_faint_if_one_of_them_says_so(sky, ztf, why):
    target = sky.add("lsst", days_ago=46)
    sky.add("ztf", target=target, **ztf)
    for survey in ("lsst", "ztf"):
        sky.observed(survey)
    assert sky.judge()[target] == (False, why)


def test_anybody_can_ask_the_rule_and_it_writes_nothing(sky):
    target = sky.add("lsst", r=23.0)
    sky.add("ztf", target=target, r=20.0)
    sky.judge()
    sky.bridge.connection.execute("SET default_transaction_read_only = on")
    (verdict,) = sky.bridge.rows("SELECT * FROM tides.live_verdict(%s)", AS_OF)
    assert (verdict["active"], verdict["why"], verdict["detail"]) == (True, "live", {})
    lsst, ztf = verdict["surveys"]
    assert (lsst["survey"], lsst["faint"], lsst["unobserved"], lsst["has_say"]) == ("lsst", True, False, True)
    assert (lsst["brightest_mag"], lsst["bands"], lsst["faint_limit"]) == (23.0, "r", 22.5)
    assert (ztf["survey"], ztf["faint"], ztf["brightest_mag"], ztf["last_jd"]) == ("ztf", False, 20.0, NOW_JD - 1)


def test_the_rule_tells_the_brightest_band_and_when_the_newest_value_is_from(sky):
    target = sky.add()
    sky.band(target, "lsst", "g", 21.0, NOW_JD - 5)
    sky.band(target, "lsst", "r", 22.0, NOW_JD - 3, limit=23.0)
    sky.judge()
    (lsst,) = sky.bridge.row("SELECT surveys FROM tides.live_verdict(%s)", AS_OF)["surveys"]
    assert (lsst["brightest_mag"], lsst["bands"], lsst["since_jd"]) == (21.0, "g, r", NOW_JD - 0.1)


def test_the_rule_tells_only_the_surveys_that_say_off_and_why(sky):
    target = sky.add("lsst", r=23.0)
    sky.add("ztf", target=target, days_ago=70)
    sky.judge()
    detail = sky.bridge.row("SELECT detail FROM tides.live_verdict(%s)", AS_OF)["detail"]
    assert detail == {"surveys": {"lsst": "faint"}}


@pytest.mark.parametrize(("read", "live"), [(["lsst"], True), (["lsst", "ztf"], False)])
def test_without_a_survey_with_a_say_each_survey_must_say_off(sky, read, live):
    target = sky.add("lsst", days_ago=70)
    sky.add("ztf", target=target, days_ago=70)
    for survey in read:
        sky.observed(survey)
    assert sky.judge()[target][0] is live


def test_an_object_without_a_counted_detection_is_silent_since_it_was_seen(sky):
    target = sky.add(days_ago=46)
    sky.observed("lsst")
    sky.execute("UPDATE tides.tides_alias SET last_jd = NULL")
    assert sky.judge()[target] == (False, "unobserved")


@pytest.mark.parametrize("caught_up", [None, AS_OF - timedelta(days=5)])
def test_a_survey_is_read_as_far_as_the_last_of_its_partitions(sky, caught_up):
    target = sky.add(days_ago=46)
    sky.observed("lsst")
    sky.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
        " VALUES ('live', 'lsst', 1, 0, %s)",
        (caught_up,),
    )
    assert sky.judge()[target] == (True, "live")


def test_a_night_counts_once_the_stream_is_read_to_its_very_end(sky):
    night = named("lsst").night(NOW_JD - 3)
    end = utc(named("lsst").night_end(night))
    sky.observed("lsst", 3, caught_up=end)
    sky.judge()
    assert [row["night"] for row in sky.bridge.rows("SELECT night FROM tides.counted_night")] == [night]
    sky.execute("UPDATE tides.stream_offset SET caught_up_at = %s", (end - timedelta(seconds=1),))
    assert sky.bridge.rows("SELECT night FROM tides.counted_night") == []


def test_a_night_counts_by_the_objects_of_its_best_stream(sky):
    sky.observed("lsst", 3, objects=49)
    sky.judge()
    sky.execute("UPDATE tides.survey_limits SET streams = '{lsst,more}' WHERE survey = 'lsst'")
    sky.execute("INSERT INTO tides.survey_night SELECT 'more', night, objects FROM tides.survey_night")
    assert sky.bridge.rows("SELECT night FROM tides.counted_night") == []
    sky.execute("UPDATE tides.survey_night SET objects = 50 WHERE stream = 'more'")
    assert len(sky.bridge.rows("SELECT night FROM tides.counted_night")) == 1


def test_a_replay_neither_keeps_a_target_waiting_nor_holds_a_survey_back(sky):
    target = sky.add(days_ago=46)
    sky.observed("lsst")
    sky.execute(
        "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, bands, messages)"
        " VALUES ('replay/x', 'lsst', %s, 'lsst', '{}', '', now(), '{}', 1)",
        (f"lsst-{target}",),
    )
    sky.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
        " VALUES ('replay/x', 'lsst', 0, 0, %s)",
        (AS_OF - timedelta(days=5),),
    )
    assert sky.judge()[target] == (False, "unobserved")


def test_what_no_function_in_use_selects_is_not_live(sky):
    target = sky.add(r=21.0)
    sky.execute("UPDATE tides.selection SET function = 'another one'")
    assert sky.judge()[target] == (False, "unselected")


def test_a_later_failing_verdict_takes_nothing_away(sky):
    target = sky.add(r=21.0)
    sky.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " criteria, detections, code_version, run_id, merged_at) SELECT lane, stream, survey, object_id, function,"
        " function_hash, 'y', false, criteria, detections, code_version, run_id, now() FROM tides.selection"
    )
    assert sky.judge()[target] == (True, "live")


def test_out_of_reach_comes_before_any_other_reason(sky):
    target = sky.add(r=21.0)
    sky.execute("UPDATE tides.tides_master SET reachable = false")
    assert sky.judge()[target] == (False, "unreachable")


@pytest.mark.parametrize(
    ("verb", "change", "why"),
    [
        ("veto", "UPDATE tides.tides_master SET reachable = false", "unreachable"),
        ("force", "UPDATE tides.tides_master SET reachable = false", "unreachable"),
        ("veto", "UPDATE tides.selection SET function = 'another one'", "vetoed"),
        ("force", "UPDATE tides.selection SET function = 'another one'", "forced"),
        ("force", "UPDATE tides.tides_alias SET faint = true", "forced"),
    ],
)
def test_a_decision_comes_after_reach_and_before_all_that_the_data_say(sky, verb, change, why):
    target = sky.add(r=23.0)
    sky.execute(
        "INSERT INTO tides.operator_decision (tides_id, verb, reason, by) VALUES (%s, %s, 'why', 'kim')", (target, verb)
    )
    sky.execute(change)
    assert sky.judge()[target][1] == why


def test_judging_again_changes_no_row(sky):
    sky.add(r=21.0)
    sky.add(r=23.0)
    sky.judge()
    before = sky.bridge.rows("SELECT xmin::text, * FROM tides.tides_master ORDER BY tides_id")
    sky.judge()
    assert sky.bridge.rows("SELECT xmin::text, * FROM tides.tides_master ORDER BY tides_id") == before


def test_a_target_that_reappears_after_a_long_silence_is_recurrent_and_reported(sky):
    target = sky.add(r=21.0, resumed=5, trigger=120)
    assert sky.judge()[target] == (False, "recurrent")
    name = sky.bridge.row("SELECT name FROM tides.tides_master")["name"]
    assert sky.bridge.row("SELECT kind, subject FROM tides.event") == {"kind": "recurrent target", "subject": name}


@pytest.mark.parametrize(
    "how", [{"resumed": 5, "trigger": 3}, {"trigger": 120}], ids=["selected after the silence", "never silent"]
)
def test_what_was_no_target_before_the_silence_or_never_silent_is_not_recurrent(sky, how):
    target = sky.add(r=21.0, **how)
    assert sky.judge()[target] == (True, "live")


def test_a_new_object_after_a_long_silence_makes_its_target_recurrent(sky):
    target = sky.add("lsst", days_ago=150, trigger=250)
    sky.add("ztf", target=target, days_ago=1, first=4, r=20.0)
    assert sky.judge()[target] == (False, "recurrent")


def test_what_another_survey_saw_all_the_time_is_not_recurrent(sky):
    target = sky.add("lsst", r=21.0, resumed=5, trigger=150)
    sky.add("ztf", target=target, days_ago=2, r=20.0)
    assert sky.judge()[target] == (True, "live")


@pytest.mark.parametrize(("days", "why"), [(100.0, "live"), (100.125, "recurrent")])
def test_a_silence_is_long_beyond_100_days(sky, days, why):
    target = sky.add(r=21.0, resumed=5, trigger=5 + days)
    assert sky.judge()[target][1] == why


@pytest.mark.parametrize(("days", "why"), [(100.0, "live"), (100.125, "recurrent")])
def test_another_survey_breaks_the_silence_up_to_100_days_before_its_end(sky, days, why):
    target = sky.add("lsst", r=21.0, resumed=5, trigger=150)
    sky.add("ztf", target=target, days_ago=5 + days)
    assert sky.judge()[target][1] == why


def test_a_recurrent_target_is_live_again_by_hand_only_and_until_its_next_silence(sky):
    target = sky.add(r=21.0, resumed=5, trigger=120)
    sky.judge()
    sky.execute("UPDATE tides.tides_master SET jdmax = %s", (NOW_JD - 1,))
    name = sky.bridge.row("SELECT name FROM tides.tides_master")["name"]
    assert sky.judge()[target] == (False, "recurrent")
    assert main(["reactivate", name, "--reason", "a second supernova", "--by", "kim"]) == 0
    assert sky.judge()[target] == (True, "live")
    event = sky.bridge.row("SELECT closed_at IS NOT NULL AS closed, detail FROM tides.event")
    assert event["closed"]
    assert (event["detail"]["by"], event["detail"]["reason"]) == ("kim", "a second supernova")
    sky.execute("UPDATE tides.tides_alias SET resumed_jd = last_jd + 200, last_jd = last_jd + 200")
    assert sky.judge()[target] == (False, "recurrent")


def test_a_target_let_live_again_is_recurrent_only_by_what_is_seen_after_that(sky):
    target = sky.add(r=21.0, resumed=5, trigger=120)
    sky.execute("UPDATE tides.tides_master SET reactivated_jd = %s", (NOW_JD - 5,))
    assert sky.judge()[target] == (True, "live")
    sky.execute("UPDATE tides.tides_master SET reactivated_jd = %s", (NOW_JD - 5.125,))
    assert sky.judge()[target] == (False, "recurrent")


def test_what_is_not_recurrent_cannot_be_reactivated(sky):
    sky.add(r=21.0)
    with pytest.raises(SettingsError, match="no recurrent target"):
        let_live_again(sky.bridge.connection, sky.bridge.settings.database, "TiDES26aaa", "why", "kim")
