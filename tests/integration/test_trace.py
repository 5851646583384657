"""What is at 4MOST can be traced to where it came from, and what is not there says why."""

from datetime import timedelta

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from tests.builders import AN_ID, NOW, an_lsst_message
from tests.sorts import FADED, FAINT, NORTHERN, PLACELESS, TARGET, UNKNOWN_THERE, WAITING
from tests.targets import put_hosts
from tides.__main__ import main
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.hooks.lasair import LasairHook
from tides.journal.failures import Call, note_failures
from tides.reports.lookup import look_up
from tides.reports.near import near
from tides.reports.objects import Standing, seen_objects, trace_object
from tides.reports.screen import WIDTH
from tides.reports.trace import find, trace
from tides.runs.context import replay_of_objects
from tides.stream.free import free
from tides.stream.recall import recall
from tides.surveys.cells import cells
from tides.targets.places import Position


@pytest.fixture
def a_night(bridge, outside):
    """Targets of every fate: sent, faded before and after it was sent, out of reach, refused, under way."""
    bridge.publish("lsst", *(an_lsst_message(AN_ID + n, ra=150.0 + n, days_ago=6) for n in range(4)))
    bridge.publish("lsst", an_lsst_message(AN_ID + 4, ra=154.0, dec=45.0))
    bridge.publish("lsst", an_lsst_message(AN_ID + 5, ra=155.0, mag=22.9, days_ago=5))
    bridge.run()
    outside.ingest()
    bridge.publish("lsst", an_lsst_message(AN_ID + 1, ra=151.0, mag=23.5, days_ago=3))
    bridge.publish("lsst", an_lsst_message(AN_ID + 6, ra=156.0))
    outside.fault({"method": "POST", "path": "targetCat/transients/$", "kind": "store_then_cut"})
    bridge.run()
    bridge.connection.execute(
        "UPDATE tides.fourmost_target SET refusal = 'no', refused = wanted, told = NULL WHERE id = 1"
    )
    return bridge


def test_every_row_at_4most_is_traced_to_alert_evaluation_function_and_run(a_night, outside):
    rows = outside.rows()
    assert len(rows) == 5
    for row in rows:
        (tides_id,) = find(a_night.connection, row["name"])
        traced = trace(a_night.connection, tides_id)
        assert traced.objects[0]["messages"] >= 1
        assert traced.objects[0]["light_curve"] == "message"
        passed = [v for v in traced.verdicts if v["passed"]]
        assert passed[0]["function"] == "tidesSNLSST"
        assert passed[0]["function_hash"]
        assert passed[0]["input_hash"]
        assert passed[0]["run_id"] == "run-1"
        assert passed[0]["code_version"]
        created = [s for s in traced.steps if s.step == "created"]
        assert traced.target["sending_since"] or created[0].by == "run-1"


def test_every_wanted_row_is_there_or_says_why_not(a_night, outside):
    standing = {
        row["tides_id"]: trace(a_night.connection, row["tides_id"]).standing
        for row in a_night.rows("SELECT tides_id FROM tides.tides_master ORDER BY tides_id")
    }
    at_4most = {row["name"] for row in outside.rows() if row["is_active"]}
    live = a_night.rows("SELECT tides_id, name FROM tides.tides_master WHERE active")
    assert len(live) == 4
    for target in live:
        is_there = standing[target["tides_id"]] == "at 4MOST as active"
        assert is_there == (target["name"] in at_4most and target["tides_id"] not in (1, 6)), standing
    assert standing[1] == "refused by 4MOST: no"
    assert standing[2] == "at 4MOST as inactive"
    assert standing[5] == "not sent: out of reach"
    assert "a request is under way" in standing[6]


def test_a_target_that_the_guard_holds_says_so(make_bridge, outside):
    bridge = make_bridge(guard={"created": 1})
    bridge.publish("lsst", *(an_lsst_message(AN_ID + n, ra=150.0 + n) for n in range(2)))
    bridge.run()
    assert outside.rows() == []
    assert {trace(bridge.connection, n).standing for n in (1, 2)} == {
        "held by the guard: too many changes at once (created)"
    }


def test_the_trace_is_one_screen_that_tells_the_whole_way(a_night):
    (name,) = [r["name"] for r in a_night.rows("SELECT name FROM tides.tides_master WHERE tides_id = 2")]
    screen = trace(a_night.connection, 2).as_text()
    assert screen.startswith(
        f"{name} (target 2): ra 151.00000, dec -30.00000 deg ICRS, tides-sn, SN\nnot live: lsst: faded"
    )
    assert max(map(len, screen.split("verdicts")[1].splitlines())) <= WIDTH
    for word in (str(AN_ID + 1), "tidesSNLSST", "run-1", "selected", "created", "ingested", "deactivated", "since MJD"):
        assert word in screen
    assert "odd" not in screen
    assert len(screen.splitlines()) < 50


def test_a_target_is_found_by_name_survey_id_and_key(a_night, outside):
    row = outside.rows()[0]
    (tides_id,) = find(a_night.connection, row["name"])
    assert find(a_night.connection, str(row["id"])) == [tides_id]
    object_id = trace(a_night.connection, tides_id).objects[0]["object_id"]
    assert find(a_night.connection, object_id) == [tides_id]
    a_night.connection.execute(
        "INSERT INTO tides.tides_context (survey, object_id, tns_name) VALUES ('lsst', %s, 'AT2026abc')", (object_id,)
    )
    for words in ("2026abc", "AT2026abc", "SN 2026abc", "sn2026ABC"):
        assert look_up(a_night.connection, words).targets == [tides_id], words
    assert look_up(a_night.connection, "2026ab").number == 0
    put_hosts(a_night.connection)
    a_night.connection.execute("UPDATE tides.tides_hosts SET catalogue_id = 'J10 30' WHERE catalogue_id = '1'")
    (galaxy,) = look_up(a_night.connection, "SDSS J10 30").targets
    assert trace(a_night.connection, galaxy).target["what"] == "SDSS J10 30"
    with pytest.raises(SettingsError, match="no target has 'TiDES99zzz'"):
        find(a_night.connection, "TiDES99zzz")


def traced(bridge, object_id, survey="lsst"):
    (known,) = seen_objects(bridge.connection, object_id, survey)
    return trace_object(bridge.connection, known)


def shown(bridge, object_id, survey="lsst"):
    return traced(bridge, object_id, survey).as_text(bridge.settings.reach)


def test_every_object_that_came_says_where_it_stands(all_sorts):
    standing = {o: traced(all_sorts, o).standing for o in (TARGET, FADED, FAINT, PLACELESS, NORTHERN, WAITING)}
    assert standing == {
        TARGET: Standing.TARGET,
        FADED: Standing.TARGET,
        FAINT: Standing.NOT_SELECTED,
        PLACELESS: Standing.WITHOUT_POSITION,
        NORTHERN: Standing.NOT_SELECTED,
        WAITING: Standing.WAITING,
    }
    assert traced(all_sorts, UNKNOWN_THERE, "ztf").standing is Standing.SET_ASIDE
    assert seen_objects(all_sorts.connection, str(AN_ID + 99)) == []


def test_an_object_that_was_never_selected_says_which_criterion_fails_by_how_much(all_sorts):
    found = traced(all_sorts, FAINT)
    (seen,), (newest, first) = found.seen, found.verdicts
    assert (seen.stream, seen.messages, seen.origin) == ("lsst", 2, "stream")
    assert seen.said_at > NOW - timedelta(days=2)
    assert (newest.of_all, newest.function, newest.in_use) == (2, "tidesSNLSST", True)
    assert newest.first_judged_at == first.judged_at < newest.judged_at
    assert (newest.passed, newest.passes_now) == (False, False)
    off_by = {o.name: o.off_by for o in newest.outcomes if o.held is False}
    assert off_by["magLimit"] == pytest.approx(0.6)
    assert off_by["minNights"] == 1
    assert {o.name for o in newest.outcomes if o.held is None and o.note} == {"usable"}
    screen = found.as_text(all_sorts.settings.reach)
    fails = "fails minNights by 1, magLimit by 0.6 mag, currentMag in 14 d by 0.6 mag"
    assert found.sentence == f"Never selected: {fails}."
    assert screen.startswith(f"lsst {FAINT}: Never selected: {fails}.\nlsst: 2 messages")
    for words in (
        newest.function_hash[:8],
        "magLimit by 0.6",
        "by the stream",
        "unknown: lite light curve",
        "(the newest 2 of 2)",
    ):
        assert words in " ".join(screen.split())
    assert len(screen.splitlines()) < 40


def test_what_waits_is_dead_out_of_reach_or_without_a_position_says_so(all_sorts):
    assert "waits since" in shown(all_sorts, WAITING)
    dead = shown(all_sorts, UNKNOWN_THERE, "ztf")
    (letter,) = all_sorts.rows("SELECT reason FROM tides.dead_letter")
    assert f"after 1 attempt: {letter['reason']}" in dead
    note_failures(all_sorts.connection, "ztf", Call.LIGHT_CURVE, {UNKNOWN_THERE: "status 500"}, [])
    said = shown(all_sorts, UNKNOWN_THERE, "ztf")
    assert "Lasair fails at its light curve, 1 time in a row, last" in said
    assert "status 500; it is not asked again for now" in said
    assert "out of reach: Galactic latitude" in shown(all_sorts, NORTHERN)
    assert "out of reach" not in shown(all_sorts, FAINT)
    assert "it says: no position, SN" in shown(all_sorts, PLACELESS)


def test_an_object_that_passed_once_tells_it_from_what_passes_now(all_sorts):
    fainter = an_lsst_message(FADED, ra=11.0, mag=24.0, days_ago=1)
    before = an_lsst_message(FADED, ra=11.0, days_ago=30)["alert"]["diaSourcesList"]
    fainter["alert"]["diaSourcesList"] = before + fainter["alert"]["diaSourcesList"]
    all_sorts.take_in("lsst", fainter)
    (newest,) = traced(all_sorts, FADED).newest
    assert (newest.passed, newest.passes_now) == (True, False)
    assert "passes by an earlier part; the whole does not pass now" in shown(all_sorts, FADED)
    assert any(o.off_by for o in newest.outcomes)


def test_an_object_of_the_audit_one_of_a_replay_and_a_freed_one_say_so(all_sorts):
    all_sorts.connection.execute("UPDATE tides.stream_offset SET caught_up_at = %s", (NOW,))
    assert all_sorts.complete("lsst").lost
    (lost,) = all_sorts.rows("SELECT object_id FROM tides.candidate WHERE origin = 'audit' LIMIT 1")
    assert "by the audit, which found it in the broker's database" in shown(all_sorts, lost["object_id"])
    replay = replay_of_objects("replay-1", [FAINT], NOW)
    recall(all_sorts.connection, "lsst", replay)
    screen = shown(all_sorts, FAINT)
    assert f"lsst in the lane {replay.lane}: 2 messages" in screen
    assert "a replay of listed objects recalled it" in screen
    assert traced(all_sorts, FAINT).standing is Standing.NOT_SELECTED
    free(all_sorts.connection, "lsst", FAINT, "ann")
    screen = shown(all_sorts, FAINT)
    assert "newest alert: freed by a person" in screen
    assert "{'by': 'ann'}" in screen
    all_sorts.connection.execute("DELETE FROM tides.candidate WHERE lane = 'live'")
    all_sorts.connection.execute("DELETE FROM tides.selection")
    assert traced(all_sorts, FAINT).standing is Standing.REPLAYED


def test_near_a_position_lies_everything_the_nearest_first(all_sorts):
    found = near(all_sorts.connection, Position(10.0, -30.0, 5.0))
    (name,) = [row["name"] for row in all_sorts.rows("SELECT name FROM tides.tides_master WHERE ra = 10")]
    assert [(n.kind, n.name, n.object_id) for n in found] == [
        ("sn", name, None),
        ("object", name, TARGET),
        ("object", None, WAITING),
    ]
    assert [n.separation_arcsec for n in found] == pytest.approx([0, 0, 2], abs=1e-4)
    assert [n.words for n in found[1:]] == [f"is {name}", "no target; waits to be judged"]
    (alone,) = near(all_sorts.connection, Position(10.0, -30.0 + 2 / 3600, 1.0))
    assert (alone.object_id, alone.separation_arcsec) == (WAITING, pytest.approx(0, abs=1e-4))


@pytest.mark.parametrize(("ra", "dec"), [(0.0, -30.0), (359.99999, 20.0), (180.0, -89.0), (77.0, -90.0), (45.0, 0.0)])
def test_near_a_position_lies_what_is_on_the_other_side_of_an_edge(make_syncing, ra, dec):
    """Of the meridian, the pole, and the cells of a survey's grid."""
    bridge = make_syncing()
    around = [(0, 0), (1.9, 0), (-1.9, 0), (0, 1.9), (0, -1.9), (2.1, 0), (0, 2.1)]
    offset = SkyCoord(ra * u.deg, dec * u.deg).spherical_offsets_by(*np.array(around).T * u.arcsec)
    for name, number in (("lsst", 32), ("ztf", 16)):
        cell = cells(offset.ra.deg, offset.dec.deg, number).tolist()
        for n, (right, north, one) in enumerate(zip(offset.ra.deg, offset.dec.deg, cell, strict=True)):
            bridge.connection.execute(
                "INSERT INTO tides.candidate"
                " (lane, stream, survey, object_id, alert, alert_hash, known_at, ra, dec, bands, messages, cell)"
                " VALUES ('live', %(s)s, %(s)s, %(n)s, '{}', '', now(), %(ra)s, %(dec)s, '{}', 1, %(cell)s)",
                # Of code without cells one has none yet.
                {"s": name, "n": str(n), "ra": right, "dec": north, "cell": None if n == 4 else one},
            )
    found = near(bridge.connection, Position(ra, dec, 2.0))
    assert sorted((each.survey, each.object_id) for each in found) == [
        (name, str(n)) for name in ("lsst", "ztf") for n in range(5)
    ]


def test_the_command_answers_for_names_ids_positions_and_what_is_ambiguous(all_sorts, capsys):
    def said(*words, code=0):
        assert main(["trace", *words]) == code
        return capsys.readouterr().out

    assert f"lsst {FAINT}: Never selected" in said(FAINT)
    (name,) = [row["name"] for row in all_sorts.rows("SELECT name FROM tides.tides_master WHERE ra = 10")]
    assert said(TARGET).startswith(f"{name} (target ")
    assert f"lsst {TARGET}: Is target {name}.\n`tides trace {name}` shows it" in said("lsst", TARGET)
    for place in (["12.0", "-30.0"], ["12.0, -30.0"], ["00:48:00 -30:00:00"], ["0h48m00s -30d00m00s"]):
        assert f"lsst {FAINT}" in said(*place)
    assert "Nothing that the bridge has seen" in said("12.01", "-30.0", code=1)
    assert f"lsst {FAINT}" in said("12.01", "-30.0", "--radius", "60")
    all_sorts.connection.execute(
        "UPDATE tides.candidate SET object_id = %s WHERE object_id = %s", (TARGET, UNKNOWN_THERE)
    )
    listed = said(TARGET)
    assert "stands for 2 things" in listed
    assert f"ztf {TARGET}" in listed
    assert name in listed
    assert main(["trace", "12.0", "-30.0", "--ask"]) == 1
    assert "--ask needs an object's id" in capsys.readouterr().err
    assert main(["trace", "10:00:00 -30:61:00"]) == 1
    assert "is no position" in capsys.readouterr().err


def test_what_was_never_seen_says_so_and_what_lasair_says_of_it_by_one_call(bridge, outside, capsys):
    asked = bridge.settings.streams["lsst"].filter
    row = LasairHook().query("lsst", asked.selected, asked.tables, "objects.nPosDiaSources > 0", 1)[0]
    object_id, calls = str(row["diaObjectId"]), outside.calls("/api/")
    assert main(["trace", object_id]) == 1
    out = capsys.readouterr().out
    assert f"never seen: {object_id}\n  it is not an object that a stream has brought" in out
    assert "read to the end: no stream yet" in out
    assert outside.calls("/api/") == calls
    assert main(["trace", object_id, "--ask"]) == 0
    out = capsys.readouterr().out
    assert f"Lasair's database has now of lsst {object_id}: ra {row['ra']:.5f}" in out
    assert f"{row['nPosDiaSources']} detections" in out
    assert outside.calls("/api/") == calls + 1
    assert main(["trace", str(AN_ID + 99), "--ask"]) == 1
    assert f"of lsst {AN_ID + 99}: nothing" in capsys.readouterr().out
    assert outside.calls("/api/") == calls + 2
    outside.fault({"method": "POST", "path": "/api/query/", "kind": "status", "status": 500, "times": 4})
    assert main(["trace", object_id, "--ask"]) == 0
    assert "a row that it fails at: " in capsys.readouterr().out
    calls = outside.calls("/api/")
    bridge.connection.execute("UPDATE tides.lasair_call SET calls = 1000000")
    assert main(["trace", object_id, "--ask"]) == 1
    assert "no 1 of" in capsys.readouterr().err
    assert outside.calls("/api/") == calls
    assert main(["trace", "TiDES99zzz", "--ask"]) == 1
    assert "is no id of an object" in capsys.readouterr().err


LARGE = {
    "candidate",
    "selection",
    "tides_alias",
    "light_curve",
    "tides_master",
    "event",
    "dead_letter",
    "lasair_failure",
}
"""The tables that grow with the survey: no question reads one of them from end to end."""


def scans(plan):
    """Each scan of a large table in a plan."""
    is_large = plan.get("Relation Name") in LARGE and plan["Node Type"] != "Bitmap Heap Scan"
    if is_large or plan["Node Type"] == "Bitmap Index Scan":
        yield plan
    for below in plan.get("Plans", ()):
        yield from scans(below)


QUESTIONS = (
    "targets/trace_find",
    "reports/seen_objects",
    "reports/object_seen",
    "reports/object_verdicts",
    "reports/object_selected",
    "reports/object_failures",
    "reports/events_of",
    "reports/trace_verdicts",
)


def test_each_question_uses_an_index(make_syncing):
    given = {"asked": "1", "object_id": "1", "survey": "lsst", "subject": "x", "newest": 1, "tides_id": 1}
    bridge = make_syncing()
    # Of an empty table any index is as good as another.
    bridge.connection.execute(
        "INSERT INTO tides.candidate"
        " (lane, stream, survey, object_id, alert, alert_hash, known_at, dec, bands, messages)"
        " SELECT 'live', 'lsst', 'lsst', n::text, '{}', '', now(), n / 100.0, '{}', 1"
        " FROM generate_series(1, 2000) AS n"
    )
    bridge.connection.execute("ANALYZE tides.candidate")
    # A small table is read and joined from end to end, whatever its indexes: so the planner is told not to.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        bridge.connection.execute(f"SET enable_{way} = off")
    for place in QUESTIONS:
        (row,) = bridge.connection.execute(f"EXPLAIN (FORMAT JSON) {statement(place)}", given).fetchall()
        found = list(scans(row["QUERY PLAN"][0]["Plan"]))
        assert found, place
        assert [scan for scan in found if "Index Cond" not in scan] == [], place
