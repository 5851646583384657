"""Objects asked for one by one: what a broken answer, and a spent hour, do to those that come after."""

import pytest

from tides.archive.one_by_one import BROKEN_IN_A_ROW, one_by_one
from tides.errors import AnswerBroken, QuotaSpent, ServiceAway


def asked(answers):
    """What comes out where the objects are answered like this, an exception being raised; and the notes."""
    notes = []

    def ask(row):
        answer = row["answer"]
        if isinstance(answer, Exception):
            raise answer
        return answer

    rows = [{"object_id": f"o{place}", "answer": answer} for place, answer in enumerate(answers)]
    return [(row["object_id"], answer) for row, answer in one_by_one(rows, ask, notes, "all broken")], notes


def test_a_broken_answer_is_noted_and_the_next_object_is_asked_for():
    assert asked([1, AnswerBroken("odd"), 3]) == ([("o0", 1), ("o1", None), ("o2", 3)], ["o1: odd"])


def test_an_empty_answer_is_an_answer():
    assert asked([[]]) == ([("o0", [])], [])


def test_when_the_calls_are_spent_the_rest_waits():
    assert asked([1, QuotaSpent("spent", 60), 3]) == ([("o0", 1)], ["spent"])


def test_so_many_broken_in_a_row_are_an_error_with_the_last_reason():
    broken = [AnswerBroken(f"odd {n}") for n in range(BROKEN_IN_A_ROW)]
    with pytest.raises(AnswerBroken, match=r"^all broken: odd 9$"):
        asked(broken)


def test_an_answer_in_between_begins_the_count_anew():
    broken = [AnswerBroken("odd")] * (BROKEN_IN_A_ROW - 1)
    found, notes = asked([*broken, 1, *broken])
    assert len(found) == 2 * BROKEN_IN_A_ROW - 1
    assert len(notes) == 2 * BROKEN_IN_A_ROW - 2


def test_a_service_that_is_away_ends_it():
    with pytest.raises(ServiceAway):
        asked([ServiceAway("away")])
