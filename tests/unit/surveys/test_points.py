"""Points that cannot be true are left out or unknown, and counted; one exposure counts once."""

import json

import numpy as np
import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
)
from tides.clock import mjd_tai_to_jd_utc
from tides.judgement.judge import Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.lightcurves.faults import Cause, Fault, Tally
from tides.surveys import lsst, ztf

JD = 2460310.75
MJD = 61000.2
COUNTS = a_function(minDetections=4)
LIMITS = SummaryLimits(current_window_days=7)
OLD_NAMES = {"psfFlux": "psFlux", "psfFluxErr": "psFluxErr", "midpointMjdTai": "midPointTai", "band": "filterName"}


def judged(module, raw, sent_jd=None, function=COUNTS):
    return judge(module.SURVEY, [Subject("o", raw, {}, None, sent_jd=sent_jd)], [function], LIMITS)


def three_nights(**other):
    return [a_ztf_detection(JD + 3 * night, band, **other) for night, band in enumerate("grg")]


def sources(number=4):
    return [an_lsst_source(MJD + night, "griz"[night % 4]) for night in range(number)]


def renamed(points, names):
    return [{names.get(key, key): value for key, value in point.items()} for point in points]


def test_a_point_after_the_moment_of_sending_is_left_out_and_told():
    points = [*sources(), an_lsst_source(MJD + 3003, "r", mag=15.0)]
    sent_jd = mjd_tai_to_jd_utc(MJD + 3)
    judgement = judged(lsst, an_lsst_light_curve(points), sent_jd)
    (summary,) = judgement.summaries
    assert summary.newest_jd == mjd_tai_to_jd_utc(MJD + 3)
    assert summary.bands["r"]["brightest"]["mag"] == pytest.approx(22.0)
    assert judgement.tally.told() == {Fault.ODD_TIME: 1}
    assert judgement.tally.examples[Fault.ODD_TIME].endswith("3000 d after it was sent")
    assert judged(lsst, an_lsst_light_curve(points)).summaries[0].newest_jd == mjd_tai_to_jd_utc(MJD + 3003)


def test_a_point_within_a_day_after_the_sending_stays():
    judgement = judged(lsst, an_lsst_light_curve(sources()), mjd_tai_to_jd_utc(MJD + 2.1))
    assert (judgement.summaries[0].detections, judgement.tally.faults) == (4, {})


def test_a_point_before_the_survey_is_left_out():
    judgement = judged(ztf, a_ztf_light_curve([*three_nights(), a_ztf_detection(ztf.SURVEY.since_jd - 1)]))
    assert judgement.summaries[0].detections == 3
    assert judgement.tally.told() == {Fault.ODD_TIME: 1}


def test_the_verdict_s_input_is_another_one_when_points_are_left_out():
    raw = an_lsst_light_curve(sources())
    early, late = (judged(lsst, raw, mjd_tai_to_jd_utc(MJD + days)).verdicts[0] for days in (0, 9))
    assert (early.passed, late.passed) == (False, True)
    assert early.input_hash != late.input_hash


def test_where_all_dates_are_ahead_there_is_no_light_curve():
    judgement = judged(lsst, an_lsst_light_curve(sources()), mjd_tai_to_jd_utc(MJD - 9))
    assert [broken.reason for broken in judgement.broken] == [Cause.NO_USABLE_POINT]
    assert (judgement.verdicts, judgement.summaries, judgement.empty) == ([], [], [])


@pytest.mark.parametrize(
    ("value", "unit"),
    [(2461000.7, "a JD"), (61000.2 * 86400, "an MJD in seconds"), (1.764e9, "seconds since 1970")],
)
def test_a_date_in_another_unit_is_named(value, unit):
    judgement = judged(lsst, an_lsst_light_curve([*sources(), an_lsst_source(value)]))
    assert judgement.summaries[0].detections == 4
    assert judgement.tally.examples[Fault.ODD_TIME] == f"{value!r} (looks like {unit})"


def test_renamed_keys_make_no_light_curve_and_the_new_names_are_told():
    judgement = judged(lsst, an_lsst_light_curve(renamed(sources(12), OLD_NAMES)))
    assert [broken.reason for broken in judgement.broken] == ["not a light curve: no point has time, band and flux"]
    assert (judgement.verdicts, judgement.summaries) == ([], [])
    told = judgement.tally.told()
    assert told == dict.fromkeys((Fault.NO_TIME, Fault.NO_BAND, Fault.NO_FLUX, Fault.NO_ERROR), 12)
    assert judgement.tally.examples[Fault.NO_FLUX].startswith("no psfFlux, but psFlux,")


def test_a_ztf_date_under_another_key_makes_no_light_curve():
    judgement = judged(ztf, a_ztf_light_curve(renamed(three_nights(), {"jd": "mjd"})))
    assert [broken.reason for broken in judgement.broken] == [Cause.NO_USABLE_POINT]
    assert judgement.tally.examples[Fault.NO_TIME].startswith("no jd, but mjd,")


def test_keys_are_read_without_regard_to_case():
    lower, upper = ({key: getattr(key, how)() for key in sources()[0]} for how in ("lower", "upper"))
    for names in (lower, upper):
        judgement = judged(lsst, an_lsst_light_curve(renamed(sources(), names)))
        assert (judgement.verdicts[0].passed, judgement.tally.faults) == (True, {})
    raw = an_lsst_light_curve(sources()).replace(b"diaSourcesList", b"diasourceslist")
    assert judged(lsst, raw).verdicts[0].passed


@pytest.mark.parametrize("odd", [None, 7, "text", [1], {"psfFlux": "bright"}, {"midpointMjdTai": {"mjd": 1}}])
def test_one_odd_point_costs_no_more_than_itself(odd):
    judgement = judged(lsst, an_lsst_light_curve([*sources(), odd]))
    assert (judgement.broken, judgement.verdicts[0].passed) == ([], True)
    assert judgement.tally.faults == {Fault.UNREADABLE: 1}
    assert judgement.tally.points == 5


@pytest.mark.parametrize(("flag", "usable"), [(0, True), (1, False), ("true", False), (False, True)])
def test_a_flag_may_be_0_or_1(flag, usable):
    chunk, broken = lsst.decode([an_lsst_light_curve([an_lsst_source(MJD, psfFlux_flag=flag)])])
    assert (broken, chunk.detections.usable.tolist()) == ({}, [usable])


@pytest.mark.parametrize(
    ("sign", "positive", "faults"),
    [
        (-1, False, {}),
        ("-1", False, {}),
        ("T", True, {}),
        ("x", False, {Fault.ODD_SIGN: 1}),
        (7, False, {Fault.ODD_SIGN: 1}),
    ],
)
def test_a_sign_of_no_known_form_is_not_positive(sign, positive, faults):
    chunk, _ = ztf.decode([a_ztf_light_curve([a_ztf_detection(JD, isdiffpos=sign)])])
    assert (chunk.detections.positive.tolist(), chunk.tally.faults) == ([positive], faults)


@pytest.mark.parametrize("mark", [-999.0, -99999.0])
def test_a_sentinel_is_no_magnitude_and_0_no_error(mark):
    judgement = judged(
        ztf, a_ztf_light_curve(three_nights(magpsf=mark, sigmapsf=0.0)), function=a_function(magLimit=20.5)
    )
    assert judgement.broken == []
    assert judgement.verdicts[0].criteria[0] == {"name": "magLimit", "value": None, "limit": 20.5, "held": False}
    assert judgement.tally.faults == {Fault.NO_FLUX: 3, Fault.NO_ERROR: 3}


def test_an_upper_limit_out_of_bounds_is_none():
    limits = [{"jd": JD, "fid": 1, "diffmaglim": mag} for mag in (20.5, -999.0, 99.0)]
    chunk, _ = ztf.decode([a_ztf_light_curve(limits)])
    assert chunk.fadings.limit_mag.tolist() == [20.5]
    assert chunk.tally.faults == {Fault.NO_FLUX: 1, Fault.ODD_FLUX: 1}


def test_bands_of_other_names_are_told_with_an_example():
    judgement = judged(lsst, an_lsst_light_curve([{**point, "band": f"LSST_{point['band']}"} for point in sources(12)]))
    assert [broken.reason for broken in judgement.broken] == [Cause.NO_USABLE_POINT]
    assert judgement.tally.told() == {Fault.NO_BAND: 12}
    assert judgement.tally.examples[Fault.NO_BAND] == "LSST_g"
    other = judged(ztf, a_ztf_light_curve([{**point, "fid": 9} for point in three_nights()]))
    assert other.tally.examples[Fault.NO_BAND] == "9.0"


def test_fluxes_of_another_scale_are_unknown():
    scaled = [
        {**point, "psfFlux": point["psfFlux"] / 1e9, "psfFluxErr": point["psfFluxErr"] / 1e9} for point in sources()
    ]
    judgement = judged(lsst, an_lsst_light_curve(scaled))
    assert [broken.reason for broken in judgement.broken] == [Cause.NO_USABLE_POINT]
    assert judgement.tally.told() == {Fault.ODD_ERROR: 4}


def test_errors_of_an_unusual_size_are_told_when_most_have_it():
    scaled = [
        {**point, "psfFlux": point["psfFlux"] * 1e3, "psfFluxErr": point["psfFluxErr"] * 1e3} for point in sources(12)
    ]
    assert judged(lsst, an_lsst_light_curve(scaled)).tally.told() == {Fault.ODD_SCALE: 12}


def test_few_missing_values_are_not_told_and_many_are():
    tally = Tally(points=2000)
    tally.count(Fault.NO_FLUX, 20, "")
    assert tally.told() == {}
    tally.count(Fault.NO_FLUX, 1, "")
    assert tally.told() == {Fault.NO_FLUX: 21}


def test_an_example_is_bounded_and_cannot_control_a_terminal():
    tally = Tally()
    tally.count(Fault.UNREADABLE, 1, "\x1b[31m" + "x" * 500)
    assert tally.examples[Fault.UNREADABLE] == "\\x1b[31m" + "x" * 112


def test_rounded_copies_of_detections_count_once():
    points = three_nights()
    copies = [{**point, **{key: float(np.float32(point[key])) for key in ("magpsf", "sigmapsf")}} for point in points]
    shifted = [{**point, "jd": point["jd"] + 0.4 / 86400} for point in points]
    for doubled in (points + copies, copies[::-1] + points + shifted):
        judgement = judged(ztf, a_ztf_light_curve(doubled))
        assert judgement.verdicts[0].criteria[0]["value"] == 3
        assert judgement.summaries[0].detections == 3


def test_two_candidates_of_one_exposure_count_once_for_us_and_both_signs_stay():
    pair = [a_ztf_detection(JD, mag=19.0), a_ztf_detection(JD, mag=18.5, positive=False), a_ztf_detection(JD + 1)]
    raw = a_ztf_light_curve(pair)
    assert judged(ztf, raw).verdicts[0].criteria[0]["value"] == 2
    fraction = judged(ztf, raw, function=a_function(positiveFraction=0.5)).verdicts[0]
    assert fraction.criteria[0]["value"] == pytest.approx(2 / 3)


def test_the_same_lsst_visit_twice_is_one_source_whatever_the_order():
    first = an_lsst_source(MJD, snr=9.0)
    again = an_lsst_source(MJD + 0.5 / 86400, snr=11.0)
    for order in ([first, again], [again, first]):
        chunk, _ = lsst.decode([an_lsst_light_curve([*order, an_lsst_source(MJD, "r")])])
        assert sorted(chunk.detections.snr.tolist()) == pytest.approx([10.0, 11.0])


def test_an_empty_light_curve_is_judged_and_named_as_empty():
    judgement = judged(lsst, json.dumps({"diaSourcesList": []}).encode())
    assert (judgement.empty, judgement.broken, judgement.verdicts[0].passed) == (["o"], [], False)
