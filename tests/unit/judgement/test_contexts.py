"""A detection is judged by what the broker said when it was first judged; a later word does not change what passed."""

from datetime import UTC, datetime

from tests.unit.judgement.light_curves import a_function, a_ztf_detection, a_ztf_light_curve
from tides.evaluation.curves import Candidate, contexts_of
from tides.functions.keys import CLASS
from tides.judgement.judge import Context, Subject, judge
from tides.surveys.survey import survey as named

JD = 2460310.75
POINTS = [a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "r"), a_ztf_detection(JD + 2, "g")]
FUNCTION = a_function(minNights=2, classes=["SN"])


def verdict(now, *earlier, points=POINTS, function=FUNCTION):
    contexts = tuple(Context(until_jd, {CLASS: said}) for until_jd, said in earlier)
    subjects = [
        Subject("neighbour", a_ztf_light_curve(POINTS), {CLASS: "AGN"}, None),
        Subject("o", a_ztf_light_curve(points), {CLASS: now}, None, earlier=contexts),
    ]
    neighbour, found = judge(named("ztf"), subjects, [function], None).verdicts
    assert (neighbour.passed, neighbour.context_until_jd) == (function is not FUNCTION, None)
    return found


def outcome(found):
    return found.passed, found.trigger_jd, found.passes_now, found.context_until_jd


def test_a_better_word_counts_for_the_detections_after_it():
    assert outcome(verdict("SN", (JD + 1, "AGN"))) == (True, JD + 2, True, JD + 1)
    assert outcome(verdict("SN", (JD + 2, "AGN"))) == (False, None, True, JD + 2)


def test_what_passed_once_passes_whatever_is_said_later():
    found = verdict("AGN", (JD + 1, "SN"))
    assert outcome(found) == (True, JD + 1, False, JD + 1)
    (classes,) = (each for each in found.criteria if each["name"] == "classes")
    assert (classes["value"], classes["held"]) == ("AGN", False), "the criteria tell of now"


def test_of_several_words_each_has_its_detections():
    assert outcome(verdict("AGN", (JD, "AGN"), (JD + 1, "SN"), (JD + 2, "AGN"))) == (True, JD + 1, False, JD + 1)
    assert outcome(verdict("AGN", (JD, "SN"), (JD + 2, "AGN"))) == (False, None, False, JD)


def test_what_is_said_again_and_what_no_function_reads_changes_nothing():
    plain = verdict("SN")
    assert verdict("SN", (JD, "SN"), (JD + 1, "SN")) == plain
    assert verdict("SN", function=a_function(minNights=2)) == verdict(
        "SN", (JD, "AGN"), function=a_function(minNights=2)
    )
    assert verdict("SN", (JD, "AGN")).input_hash != plain.input_hash


def test_a_column_that_was_not_read_then_is_as_it_is_now():
    contexts = (Context(JD + 1, {"other": 5}),)
    subject = Subject("o", a_ztf_light_curve(POINTS), {CLASS: "SN", "other": 6}, None, earlier=contexts)
    (found,) = judge(named("ztf"), [subject], [FUNCTION], None).verdicts
    assert outcome(found) == (True, JD + 1, True, None)


def candidate(said, *contexts):
    about = {"alert": {"a": 1}, "alert_hash": b"", "known_at": datetime(2026, 1, 1, tzinfo=UTC), "bands": {}}
    kept = [{"until_jd": until_jd, "columns": {CLASS: word}} for until_jd, word in contexts]
    return Candidate("o", **about, last_jd=JD, detections=1, ra=1.0, dec=2.0, sherlock_class=said, contexts=kept)


def kept(said, *contexts, newest_jd=JD + 2):
    found = contexts_of(candidate(said, *contexts), [CLASS, "dec_deg"], newest_jd)
    assert all(set(each["columns"]) == {CLASS} for each in found)
    return [(each["until_jd"], each["columns"][CLASS]) for each in found]


def test_a_word_is_kept_for_the_detections_that_it_was_the_first_for():
    assert kept("SN") == [(JD + 2, "SN")]
    assert kept("SN", (JD, "SN")) == [(JD + 2, "SN")]
    assert kept("AGN", (JD, "SN")) == [(JD, "SN"), (JD + 2, "AGN")]
    assert kept("AGN", (JD, "SN"), (JD + 2, "SN")) == [(JD, "SN"), (JD + 2, "SN")], "no new detection"
    assert kept("AGN", (JD, "SN"), newest_jd=None) == [(JD, "SN")]
