"""The columnar judge and the plain pandas reference agree, object by object."""

from collections import Counter

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
    random_classes,
    random_light_curves,
)
from tides.functions.functions import DEFAULT_FILE, load_functions, read_function
from tides.functions.keys import CLASS
from tides.judgement.criteria import LIGHT_CURVE_CRITERIA
from tides.judgement.judge import Context, Subject, asked_of, judge
from tides.judgement.shape_criteria import SHAPE_CRITERIA
from tides.judgement.summaries import SummaryLimits
from tides.lightcurves.faults import Cause
from tides.surveys.survey import survey as named

KEYS = yaml.safe_load(DEFAULT_FILE.read_text())
FUNCTIONS = load_functions()
LIMITS = SummaryLimits(current_window_days=7)
OBJECTS_A_CHUNK = 50


def subjects_of(light_curves, said):
    """What the bridge would judge: each light curve with Sherlock's class of now and those of earlier."""
    return [
        Subject(
            str(place),
            raw,
            {CLASS: sherlock},
            None,
            earlier=tuple(Context(until_jd, {CLASS: then}) for until_jd, then in earlier),
        )
        for place, (raw, (sherlock, earlier)) in enumerate(zip(light_curves, said, strict=True))
    ]


def judged(survey, light_curves, names, said=None):
    """Both verdicts and the trigger date by function and place, from chunks as the bridge makes them.

    Broken ones have none.
    """
    answers = {}
    subjects = subjects_of(light_curves, said or [(None, ())] * len(light_curves))
    for start in range(0, len(subjects), OBJECTS_A_CHUNK):
        chunk = subjects[start : start + OBJECTS_A_CHUNK]
        judgement = judge(named(survey), chunk, [FUNCTIONS[name] for name in names], LIMITS)
        assert {broken.reason for broken in judgement.broken} <= {Cause.NO_USABLE_POINT}
        for verdict in judgement.verdicts:
            answers[verdict.function, int(verdict.object_id)] = (verdict.passed, verdict.passes_now, verdict.trigger_jd)
    return answers


def expected(survey, light_curves, names, said=None):
    """The same by the reference."""
    answers = {}
    for place, (raw, (now, earlier)) in enumerate(
        zip(light_curves, said or [(None, ())] * len(light_curves), strict=True)
    ):
        if not reference.is_light_curve(survey, raw):
            continue
        seen = reference.detections(survey, raw)
        for name in names:
            trigger_jd = reference.trigger(survey, seen, KEYS[name], now, earlier)
            passes_now = reference.verdict(survey, seen, KEYS[name], now)
            answers[name, place] = (trigger_jd is not None, passes_now, trigger_jd)
    return answers


def generated(survey, objects):
    """Light curves with all quirks, and with what Sherlock said of each, now and earlier."""
    light_curves = random_light_curves(survey, objects, seed=20260704)
    return light_curves, random_classes(survey, light_curves, seed=18)


def functions_for(survey):
    """The shipped functions of a survey."""
    return [name for name in FUNCTIONS if survey.upper() in name]


@pytest.mark.parametrize("objects", [60, pytest.param(2000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_verdicts_and_trigger_dates_of_generated_objects_are_the_reference_s(survey, objects):
    light_curves, said = generated(survey, objects)
    answers = judged(survey, light_curves, functions_for(survey), said)
    assert answers == expected(survey, light_curves, functions_for(survey), said)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_generated_objects_reach_each_branch_of_the_rule(survey):
    light_curves, said = generated(survey, 2000)
    subjects, functions = subjects_of(light_curves, said), [FUNCTIONS[name] for name in functions_for(survey)]
    verdicts = judge(named(survey), subjects, functions, None).verdicts
    ways = Counter((v.function, way) for v in verdicts for way in ways_of(v))
    for function in functions:
        held = [(criterion.label, held) for criterion in asked_of(function, named(survey)) for held in (True, False)]
        of_contexts = ["passes no more", "waits for the next", "earlier words", "unknown class"]
        wanted = ["passes", "never", *held, *(of_contexts if function.columns else ())]
        assert not [way for way in wanted if not ways[function.name, way]], function.name
    ours = [function for function in functions if not function.as_deliverable]
    uncut = [read_function(each.name, "here", {**KEYS[each.name], "historyDays": 3000}) for each in ours]
    whole = judge(named(survey), subjects, uncut, None).verdicts
    cut = [verdict for verdict in verdicts if verdict.function in {each.name for each in ours}]
    assert sum(v.trigger_jd != w.trigger_jd for v, w in zip(cut, whole, strict=True)) > 3, "the cut of 365 days decides"
    sent = b"".join(light_curves)
    assert not [each for each in QUIRKS[survey] if sent.count(each) < 20]


QUIRKS = {
    "ztf": [b'"isdiffpos": "f"', b'"drb": 0.', b'"forcediffimflux"', b'"diffmaglim"', b'"magpsf": null', b'"fid": NaN'],
    "lsst": [
        *(b'"psfFlux_flag": true', b'"timeWithdrawnMjdTai": 60990.0', b'"ssObjectId": 21165806', b'"psfFlux": -'),
        *(b'"psfFlux": NaN', b'"psfFluxErr": null', b'"diaForcedSourcesList": [{', b'"band": null'),
    ],
}
"""What a survey sends beside good detections, as JSON."""


def ways_of(verdict):
    """What an object shows of the rule."""
    held = {row["name"]: row["held"] for row in verdict.criteria}
    shown = {
        "passes": verdict.passed,
        "never": not verdict.passed,
        "passes no more": verdict.passed and not verdict.passes_now,
        "waits for the next": verdict.passes_now and not verdict.passed,
        "earlier words": verdict.passed and verdict.context_until_jd is not None,
        "unknown class": verdict.passed and held.get("classes", True) is None,
    }
    return [*held.items(), *(way for way, is_so in shown.items() if is_so)]


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
    light_curves = random_light_curves(survey, 150, seed=3)
    dates = [reference.detections(survey, raw).jd for raw in light_curves]
    first, last = min(each.min() for each in dates if len(each)), max(each.max() for each in dates if len(each))
    found = []
    for every_d in (14, 60, last - first):
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


@pytest.mark.timeout(1800)
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
