"""Asks Lasair for objects by one call each, until the hour's calls are spent or too many answers are broken."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from tides.errors import AnswerBroken, QuotaSpent

Answer = TypeVar("Answer")

BROKEN_IN_A_ROW = 10
"""After so many failures in a row the cause is a change at Lasair, or its refusal of us, and no single object."""


def one_by_one(
    rows: Iterable[dict[str, Any]], ask: Callable[[dict[str, Any]], Answer], notes: list[str], words: str
) -> Iterator[tuple[dict[str, Any], Answer | None]]:
    """Asks for each row by its `object_id`, and gives it with its answer: None where Lasair's answer is broken.

    `notes` get the reason of each broken answer, and a line when the hour's calls are spent. Raises AnswerBroken with
    `words` after ten broken answers in a row, and whatever else `ask` raises.
    """
    in_a_row = 0
    for row in rows:
        try:
            answer = ask(row)
        # No failure: other work needs the hour's further calls, and the rest waits for the next day.
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
            # A readable answer in between shows that Lasair still follows its contract.
            in_a_row = 0
            yield row, answer
