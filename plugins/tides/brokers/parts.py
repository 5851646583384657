"""Questions about many items. Where the answer fails because of one of them, they are halved until it is alone."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tides.errors import TidesError, may_lie_in_question

Answer = TypeVar("Answer")

FAILED_IN_A_ROW = 13
"""After so many failures without an answer in between the service is at fault, though it answers the probe.

Five items that spoil one question, each in another part of it, cause twelve at most.
"""

FEW = 2
"""So many items may fail alone though the service answered for no other one: then the probe is proof enough."""


@dataclass
class InParts(Generic[Answer]):
    """One round of questions to a service about items, by their names.

    `ask(part, whole)` asks for a part and gives the answer. `whole` says that the part was not halved: then a failure
    is worth repeating. `probe()` asks the service for nothing real: where that fails too, the service is down, and no
    item is to blame. After the round `failed` has the items that the service fails at, each with its last error.
    `failure` is why the round ended early; None when every item was answered or stands in `failed`. Where too many
    items ended it, though the probe was answered, `suspects` has those: nothing proves that they are to blame.
    """

    ask: Callable[[Sequence[str], bool], Answer]
    probe: Callable[[], object]
    failed: dict[str, TidesError] = field(default_factory=dict)
    failure: TidesError | None = None
    suspects: dict[str, TidesError] = field(default_factory=dict)
    _answered: bool = False
    _works: bool = False
    _in_a_row: int = 0
    _probe_at: int = 1

    def answers(self, wholes: Iterable[Sequence[str]]) -> Iterator[tuple[Sequence[str], Answer]]:
        """Each part that was answered, with its answer. Raises nothing: see `failed` and `failure`."""
        # The halves wait behind the other parts: those are answered first, and show that the service works.
        waiting = deque((part, True) for part in wholes)
        while waiting and self.failure is None:
            part, whole = waiting.popleft()
            try:
                answer = self.ask(part, whole)
            except TidesError as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    waiting.extend([(part[:middle], False), (part[middle:], False)])
                self._failed(part, error)
            else:
                self._worked()
                yield part, answer
        if self.failure is None:
            self._close()

    def _worked(self) -> None:
        self.failed |= self.suspects
        self.suspects.clear()
        self._answered = self._works = True
        self._in_a_row, self._probe_at = 0, 2

    def _failed(self, part: Sequence[str], error: TidesError) -> None:
        if not may_lie_in_question(error):
            self._down(error)
            return
        self._works = False
        if len(part) == 1:
            self.suspects[part[0]] = error
        self._in_a_row += 1
        if self._in_a_row == FAILED_IN_A_ROW:
            self.failure = error
        elif self._in_a_row == self._probe_at:
            self._probe_at += 4
            self._probe(error)

    def _close(self) -> None:
        """Blames the last items that failed, if the service still works."""
        if self.suspects:
            last = list(self.suspects.values())[-1]
            # With nothing answered at all, many that fail are the service's fault.
            if not self._answered and len(self.suspects) > FEW:
                self.failure = last
            elif not self._works:
                self._probe(last)
        if self.failure is None:
            self.failed |= self.suspects
            self.suspects.clear()

    def _probe(self, error: TidesError) -> None:
        try:
            self.probe()
        except TidesError as away:
            # The error of a real question says more, unless the probe was refused for another reason.
            self._down(error if may_lie_in_question(away) else away)
        else:
            self._works = True

    def _down(self, error: TidesError) -> None:
        self.failure = error
        self.suspects.clear()
