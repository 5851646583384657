"""Who is to blame when a question about many items fails: one of them, or the service."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tides.brokers.parts import FAILED_IN_A_ROW, InParts
from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway, TidesError

FAILED = ServiceAway("500", amid_question=True)
REFUSED = ServiceAway("no connection")


@dataclass
class Service:
    """Fails at each question that has a `poison` in it, and at all after so many calls; counts calls and probes."""

    poisons: set[str] = field(default_factory=set)
    error: TidesError = FAILED
    down_after: int = 1_000_000
    probe_fails: TidesError | None = None
    calls: int = 0
    probes: int = 0

    def ask(self, part: Sequence[str], whole: bool) -> int:
        self.calls += 1
        if self.calls > self.down_after or self.poisons.intersection(part):
            raise self.error
        return len(part)

    def probe(self) -> None:
        self.probes += 1
        if self.probe_fails:
            raise self.probe_fails
        if self.calls > self.down_after:
            raise self.error

    def asked(self, *wholes: Sequence[str]) -> tuple[InParts[int], int]:
        """A round, and how many items were answered."""
        in_parts = InParts(self.ask, self.probe)
        return in_parts, sum(answer for _, answer in in_parts.answers(wholes))


def names(number: int) -> list[str]:
    return [f"o{n:02}" for n in range(number)]


@pytest.mark.parametrize("error", [FAILED, AnswerBroken("half")])
@pytest.mark.parametrize("places", [[0], [49], [24], [0, 49], [7, 8], [0, 12, 25, 37], [0, 6, 12, 18, 25]])
def test_the_items_that_spoil_a_question_are_found_and_all_others_answered(error, places):
    items = names(50)
    service = Service({items[place] for place in places}, error)
    found, answered = service.asked(items)
    assert (found.failed.keys(), found.failure) == (service.poisons, None)
    assert answered == 50 - len(places)
    assert service.calls <= 1 + 12 * len(places)


@pytest.mark.parametrize("error", [REFUSED, QuotaSpent("spent"), AccessRefused("401"), ServiceAway("429", 2)])
def test_what_no_question_can_cause_ends_the_round_at_once(error):
    service = Service(down_after=1, error=error)
    found, answered = service.asked(names(50), names(3))
    assert (found.failure, found.failed, answered) == (error, {}, 50)
    assert (service.calls, service.probes) == (2, 0)


def test_a_service_that_is_down_costs_one_call_and_one_probe_and_blames_nobody():
    service = Service(down_after=0)
    found, answered = service.asked(*[names(50)] * 10)
    assert (found.failure, found.failed, answered) == (FAILED, {}, 0)
    assert (service.calls, service.probes) == (1, 1)


def test_a_service_that_goes_down_amid_the_round_blames_nobody():
    service = Service(down_after=5)
    found, answered = service.asked(*[[name] for name in names(50)])
    assert (found.failure, found.failed, answered) == (FAILED, {}, 5)
    assert (service.calls, service.probes) == (7, 1)


def test_the_last_item_is_blamed_only_if_the_service_still_works():
    found, _ = Service(down_after=2).asked(["a"], ["b"], ["c"])
    assert (found.failure, found.failed) == (FAILED, {})
    found, _ = Service({"c"}).asked(["a"], ["b"], ["c"])
    assert (found.failure, found.failed) == (None, {"c": FAILED})


def test_a_service_that_answers_the_probe_alone_is_at_fault_after_so_many_failures():
    items = names(50)
    for wholes in ([items], [[name] for name in items]):
        service = Service(set(items))
        found, answered = service.asked(*wholes)
        assert (found.failure, found.failed, answered) == (FAILED, {}, 0)
        assert service.calls == FAILED_IN_A_ROW


def test_few_items_asked_for_alone_are_blamed_on_the_word_of_the_probe_but_not_many():
    found, _ = Service({"a", "b"}).asked(["a"], ["b"])
    assert found.failed.keys() == {"a", "b"}
    found, _ = Service({"a", "b", "c"}).asked(["a"], ["b"], ["c"])
    assert (found.failed, found.failure, found.suspects.keys()) == ({}, FAILED, {"a", "b", "c"})


def test_a_probe_that_is_refused_tells_why():
    spent = QuotaSpent("spent")
    found, _ = Service({"a"}, probe_fails=spent).asked(["a"])
    assert (found.failure, found.failed) == (spent, {})
