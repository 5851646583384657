"""What can become of a write to 4MOST: the answers of the hook's verbs, never a bare exception.

Only `Unknown` can have stored something that we do not know of. A clean answer has the right status and one of the
forms in docs/contracts/fourmost.md, "Errors". All else is unknown. `answer` is what 4MOST said, secrets redacted.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stored:
    """4MOST holds this row now, by its own answer; empty after a delete."""

    row: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """A clean refusal (400, 404, 405 and the like) of this row: nothing was stored; the same again is refused again."""

    status: int
    reason: str
    answer: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Spared:
    """Nothing was stored, and 4MOST does not blame this row but another one of its bulk, or the bulk as a whole."""

    reason: str
    answer: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Denied:
    """A clean 401, 403 or 429: nothing was stored, and the row is not at fault, so that its attempt does not count.

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


Outcome = Stored | Refused | Spared | Denied | NotSent | Unknown
