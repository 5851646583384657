"""A light curve as it is shown: how many points, and what is said beside them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
)
from tides.journal.states import LiveSpan
from tides.reports.curve import Curve, Points, ToldThen, Trigger, read_points
from tides.reports.curve_words import COLUMNS, notes, row
from tides.surveys.survey import survey as named

JD = 2460310.75
MJD = 60930.0
OURS = a_function(minBands=1, magLimit=22.5)
THEN = datetime(2026, 11, 20, 3, 11, tzinfo=UTC)


def forced(*mjds):
    return [{"midpointMjdTai": mjd, "band": "r", "psfFlux": 2000.0, "psfFluxErr": 100.0} for mjd in mjds]


def a_curve(points=None, **changes):
    curve = Curve(
        "lsst", "42", "TiDES26aaa", "ours", ["ours"], "message", THEN, points or Points([], of=3), [], [], [], []
    )
    return replace(curve, **changes)


def test_all_points_are_shown_while_they_are_few():
    raw = an_lsst_light_curve([an_lsst_source(MJD + n) for n in range(5)], forced(MJD + 0.1, MJD + 0.2))
    points = read_points(raw, None, named("lsst"), OURS)
    assert (len(points.shown), points.of, points.means, points.older, points.problem) == (7, 7, False, 0, None)


def test_of_many_points_the_nightly_means_are_shown_and_of_many_nights_the_newest():
    raw = an_lsst_light_curve([an_lsst_source(MJD + n) for n in range(5)], forced(*(MJD + n / 50 for n in range(200))))
    points = read_points(raw, None, named("lsst"), OURS, most=50)
    assert (points.of, points.means, points.older) == (205, True, 0)
    assert len(points.shown) == 5 + 5  # a night of a kind has one mean
    assert sum(point.of for point in points.shown) == 205
    fewer = read_points(raw, None, named("lsst"), OURS, most=6)
    assert (len(fewer.shown), fewer.older) == (6, 4)
    assert fewer.shown == points.shown[-6:]
    assert notes(a_curve(fewer))[0].startswith(
        "205 points, of which 6 nightly means are shown; the 4 oldest are left out."
    )


def test_what_cannot_be_read_and_what_is_left_out_is_said():
    broken = read_points(b"<html>", None, named("ztf"), OURS)
    assert notes(a_curve(broken)) == ["The light curve cannot be read: not a light curve: no JSON object."]
    late = read_points(a_ztf_light_curve([a_ztf_detection(JD), a_ztf_detection(JD + 9)]), JD + 1, named("ztf"), OURS)
    assert (len(late.shown), late.left_out) == (1, 1)
    assert "1 point with an implausible date: left out." in notes(a_curve(late))


def test_a_curve_that_is_not_there_says_so():
    assert notes(a_curve(source=None)) == ["No light curve of LSST 42 is stored."]
    assert notes(a_curve(function=None)) == ["No function in use looks at LSST, so none says which points count."]


def test_the_notes_say_when_it_triggered_was_live_and_what_4most_was_told():
    said = notes(
        a_curve(
            triggers=[Trigger("ours", JD, THEN, THEN, True)],
            live=[
                LiveSpan(THEN, THEN.replace(day=22), "selected", "deactivated"),
                LiveSpan(THEN, None, "forced", None),
            ],
            told=[ToldThen(THEN, "create", "stored", True, 20.125, "DECam_r_AB")],
        )
    )
    assert said == [
        "3 points. They came with an alert, stored 2026-11-20 03:11 UTC.",
        "Trigger of ours, as a control: 2024-01-01 06:00:00 UTC (JD 2460310.75000), known 2026-11-20 03:11.",
        "Live from 2026-11-20 03:11 UTC (selected) until 2026-11-22 03:11 UTC (deactivated).",
        "Live from 2026-11-20 03:11 UTC (forced) until now.",
        "4MOST, 1 answer; the newest, 2026-11-20 03:11 UTC: create stored, active, 20.12 mag (DECam_r_AB).",
    ]
    assert notes(a_curve(source="bulk"))[0].endswith("The broker was asked for them, stored 2026-11-20 03:11 UTC.")
    assert notes(a_curve())[1:] == ["No function has passed it.", "TiDES26aaa was never live."]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "counts"),
        ({"snr": 4.0}, "does not count: signal to noise 4.0, limit 5"),
    ],
)
def test_a_row_of_the_table_has_each_date_value_and_whether_it_counts(changes, words):
    (point,) = read_points(a_ztf_light_curve([a_ztf_detection(JD, **changes)]), None, named("ztf"), OURS).shown
    found = dict(zip(COLUMNS, row(point, OURS), strict=True))
    assert found["UTC"] == "2024-01-01 06:00:00"
    assert (found["MJD (UTC)"], found["JD (UTC)"]) == ("60310.25000", "2460310.75000")
    assert found["magnitude (AB)"].startswith("19.000 ± ")
    assert found["flux (nJy)"].startswith("91201 ± ")
    assert found["does it count?"] == words


def test_limits_and_forced_points_never_count():
    raw = a_ztf_light_curve([{"jd": JD, "fid": 1, "diffmaglim": 20.5}])
    (point,) = read_points(raw, None, named("ztf"), OURS).shown
    assert row(point, OURS)[3:] == ("g", "upper limit", "> 20.50", "–", "–", "never counts")
