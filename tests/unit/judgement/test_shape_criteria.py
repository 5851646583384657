"""What was there before a light curve, its change, its dips and its colour: by example, and by the reference."""

import json
import random

import pytest

from tests.recorded import recorded
from tests.unit.judgement import reference
from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
    random_light_curves,
)
from tides.functions.functions import read_function
from tides.judgement.judge import Subject, judge
from tides.surveys.survey import survey as named

JD = 2460310.75
MJD = 61000.0


def asked_of(survey, raw, **keys):
    (verdict,) = judge(named(survey), [Subject("o", raw, {}, None)], [a_function(**keys)], None).verdicts
    return verdict.criteria[-1]


def of_ztf(*points, **keys):
    return asked_of("ztf", a_ztf_light_curve(list(points)), **keys)


def a_forced(mjd_tai, snr, band="g"):
    return {"midpointMjdTai": mjd_tai, "band": band, "psfFlux": snr * 100.0, "psfFluxErr": 100.0}


def quiet(forced, sources=(), limit=0):
    raw = an_lsst_light_curve([*sources, an_lsst_source(MJD)], forced)
    asked = asked_of("lsst", raw, quietBefore={"limit": limit, "days": 30}, reliability=0.5)
    return asked["value"], asked["held"]


@pytest.mark.parametrize("snr", [6, -6])
def test_forced_photometry_off_zero_long_before_the_first_detection_is_activity(snr):
    assert quiet([a_forced(MJD - 31, snr), a_forced(MJD - 40, 1)]) == (1, False)
    assert quiet([a_forced(MJD - 31, snr), a_forced(MJD - 40, snr)], limit=1) == (2, False)
    assert quiet([a_forced(MJD - 31, snr)], limit=1) == (1, True)


def test_what_rises_just_before_its_first_detection_was_quiet():
    assert quiet([a_forced(MJD - 29, 6), a_forced(MJD - 40, 4.9)]) == (0, True)


def test_activity_more_than_the_history_ago_is_not_known():
    assert quiet([a_forced(MJD - 366, 6)]) == (0, None)
    assert quiet([a_forced(MJD - 29, 6)]) == (0, None)


@pytest.mark.parametrize("other", [{"reliability": 0.1}, {"band": "u"}, {"psfFlux": -900.0, "psfFluxErr": 90.0}])
def test_a_detection_that_does_not_count_is_activity_before_the_first_that_does(other):
    assert quiet(None, [{**an_lsst_source(MJD - 40), **other}]) == (1, False)
    assert quiet(None, [{**an_lsst_source(MJD - 20), **other}]) == (0, None)


def test_a_change_is_within_one_band_and_beyond_three_errors():
    def points(snr=50):
        return [
            a_ztf_detection(JD, "g", 19.0, snr),
            a_ztf_detection(JD + 5, "g", 19.5, snr),
            a_ztf_detection(JD, "r", 18, 50),
        ]

    asked = of_ztf(*points(), change=0.3)
    assert (asked["value"], asked["held"]) == (pytest.approx(0.5 - 6 * 1.09 / 50), True)
    assert of_ztf(*points(), change=0.4)["held"] is False
    assert of_ztf(*points(snr=10), change=0.01)["value"] is None


def test_one_rise_and_fall_has_no_dip_and_a_wandering_source_has():
    def held(*mags):
        points = [a_ztf_detection(JD + 3 * place, "g", mag, 100) for place, mag in enumerate(mags)]
        asked = of_ztf(*points, dips={"fraction": 0.2, "mag": 0.2})
        return asked["value"], asked["held"]

    assert held(20, 19, 18, 18.1, 18.5, 19.5) == (0, True)
    assert held(20, 19, 19.5, 18.9, 19.4, 18.8) == (pytest.approx(2 / 6), False)
    assert held(19, 20) == (None, None)


def test_a_dip_needs_its_brighter_neighbours_in_the_same_band_and_object():
    def points(band):
        return [
            a_ztf_detection(JD, "g", 18, 100),
            a_ztf_detection(JD + 1, band, 20, 100),
            a_ztf_detection(JD + 2, "g", 18, 100),
        ]

    assert of_ztf(*points("g"), dips={"fraction": 0, "mag": 0.2})["held"] is False
    assert of_ztf(*points("r"), dips={"fraction": 0, "mag": 0.2})["held"] is True
    raws = [
        a_ztf_light_curve([a_ztf_detection(JD + day, "g", mag, 100)] * 1) for day, mag in ((0, 18), (1, 20), (2, 18))
    ]
    subjects = [Subject(str(place), raw, {}, None) for place, raw in enumerate(raws)]
    verdicts = judge(named("ztf"), subjects, [a_function(dips={"fraction": 0, "mag": 0.2})], None).verdicts
    assert [verdict.criteria[-1]["held"] for verdict in verdicts] == [None] * 3


def test_the_colour_is_of_the_newest_detections_of_both_bands_if_they_are_near():
    points = [a_ztf_detection(JD, "g", 19), a_ztf_detection(JD + 0.5, "r", 18.5), a_ztf_detection(JD + 9, "r", 18)]
    keys = {"bands": ["g", "r"], "range": [0, 0.6], "days": 1}
    asked = of_ztf(*points[:2], colour=keys)
    assert asked == {"name": "colour g-r", "value": 0.5, "limit": [0, 0.6], "held": True, "days": 1}
    assert of_ztf(*points[:2], colour={**keys, "bands": ["r", "g"]})["value"] == -0.5
    assert of_ztf(*points, colour=keys)["held"] is None


def test_the_change_of_the_colour_is_since_the_first_one():
    points = [
        a_ztf_detection(JD + day, band, mag) for day in (0, 10) for band, mag in (("g", 19 + day / 10), ("r", 19))
    ]
    keys = {"bands": ["g", "r"], "range": [0.5, 2], "days": 1}
    asked = of_ztf(*points, colourChange=keys)
    assert (asked["value"], asked["held"]) == (1, True)
    assert of_ztf(*points, colourChange={**keys, "range": [-1, 0.5]})["held"] is False
    assert of_ztf(*points[:2], colourChange=keys)["held"] is None


def drawn(survey, number):
    """Random light curves; those of LSST have forced photometry of both signs."""
    rng = random.Random(7)
    for raw in random_light_curves(survey, number, seed=1811):
        light_curve = json.loads(raw)
        if survey == "lsst":
            sources = light_curve["diaSourcesList"]
            start = min((each["midpointMjdTai"] for each in sources), default=MJD)
            days = [rng.choice((-400, -60, -31, 1, 40, 370)) + rng.random() for _ in range(rng.choice((0, 1, 4)))]
            light_curve["diaForcedSourcesList"] = [a_forced(start + day, rng.choice((-6, 1, 3, 6))) for day in days]
        yield json.dumps(light_curve).encode()


EACH = [
    {"quietBefore": {"limit": 0, "days": 30}},
    {"quietBefore": {"limit": 1, "days": 0.5}},
    {"change": 0.5},
    {"change": 1},
    {"dips": {"fraction": 0, "mag": 0.1}},
    {"dips": {"fraction": 0.2, "mag": 1}},
    {"colour": {"bands": ["g", "r"], "range": [-1, 1], "days": 20}},
    {"colourChange": {"bands": ["r", "g"], "range": [-2, 1], "days": 20}},
]


def assert_as_the_reference(survey, light_curves, each):
    keys = {"filters": ["g", "r", "i"], "significance": 5, "magLimit": 30, "minNights": 2, **each}
    functions = [read_function("here", "ours", keys), read_function("here", "years", {**keys, "historyDays": 20})]
    subjects = [Subject(str(place), raw, {}, None) for place, raw in enumerate(light_curves)]
    verdicts = judge(named(survey), subjects, functions, None).verdicts
    found = {(v.function, int(v.object_id)): (v.passes_now, v.trigger_jd) for v in verdicts}
    for (name, place), answer in found.items():
        seen = reference.detections(survey, light_curves[place])
        own = keys | ({"historyDays": 20} if name == "years" else {})
        assert answer == (reference.verdict(survey, seen, own), reference.trigger(survey, seen, own)), (name, place)
    return [now for now, _ in found.values()]


@pytest.mark.parametrize("objects", [30, pytest.param(1000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@pytest.mark.parametrize("each", EACH, ids=[" ".join(map(str, each.items())) for each in EACH])
def test_verdict_and_trigger_date_of_generated_objects_are_the_reference_s(survey, each, objects):
    light_curves = list(drawn(survey, objects))
    answers = assert_as_the_reference(survey, light_curves, each)
    assert 0 < sum(answers) < len(answers)


@pytest.mark.parametrize("each", EACH[::2], ids=[next(iter(each)) for each in EACH[::2]])
def test_verdict_and_trigger_date_of_recorded_objects_are_the_reference_s(each):
    assert_as_the_reference("ztf", recorded("ztf_lightcurves")[::500], each)
    assert_as_the_reference("lsst", recorded("lsst_sim_objects")[::90], each)
