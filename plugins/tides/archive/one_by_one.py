"""Objects for which Lasair is asked one call each: until the hour's calls are spent, or its answers make no sense."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from tides.errors import AnswerBroken, QuotaSpent

Answer = TypeVar("Answer")

BROKEN_IN_A_ROW = 10
"""So many that fail one after the other are Lasair's change, or a refusal of us, not an object's fault."""


def one_by_one(
    rows: Iterable[dict[str, Any]], ask: Callable[[dict[str, Any]], Answer], notes: list[str], words: str
) -> Iterator[tuple[dict[str, Any], Answer | None]]:
    """Asks for each row, which has an `object_id`; gives it with its answer, None where Lasair's answer is broken.

    `notes` get each broken answer's reason, and why it ended early when the hour's calls are spent. Raises AnswerBroken
    with `words` when ten in a row are broken, and what else `ask` raises.
    """
    in_a_row = 0
    for row in rows:
        try:
            answer = ask(row)
        except QuotaSpent as spent:
            notes.append(str(spent))
            return
        except AnswerBroken as reason:
            in_a_row += 1
            notes.append(f"{row['object_id']}: {reason}")
            if in_a_row == BROKEN_IN_A_ROW:
                raise AnswerBroken(f"{words}: {reason}") from None
            yield row, None
        else:
            in_a_row = 0
            yield row, answer
