"""What the servers send becomes columns; what cannot be read is set aside alone."""

import json

import numpy as np
import pytest

from tests.unit.judgement.light_curves import (
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
)
from tides.surveys import lsst, ztf

JD = 2460310.75
MJD = 61000.2


def seen_by_ztf(*points):
    chunk, broken = ztf.decode([a_ztf_light_curve(list(points))])
    assert broken == {}
    return chunk.detections


def seen_by_lsst(*sources, **other):
    chunk, broken = lsst.decode([an_lsst_light_curve(list(sources), **other)])
    assert broken == {}
    return chunk.detections


def test_a_ztf_detection_keeps_its_numbers():
    seen = seen_by_ztf(a_ztf_detection(JD, "r", mag=19.25, snr=10.9, drb=0.75))
    assert (seen.jd_utc[0], seen.band[0], seen.mag[0], seen.reliability[0]) == (JD, 2, 19.25, 0.75)
    assert seen.snr[0] == pytest.approx(10.9)


def test_a_ztf_night_that_is_missing_is_computed_from_the_time():
    assert seen_by_ztf(a_ztf_detection(JD, nid=None)).night[0] == 2556
    assert seen_by_ztf(a_ztf_detection(JD, nid=17)).night[0] == 17


@pytest.mark.parametrize(
    ("sign", "positive"),
    [("t", True), ("1", True), (1, True), (True, True), (None, True), ("f", False), ("0", False), (0, False)],
)
def test_the_sign_of_a_ztf_difference_is_read_in_every_spelling(sign, positive):
    assert seen_by_ztf(a_ztf_detection(JD) | {"isdiffpos": sign}).positive[0] == positive


def test_a_ztf_non_detection_is_an_upper_limit_and_no_detection():
    chunk, _ = ztf.decode([a_ztf_light_curve([{"jd": JD, "fid": 2, "diffmaglim": 20.25}])])
    assert len(chunk.detections.jd_utc) == 0
    assert (chunk.fadings.limit_mag.tolist(), chunk.fadings.band.tolist()) == ([20.25], [2])


def test_points_come_out_in_order_of_time_within_each_object():
    chunk, _ = ztf.decode(
        [a_ztf_light_curve([a_ztf_detection(JD + day) for day in days]) for days in ((3, 1, 2), (), (0.5, 0.25))]
    )
    assert chunk.detections.object_index.tolist() == [0, 0, 0, 2, 2]
    assert (chunk.detections.jd_utc - JD).tolist() == [1, 2, 3, 0.25, 0.5]


def test_the_same_ztf_detection_twice_is_one():
    assert len(seen_by_ztf(a_ztf_detection(JD), a_ztf_detection(JD + 1), a_ztf_detection(JD)).jd_utc) == 2


def test_two_different_ztf_detections_of_one_exposure_both_stay():
    assert len(seen_by_ztf(a_ztf_detection(JD, mag=19), a_ztf_detection(JD, mag=19.5)).jd_utc) == 2


def test_of_lsst_sources_of_one_time_and_band_the_usable_one_of_highest_signal_to_noise_stays():
    flagged = an_lsst_source(MJD, snr=99, psfFlux_flag=True)
    faint, bright = (an_lsst_source(MJD, snr=snr, psfFlux_flag=False) for snr in (6, 7))
    for order in ([flagged, faint, bright], [bright, faint, flagged]):
        assert seen_by_lsst(*order).snr.tolist() == pytest.approx([7])


def test_a_lsst_magnitude_is_ab_from_nanojansky():
    seen = seen_by_lsst(an_lsst_source(MJD) | {"psfFlux": 1000.0, "psfFluxErr": 100.0})
    assert seen.mag[0] == pytest.approx(31.4 - 7.5)
    assert seen.mag_err[0] == pytest.approx(0.10857, abs=1e-5)


@pytest.mark.parametrize("flux", [0.0, -500.0])
def test_a_flux_that_is_not_positive_has_no_magnitude(flux):
    seen = seen_by_lsst(an_lsst_source(MJD) | {"psfFlux": flux})
    assert np.isnan(seen.mag[0])
    assert not seen.positive[0]


@pytest.mark.parametrize(
    ("key", "value", "usable"),
    [
        ("psfFlux_flag", True, False),
        ("psfFlux_flag", False, True),
        ("psfFlux_flag", None, True),
        ("ssObjectId", 21165806, False),
        ("ssObjectId", "21165806", False),
        ("ssObjectId", 0, True),
        ("ssObjectId", None, True),
        ("timeWithdrawnMjdTai", 61001.0, False),
        ("timeWithdrawnMjdTai", None, True),
        ("timeWithdrawnMjdTai", float("nan"), True),
    ],
)
def test_a_source_that_lsst_disowns_is_not_usable(key, value, usable):
    assert seen_by_lsst(an_lsst_source(MJD, **{key: value})).usable[0] == usable


def test_a_light_curve_without_flags_is_known_to_be_lite():
    chunk, _ = lsst.decode(
        [an_lsst_light_curve([an_lsst_source(MJD)]), an_lsst_light_curve([an_lsst_source(MJD, psfFlux_flag=False)])]
    )
    assert chunk.lite.tolist() == [True, False]


def test_lsst_forced_photometry_is_a_measurement_from_five_sigma_and_a_limit_below():
    forced = [{"midpointMjdTai": MJD, "band": "g", "psfFlux": flux, "psfFluxErr": 100.0} for flux in (1000.0, 100.0)]
    chunk, _ = lsst.decode([an_lsst_light_curve([], forced)])
    assert chunk.fadings.mag[0] == pytest.approx(23.9)
    assert chunk.fadings.limit_mag[1] == pytest.approx(31.4 - 2.5 * np.log10(500))
    assert np.isnan(chunk.fadings.mag[1])
    assert np.isnan(chunk.fadings.limit_mag[0])


def test_ztf_forced_photometry_uses_the_zero_point_of_its_image():
    forced = [
        {"jd": JD, "fid": 1, "forcediffimflux": 1000.0, "forcediffimfluxunc": 100.0, "magzpsci": 26.0},
        {"jd": JD, "fid": 1, "forcediffimflux": -99999.0, "forcediffimfluxunc": -99999.0, "magzpsci": 26.0},
    ]
    chunk, _ = ztf.decode([a_ztf_light_curve([], forcedphot=forced)])
    assert chunk.fadings.mag.tolist() == pytest.approx([18.5])
    assert chunk.fadings.forced.tolist() == [True]


@pytest.mark.parametrize("time", [None, float("nan"), float("inf"), 0.0, 1e300])
def test_a_point_whose_time_cannot_be_placed_is_left_out(time):
    assert len(seen_by_ztf(a_ztf_detection(JD), a_ztf_detection(JD) | {"jd": time}).jd_utc) == 1
    assert len(seen_by_lsst(an_lsst_source(MJD), an_lsst_source(MJD) | {"midpointMjdTai": time}).jd_utc) == 1


@pytest.mark.parametrize("number", [None, float("nan"), float("-inf")])
def test_null_and_nan_are_unknown_numbers(number):
    assert np.isnan(seen_by_ztf(a_ztf_detection(JD) | {"magpsf": number}, a_ztf_detection(JD + 1)).mag[0])
    assert np.isnan(seen_by_lsst(an_lsst_source(MJD) | {"psfFluxErr": number}).snr[0])


def test_an_id_may_be_a_number_or_a_text():
    for key in (313888888888888881, "313888888888888881"):
        raw = json.dumps({"diaObjectId": key, "diaSourcesList": [an_lsst_source(MJD, diaObjectId=key)]}).encode()
        assert lsst.decode([raw])[1] == {}


@pytest.mark.parametrize("number", [1, 15, 16, 17, 70000])
def test_any_number_of_points_is_read(number):
    points = [a_ztf_detection(JD + place / 64, nid=1) for place in range(number)]
    assert len(seen_by_ztf(*points).jd_utc) == number


@pytest.mark.parametrize("module", [ztf, lsst])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"<html>502 Bad Gateway</html>",
        b'{"error": "no such object"}',
        b"{}",
        b'{"candidates": [{"jd": "yesterday"}], "diaSourcesList": [{"psfFlux": "bright"}]}',
        b'{"candidates": [null], "diaSourcesList": [null]}',
        b"\xff\xfe",
        b"[" * 100000,
    ],
)
def test_what_is_no_light_curve_is_set_aside_with_a_reason_and_its_neighbours_stay(module, raw):
    good = a_ztf_light_curve([a_ztf_detection(JD)])
    good = good[:-1] + b', "diaSourcesList": ' + json.dumps([an_lsst_source(MJD)]).encode() + b"}"
    chunk, broken = module.decode([good, raw, good])
    assert list(broken) == [1]
    assert "light curve" in broken[1]
    assert chunk.detections.object_index.tolist() == [0, 2]


@pytest.mark.parametrize("module", [ztf, lsst])
def test_a_light_curve_without_points_is_empty_and_not_broken(module):
    chunk, broken = module.decode(
        [b'{"candidates": [], "diaSourcesList": []}', b'{"candidates": null, "diaSourcesList": null}']
    )
    assert broken == {}
    assert (chunk.objects, len(chunk.detections.jd_utc)) == (2, 0)


@pytest.mark.parametrize("module", [ztf, lsst])
def test_an_empty_chunk_is_a_chunk(module):
    chunk, broken = module.decode([])
    assert (chunk.objects, broken) == (0, {})
