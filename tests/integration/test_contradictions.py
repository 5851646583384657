"""A message is held against its own light curve, and against what was known before."""

import copy
import json
from datetime import timedelta

import pytest

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.hooks.lasair import LasairHook

EMPTY = (
    {"diaObjectId": AN_ID, "diaObject": None, "diaSourcesList": [], "diaForcedSourcesList": []},
    {"diaSourcesList": None},
    {},
)


def events(bridge):
    rows = bridge.rows(
        "SELECT subject, detail FROM tides.event WHERE kind = 'light curve contradicts its message' ORDER BY subject"
    )
    return {row["subject"]: row["detail"] for row in rows}


def candidate(bridge):
    return bridge.row("SELECT waiting, attempts, problem FROM tides.candidate")


def target(bridge):
    """What stands of magnitudes, positions and measurements; without the moments at which it was written."""
    return (
        bridge.rows("SELECT ra, dec, rmag, gmag, magrmin, maggmin, jdmin, jdmax FROM tides.tides_master"),
        bridge.rows("SELECT * FROM tides.target_band ORDER BY band"),
        bridge.rows("SELECT detections, nights, first_jd, last_jd, bands FROM tides.light_curve"),
    )


def scaled(message, factor, columns=True):
    """A message whose light curve, and columns, are in another unit of flux."""
    other = copy.deepcopy(message)
    for source in other["alert"]["diaSourcesList"]:
        source["psfFlux"] *= factor
        source["psfFluxErr"] *= factor
    for band in "gri" if columns else "":
        other[f"{band}_psfFlux"] *= factor
    return other


def a_known_object(outside):
    """An object of the stand-in, and its light curve there."""
    known = next(s["lsst"] for s in outside.truth() if s["lsst"] and s["functions"].get("tidesSNLSST") == "yes")
    return int(known), json.loads(LasairHook().object("lsst", str(known), lambda: None) or b"")


@pytest.mark.parametrize("light_curve", EMPTY)
def test_an_empty_light_curve_beside_columns_that_name_detections_is_asked_of_the_api(bridge, outside, light_curve):
    known, _ = a_known_object(outside)
    calls = outside.calls("/api/object/")
    given = light_curve | ({"diaObjectId": known} if "diaObjectId" in light_curve else {})
    bridge.take_in("lsst", an_lsst_message(known, alert=given))
    assert outside.calls("/api/object/") == calls + 1
    row = bridge.row(
        "SELECT l.source, s.passed FROM tides.light_curve AS l JOIN tides.selection AS s USING (object_id)"
    )
    assert row == {"source": "object", "passed": True}
    assert bridge.row("SELECT detections FROM tides.light_curve")["detections"] > 0


@pytest.mark.parametrize("light_curve", EMPTY)
def test_without_a_light_curve_at_the_api_it_waits_with_a_problem_and_no_verdict(bridge, outside, light_curve):
    bridge.take_in("lsst", an_lsst_message(alert=light_curve))
    row = candidate(bridge)
    assert (row["waiting"], row["attempts"]) == (True, 1)
    assert "does not know this object" in row["problem"]
    assert bridge.rows("SELECT * FROM tides.selection") == []
    bridge.evaluate()
    assert outside.calls("/api/object/") == 2, "the same bytes are not judged again: each attempt asks the API"
    assert candidate(bridge)["attempts"] == 2


def test_a_message_that_names_no_detection_may_have_an_empty_light_curve(bridge, outside):
    nothing = {"nPosDiaSources": None, "lastDiaSourceMjdTai": None, "alert": {"diaSourcesList": []}}
    bridge.take_in("lsst", an_lsst_message(**nothing))
    assert events(bridge) == {}


def test_the_light_curve_of_another_object_is_not_believed(bridge):
    message = an_lsst_message()
    message["alert"]["diaObjectId"] = AN_ID + 1
    bridge.take_in("lsst", message)
    assert candidate(bridge)["problem"].startswith("the light curve is another object's; ")
    assert events(bridge)["lsst: the light curve is another object's"]["object_id"] == str(AN_ID)
    assert bridge.rows("SELECT * FROM tides.selection") == []


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"lastDiaSourceMjdTai": an_lsst_message(days_ago=1)["lastDiaSourceMjdTai"]}, "lacks the newest detection"),
        ({"nPosDiaSources": 40}, "far fewer points"),
    ],
)
def test_a_light_curve_that_lacks_points_is_asked_for_and_judged_where_the_api_has_no_better(
    bridge, outside, columns, told
):
    bridge.take_in("lsst", an_lsst_message(**columns))
    assert outside.calls("/api/object/") == 1
    assert bridge.row("SELECT passed FROM tides.selection")["passed"] is True
    assert candidate(bridge) == {"waiting": False, "attempts": 0, "problem": None}
    (subject,) = events(bridge)
    assert told in subject


@pytest.mark.parametrize("factor", [1000.0, 0.005])
def test_what_was_known_stays_right_while_the_scale_of_fluxes_changes_and_after(bridge, factor):
    bridge.take_in("lsst", an_lsst_message(days_ago=2, nights=3))
    before = target(bridge)
    bridge.take_in("lsst", scaled(an_lsst_message(days_ago=1), factor))
    assert target(bridge) == before
    (detail,) = events(bridge).values()
    assert detail["factor"] == pytest.approx(factor, rel=0.01)
    assert candidate(bridge)["problem"].startswith("the scale of fluxes changed; ")
    right = an_lsst_message(days_ago=1, sent=NOW)
    bridge.take_in("lsst", right)
    after = target(bridge)
    bridge.connection.execute(
        "TRUNCATE tides.candidate, tides.light_curve, tides.selection, tides.tides_master CASCADE"
    )
    bridge.take_in("lsst", an_lsst_message(days_ago=2, nights=3), right)
    never_changed = target(bridge)
    assert after[0] == never_changed[0]
    assert [{**b, "tides_id": 1} for b in after[1]] == [{**b, "tides_id": 1} for b in never_changed[1]]
    assert after[2] == never_changed[2]


def test_a_smaller_factor_counts_where_several_objects_have_it(bridge):
    before = [an_lsst_message(AN_ID + n, days_ago=2, nights=3, ra=150.0 + n) for n in range(4)]
    bridge.take_in("lsst", *before)
    known = target(bridge)[:2]
    after = [an_lsst_message(AN_ID + n, days_ago=1, ra=150.0 + n) for n in range(4)]
    bridge.take_in("lsst", *[scaled(message, 10.0) for message in after])
    assert target(bridge)[:2] == known
    (detail,) = events(bridge).values()
    assert (detail["objects"], detail["factor"]) == (4, pytest.approx(10, rel=0.01))


def test_one_object_that_was_measured_anew_is_believed(bridge):
    bridge.take_in("lsst", an_lsst_message(days_ago=2, nights=3))
    bridge.take_in("lsst", scaled(an_lsst_message(days_ago=1), 10.0))
    assert events(bridge) == {}
    assert bridge.row("SELECT rmag FROM tides.tides_master")["rmag"] == pytest.approx(18.5, abs=0.01)


def test_points_that_contradict_the_messages_own_columns_are_not_believed(bridge):
    bridge.take_in("lsst", scaled(an_lsst_message(), 1000.0, columns=False))
    assert bridge.rows("SELECT * FROM tides.selection") == []
    (detail,) = events(bridge).values()
    assert detail["factor"] == pytest.approx(1000, rel=0.01)
    assert detail["against"] == "the message's columns"


def test_a_shift_of_all_dates_is_told_as_that_and_not_believed(bridge):
    bridge.take_in("lsst", an_lsst_message(days_ago=2, nights=3))
    before = target(bridge)
    shifted = an_lsst_message(days_ago=2, nights=3, sent=NOW)
    for source in shifted["alert"]["diaSourcesList"]:
        source["midpointMjdTai"] += 0.02
    bridge.take_in("lsst", {**shifted, "nPosDiaSourcesNights": 4})
    assert target(bridge) == before
    assert events(bridge)["lsst: all dates are shifted"]["shift_d"] == pytest.approx(0.02)


def test_where_the_api_says_the_same_as_the_message_what_was_measured_before_was_wrong(bridge, outside):
    known, whole = a_known_object(outside)
    no_columns = {f"{band}_{what}": None for band in "griz" for what in ("psfFlux", "latestMJD")}
    named = max(source["midpointMjdTai"] for source in whole["diaSourcesList"])
    message = an_lsst_message(
        known, alert=whole, lastDiaSourceMjdTai=named, nPosDiaSources=3, sent=NOW - timedelta(days=1), **no_columns
    )
    bridge.take_in("lsst", scaled(message, 100.0, columns=False))
    wrong = bridge.row("SELECT bands FROM tides.light_curve")["bands"]
    bridge.take_in("lsst", {**message, "nPosDiaSources": 4, "UTC": f"{NOW:%Y-%m-%d %H:%M:%S}"})
    right = bridge.row("SELECT bands FROM tides.light_curve")["bands"]
    for band, points in right.items():
        assert points["newest"]["mag"] == pytest.approx(wrong[band]["newest"]["mag"] + 5, abs=0.01)
    assert candidate(bridge)["waiting"] is False


@pytest.mark.parametrize(("ra", "of_points"), [(150.0, (150.01, 150.01)), (0.01, (359.9999, 0.0001))])
def test_a_position_far_from_its_points_gives_way_to_their_mean(bridge, ra, of_points):
    message = an_lsst_message(ra=ra)
    for n, source in enumerate(message["alert"]["diaSourcesList"]):
        source |= {"ra": of_points[n % 2], "decl": -30.0}
    bridge.take_in("lsst", message)
    (row,) = bridge.rows("SELECT ra, dec FROM tides.tides_master")
    expected = 150.01 if ra == 150.0 else 0.0
    assert (row["ra"] - expected + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    assert row["dec"] == pytest.approx(-30.0, abs=1e-6)
    assert events(bridge)["lsst: the position lies far from its points"]["arcsec"] > 2


def test_a_position_within_two_arcseconds_of_its_points_stays(bridge):
    message = an_lsst_message(ra=150.0)
    for source in message["alert"]["diaSourcesList"]:
        source |= {"ra": 150.0 + 1 / 3600, "decl": -30.0}
    bridge.take_in("lsst", message)
    assert bridge.row("SELECT ra FROM tides.tides_master")["ra"] == 150.0
    assert events(bridge) == {}


@pytest.mark.parametrize(("seconds", "words"), [(-37, "UTC in place of TAI"), (37, "TAI in place of UTC")])
def test_another_time_scale_is_named(bridge, seconds, words):
    bridge.take_in("lsst", an_lsst_message(days_ago=2, nights=3))
    before = target(bridge)
    other = an_lsst_message(days_ago=1)
    for source in other["alert"]["diaSourcesList"]:
        source["midpointMjdTai"] += seconds / 86400
    bridge.take_in("lsst", other)
    assert target(bridge) == before
    assert events(bridge)["lsst: all dates are shifted"]["looks_like"] == words
