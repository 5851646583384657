"""The control sample: a seeded fraction of what fails one named criterion alone is selected too, and marked."""

import yaml

from tests.unit.judgement.light_curves import a_function, a_ztf_detection, a_ztf_light_curve
from tides.functions.functions import read_function
from tides.judgement.judge import Subject, judge
from tides.surveys.survey import survey as named

JD = 2460310.75
YOUNG = a_ztf_light_curve([a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "r")])
OF_ONE_BAND = a_ztf_light_curve([a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "g")])
OF_ONE_BAND_AND_NIGHT = a_ztf_light_curve([a_ztf_detection(JD, "g")])
IDS = [f"ZTF26{number:07d}" for number in range(2000)]


def with_control(fraction=0.1, seed=1, fails="minBands", **keys):
    keys = {"minBands": 2, "minNights": 2, **keys}
    return a_function(**keys, control={"fails": fails, "fraction": fraction, "seed": seed})


def verdicts(light_curve, function, ids=IDS):
    subjects = [Subject(object_id, light_curve, {}, None) for object_id in ids]
    return judge(named("ztf"), subjects, [function], None).verdicts


def sample(function, light_curve=OF_ONE_BAND, ids=IDS):
    judged = verdicts(light_curve, function, ids)
    assert all(verdict.passed == verdict.control for verdict in judged)
    return {verdict.object_id for verdict in judged if verdict.control}


def test_without_the_key_nothing_that_fails_is_selected():
    function = a_function(minBands=2, minNights=2)
    assert not any(verdict.passed or verdict.control for verdict in verdicts(OF_ONE_BAND, function))


def test_about_the_fraction_asked_for_is_selected_and_marked_and_its_verdict_says_what_fails():
    judged = verdicts(OF_ONE_BAND, with_control(0.1))
    sampled = [verdict for verdict in judged if verdict.control]
    assert 150 < len(sampled) < 250
    assert {verdict.trigger_jd for verdict in sampled} == {JD + 1}
    assert [each["name"] for each in sampled[0].criteria if each["held"] is False] == ["minBands"]


def test_fractions_of_nothing_and_of_all_are_exact():
    assert sample(with_control(0)) == set()
    assert sample(with_control(1)) == set(IDS)


def test_the_sample_is_the_same_in_any_company_and_whatever_else_the_function_asks():
    whole = sample(with_control())
    assert sample(with_control(), ids=IDS[::-1]) == whole
    assert sample(with_control(), ids=IDS[:300]) == whole & set(IDS[:300])
    assert sample(with_control(magLimit=22.5)) == whole


def test_a_larger_fraction_holds_the_smaller_one_and_another_seed_is_another_sample():
    assert sample(with_control(0.1)) < sample(with_control(0.2))
    assert sample(with_control(0.1, seed=2)) != sample(with_control(0.1, seed=1))


def test_what_fails_another_criterion_is_never_selected():
    assert sample(with_control(1, fails="minNights")) == set()
    assert sample(with_control(1), OF_ONE_BAND_AND_NIGHT) == set()


def test_what_passes_is_no_part_of_the_sample():
    assert all(verdict.passed and not verdict.control for verdict in verdicts(YOUNG, with_control(1), IDS[:10]))


def test_what_the_function_has_passed_before_is_not_selected_again_for_the_sample():
    points = [a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "r"), a_ztf_detection(JD + 50, "g")]
    judged = verdicts(a_ztf_light_curve(points), with_control(1, fails="maxAge", maxAge=20))
    assert {(v.passed, v.passes_now, v.control, v.trigger_jd) for v in judged} == {(True, False, False, JD + 1)}
    always_old = [a_ztf_detection(JD, "g"), a_ztf_detection(JD + 50, "r")]
    (verdict,) = verdicts(a_ztf_light_curve(always_old), with_control(1, fails="maxAge", maxAge=20), IDS[:1])
    assert (verdict.control, verdict.trigger_jd) == (True, JD + 50)


def test_an_empty_light_curve_is_never_selected():
    assert sample(with_control(1), a_ztf_light_curve([])) == set()


def test_the_key_changes_the_hash_and_leaves_the_deliverable_s_way_of_judging():
    keys = yaml.safe_load("{filters: [g, r], significance: 5, minBands: 2, minNights: 2, magLimit: 22.5}")
    plain = read_function("here", "mine", keys)
    sampled = read_function("here", "mine", keys | {"control": {"fails": "minBands", "fraction": 0.1, "seed": 1}})
    other_seed = read_function("here", "mine", keys | {"control": {"fails": "minBands", "fraction": 0.1, "seed": 2}})
    assert len({plain.hash, sampled.hash, other_seed.hash}) == 3
    assert sampled.as_deliverable
    assert sampled.history_days is None
