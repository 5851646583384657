"""Objects asked for one by one: what a failure, and a spent hour, do to those that come after."""

import pytest

from tides.archive.one_by_one import one_by_one
from tides.brokers.parts import FAILED_IN_A_ROW
from tides.errors import AnswerBroken, QuotaSpent, ServiceAway

FAILED = ServiceAway("500", amid_question=True)


class Asked:
    """What comes of objects that are answered like this, an exception being raised, by a service that is up."""

    def __init__(self, *answers):
        self.notes, self.failed, self.answered, self.found = [], {}, [], []
        self.rows = [{"object_id": f"o{place}", "answer": answer} for place, answer in enumerate(answers)]

    def run(self):
        for row, answer in one_by_one(self.rows, self.ask, lambda: None, self.record, self.notes, "all broken"):
            self.found.append((row["object_id"], answer))
        return self

    def ask(self, row):
        if isinstance(row["answer"], Exception):
            raise row["answer"]
        return row["answer"]

    def record(self, failed, answered):
        self.failed, self.answered = failed, answered


@pytest.mark.parametrize("error", [AnswerBroken("odd"), FAILED])
def test_a_failure_is_recorded_and_the_next_object_is_asked_for(error):
    asked = Asked(1, error, 3).run()
    assert asked.found == [("o0", 1), ("o2", 3)]
    assert (asked.failed, asked.answered) == ({"o1": str(error)}, ["o0", "o2"])
    assert asked.notes == [f"o1: {error}"]


def test_an_empty_answer_is_an_answer():
    assert Asked([], None).run().found == [("o0", []), ("o1", None)]


def test_when_the_calls_are_spent_the_rest_waits():
    asked = Asked(1, QuotaSpent("spent", 60), 3).run()
    assert (asked.found, asked.notes, asked.failed) == ([("o0", 1)], ["spent"], {})


def test_so_many_broken_in_a_row_are_an_error_with_the_last_reason_and_recorded_to_be_asked_for_last():
    asked = Asked(*[AnswerBroken(f"odd {n}") for n in range(FAILED_IN_A_ROW + 1)])
    with pytest.raises(AnswerBroken, match=rf"^all broken: odd {FAILED_IN_A_ROW - 1}$"):
        asked.run()
    assert len(asked.failed) == FAILED_IN_A_ROW


def test_an_answer_in_between_begins_the_count_anew():
    broken = [AnswerBroken("odd")] * (FAILED_IN_A_ROW - 1)
    asked = Asked(*broken, 1, *broken).run()
    assert len(asked.failed) == len(asked.notes) == 2 * FAILED_IN_A_ROW - 2


def test_a_service_that_is_away_ends_it_and_what_came_before_is_recorded():
    asked = Asked(1, ServiceAway("away"))
    with pytest.raises(ServiceAway):
        asked.run()
    assert asked.answered == ["o0"]
