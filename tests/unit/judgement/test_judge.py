"""What a judgement holds: verdicts with reasons, trigger dates, hashes, replays, and the broken set aside."""

import hashlib
import json
import pickle
import random

import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
    random_light_curves,
)
from tides import clock
from tides.errors import SettingsError
from tides.functions.functions import load_functions
from tides.judgement.judge import Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.lightcurves.faults import Cause
from tides.surveys.survey import survey as named

FUNCTIONS = load_functions()
OF_ONE_YEAR = a_function(minBands=2, minNights=2, historyDays=365)
LIMITS = SummaryLimits(current_window_days=5)
JD = 2460310.75
TWO_NIGHTS = [a_ztf_detection(JD, "g", 19.0), a_ztf_detection(JD + 1, "r", 19.5)]


def judgement_of(survey, *light_curves, function="tidesSNZTFSelect", known_until_jd=None, columns=None):
    subjects = [Subject(f"o{i}", raw, columns or {}, known_until_jd) for i, raw in enumerate(light_curves)]
    return judge(named(survey), subjects, [FUNCTIONS[function] if isinstance(function, str) else function], LIMITS)


def verdict_on(points, **how):
    (verdict,) = judgement_of("ztf", a_ztf_light_curve(points), **how).verdicts
    return verdict


def test_detections_of_one_moment_are_known_together():
    function = a_function(positiveFraction=0.9, minNights=2)
    pair = [a_ztf_detection(JD + 1, "r", 19.0), a_ztf_detection(JD + 1 + 0.5 / 86400, "g", 19.4, positive=False)]
    for points in ([*TWO_NIGHTS[:1], *pair], [*TWO_NIGHTS[:1], *pair[::-1]]):
        assert verdict_on(points, function=function).passed is False
    assert verdict_on([*TWO_NIGHTS[:1], pair[0]], function=function).passed


def test_each_criterion_is_named_with_value_limit_and_whether_it_holds():
    verdict = verdict_on([a_ztf_detection(JD, "g", 19.0)])
    assert verdict.criteria == [
        {"name": "minBands", "value": 1, "limit": 2, "held": False},
        {"name": "minNights", "value": 1, "limit": 2, "held": False},
        {"name": "magLimit", "value": 19.0, "limit": 22.5, "held": True},
    ]
    assert (verdict.passed, verdict.trigger_jd) == (False, None)


def test_the_trigger_is_the_first_detection_at_which_the_function_passes():
    later = a_ztf_detection(JD + 5, "g", 18.0)
    assert verdict_on([later, *TWO_NIGHTS]).trigger_jd == JD + 1


def test_an_lsst_trigger_is_in_jd_utc():
    sources = [an_lsst_source(61000.2, "g"), an_lsst_source(61000.3, "r"), an_lsst_source(61002.2, "i")]
    (verdict,) = judgement_of("lsst", an_lsst_light_curve(sources), function="tidesSNLSSTSelect").verdicts
    assert verdict.trigger_jd == clock.mjd_tai_to_jd_utc(61002.2)


def test_a_negative_difference_counts_for_the_deliverable_and_not_for_us():
    points = [TWO_NIGHTS[0], a_ztf_detection(JD + 1, "r", 19.5, positive=False)]
    assert verdict_on(points).passed
    assert not verdict_on(points, function="tidesSNZTF").passed


def test_the_deliverable_takes_its_magnitude_from_an_insignificant_detection_too():
    faint = [a_ztf_detection(JD, "g", 22.8), a_ztf_detection(JD + 1, "r", 22.8)]
    assert not verdict_on(faint).passed
    assert verdict_on([*faint, a_ztf_detection(JD + 2, "i", 22.0, snr=3)]).passed


def test_on_lsst_the_deliverable_too_takes_its_magnitude_from_counted_detections():
    faint = [an_lsst_source(61000.2 + day, band, mag=22.8) for day, band in enumerate("gri")]
    light_curve = an_lsst_light_curve([*faint, an_lsst_source(61004.2, "z", mag=22.0, snr=3)])
    (verdict,) = judgement_of("lsst", light_curve, function="tidesSNLSSTSelect").verdicts
    assert not verdict.passed
    assert verdict.criteria[-1]["value"] == pytest.approx(22.8)


def test_a_first_point_that_is_a_non_detection_does_not_reject_as_the_deliverable_s_slip_does():
    assert verdict_on([{"jd": JD - 1, "fid": 1, "diffmaglim": 20.5}, *TWO_NIGHTS]).passed


def test_detections_of_more_than_a_year_before_the_newest_do_not_count_for_us():
    points = [a_ztf_detection(JD, "g"), a_ztf_detection(JD + 365, "r")]
    assert verdict_on(points, function=OF_ONE_YEAR).passed
    points[1] = a_ztf_detection(JD + 365.01, "r")
    assert not verdict_on(points, function=OF_ONE_YEAR).passed
    assert verdict_on(points).passed


def test_a_trigger_long_ago_stays_though_its_detections_have_left_the_history():
    points = [*TWO_NIGHTS, a_ztf_detection(JD + 800, "g"), a_ztf_detection(JD + 801, "r")]
    assert verdict_on(points, function=OF_ONE_YEAR).trigger_jd == JD + 1


def test_a_lite_light_curve_passes_and_its_verdict_names_what_could_not_be_applied():
    sources = [an_lsst_source(61000.2 + day, band) for day, band in enumerate("gri")]
    (verdict,) = judgement_of("lsst", an_lsst_light_curve(sources), function="tidesSNLSSTSelect").verdicts
    assert verdict.passed
    usable = verdict.criteria[0]
    assert (usable["name"], usable["value"], usable["held"]) == ("usable", 3, None)
    assert "psfFlux_flag" in usable["note"]


def test_a_replay_sees_only_what_was_known():
    assert verdict_on(TWO_NIGHTS, known_until_jd=JD + 1).passed
    assert not verdict_on(TWO_NIGHTS, known_until_jd=JD + 0.99).passed


def test_a_replay_of_one_object_does_not_cut_its_neighbour():
    raw = a_ztf_light_curve(TWO_NIGHTS)
    subjects = [Subject("then", raw, {}, JD), Subject("now", raw, {}, None)]
    verdicts = judge(named("ztf"), subjects, [FUNCTIONS["tidesSNZTFSelect"]], LIMITS).verdicts
    assert [verdict.passed for verdict in verdicts] == [False, True]


def test_the_input_hash_changes_with_light_curve_and_cut_and_not_with_columns_that_are_not_read():
    hashes = [
        verdict_on(TWO_NIGHTS).input_hash,
        verdict_on(TWO_NIGHTS[:1]).input_hash,
        verdict_on(TWO_NIGHTS, known_until_jd=JD).input_hash,
    ]
    assert len(set(hashes)) == 3
    assert verdict_on(TWO_NIGHTS, columns={"ebv": 0.1}).input_hash == hashes[0]
    assert all(len(bytes.fromhex(each)) == hashlib.sha256().digest_size for each in hashes)


def test_a_hash_that_is_known_already_gives_the_same_input_hash():
    raw = a_ztf_light_curve(TWO_NIGHTS)
    for function, cut in (("tidesSNZTFSelect", None), ("tidesSNZTF", None), ("tidesSNZTFSelect", JD)):
        known, unknown = (
            judge(
                named("ztf"),
                [Subject("o", raw, {"sherlock_class": "SN"}, cut, hash_)],
                [FUNCTIONS[function]],
                None,
            )
            for hash_ in (hashlib.sha256(raw).digest(), b"")
        )
        assert known.verdicts[0].input_hash == unknown.verdicts[0].input_hash


def test_several_functions_judge_in_one_pass():
    subjects = [Subject(name, a_ztf_light_curve(TWO_NIGHTS), {}, None) for name in "ab"]
    verdicts = judge(named("ztf"), subjects, list(FUNCTIONS.values()), LIMITS).verdicts
    assert {(verdict.object_id, verdict.function) for verdict in verdicts} == {(o, f) for o in "ab" for f in FUNCTIONS}
    assert {verdict.function_hash for verdict in verdicts} == {function.hash for function in FUNCTIONS.values()}


def test_a_broken_object_is_set_aside_and_its_neighbours_are_judged():
    judgement = judgement_of("ztf", a_ztf_light_curve(TWO_NIGHTS), b"<html>", a_ztf_light_curve([]))
    assert [verdict.object_id for verdict in judgement.verdicts] == ["o0", "o2"]
    assert [summary.object_id for summary in judgement.summaries] == ["o0", "o2"]
    assert [broken.object_id for broken in judgement.broken] == ["o1"]


def test_a_reason_quotes_nothing_of_what_was_sent():
    judgement = judgement_of("ztf", b'{"candidates": [{"jd": "s3cret-value"}]}')
    (broken,) = judgement.broken
    assert "s3cret" not in str(judgement)
    assert broken.reason == Cause.NO_USABLE_POINT


def test_a_survey_of_unknown_shape_is_a_settings_error():
    with pytest.raises(SettingsError, match=r"'atlas'.*lsst, ztf"):
        judgement_of("atlas", b"{}")


def test_no_subjects_give_an_empty_judgement():
    judgement = judgement_of("lsst")
    assert (judgement.verdicts, judgement.summaries, judgement.broken) == ([], [], [])


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_judgement_is_plain_json_without_nan_and_travels_as_it_is(survey):
    light_curves = [*random_light_curves(survey, 200, seed=3), b"broken"]
    judgement = judgement_of(survey, *light_curves)
    for verdict in judgement.verdicts:
        json.dumps([verdict.criteria, verdict.trigger_jd], allow_nan=False)
    for summary in judgement.summaries:
        json.dumps([getattr(summary, name) for name in summary.__struct_fields__], allow_nan=False)
    assert pickle.loads(pickle.dumps(judgement)) == judgement


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_an_object_is_judged_the_same_alone_and_in_any_company(survey):
    light_curves = random_light_curves(survey, 60, seed=5)
    together = judgement_of(survey, *light_curves)
    alone = [judgement_of(survey, raw) for raw in light_curves]
    assert [v.criteria for v in together.verdicts] == [each.verdicts[0].criteria for each in alone]
    assert [v.trigger_jd for v in together.verdicts] == [each.verdicts[0].trigger_jd for each in alone]
    assert [s.bands for s in together.summaries] == [each.summaries[0].bands for each in alone]


WORDS = [
    "null",
    "NaN",
    "Infinity",
    "-1e999",
    "1e400",
    '"x"',
    "true",
    "[]",
    "{}",
    "-1",
    "0",
    "9" * 400,
    '"\\ud800"',
    ",",
]


def mutated(raw, rng):
    """The bytes with something in them replaced, cut, doubled or swapped, as a fault on the way might do it."""
    text = bytearray(raw)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text)) if text else 0
        kind = rng.randrange(5)
        if kind == 0:
            text[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del text[at : at + rng.randint(1, 40)]
        elif kind == 2:
            text[at:at] = text[at : at + rng.randint(1, 60)]
        elif kind == 3:
            colon = text.find(b":", at)
            end = min((e for e in (text.find(b",", colon), text.find(b"}", colon)) if e > 0), default=colon)
            text[colon + 1 : end] = rng.choice(WORDS).encode()
        else:
            del text[at:]
    return bytes(text)


def judge_mutated_chunks(number, seed):
    """Judge so many chunks of one mutated object between two healthy ones; give how many objects were set aside."""
    rng = random.Random(seed)
    healthy = {"ztf": random_light_curves("ztf", 40, 1), "lsst": random_light_curves("lsst", 40, 3)}
    known = {
        survey: [judgement_of(survey, raw).verdicts[0].criteria for raw in light_curves]
        for survey, light_curves in healthy.items()
    }
    set_aside = 0
    for _ in range(number):
        survey = rng.choice(("ztf", "lsst"))
        first, second, victim = (rng.randrange(40) for _ in range(3))
        light_curves = (healthy[survey][first], mutated(healthy[survey][victim], rng), healthy[survey][second])
        judgement = judgement_of(survey, *light_curves)
        criteria = {verdict.object_id: verdict.criteria for verdict in judgement.verdicts}
        assert (criteria["o0"], criteria["o2"]) == (known[survey][first], known[survey][second])
        assert {"o1"} == ({"o1"} & criteria.keys()) ^ {broken.object_id for broken in judgement.broken}
        json.dumps(list(criteria.values()), allow_nan=False)
        set_aside += len(judgement.broken)
    return set_aside


@pytest.mark.filterwarnings("error")
def test_mutated_light_curves_raise_nothing_and_never_touch_their_neighbours():
    assert 150 < judge_mutated_chunks(1500, seed=7) < 1470


@pytest.mark.soak
@pytest.mark.filterwarnings("error")
def test_fifty_thousand_mutated_light_curves_raise_nothing():
    assert judge_mutated_chunks(50_000, seed=8) > 5000
