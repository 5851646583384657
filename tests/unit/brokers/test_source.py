"""Which calls a stream's setting makes, and whose problem a bad answer is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from tides.brokers.source import UNKNOWN_OBJECT, Fetched, fetch
from tides.errors import AnswerBroken, QuotaSpent, ServiceAway
from tides.settings.model import load_settings
from tides.settings.streams import Stream


def a_stream(survey: str, light_curves: str) -> Stream:
    return load_settings().streams[survey].model_copy(update={"light_curves": light_curves})


def some_ids(number: int) -> list[str]:
    letters = "abcdefghij"
    return [f"ZTF20aaaa{letters[n // 100]}{letters[n // 10 % 10]}{letters[n % 10]}" for n in range(number)]


@dataclass
class FakeLasair:
    """Knows all but `unknown`; breaks every answer that has one of `broken` in it; notes calls, probes and repeats."""

    broken: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    away: bool = False
    repeats: int = 0
    objects_a_call: int = 50
    calls: list[list[str]] = field(default_factory=list)
    probes: int = 0

    def light_curves(self, survey: str, ids: Sequence[str], again: Callable[[], None], part: bool) -> Fetched:
        self._call(list(ids), again)
        return Fetched("bulk", {name: name.encode() for name in ids})

    def object(self, survey: str, object_id: str, again: Callable[[], None], part: bool) -> bytes | None:
        self._call([object_id], again)
        return None if object_id in self.unknown else object_id.encode()

    def _call(self, ids: list[str], again: Callable[[], None]) -> None:
        if ids in (["ZTF00aaaaaaa"], ["1"]):
            self.probes += 1
        else:
            self.calls.append(ids)
        for _ in range(self.repeats):
            again()
        if self.away:
            raise ServiceAway("away", amid_question=True)
        if self.broken.intersection(ids):
            raise AnswerBroken("broken")


@dataclass
class Ledger:
    left: int = 1000
    taken: list[int] = field(default_factory=list)

    def take(self, calls: int) -> None:
        if calls > self.left:
            raise QuotaSpent("spent")
        self.left -= calls
        self.taken.append(calls)


def test_bulk_takes_a_call_for_fifty_objects():
    lasair, ledger, ids = FakeLasair(), Ledger(), some_ids(101)
    fetched = fetch(a_stream("ztf", "bulk"), ids, lasair, ledger.take)
    assert [len(call) for call in lasair.calls] == [50, 50, 1]
    assert ledger.taken == [3]
    assert fetched == Fetched("bulk", {name: name.encode() for name in ids})


@pytest.mark.parametrize("light_curves", ["object", "message"])
def test_objects_and_messages_without_a_light_curve_take_a_call_each(light_curves):
    lasair, ledger = FakeLasair(), Ledger()
    fetched = fetch(a_stream("lsst", light_curves), ["2", "3", "4"], lasair, ledger.take)
    assert lasair.calls == [["2"], ["3"], ["4"]]
    assert ledger.taken == [3]
    assert fetched == Fetched("object", {"2": b"2", "3": b"3", "4": b"4"})


def test_no_object_takes_no_call():
    ledger = Ledger()
    assert fetch(a_stream("ztf", "bulk"), [], FakeLasair(), ledger.take) == Fetched("bulk")
    assert fetch(a_stream("lsst", "object"), [], FakeLasair(), ledger.take) == Fetched("object")
    assert ledger.taken == []


def test_an_object_asked_for_twice_is_one_call():
    lasair = FakeLasair()
    fetch(a_stream("lsst", "object"), ["2", "2"], lasair, Ledger().take)
    assert lasair.calls == [["2"]]


def test_without_enough_calls_left_none_is_made():
    lasair = FakeLasair()
    with pytest.raises(QuotaSpent):
        fetch(a_stream("lsst", "object"), ["1", "2"], lasair, Ledger(left=1).take)
    assert lasair.calls == []


def test_a_repeated_attempt_takes_another_call():
    ledger = Ledger()
    fetch(a_stream("ztf", "bulk"), some_ids(2), FakeLasair(repeats=2), ledger.take)
    assert ledger.taken == [1, 1, 1]


@pytest.mark.parametrize("name", ["ZTF20aa,ZTF20bb", "", "ztf20aaaaaaa", "ZTF20aaaaaaa ", "12"])
def test_what_is_no_id_is_a_problem_and_never_asked_for(name):
    lasair, [good] = FakeLasair(), some_ids(1)
    fetched = fetch(a_stream("ztf", "bulk"), [good, name], lasair, Ledger().take)
    assert lasair.calls == [[good]]
    assert fetched.problems == {name: "not an object id of survey ztf"}


def test_a_broken_object_does_not_take_its_chunk_along():
    ids = some_ids(50)
    lasair, ledger = FakeLasair(broken={ids[0], ids[36]}), Ledger()
    fetched = fetch(a_stream("ztf", "bulk"), ids, lasair, ledger.take)
    assert set(fetched.raw) == set(ids) - lasair.broken
    assert fetched.problems == dict.fromkeys(lasair.broken, "broken")
    assert fetched.failed == lasair.broken
    assert fetched.failure is None
    assert sum(ledger.taken) == len(lasair.calls) + lasair.probes < 30


def test_another_chunk_is_not_halved():
    ids = some_ids(100)
    lasair = FakeLasair(broken={ids[0]})
    assert len(fetch(a_stream("ztf", "bulk"), ids, lasair, Ledger().take).raw) == 99
    assert ids[50:] in lasair.calls


@pytest.mark.parametrize("light_curves", ["bulk", "object"])
def test_a_service_that_breaks_every_answer_is_not_asked_for_each_object(light_curves):
    ids = some_ids(50)
    lasair = FakeLasair(broken={*ids, "ZTF00aaaaaaa"})
    fetched = fetch(a_stream("ztf", light_curves), ids, lasair, Ledger().take)
    assert isinstance(fetched.failure, AnswerBroken)
    assert (len(lasair.calls), lasair.probes) == (1, 1)
    assert not fetched.problems


def test_a_broken_object_is_alone_among_objects_too():
    fetched = fetch(a_stream("lsst", "object"), ["2", "3", "4"], FakeLasair(broken={"2", "4"}), Ledger().take)
    assert fetched == Fetched("object", {"3": b"3"}, {"2": "broken", "4": "broken"}, {"2", "4"})


def test_an_unknown_object_is_a_problem_of_its_own():
    fetched = fetch(a_stream("lsst", "object"), ["2", "3"], FakeLasair(unknown={"2"}), Ledger().take)
    assert fetched == Fetched("object", {"3": b"3"}, {"2": UNKNOWN_OBJECT})


@pytest.mark.parametrize(("survey", "light_curves", "ids"), [("ztf", "bulk", some_ids(2)), ("lsst", "object", ["2"])])
def test_a_service_that_is_away_is_no_objects_problem(survey, light_curves, ids):
    fetched = fetch(a_stream(survey, light_curves), ids, FakeLasair(away=True), Ledger().take)
    assert isinstance(fetched.failure, ServiceAway)
    assert not fetched.problems


def test_when_the_calls_are_spent_amid_the_halving_what_came_before_is_kept():
    ids = some_ids(50)
    fetched = fetch(a_stream("ztf", "bulk"), ids, FakeLasair(broken={ids[0]}), Ledger(left=4).take)
    assert isinstance(fetched.failure, QuotaSpent)
    assert set(fetched.raw) == set(ids[25:])
    assert not fetched.problems
