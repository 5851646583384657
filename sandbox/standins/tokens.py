"""The habits that the tokens of 4MOST may have: to run out, and to be the only one of their user."""

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tokens:
    """The habits of tokens. Safe for threads.

    A token serves so many `calls` (None: for ever) and is then refused with `status` (401 or 403). With `one_a_user`
    each one that is given ends the one before; otherwise a user gets the same one again while it serves.
    """

    calls: int | None = None
    status: int = 401
    one_a_user: bool = False
    given: int = 0
    _used: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(self, calls: int | None = None, status: int = 401, one_a_user: bool = False) -> None:
        """Sets the habits anew; without arguments there is none."""
        if status not in (401, 403):
            raise ValueError(f"status {status} is neither 401 nor 403")
        with self._lock:
            self.calls, self.status, self.one_a_user, self.given = calls, status, one_a_user, 0
            self._used.clear()

    def serves(self, key: str) -> bool:
        """Counts a call by a token. Gives whether it still serves."""
        with self._lock:
            self._used[key] += 1
            return self.calls is None or self._used[key] <= self.calls

    def is_over(self, key: str) -> bool:
        """Whether a token serves no further call."""
        with self._lock:
            return self.calls is not None and self._used[key] >= self.calls
