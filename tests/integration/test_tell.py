"""The Tell protocol against the stand-in for 4MOST, which stores, refuses, hangs up and forgets to answer."""

import json
import time

import pytest

from sandbox.services.leash import patient
from tests.builders import AN_ID, an_lsst_message
from tests.limits import SHORT
from tides.errors import AccessRefused, ServiceAway
from tides.fourmost import wanted
from tides.fourmost.batch import Batch
from tides.fourmost.exchange import storable
from tides.fourmost.tell import create, update
from tides.hooks.fourmost import FourMostHook

CREATE = {"method": "POST", "path": "targetCat/transients/$"}
CHANGE = {"method": "PATCH"}


class Night:
    """A bridge with live targets that are ready to be told."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside = bridge, outside

    def targets(self, count=3, **columns):
        messages = [an_lsst_message(AN_ID + n, ra=150.0 + n, **columns) for n in range(count)]
        self.bridge.publish("lsst", *messages)
        self.prepare()

    def prepare(self):
        self.bridge.drain("lsst")
        self.bridge.evaluate()
        self.bridge.remember()

    def settle(self, late_s=0.0):
        """The settle time passes, by the database's clock; what 4MOST stores late is waited for."""
        time.sleep(late_s)
        passed = self.bridge.settings.fourmost.settle_s + 0.1
        for column in ("fourmost_target SET sending_since = sending_since", "event SET last_seen_at = last_seen_at"):
            self.bridge.connection.execute(f"UPDATE tides.{column} - make_interval(secs => %s)", (passed,))

    def names(self, **where):
        rows = [r for r in self.outside.rows() if all(r[k] == v for k, v in where.items())]
        return sorted(r["name"] for r in rows)

    def told(self):
        query = "SELECT name, told, wanted, sending_since, attempt, refusal FROM tides.fourmost_target ORDER BY id"
        return self.bridge.rows(query)

    def agreed(self) -> bool:
        """Whether both sides hold the same rows under the same keys, once each, and nothing waits."""
        ours = self.bridge.rows(
            "SELECT m.name, m.pk_4most AS id, m.active AS is_active FROM tides.tides_master AS m"
            " WHERE m.pk_4most IS NOT NULL ORDER BY id"
        )
        theirs = [{"name": r["name"], "id": r["id"], "is_active": r["is_active"]} for r in self.outside.rows()]
        return ours == sorted(theirs, key=lambda r: r["id"]) and all(t["wanted"] == t["told"] for t in self.told())


@pytest.fixture
def night(bridge, outside):
    return Night(bridge, outside)


def test_live_targets_are_created_once_and_their_keys_recorded(night):
    night.targets(3)
    told = night.bridge.tell()
    assert told.created == 3
    assert night.agreed()
    again = night.bridge.tell()
    assert (again.created, again.updated) == (0, 0)
    assert night.outside.calls("targetCat/transients/", "POST") == 1


def test_the_row_at_4most_is_the_wanted_row_in_every_field(night):
    night.targets(1)
    night.bridge.tell()
    (row,) = night.outside.rows()
    (told,) = night.told()
    assert {k: row[k] for k in told["wanted"]} == told["wanted"]
    assert row["mag"] == pytest.approx(21.0, abs=0.05)
    assert row["mag_type"] == "LSST_r_AB"


def test_a_decline_is_told_as_it_is_now_with_an_error_that_has_grown(night):
    message = an_lsst_message(days_ago=4)
    sources = message["alert"]["diaSourcesList"]
    for source in sources:
        mag = 21.0 - 0.1 * (sources[-1]["midpointMjdTai"] - source["midpointMjdTai"])
        source["psfFlux"] = float(10 ** (0.4 * (31.4 - mag)))
        source["psfFluxErr"] = source["psfFlux"] / 50
    night.bridge.publish("lsst", message)
    night.prepare()
    night.bridge.tell()
    (row,) = night.outside.rows()
    (band,) = night.bridge.rows("SELECT current_mag, current_err FROM tides.target_band WHERE band = 'r'")
    assert band["current_mag"] == pytest.approx(21.0, abs=0.05)
    assert row["mag"] == pytest.approx(21.4, abs=0.1)
    assert row["mag_err"] > 2 * band["current_err"]
    assert night.bridge.tell().updated == 0


def test_a_faded_target_is_switched_off_and_one_that_brightens_on_again(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    for mag, days_ago, active in ((23.5, 4, False), (21.0, 2, True)):
        night.targets(1, mag=mag, days_ago=days_ago)
        night.bridge.tell()
        assert [r["is_active"] for r in night.outside.rows()] == [active]
        assert night.agreed()


def test_after_ingestion_only_the_flag_is_sent(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    night.outside.ingest()
    night.targets(1, mag=20.0, days_ago=4)
    assert night.bridge.tell().refused == 0
    night.targets(1, mag=23.5, days_ago=2)
    night.bridge.tell()
    (row,) = night.outside.rows()
    assert row["is_active"] is False
    assert row["mag"] == pytest.approx(21.0, abs=0.05)
    assert night.agreed()


def test_a_change_before_ingestion_is_sent_whole_and_noise_is_not(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    night.targets(1, mag=21.05, days_ago=5)
    assert night.bridge.tell().updated == 0
    night.targets(1, mag=20.0, days_ago=2)
    assert night.bridge.tell().updated == 1
    assert night.outside.rows()[0]["mag"] == pytest.approx(20.0, abs=0.05)


def test_an_answer_lost_after_the_store_makes_no_double(night):
    night.targets(3)
    night.outside.fault({"match": CREATE, "kind": "store_then_cut"})
    assert night.bridge.tell().unknown == 3
    assert len(night.outside.rows()) == 3
    assert night.bridge.tell().created == 0, "before the settle time nothing is sent"
    night.settle()
    told = night.bridge.tell()
    assert told.created == 0
    assert night.agreed()


def test_a_store_after_we_gave_up_makes_no_double(night):
    night.targets(2)
    night.outside.fault({"match": CREATE, "kind": "cut_then_store", "seconds": 1.0})
    assert night.bridge.tell().unknown == 2
    night.settle(late_s=1.2)
    told = night.bridge.tell()
    assert told.created == 0
    assert night.agreed()


def test_a_create_that_was_cut_before_it_was_read_is_sent_again_after_the_settle_time(night):
    night.targets(2)
    night.outside.fault({"match": CREATE, "kind": "cut"})
    assert night.bridge.tell().unknown == 2
    assert night.outside.rows() == []
    night.settle()
    assert night.bridge.tell().created == 2
    assert night.agreed()


def test_a_bulk_that_broke_in_the_middle_is_sorted_out_name_by_name(night):
    night.targets(5)
    night.outside.fault({"match": CREATE, "kind": "bulk_half", "rows": 2})
    assert night.bridge.tell().unknown == 5
    night.settle()
    told = night.bridge.tell()
    assert told.created == 3
    assert night.agreed()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "redirect", "status": 301},
        {"kind": "trickle", "seconds": patient(0.5)},
        {"kind": "latency", "seconds": patient(1.3)},
        {"kind": "wrong_json", "form": "half"},
        {"kind": "wrong_json", "form": "html"},
    ],
    ids=lambda f: f"{f['kind']} {f.get('status', f.get('form', ''))}",
)
def test_whatever_is_no_clear_answer_is_unknown_and_ends_well(make_bridge, outside, fault):
    night = Night(make_bridge(fourmost=SHORT["fourmost"]), outside)
    night.targets(2)
    night.outside.fault({"match": CREATE, **fault})
    assert night.bridge.tell().unknown == 2
    night.outside.no_faults()
    night.settle(late_s=patient(0.5))
    night.bridge.tell()
    assert len(night.outside.rows()) == 2
    assert night.agreed()


def test_what_would_begin_too_late_after_its_mark_is_marked_and_sent_again_in_the_same_run(make_bridge, outside):
    night = Night(make_bridge(fourmost=SHORT["fourmost"]), outside)
    night.targets(1)
    slow_token = {"match": {"path": "transients-token-auth"}, "kind": "latency", "seconds": patient(0.5), "times": 1}
    night.outside.fault(slow_token)
    assert night.bridge.tell().created == 1
    night.bridge.connection.execute("UPDATE tides.tides_master SET ra = ra + 0.001")
    night.bridge.remember()
    night.outside.fault(slow_token)
    assert night.bridge.tell().updated == 1
    assert night.agreed()
    answers = night.bridge.rows("SELECT verb, outcome FROM tides.fourmost_exchange WHERE part = 'answer' ORDER BY 1, 2")
    assert [tuple(row.values()) for row in answers] == [
        ("change", "not sent"),
        ("change", "stored"),
        ("create", "stored"),  # this token was asked for before the mark
    ]


def test_where_each_request_would_begin_too_late_the_task_fails_and_nothing_is_sent_or_marked(make_bridge, outside):
    no_time = SHORT["fourmost"]["total_timeout_s"] + 1e-6
    night = Night(make_bridge(fourmost=SHORT["fourmost"] | {"settle_s": no_time}), outside)
    night.targets(2)
    with pytest.raises(ServiceAway, match="too late after their marks, 3 times in a row"):
        night.bridge.tell().or_raise()
    assert night.outside.rows() == []
    assert [row["sending_since"] for row in night.told()] == [None, None]


def test_a_refused_target_is_set_aside_with_4mosts_words_and_the_others_go(night):
    night.targets(3)
    night.bridge.connection.execute("UPDATE tides.tides_master SET name = repeat('x', 300) WHERE tides_id = 2")
    told = night.bridge.tell()
    assert (told.created, told.refused) == (2, 1)
    refused = night.bridge.row("SELECT refusal, attempt FROM tides.fourmost_target WHERE refusal IS NOT NULL")
    assert "name" in refused["refusal"]
    again = night.bridge.tell()
    assert (again.created, again.refused) == (0, 0), "it is not sent again as it is"


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_token_that_is_not_taken_burns_no_attempt_and_is_an_error(night, monkeypatch, status):
    night.targets(1)
    if status == 429:
        night.outside.fault({"match": CREATE, "kind": "status", "status": 429, "retry_after": 600})
    else:
        monkeypatch.setenv(
            "AIRFLOW_CONN_FOURMOST",
            json.dumps({"conn_type": "fourmost", "host": f"{night.outside.url}/QFSwi/", "password": "wrong"}),
        )
    told = night.bridge.tell()
    with pytest.raises((AccessRefused, ServiceAway)):
        told.or_raise()
    (row,) = night.told()
    assert (row["attempt"], row["sending_since"], row["refusal"]) == (0, None, None)
    assert night.outside.rows() == []


def test_a_throttle_is_waited_for_and_the_rest_goes_in_the_same_run(night):
    night.targets(4)
    night.outside.fault(
        {"match": CREATE, "kind": "status", "status": 429, "retry_after": 1},
        {"match": CREATE, "kind": "status", "status": 429},
    )
    told = night.bridge.tell()
    assert (told.created, told.denied) == (4, None)
    night.bridge.connection.execute("UPDATE tides.tides_master SET active = false, why = 'vetoed'")
    change = {"method": "PATCH", "path": "targetCat/transients/"}
    night.outside.fault({"match": change, "kind": "status", "status": 429, "times": 6, "retry_after": 1})
    told = night.bridge.tell()
    assert (told.updated, told.denied) == (4, None)
    assert night.agreed()


def test_a_throttle_that_lasts_longer_than_a_task_may_wait_leaves_the_rest_for_a_later_run(make_bridge, outside):
    night = Night(make_bridge(fourmost={"throttle_s": 2}), outside)
    night.targets(2)
    night.outside.fault({"match": CREATE, "kind": "status", "status": 429, "times": None})
    told = night.bridge.tell()
    with pytest.raises(ServiceAway, match="too busy"):
        told.or_raise()
    assert night.outside.calls("targetCat/transients/", "POST") == 2
    night.outside.no_faults()
    assert night.bridge.tell().created == 2


def test_a_server_that_refuses_connections_leaves_the_target_free_to_be_sent(night, monkeypatch):
    night.targets(1)
    monkeypatch.setenv(
        "AIRFLOW_CONN_FOURMOST", '{"conn_type": "fourmost", "host": "http://127.0.0.1:1/QFSwi/", "password": "t"}'
    )
    with pytest.raises(ServiceAway, match="nothing was sent"):
        night.bridge.tell().or_raise()
    assert night.told()[0]["sending_since"] is None


def test_a_name_that_belongs_to_another_place_is_never_adopted(night):
    night.targets(1)
    night.outside.fault({"match": CREATE, "kind": "cut"})
    night.bridge.tell()
    name = night.told()[0]["name"]
    stranger = night.told()[0]["wanted"] | {"ra": 10.0, "name": name}
    FourMostHook().create([stranger])
    night.settle()
    told = night.bridge.tell()
    assert (told.adopted, told.created, told.refused) == (0, 0, 1)
    assert night.bridge.row("SELECT kind FROM tides.event")["kind"] == "another target at 4MOST"
    night.targets(1, mag=20.0, days_ago=1)
    assert night.bridge.tell().created == 0, "nor is it created beside the stranger when it changes"
    assert len(night.outside.rows()) == 1


def test_a_target_that_was_ingested_between_decision_and_change_is_told_by_its_flag(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    night.targets(1, mag=23.5, days_ago=4)
    night.bridge.stage()
    night.outside.ingest()
    (ids,) = wanted.batches_to_update(night.bridge.connection, night.bridge.settings.fourmost)
    told = update(night.bridge.connection, FourMostHook(), *night.bridge.to_tell, "run-1", ids)
    assert (told.updated, told.refused) == (1, 0)
    assert night.outside.rows()[0]["is_active"] is False
    night.bridge.tell()
    assert night.agreed()


def test_a_change_whose_answer_is_lost_is_read_back_and_compared(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    night.targets(1, mag=23.5, days_ago=4)
    night.outside.fault({"match": CHANGE, "kind": "store_then_cut"})
    assert night.bridge.tell().unknown == 1
    night.settle()
    night.bridge.tell()
    assert night.agreed()
    assert night.outside.calls("targetCat/transients/", "PATCH") == 1, "it had been stored: nothing is sent again"


def test_a_row_that_somebody_deleted_is_reported_and_never_created_anew(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    FourMostHook().delete(night.outside.rows()[0]["id"])
    night.targets(1, mag=23.5, days_ago=4)
    assert night.bridge.tell().refused == 1
    assert night.outside.rows() == []
    night.bridge.tell()
    assert night.outside.rows() == []


def test_two_senders_at_once_send_each_target_once(night):
    night.targets(4)
    night.bridge.stage()
    (ids,) = wanted.batches_to_create(night.bridge.connection, night.bridge.settings.fourmost)
    first = create(night.bridge.connection, FourMostHook(), *night.bridge.to_tell, "run-1", ids)
    second = create(night.bridge.connection, FourMostHook(), *night.bridge.to_tell, "run-1", ids)
    assert (first.created, second.created) == (4, 0)
    assert len(night.outside.rows()) == 4


def test_a_row_that_another_worker_has_marked_is_not_ours_to_send(night):
    night.targets(2)
    night.bridge.stage()
    (ids,) = wanted.batches_to_create(night.bridge.connection, night.bridge.settings.fourmost)
    one, other = (Batch(night.bridge.connection, *night.bridge.to_tell, worker, ids) for worker in ("one", "other"))
    seen_free = other.wanted()
    ours, _ = one.mark(one.wanted(), "create")
    assert [w.id for w in ours] == ids
    assert other.mark(seen_free, "create")[0] == []
    marks = night.bridge.rows("SELECT id, sending_since AS mark, attempt FROM tides.fourmost_target ORDER BY id")
    assert marks == [{"id": w.id, "mark": w.mark, "attempt": 1} for w in ours]
    requests = night.bridge.rows("SELECT run_id FROM tides.fourmost_exchange WHERE part = 'request'")
    assert requests == [{"run_id": "one"}] * 2


def test_a_change_that_another_worker_has_marked_is_not_ours_to_send(night):
    night.targets(2, days_ago=6)
    night.bridge.tell()
    night.targets(2, mag=20.0, days_ago=4)
    night.bridge.stage()
    (ids,) = wanted.batches_to_update(night.bridge.connection, night.bridge.settings.fourmost)
    one, other = (Batch(night.bridge.connection, *night.bridge.to_tell, worker, ids) for worker in ("one", "other"))
    seen_free = other.wanted()
    assert [w.id for w in one.mark(one.wanted()[:1], "change")[0]] == ids[:1]
    assert [w.id for w in other.mark(seen_free, "change")[0]] == ids[1:]


def test_a_row_that_got_its_key_since_it_was_read_is_not_created_once_more(night):
    night.targets(1)
    night.bridge.stage()
    (ids,) = wanted.batches_to_create(night.bridge.connection, night.bridge.settings.fourmost)
    late = Batch(night.bridge.connection, *night.bridge.to_tell, "late", ids)
    seen_without_key = late.wanted()
    assert night.bridge.tell().created == 1
    assert late.mark(seen_without_key, "create")[0] == []


def test_what_the_guard_holds_makes_no_batch_and_is_not_sent_by_one_that_was_made_before(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    night.targets(2, mag=20.0, days_ago=4)
    night.bridge.stage()
    connection, settings = night.bridge.connection, night.bridge.settings
    (to_create,) = wanted.batches_to_create(connection, settings.fourmost)
    (to_update,) = wanted.batches_to_update(connection, settings.fourmost)
    connection.execute("UPDATE tides.fourmost_target SET held = 'created', held_since = now()")
    assert wanted.batches_to_create(connection, settings.fourmost) == []
    assert wanted.batches_to_update(connection, settings.fourmost) == []
    before = night.outside.calls("targetCat/transients/", "POST")
    assert create(connection, FourMostHook(), *night.bridge.to_tell, "late", to_create).created == 0
    assert update(connection, FourMostHook(), *night.bridge.to_tell, "late", to_update).updated == 0
    assert night.outside.calls("targetCat/transients/", "POST") == before
    assert [row["mag"] for row in night.outside.rows()] == [pytest.approx(21.0, abs=0.05)]


def test_a_target_that_faded_before_it_was_ever_told_is_never_created(night):
    night.targets(1, days_ago=6)
    night.targets(1, mag=23.5, days_ago=4)
    assert night.bridge.tell().created == 0
    assert night.outside.rows() == []


def test_a_create_of_unknown_outcome_whose_target_faded_meanwhile_is_found_and_switched_off(night):
    night.targets(1, days_ago=6)
    night.outside.fault({"match": CREATE, "kind": "store_then_cut"})
    night.bridge.tell()
    night.targets(1, mag=23.5, days_ago=4)
    night.settle()
    night.bridge.tell()
    night.bridge.tell()
    assert [r["is_active"] for r in night.outside.rows()] == [False]
    assert night.agreed()


def test_a_retry_before_the_settle_time_neither_looks_up_nor_sends_again(night):
    night.targets(2)
    night.bridge.stage()
    (ids,) = wanted.batches_to_create(night.bridge.connection, night.bridge.settings.fourmost)
    night.outside.fault({"match": CREATE, "kind": "cut_then_store", "seconds": 1.0})
    for _ in range(2):
        create(night.bridge.connection, FourMostHook(), *night.bridge.to_tell, "run-1", ids)
    night.settle(late_s=1.2)
    night.bridge.tell()
    assert len(night.outside.rows()) == 2
    assert night.agreed()


def test_one_bad_row_of_a_bulk_that_is_refused_as_a_whole_ends_alone(night):
    night.targets(7)
    (bad,) = night.bridge.rows("SELECT name FROM tides.tides_master WHERE tides_id = 5")
    refusal = {"kind": "status", "status": 400, "times": None}
    night.outside.fault({"match": {**CREATE, "contains": bad["name"]}, **refusal})
    told = night.bridge.tell()
    assert (told.created, told.refused) == (6, 1)
    assert bad["name"] not in night.names()
    (refused,) = night.bridge.rows("SELECT name, refusal FROM tides.fourmost_target WHERE refusal IS NOT NULL")
    assert refused["name"] == bad["name"]
    assert "Sandbox fault" in refused["refusal"]


@pytest.mark.parametrize("count", [4, 30])
def test_when_everything_is_refused_the_sync_stops_with_one_alarm_and_blames_no_target(make_bridge, outside, count):
    night = Night(make_bridge(fourmost={"refusals_in_a_row": 3, "objects_a_create": 15}), outside)
    night.targets(count)
    night.outside.fault({"match": CREATE, "kind": "status", "status": 400, "times": None})
    for _ in range(3):
        with pytest.raises(AccessRefused, match="blames no target"):
            night.bridge.tell().or_raise()
    assert {(t["attempt"], t["refusal"], t["sending_since"]) for t in night.told()} == {(0, None, None)}
    (alarm,) = night.bridge.rows("SELECT kind, closed_at FROM tides.event")
    assert (alarm["kind"], alarm["closed_at"]) == ("4MOST refuses everything", None)
    assert night.outside.calls("targetCat/transients/", "POST") <= 30
    night.outside.no_faults()
    night.settle()
    night.bridge.tell()
    night.bridge.tell()
    assert night.bridge.row("SELECT closed_at FROM tides.event")["closed_at"] is not None
    assert night.agreed()
    assert len(night.outside.rows()) == count


def test_refusals_of_several_small_runs_in_a_row_stop_the_sync_too(make_bridge, outside):
    night = Night(make_bridge(fourmost={"refusals_in_a_row": 3}), outside)
    night.outside.fault({"match": CREATE, "kind": "status", "status": 400, "times": None})
    stopped = []
    for n in range(3):
        night.bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n))
        night.prepare()
        stopped.append(night.bridge.tell().stopped is not None)
    assert stopped == [False, False, True]
    assert {t["refusal"] for t in night.told()} == {None}


def test_after_a_401_no_further_batch_of_the_run_asks_4most(make_bridge, outside, monkeypatch):
    night = Night(make_bridge(fourmost={"objects_a_create": 1}), outside)
    night.targets(5)
    monkeypatch.setenv(
        "AIRFLOW_CONN_FOURMOST",
        json.dumps({"conn_type": "fourmost", "host": f"{night.outside.url}/QFSwi/", "password": "wrong"}),
    )
    for _ in range(2):
        night.bridge.tell()
    assert night.outside.calls("targetCat/transients/", "POST") == 0, "the first question has shown it"
    assert night.outside.calls("targetCat/transients/") == 2


def test_refusals_of_one_target_that_may_pass_are_retried_with_growing_waits(make_bridge, outside):
    night = Night(make_bridge(fourmost={"retry_s": 3600}), outside)
    night.targets(1)
    night.outside.fault({"match": CREATE, "kind": "status", "status": 404, "times": 2})
    for _ in range(3):
        night.bridge.tell()
    assert night.outside.rows() == []
    assert night.outside.calls("targetCat/transients/", "POST") == 2
    wait = night.bridge.row("SELECT not_before - now() AS wait FROM tides.fourmost_target")["wait"]
    assert wait.total_seconds() > 3000
    night.bridge.connection.execute("UPDATE tides.fourmost_target SET not_before = now()")
    assert night.bridge.tell().created == 1
    assert night.told()[0]["attempt"] == 0


def test_an_orphan_whose_mark_is_lost_overwrites_nothing_and_its_key_is_kept(night):
    night.targets(1)
    night.bridge.stage()
    (ids,) = wanted.batches_to_create(night.bridge.connection, night.bridge.settings.fourmost)
    batch = Batch(night.bridge.connection, *night.bridge.to_tell, "orphan", ids)
    ((target,), _) = batch.mark(batch.wanted(), "create")
    (outcome,) = FourMostHook().create([target.row])
    night.bridge.connection.execute("UPDATE tides.fourmost_target SET sending_since = now() + interval '1 s'")
    batch.settle([(target, outcome)], "create")
    (row,) = night.told()
    assert row["told"] is None
    assert row["sending_since"] > target.mark
    assert night.bridge.row("SELECT pk FROM tides.fourmost_key")["pk"] == outside_id(night)


def outside_id(night):
    (row,) = night.outside.rows()
    return row["id"]


def test_another_name_under_our_key_is_reported_and_stays_as_it_is(night):
    night.targets(1, days_ago=6)
    night.bridge.tell()
    FourMostHook().update(outside_id(night), {"name": "stranger"})
    night.targets(1, mag=23.5, days_ago=4)
    assert night.bridge.tell().refused == 1
    assert night.bridge.row("SELECT kind FROM tides.event")["kind"] == "another target at 4MOST"
    assert night.names() == ["stranger"]
    night.bridge.tell()
    assert night.names() == ["stranger"]


def test_every_request_and_answer_is_kept_and_found_by_its_target(night):
    night.targets(2, days_ago=6)
    night.outside.fault({"match": CREATE, "kind": "store_then_cut"})
    night.bridge.tell()
    night.settle()
    create(night.bridge.connection, FourMostHook(), *night.bridge.to_tell, "run-1", [1, 2])
    night.targets(1, mag=23.5, days_ago=4)
    night.bridge.tell()
    said = night.bridge.rows(
        "SELECT verb, part, outcome, content, run_id FROM tides.fourmost_exchange WHERE id = 1 ORDER BY exchange_id"
    )
    assert [(s["verb"], s["part"], s["outcome"]) for s in said] == [
        ("create", "request", None),
        ("create", "answer", "unknown"),
        ("look up", "request", None),
        ("look up", "answer", "found"),
        ("change", "request", None),
        ("change", "answer", "stored"),
    ]
    assert said[0]["content"]["mag"] == pytest.approx(21.0, abs=0.05)
    assert said[4]["content"]["is_active"] is False
    assert said[5]["content"]["id"] == said[3]["content"][0]["id"]
    assert {s["run_id"] for s in said} == {"run-1"}
    assert night.outside.fourmost_password not in json.dumps([s["content"] for s in said])


@pytest.mark.parametrize("said", ["a\x00b", "\ud800", "\\\x00", "\\u0000", {"a": ["\x00", 1.5, None]}])
def test_whatever_4most_says_can_be_stored(night, said):
    row = night.bridge.row("SELECT %s::jsonb AS kept", storable(said))
    assert "\x00" not in json.dumps(row["kept"])
