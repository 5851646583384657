"""What is at 4MOST can be traced to where it came from, and what is not there says why."""

import pytest

from tests.builders import AN_ID, a_ztf_message, an_lsst_message
from tides.errors import SettingsError
from tides.reports.trace import find, trace


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
    for word in (str(AN_ID + 1), "tidesSNLSST", "run-1", "selected", "created", "ingested", "deactivated", "since MJD"):
        assert word in screen
    assert "odd" not in screen
    assert len(screen.splitlines()) < 50


def test_a_target_is_found_by_name_survey_id_and_key(a_night, outside):
    row = outside.rows()[0]
    a_night.publish("ztf", a_ztf_message())
    (tides_id,) = find(a_night.connection, row["name"])
    assert find(a_night.connection, str(row["id"])) == [tides_id]
    object_id = trace(a_night.connection, tides_id).objects[0]["object_id"]
    assert find(a_night.connection, object_id) == [tides_id]
    with pytest.raises(SettingsError, match="no target has 'TiDES99zzz'"):
        find(a_night.connection, "TiDES99zzz")
