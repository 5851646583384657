"""The columnar judge and the plain pandas reference agree, object by object."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import recorded
from tests.unit.judgement import reference
from tests.unit.judgement.light_curves import (
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
    random_light_curves,
)
from tides.functions.functions import DEFAULT_FILE, load_functions
from tides.judgement.criteria import LIGHT_CURVE_CRITERIA
from tides.judgement.judge import Subject, judge
from tides.judgement.shape_criteria import SHAPE_CRITERIA
from tides.judgement.summaries import SummaryLimits
from tides.lightcurves.faults import Cause
from tides.surveys.survey import survey as named

KEYS = yaml.safe_load(DEFAULT_FILE.read_text())
FUNCTIONS = load_functions()
LIMITS = SummaryLimits(current_window_days=7)
OBJECTS_A_CHUNK = 50


def judged(survey, light_curves, names):
    """Both verdicts and the trigger date by function and place, from chunks as the bridge makes them.

    Broken ones have none.
    """
    answers = {}
    for start in range(0, len(light_curves), OBJECTS_A_CHUNK):
        chunk = light_curves[start : start + OBJECTS_A_CHUNK]
        subjects = [Subject(str(start + place), raw, {}, None) for place, raw in enumerate(chunk)]
        judgement = judge(named(survey), subjects, [FUNCTIONS[name] for name in names], LIMITS)
        assert {broken.reason for broken in judgement.broken} <= {Cause.NO_USABLE_POINT}
        for verdict in judgement.verdicts:
            answers[verdict.function, int(verdict.object_id)] = (verdict.passed, verdict.passes_now, verdict.trigger_jd)
    return answers


def expected(survey, light_curves, names):
    """The same by the reference."""
    answers = {}
    for place, raw in enumerate(light_curves):
        if not reference.is_light_curve(survey, raw):
            continue
        seen = reference.detections(survey, raw)
        for name in names:
            trigger_jd = reference.trigger(survey, seen, KEYS[name])
            passes_now = reference.verdict(survey, seen, KEYS[name])
            answers[name, place] = (trigger_jd is not None, passes_now, trigger_jd)
    return answers


@pytest.mark.parametrize("objects", [100, pytest.param(5000, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    ("survey", "name"),
    [("ztf", "tidesSNZTFSelect"), ("lsst", "tidesSNLSSTSelect"), ("ztf", "tidesSNZTF"), ("lsst", "tidesSNLSST")],
)
def test_verdict_and_trigger_date_of_generated_objects_are_the_reference_s(survey, name, objects):
    light_curves = random_light_curves(survey, objects, seed=20260704)
    answers = judged(survey, light_curves, [name])
    assert answers == expected(survey, light_curves, [name])
    passed = sum(passed for passed, _, _ in answers.values())
    assert objects / 200 < passed < objects * 19 / 20, "a sample that all pass or all fail proves nothing"


nights = st.integers(0, 12).map(float) | st.sampled_from([365.0, 366.0, 400.5, 730.0])
ztf_points = st.builds(
    lambda night, hour, band, mag, snr, positive: a_ztf_detection(
        2460000.5 + night + hour / 64, band, mag, snr, positive
    ),
    nights,
    st.integers(0, 12),
    st.sampled_from("gri"),
    st.sampled_from([18.0, 20.5, 20.6, 22.5, 22.6]),
    st.sampled_from([4.0, 5.0, 6.0]),
    st.booleans(),
)
lsst_points = st.builds(
    lambda night, hour, band, mag, snr: an_lsst_source(61000.0 + night + hour / 64, band, mag, snr),
    nights,
    st.integers(0, 63),
    st.sampled_from("ugrizy"),
    st.sampled_from([21.0, 22.4, 22.6, 23.1]),
    st.sampled_from([4.0, 6.0]),
)


@pytest.mark.parametrize("examples", [50, pytest.param(1000, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    ("survey", "points", "a_light_curve", "names"),
    [
        ("ztf", ztf_points, a_ztf_light_curve, ["tidesSNZTFSelect", "tidesSNZTF"]),
        ("lsst", lsst_points, an_lsst_light_curve, ["tidesSNLSSTSelect", "tidesSNLSST"]),
    ],
    ids=["ztf", "lsst"],
)
def test_any_light_curve_is_judged_as_the_reference_judges_it(survey, points, a_light_curve, names, examples):
    @settings(max_examples=examples, deadline=None)
    @given(st.lists(st.lists(points, max_size=8), min_size=1, max_size=4))
    def check(objects):
        light_curves = [a_light_curve(each) for each in objects]
        assert judged(survey, light_curves, names) == expected(survey, light_curves, names)

    check()


@settings(max_examples=60, deadline=None)
@given(st.lists(ztf_points, max_size=10), st.randoms(use_true_random=False))
def test_neither_the_order_of_points_nor_doubled_points_change_a_verdict(points, rng):
    shuffled = points + points[: len(points) // 2]
    rng.shuffle(shuffled)
    one, other = (
        judge(named("ztf"), [Subject("o", a_ztf_light_curve(each), {}, None)], list(FUNCTIONS.values()), LIMITS)
        for each in (points, shuffled)
    )
    assert [v.criteria for v in one.verdicts] == [v.criteria for v in other.verdicts]
    assert [v.trigger_jd for v in one.verdicts] == [v.trigger_jd for v in other.verdicts]


@pytest.mark.parametrize(("survey", "name"), [("ztf", "tidesSNZTF"), ("lsst", "tidesSNLSST")])
def test_what_passes_does_not_depend_on_when_somebody_looked(survey, name):
    light_curves = random_light_curves(survey, 150, seed=18)
    dates = [reference.detections(survey, raw).jd for raw in light_curves]
    first, last = min(each.min() for each in dates if len(each)), max(each.max() for each in dates if len(each))
    found = []
    for every_d in (5, 14, last - first):
        triggers = {}
        looks = [*np.arange(first, last, every_d), last]
        for until in looks:
            subjects = [Subject(str(place), raw, {}, until) for place, raw in enumerate(light_curves)]
            for verdict in judge(named(survey), subjects, [FUNCTIONS[name]], None).verdicts:
                if verdict.passed:
                    triggers.setdefault(verdict.object_id, set()).add(verdict.trigger_jd)
        found.append(triggers)
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 3
    assert all(len(each) == 1 for each in found[0].values())


@pytest.mark.parametrize("one_of", [80, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    ("name", "survey"), [("ztf_lightcurves", "ztf"), ("lsst_objects", "lsst"), ("lsst_sim_objects", "lsst")]
)
def test_verdicts_and_trigger_dates_on_recorded_objects_are_the_reference_s(name, survey, one_of):
    light_curves = recorded(name)[::one_of]
    answers = judged(survey, light_curves, FUNCTIONS)
    assert len(answers) == len(light_curves) * len(FUNCTIONS)
    assert answers == expected(survey, light_curves, FUNCTIONS)


def test_thirty_of_the_real_lsst_objects_pass_the_deliverable_s_function():
    answers = judged("lsst", recorded("lsst_objects"), ["tidesSNLSSTSelect"])
    assert sum(passed for passed, _, _ in answers.values()) == 30


def test_each_criterion_on_the_light_curve_has_a_rule_in_the_reference():
    assert (
        reference.RULES.keys() | reference.RULES_OF_WHAT_COUNTS == LIGHT_CURVE_CRITERIA.keys() | SHAPE_CRITERIA.keys()
    )
