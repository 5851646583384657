"""From verdicts to targets: identity, names, magnitudes and positions, on a real PostgreSQL."""

import threading
from datetime import timedelta

import pytest

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.database.statements import statement
from tides.runs.context import RunContext, replay_of_window

ARCSEC = 1 / 3600


def merge(bridge, *messages, run=None):
    """Publishes, drains, evaluates and merges LSST messages."""
    bridge.publish("lsst", *messages)
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember(*([run] if run else []))


def targets(bridge):
    return bridge.rows("SELECT * FROM tides.tides_master ORDER BY tides_id")


def test_an_object_that_passes_becomes_a_target_with_a_name_of_this_year(bridge):
    merge(bridge, an_lsst_message(mag=21.0))
    (target,) = targets(bridge)
    year = bridge.row("SELECT to_char(now() AT TIME ZONE 'UTC', 'YY') AS year")["year"]
    assert target["name"] == f"TiDES{year}aaa"
    assert (target["ra"], target["dec"], target["position_survey"]) == (150.0, -30.0, "lsst")
    assert (target["rmag"], target["gmag"]) == (pytest.approx(21.0), pytest.approx(21.0))
    assert (target["magrmin"], target["maggmin"]) == (pytest.approx(21.0), pytest.approx(21.0))
    assert (target["active"], target["why"], target["reachable"]) == (True, "live", True)
    assert target["sherlock_class"] == "SN"


def test_an_object_that_fails_every_function_becomes_no_target(bridge):
    merge(bridge, an_lsst_message(bands="g", nights=1))
    assert targets(bridge) == []
    assert bridge.row("SELECT passed, merged_at IS NOT NULL AS merged FROM tides.selection") == {
        "passed": False,
        "merged": True,
    }


def test_names_go_on_from_one_run_to_the_next_and_only_new_targets_draw_one(bridge):
    merge(bridge, an_lsst_message(), an_lsst_message(AN_ID + 1, ra=151.0))
    merge(bridge, an_lsst_message(days_ago=1), an_lsst_message(AN_ID + 2, ra=152.0))
    assert [t["name"][-3:] for t in targets(bridge)] == ["aaa", "aab", "aac"]
    assert [t["tides_id"] for t in targets(bridge)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("separation_arcsec", "days_apart", "one"), [(0.9, 5, True), (1.1, 5, False), (0.5, 310, False)]
)
def test_two_objects_are_one_target_within_an_arcsecond_and_300_days(bridge, separation_arcsec, days_apart, one):
    merge(bridge, an_lsst_message(ra=0.0, dec=-30.0, days_ago=days_apart + 4))
    ra = 360 - separation_arcsec * ARCSEC / 0.8660254
    merge(bridge, an_lsst_message(AN_ID + 1, ra=ra, dec=-30.0, days_ago=1))
    assert len(targets(bridge)) == (1 if one else 2)
    assert bridge.row("SELECT count(*) AS n FROM tides.tides_alias")["n"] == 2


def test_a_new_target_at_an_old_place_is_linked_to_it(bridge):
    merge(bridge, an_lsst_message(days_ago=320))
    merge(bridge, an_lsst_message(AN_ID + 1, days_ago=1))
    old, new = targets(bridge)
    assert (old["same_place_as"], new["same_place_as"]) == (None, old["tides_id"])


def test_two_new_objects_of_one_run_at_one_place_are_one_target(bridge):
    merge(bridge, an_lsst_message(), an_lsst_message(AN_ID + 1, ra=150.0 + 0.3 * ARCSEC))
    assert len(targets(bridge)) == 1


def test_a_later_fainter_point_of_a_target_is_merged_though_it_fails_its_function(bridge):
    merge(bridge, an_lsst_message(mag=21.0, days_ago=5))
    merge(bridge, an_lsst_message(mag=23.2, days_ago=1))
    (target,) = targets(bridge)
    assert target["rmag"] == pytest.approx(23.2)
    assert target["magrmin"] == pytest.approx(21.0)
    assert (target["active"], target["why"]) == (False, "faint")


def test_a_band_that_an_alert_lacks_stays_as_it_was(bridge):
    merge(bridge, an_lsst_message(bands="gri", mag=21.0, days_ago=5))
    merge(bridge, an_lsst_message(bands="r", mag=20.5, days_ago=1))
    bands = bridge.rows("SELECT band, newest_mag FROM tides.target_band ORDER BY band")
    assert [(b["band"], round(b["newest_mag"], 2)) for b in bands] == [("g", 21.0), ("i", 21.0), ("r", 20.5)]


def test_merging_twice_changes_nothing(bridge):
    merge(bridge, an_lsst_message(), an_lsst_message(AN_ID + 1, ra=151.0))
    before = targets(bridge)
    bridge.remember()
    bridge.connection.execute("UPDATE tides.selection SET merged_at = NULL")
    bridge.remember()
    assert targets(bridge) == before


@pytest.mark.parametrize(
    ("ra", "dec", "reachable"),
    [(150.0, 19.9, True), (150.0, 20.1, False), (10.0, -80.1, False), (266.4, -28.9, False), (150.0, -30.0, True)],
)
def test_what_4most_cannot_reach_is_a_target_that_is_never_live(bridge, ra, dec, reachable):
    merge(bridge, an_lsst_message(ra=ra, dec=dec))
    (target,) = targets(bridge)
    assert (target["reachable"], target["active"]) == (reachable, reachable)
    assert target["why"] == ("live" if reachable else "unreachable")


def test_an_object_without_a_position_waits_for_one(bridge):
    merge(bridge, an_lsst_message(ra=None))
    assert targets(bridge) == []
    merge(bridge, an_lsst_message(days_ago=1))
    assert len(targets(bridge)) == 1


def test_two_runs_at_once_give_no_name_and_no_target_twice(bridge):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n, ra=150.0 + n / 100) for n in range(40)])
    bridge.drain("lsst")
    bridge.evaluate()
    failures = []

    def upsert():
        try:
            bridge.sql_step("targets/upsert_master")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upsert) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert bridge.row("SELECT count(*) AS n, count(DISTINCT name) AS names FROM tides.tides_master") == {
        "n": 40,
        "names": 40,
    }


def test_a_replay_adds_missing_targets_and_neither_switches_nor_tells(bridge):
    start = (NOW - timedelta(days=40)).replace(tzinfo=NOW.tzinfo)
    run = replay_of_window("backfill", start, start + timedelta(hours=1))
    sent = start + timedelta(minutes=10)
    message = an_lsst_message(days_ago=40.5, sent=sent)
    bridge.publish("lsst", message, stamp_ms=int(sent.timestamp() * 1000))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    bridge.remember(run)
    (target,) = targets(bridge)
    assert (target["active"], target["why"]) == (False, "new")
    verdict = bridge.row("SELECT lane, as_of, passed, trigger_known FROM tides.selection")
    assert (verdict["lane"], verdict["as_of"], verdict["passed"]) == (run.lane, run.as_of, True)
    assert bridge.rows("SELECT * FROM tides.candidate") == []
    assert bridge.rows("SELECT * FROM tides.light_curve") == []


def test_a_replay_never_puts_older_data_over_newer(make_bridge):
    bridge = make_bridge(partitions=2)
    merge(bridge, an_lsst_message(mag=21.0, days_ago=1))
    before = targets(bridge), bridge.rows("SELECT * FROM tides.target_band ORDER BY band")
    start = NOW - timedelta(days=30)
    run = replay_of_window("backfill", start, start + timedelta(hours=1))
    sent = start + timedelta(minutes=10)
    older = an_lsst_message(mag=22.0, days_ago=30.1, ra=150.0001, sent=sent)
    bridge.publish("lsst", older, partition=1, stamp_ms=int(sent.timestamp() * 1000))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    bridge.remember(run)
    (after,) = targets(bridge)
    for column in ("ra", "rmag", "gmag", "magrmin", "jdmax", "active", "why", "sherlock_class"):
        assert after[column] == before[0][0][column], column
    assert after["jdmin"] < before[0][0]["jdmin"], "the first detection is the earliest ever seen"
    assert bridge.rows("SELECT * FROM tides.target_band ORDER BY band") == before[1]


def test_a_dry_replay_is_judged_and_never_merged(bridge):
    start = NOW - timedelta(days=30)
    run = replay_of_window("dry", start, start + timedelta(hours=1), dry=True)
    sent = start + timedelta(minutes=10)
    bridge.publish("lsst", an_lsst_message(days_ago=30.1), stamp_ms=int(sent.timestamp() * 1000))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    bridge.remember(run)
    assert targets(bridge) == []
    assert bridge.row("SELECT passed FROM tides.selection")["passed"] is True


def test_a_verdict_of_a_function_that_is_not_in_use_selects_nothing(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.connection.execute("UPDATE tides.selection SET function_hash = 'an older one'")
    bridge.remember(RunContext("run-2"))
    assert targets(bridge) == []


BAND = "(tides_id, survey, band, newest_jd, newest_mag, newest_err, current_jd, current_mag, current_err)"


@pytest.mark.parametrize("days", [(2, 3), (3, 2)])
def test_equal_magnitudes_of_two_objects_give_the_newer_date_in_either_order(bridge, days):
    merge(bridge, an_lsst_message())
    target = targets(bridge)[0]["tides_id"]
    bridge.rows("DELETE FROM tides.target_band RETURNING band")
    newer_of_both = statement("targets/newer_of_both").rstrip().removesuffix(";")
    for ago in days:
        bridge.rows(
            f"INSERT INTO tides.target_band AS t {BAND} VALUES (%s, 'lsst', 'i', 2461373, 19, 0.02, %s, 19, 0.02)"
            f" ON CONFLICT (tides_id, survey, band) DO UPDATE {newer_of_both} RETURNING band",
            target,
            2461373 - ago,
        )
    assert bridge.row("SELECT current_jd FROM tides.target_band")["current_jd"] == 2461371
