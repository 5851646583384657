"""The outcomes of a write to 4MOST: the hook's verbs answer one of them, never a bare exception.

Only `Unknown` can have stored a row that we do not know of. A clean answer has the right status and one of the forms in
docs/contracts/fourmost.md, "Errors". All else is unknown. `answer` is what 4MOST said, secrets redacted.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stored:
    """4MOST holds this row now, by its own answer; empty after a delete."""

    row: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """A clean refusal (400, 404, 405 and the like) of this row: nothing was stored. The same row is refused again."""

    status: int
    reason: str
    # The whole answer is for the log of exchanges; `reason` is enough to compare two outcomes.
    answer: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Spared:
    """Nothing was stored. 4MOST blames another row of the bulk, or the bulk as a whole."""

    reason: str
    answer: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Late:
    """Nothing was stored: the request could not begin soon enough after its mark, so it was not made."""

    reason: str


@dataclass(frozen=True)
class Denied:
    """A clean 401, 403 or 429: nothing was stored. The row is not at fault, so its attempt does not count.

    `retry_after_s` is what 4MOST asked for, if it did.
    """

    status: int
    retry_after_s: float | None
    reason: str
    answer: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class NotSent:
    """Nothing was stored: no byte reached 4MOST."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may have been stored, or be stored later: time-out, cut, 5xx, redirect, or an answer that does not say."""

    reason: str
    answer: Any = field(default=None, compare=False)


Outcome = Stored | Refused | Spared | Late | Denied | NotSent | Unknown
