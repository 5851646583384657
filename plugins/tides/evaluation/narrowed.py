"""A changed feed filter: which stored objects would not have come by the new one, as far as their columns tell."""

from collections.abc import Mapping
from dataclasses import dataclass

from tides.functions.conditions import Comparison, comparison_of, names_in, parts_of
from tides.judgement.alert_criteria import COMPARE
from tides.judgement.words import measure_in_words
from tides.settings.streams import LasairFilter


@dataclass(frozen=True)
class Narrowed:
    """What is new in a filter: comparisons with columns of the messages, and conditions that these cannot tell.

    `dropped` are conditions that hold no more. The objects that they kept away are not stored, and unknown.
    """

    asked: tuple[tuple[str, Comparison], ...] = ()
    untold: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any condition has changed."""
        return bool(self.asked or self.untold or self.dropped)

    def fails(self, alert: Mapping[str, object]) -> str:
        """Say by which conditions an object would not have come, by the columns of its newest alert; "" if it would."""
        failed = [
            f"{name} {measure_in_words(alert.get(name))}, filter {each.op} {measure_in_words(each.value)}"
            for name, each in self.asked
            if not _holds(alert.get(name), each)
        ]
        return "; ".join(failed)

    def in_words(self) -> list[str]:
        """Say what cannot be known of the new filter."""
        said = [f"cannot be evaluated on stored columns: {part}" for part in self.untold]
        if self.dropped:
            said.append(
                f"no longer asked: {'; '.join(self.dropped)}. Objects that only the wider filter brings are not stored,"
                " and unknown here"
            )
        return said


def narrowed(before: LasairFilter | None, after: LasairFilter | None) -> Narrowed:
    """Compare two filters of a stream, condition by condition. A stream without either has nothing to compare."""
    if before is None or after is None:
        return Narrowed()
    old, new = parts_of(before.conditions), parts_of(after.conditions)
    names = names_in(before.selected)
    asked, untold = [], []
    for part in new:
        if part in old:
            continue
        read = comparison_of(part)
        # Only columns that the stored messages have can be asked.
        if read and read.column in names:
            asked.append((names[read.column], read))
        else:
            untold.append(part)
    return Narrowed(tuple(asked), tuple(untold), tuple(part for part in old if part not in new))


def _holds(value: object, asked: Comparison) -> bool:
    # As in SQL, an unknown value passes no condition.
    if value is None or isinstance(value, bool) or isinstance(value, str) != isinstance(asked.value, tuple):
        return False
    return bool(COMPARE[asked.op](value, asked.value))
