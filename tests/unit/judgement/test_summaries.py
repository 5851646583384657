"""Magnitudes band by band, and the extent of a light curve, whatever function selected it."""

import pytest

from tests.unit.judgement.light_curves import (
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
)
from tides import clock
from tides.judgement.judge import Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.surveys.survey import survey as named

JD = 2460310.75
MJD = 61000.2


def summary_of(survey, raw, window=5):
    (summary,) = judge(
        named(survey), [Subject("o", raw, {}, None)], [], SummaryLimits(current_window_days=window)
    ).summaries
    return summary


def of_ztf(*points, **how):
    return summary_of("ztf", a_ztf_light_curve(list(points)), **how)


def of_lsst(sources, forced=None):
    return summary_of("lsst", an_lsst_light_curve(sources, forced), window=7)


def forced_at(mjd_tai, flux, flux_err=100.0, band="g"):
    return {"midpointMjdTai": mjd_tai, "band": band, "psfFlux": flux, "psfFluxErr": flux_err}


def test_the_extent_is_that_of_counted_detections_and_newest_is_any():
    summary = of_ztf(
        a_ztf_detection(JD, snr=4),
        a_ztf_detection(JD + 1),
        a_ztf_detection(JD + 1.01, "r"),
        a_ztf_detection(JD + 3),
        a_ztf_detection(JD + 4, positive=False),
    )
    assert (summary.detections, summary.nights) == (3, 2)
    assert (summary.first_jd, summary.last_jd, summary.newest_jd) == (JD + 1, JD + 3, JD + 4)


def test_without_a_counted_detection_there_is_no_extent():
    summary = of_ztf(a_ztf_detection(JD, snr=4))
    assert (summary.detections, summary.nights, summary.bands) == (0, 0, {})
    assert (summary.first_jd, summary.last_jd, summary.newest_jd) == (None, None, JD)


def test_an_empty_light_curve_has_nothing_at_all():
    summary = of_ztf()
    assert (summary.newest_jd, summary.bands) == (None, {})


def test_the_current_magnitude_is_a_line_as_of_that_band_s_newest_detection():
    g = of_ztf(
        a_ztf_detection(JD, "g", 18.0),
        a_ztf_detection(JD + 6, "g", 19.0),
        a_ztf_detection(JD + 9, "g", 20.0),
        a_ztf_detection(JD + 30, "r", 17.0),
    ).bands["g"]
    assert (g["newest"]["mag"], g["brightest"]["mag"]) == (20.0, 18.0)
    assert g["current"]["jd"] == JD + 9
    assert 19.5 < g["current"]["mag"] < 20.0
    assert 0.1 < g["current"]["slope"] < 0.4
    assert set(g["current"]) == {"jd", "mag", "err", "slope", "slope_err"}


def test_a_shorter_window_follows_the_newest_detections_more_closely():
    points = [a_ztf_detection(JD + day, "g", mag) for day, mag in ((0, 19.0), (3, 19.0), (6, 19.0), (7, 20.0))]
    near, far = (of_ztf(*points, window=window).bands["g"]["current"]["mag"] for window in (1, 20))
    assert near > far


def test_bands_beside_griz_are_left_out():
    assert list(of_lsst([an_lsst_source(MJD, band) for band in "ugy"]).bands) == ["g"]


def test_the_newest_upper_limit_stands_beside_the_detections():
    limits = [
        {"jd": JD + day, "fid": fid, "diffmaglim": mag} for day, fid, mag in ((3, 1, 20.0), (2, 1, 21.0), (1, 2, 20.5))
    ]
    bands = of_ztf(a_ztf_detection(JD, "g"), *limits).bands
    assert bands["g"]["limit"] == {"jd": JD + 3, "mag": 20.0}
    assert bands["r"] == {
        "newest": None,
        "current": None,
        "brightest": None,
        "forced": None,
        "limit": {"jd": JD + 1, "mag": 20.5},
    }


def test_forced_photometry_is_told_only_when_it_is_newer_than_the_newest_detection():
    sources = [an_lsst_source(MJD, "g", 21.0)]
    assert of_lsst(sources, [forced_at(MJD - 1, 1000.0)]).bands["g"]["forced"] is None
    forced = of_lsst(sources, [forced_at(MJD + 1, 1000.0), forced_at(MJD + 2, 800.0)]).bands["g"]["forced"]
    assert forced["jd"] == clock.mjd_tai_to_jd_utc(MJD + 2)
    assert forced["mag"] == pytest.approx(31.4 - 2.5 * 2.90309, abs=1e-3)


def test_forced_photometry_below_five_sigma_is_a_limit():
    g = of_lsst([an_lsst_source(MJD, "g")], [forced_at(MJD + 1, 100.0)]).bands["g"]
    assert g["forced"] is None
    assert g["limit"]["mag"] == pytest.approx(31.4 - 2.5 * 2.69897, abs=1e-3)


def test_a_disowned_source_is_neither_counted_nor_the_newest():
    summary = of_lsst([an_lsst_source(MJD), an_lsst_source(MJD + 1, mag=18.0, psfFlux_flag=True)])
    assert summary.detections == 1
    assert summary.newest_jd == clock.mjd_tai_to_jd_utc(MJD)


@pytest.mark.parametrize(("snr", "counted"), [(4.999, 0), (5.0, 1)])
def test_a_detection_counts_from_a_signal_to_noise_of_five(snr, counted):
    raw = an_lsst_light_curve([an_lsst_source(MJD, psfFlux=100.0 * snr, psfFluxErr=100.0)])
    assert summary_of("lsst", raw).detections == counted


def test_the_newest_silence_ends_with_the_first_detection_after_it():
    days = (0, 99, 250, 251, 400, 401)
    assert of_ztf(*(a_ztf_detection(JD + day) for day in days)).resumed_jd == JD + 400
    assert of_ztf(*(a_ztf_detection(JD + day) for day in (0, 99, 198))).resumed_jd is None
    assert of_ztf(a_ztf_detection(JD), a_ztf_detection(JD + 101, snr=4)).resumed_jd is None
