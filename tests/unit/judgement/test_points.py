"""The points of a light curve as figures show them: what counts, why the others do not, and nightly means."""

import json

import numpy as np
import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
    random_light_curves,
)
from tides.functions.functions import load_functions
from tides.judgement.counting import Uncounted
from tides.judgement.history import History
from tides.judgement.judge import Subject, read
from tides.judgement.points import Point, PointKind, magnitude_limits, nightly_means, points_of, why_not
from tides.surveys.survey import survey as named

JD = 2460310.75
MJD = 60930.0
FUNCTIONS = load_functions()
OURS = a_function(minBands=1, positiveOnly=True, reliability=0.5, notSolarSystem=True, historyDays=365)


def points(survey, raw, function=OURS):
    chunk, reasons, _ = read(named(survey), [Subject("o", raw, {}, None)])
    assert reasons == {}
    return points_of(chunk, named(survey), function, 0)


def ztf(*detections, **other):
    return points("ztf", a_ztf_light_curve(list(detections), **other))


def lsst(*sources, forced=None, function=OURS):
    return points("lsst", an_lsst_light_curve(list(sources), forced), function)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_those_points_count_that_the_judge_counts(survey):
    raws = random_light_curves(survey, 60, seed=4)
    chunk, _, _ = read(named(survey), [Subject(str(place), raw, {}, None) for place, raw in enumerate(raws)])
    looked = 0
    for function in (OURS, a_function(minBands=1), *FUNCTIONS.values()):
        history = History(chunk, named(survey), function)
        counted = history.counted & history.is_in_last(history.begins)
        for place in range(len(raws)):
            own = counted & (history.detections.object_index == place)
            found = [p for p in points_of(chunk, named(survey), function, place) if p.counts]
            assert [p.jd_utc for p in found] == sorted(history.detections.jd_utc[own].tolist())
            assert all(p.kind is PointKind.DETECTION and p.why == () for p in found)
            looked += len(found)
    assert looked > 200


@pytest.mark.parametrize(
    ("changes", "why", "words"),
    [
        ({"band": "g", "snr": 4.04}, Uncounted.LOW_SIGNAL, "signal to noise 4.0, limit 5"),
        ({"positive": False}, Uncounted.NEGATIVE, "it is fainter than its reference"),
        ({"drb": 0.31}, Uncounted.LOW_SCORE, "score against artefacts 0.31, limit 0.5"),
        ({"ssdistnr": 3.0}, Uncounted.MOVING, "a known solar-system object is near"),
        ({"sigmapsf": None}, Uncounted.NO_MAGNITUDE, "it has no magnitude with an error"),
    ],
)
def test_a_ztf_detection_that_does_not_count_says_why(changes, why, words):
    point, newest = ztf(a_ztf_detection(JD, **changes), a_ztf_detection(JD + 1))
    assert newest.counts
    assert why in point.why
    assert words in why_not(point, OURS)
    assert why_not(newest, OURS) == []


def test_a_detection_may_fail_to_count_for_several_reasons():
    old, newest = ztf(a_ztf_detection(JD, snr=3, positive=False), a_ztf_detection(JD + 400))
    assert old.why == (Uncounted.NEGATIVE, Uncounted.LOW_SIGNAL, Uncounted.OLD)
    assert why_not(old, OURS)[-1] == "more than 365 d before the newest detection"
    assert newest.counts


def test_a_detection_that_lsst_disowns_is_shown_and_does_not_count():
    flagged, other, clean = lsst(
        an_lsst_source(MJD, psfFlux_flag=True),
        an_lsst_source(MJD + 1, band="y", psfFlux_flag=False),
        an_lsst_source(MJD + 2, psfFlux_flag=False),
    )
    assert flagged.why == (Uncounted.DISOWNED,)
    assert flagged.mag == pytest.approx(22.0)
    assert why_not(other, OURS) == ["only g, r, i, z count"]
    assert clean.counts


def test_a_negative_flux_has_no_magnitude_and_keeps_its_flux():
    source = an_lsst_source(MJD)
    (point,) = lsst({**source, "psfFlux": -source["psfFlux"]})
    assert (point.mag, point.counts) == (None, False)
    assert why_not(point, OURS) == ["it is fainter than its reference"]
    assert point.flux_njy == pytest.approx(-source["psfFlux"])
    assert point.flux_err_njy == pytest.approx(source["psfFluxErr"])
    (negative,) = ztf(a_ztf_detection(JD, mag=18.9, positive=False))
    assert negative.flux_njy == pytest.approx(-(10 ** (0.4 * (31.4 - 18.9))))


def test_forced_photometry_is_a_measurement_or_a_limit_and_keeps_its_flux():
    forced = [{"midpointMjdTai": MJD + n, "band": "r", "psfFlux": flux, "psfFluxErr": 100.0}
              for n, flux in enumerate((2000.0, 300.0, -400.0))]  # fmt: skip
    seen, faint, negative = lsst(forced=forced)
    assert {p.kind for p in (seen, faint, negative)} == {PointKind.FORCED}
    assert [round(p.flux_njy) for p in (seen, faint, negative)] == [2000, 300, -400]
    assert [round(p.flux_err_njy) for p in (seen, faint, negative)] == [100, 100, 100]
    assert (seen.limit_mag, faint.mag) == (None, None)
    assert faint.limit_mag == pytest.approx(31.4 - 2.5 * np.log10(500))
    assert why_not(seen, OURS) == ["forced photometry never counts"]


def test_a_survey_s_own_non_detection_is_a_limit_without_a_flux():
    (limit,) = ztf({"jd": JD, "fid": 2, "diffmaglim": 20.5})
    assert (limit.kind, limit.band, limit.limit_mag, limit.flux_njy) == (PointKind.LIMIT, "r", 20.5, None)


def a_point(jd, flux, err=10.0, kind=PointKind.DETECTION, **other):
    return Point(jd, "r", kind, None, None, None, flux, err, flux / err, **other)


def test_points_of_a_night_that_count_alike_have_a_weighted_mean_flux():
    night = [a_point(JD, 100.0, 10.0, counts=True), a_point(JD + 0.01, 400.0, 20.0, counts=True)]
    other = [a_point(JD + 0.02, 50.0, why=(Uncounted.LOW_SIGNAL,)), a_point(JD + 3, 80.0, counts=True)]
    means = nightly_means([*night, *other], named("lsst"))
    assert [p.of for p in means] == [2, 1, 1]
    mean = means[0]
    assert mean.flux_njy == pytest.approx((100 / 100 + 400 / 400) / (1 / 100 + 1 / 400))
    assert mean.flux_err_njy == pytest.approx((1 / 100 + 1 / 400) ** -0.5)
    assert mean.mag == pytest.approx(31.4 - 2.5 * np.log10(mean.flux_njy))
    assert mean.counts
    assert means[1:] == other


def test_forced_points_that_are_faint_alone_may_be_seen_together():
    faint = [a_point(JD + n / 100, 30.0, kind=PointKind.FORCED) for n in range(9)]
    (mean,) = nightly_means(faint, named("lsst"))
    assert (mean.of, mean.limit_mag) == (9, None)
    assert mean.snr == pytest.approx(9.0)
    assert mean.mag == pytest.approx(31.4 - 2.5 * np.log10(30))
    (limit,) = nightly_means(faint[:2], named("lsst"))
    assert (limit.mag, limit.of) == (None, 2)
    assert limit.limit_mag == pytest.approx(31.4 - 2.5 * np.log10(50 / np.sqrt(2)))


def test_the_deepest_limit_of_a_night_stays():
    night = [Point(JD + n / 100, "g", PointKind.LIMIT, None, None, mag, None, None, None)
             for n, mag in enumerate((20.0, 20.7, 20.4))]  # fmt: skip
    (limit,) = nightly_means(night, named("ztf"))
    assert (limit.limit_mag, limit.of) == (20.7, 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_any_light_curve_has_points_and_means_that_can_be_written_as_json(survey):
    for raw in random_light_curves(survey, 40, seed=5):
        found = points(survey, raw)
        assert [p.jd_utc for p in found] == sorted(p.jd_utc for p in found)
        for point in (*found, *nightly_means(found, named(survey))):
            json.dumps([point.mag, point.mag_err, point.flux_njy, point.flux_err_njy, point.snr], allow_nan=False)


def test_the_magnitudes_that_a_function_asks_for_have_the_names_of_their_criteria():
    function = a_function(magLimit=22.5, currentMag=22.5, any=[{"bandMagLimit": {"r": 20}}, {"maxAge": 20}])
    assert magnitude_limits(function) == {22.5: "magLimit, currentMag", 20.0: "bandMagLimit r"}
