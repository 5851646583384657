"""What becomes of a simulated transient: selected, when, and by which criterion rejected first."""

import numpy as np
import pytest

from tests.unit.efficiency.samples import a_small_sample
from tests.unit.judgement.light_curves import a_function
from tides.efficiency.fates import judged, stages
from tides.efficiency.lasair_filter import read_conditions
from tides.efficiency.measure import live_rules
from tides.surveys.survey import survey as named

MJD = 61000.1


def fate(*rows, function, conditions="", **values):
    """The fates of events 0, 1 …, and what was unknown."""
    sample = a_small_sample(*rows, **values)
    read = read_conditions(conditions, named("lsst")) if conditions else ()
    return judged(sample, function, read, live_rules("lsst"))


def rejected_by(row, function, conditions=""):
    read = read_conditions(conditions, named("lsst")) if conditions else ()
    return [*stages(function, named("lsst"), read), ""][row["stage"]]


def test_the_trigger_is_the_first_alert_at_which_the_function_passes():
    rows = [(0, MJD, "r", 23, 10), (0, MJD + 3, "r", 22, 10), (0, MJD + 6, "r", 21, 10)]
    (row,) = fate(*rows, function=a_function(magLimit=22.5), peak_mjd=[MJD + 5])[0].to_dict("records")
    assert row["selected"]
    assert row["trigger_mjd"] == pytest.approx(MJD + 3)
    assert row["phase"] == pytest.approx(-2)


def test_what_has_passed_once_stays_selected_though_it_fails_later():
    rows = [(0, MJD, "r", 21, 10), (0, MJD + 30, "r", 24, 10)]
    (row,) = fate(*rows, function=a_function(magLimit=22.5, maxAge=10))[0].to_dict("records")
    assert row["selected"]


def test_a_prefix_counts_once_an_alert_that_passes_the_filter_has_brought_it():
    rows = [(0, MJD, "r", 21, 10), (0, MJD + 9, "r", 21, 10), (0, MJD + 30, "r", 21, 10)]
    function = a_function(magLimit=22.5, maxAge=10)
    for least, known in ((1, 0), (2, 9), (3, 30)):
        (row,) = fate(*rows, function=function, conditions=f"nPosDiaSources >= {least}")[0].to_dict("records")
        assert (row["trigger_mjd"], row["known_mjd"]) == pytest.approx((MJD, MJD + known))
    (row,) = fate(*rows, function=function, conditions="nPosDiaSources >= 4")[0].to_dict("records")
    assert not row["selected"]
    assert np.isnan(row["trigger_mjd"])
    assert row["days_live"] == 0


def test_an_event_is_rejected_by_the_first_stage_that_none_of_its_alerts_gets_past():
    function = a_function(minBands=2, magLimit=22.5)
    filtered = "nPosDiaSources >= 2"
    rows = [
        (0, MJD, "r", 25, 1),
        (1, MJD, "r", 21, 10),
        (2, MJD, "r", 21, 10),
        (2, MJD + 1, "r", 21, 10),
        (3, MJD, "r", 24, 10),
        (3, MJD + 1, "g", 24, 10),
        (4, MJD, "r", 21, 10),
        (4, MJD + 1, "g", 24, 10),
    ]
    fates, _ = fate(*rows, function=function, conditions=filtered, number=5)
    reasons = [rejected_by(row, function, filtered) for row in fates.to_dict("records")]
    assert reasons == ["detection", "filter nPosDiaSources >= 2", "minBands", "magLimit", ""]


def test_what_a_simulation_cannot_tell_passes_and_is_named():
    function = a_function(magLimit=22.5, classes=["SN"], reliability=0.5)
    fates, unknown = fate((0, MJD, "r", 21, 10), function=function)
    assert fates["selected"].tolist() == [True]
    assert set(unknown) == {"usable", "classes", "reliability"}
    assert unknown["classes"] == "not known: sherlock_class"


def test_the_place_of_an_event_is_known_to_the_function():
    function = a_function(magLimit=22.5, declination=[-80, 5], galacticLatitude=10)
    rows = [(event, MJD, "r", 21, 10) for event in range(3)]
    fates, unknown = fate(*rows, function=function, number=3, ra_deg=[150, 150, 266.4], dec_deg=[-30, 20, -29])
    assert fates["selected"].tolist() == [True, False, False]
    assert "declination" not in unknown


def test_a_sample_in_which_nothing_was_detected_is_judged():
    fates, _ = fate((0, MJD, "r", 25, 1), function=a_function(magLimit=22.5))
    assert fates[["selected", "days_live"]].to_numpy().tolist() == [[False, 0.0]]
