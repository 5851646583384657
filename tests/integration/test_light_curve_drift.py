"""What is wrong with the points of light curves is told by stream, and ends nothing."""

import json

from tests.bridge import LIVE
from tests.builders import AN_ID, an_lsst_message
from tides.runs.context import RunContext


def events(bridge):
    rows = bridge.rows("SELECT subject, closed_at, detail FROM tides.event WHERE kind = 'light curve drift'")
    return {row["subject"]: (row["closed_at"] is None, row["detail"]) for row in rows}


def renamed(message):
    points = json.dumps(message["alert"]).replace('"psfFlux"', '"psFlux"').replace("midpointMjdTai", "midPointTai")
    return message | {"alert": json.loads(points)}


def test_one_point_in_the_future_is_left_out_and_told(bridge):
    message = an_lsst_message()
    newest = max(point["midpointMjdTai"] for point in message["alert"]["diaSourcesList"])
    message["alert"]["diaSourcesList"].append(
        {**message["alert"]["diaSourcesList"][0], "midpointMjdTai": newest + 3000}
    )
    bridge.publish("lsst", message)
    bridge.drain("lsst")
    bridge.evaluate()
    row = bridge.row("SELECT detections, last_jd FROM tides.light_curve")
    assert row["detections"] == 12
    assert abs(row["last_jd"] - 2400000.5 - newest) < 0.01
    assert bridge.row("SELECT count(*) AS n FROM tides.selection WHERE passed")["n"] == 1
    ((is_open, detail),) = events(bridge).values()
    assert (is_open, detail["points"], detail["of"]) == (True, 1, 13)
    assert "d after it was sent" in detail["example"]


def test_renamed_keys_are_told_judge_nothing_and_end_when_they_are_undone(bridge):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(9)], renamed(an_lsst_message(AN_ID + 9)))
    bridge.drain("lsst")
    bridge.evaluate()
    (judged,) = bridge.rows("SELECT count(*) AS n, bool_and(passed) AS passed FROM tides.selection")
    assert (judged["n"], judged["passed"]) == (9, True)
    (problem,) = bridge.rows("SELECT object_id, problem FROM tides.candidate WHERE problem IS NOT NULL")
    assert problem["problem"].startswith("not a light curve: no point has time, band and flux; Lasair does not know")
    found = events(bridge)
    assert set(found) == {"lsst: no date", "lsst: no flux or magnitude"}
    assert found["lsst: no date"][1]["example"].startswith("no midpointMjdTai, but midPointTai")
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n, days_ago=1.0) for n in range(10)])
    bridge.drain("lsst")
    bridge.evaluate(RunContext("run-2"))
    assert [is_open for is_open, _ in events(bridge).values()] == [False, False]
    assert bridge.row("SELECT count(DISTINCT object_id) AS n FROM tides.selection WHERE passed")["n"] == 10
    assert LIVE.run_id == "run-1"
