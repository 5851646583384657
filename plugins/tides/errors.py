"""The errors of the bridge, by what the reader, or Airflow's retry, must do.

    TidesError
    ├── SettingsError     a setting is wrong: correct it; a retry does not help
    ├── ServiceAway       a service cannot be reached, is frozen or too busy: a retry helps
    │   └── QuotaSpent    the hour's calls are spent: the next hour goes on
    ├── AnswerBroken      the answer of a service cannot be understood: a retry may help
    ├── AccessRefused     a service does not know our token or password: correct the connection
    │   └── LoginMissing  the question needs a login, and the connection has a token only
    ├── PayloadBroken     a row for 4MOST cannot be sent: correct what computed it
    ├── ValuesImplausible nearly all values of a column cannot be true: a person looks
    └── Conflict          somebody else did this step: nothing to do

Every message says what, where, and what to do now. None holds a secret or the text of an alert.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class TidesError(Exception):
    """The root of all errors of the bridge."""


class SettingsError(TidesError):
    """A setting, a connection's form or a command's argument is wrong. The message names file and key.

    Where a text is wrong, `line` is the line (from 1) at which its YAML breaks off, or `place` leads to what is wrong
    in it: a key, and then keys and numbers within it.
    """

    def __init__(self, message: str, *, place: tuple[str | int, ...] = (), line: int | None = None):
        super().__init__(message)
        self.place = place
        self.line = line


@contextmanager
def within(part: str | int) -> Iterator[None]:
    """The reading of a part of a text: what is wrong in it has this part ahead of its place."""
    try:
        yield
    except SettingsError as error:
        error.place = (part, *error.place)
        raise


class ServiceAway(TidesError):
    """A service is unreachable, silent or overloaded. Nothing was lost; try again later.

    `retry_after_s` is what the service itself asked for, if it did. `amid_question` says that it failed while it had
    the question: an internal error, a cut, silence. Then the question itself may be the cause.
    """

    def __init__(self, message: str, retry_after_s: float | None = None, *, amid_question: bool = False):
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.amid_question = amid_question


class QuotaSpent(ServiceAway):
    """The quota of calls of this hour is spent. The next hour goes on."""


class AnswerBroken(TidesError):
    """A service's answer does not have the form that docs/contracts gives."""


class AccessRefused(TidesError):
    """A service refused our token or password. A person must correct the connection."""


class LoginMissing(AccessRefused):
    """The question needs login and password, and the connection has a token only. Nothing was asked."""


class PayloadBroken(TidesError):
    """A row for 4MOST has a value that JSON cannot carry (NaN, a NumPy scalar). Nothing was sent.

    The message names target and field.
    """


class ValuesImplausible(TidesError):
    """Nearly all values of a stream's column cannot be true. Nothing of that batch was stored, the bookmark stays."""


class Conflict(TidesError):
    """Another worker has done this step; what it stored holds."""


def may_lie_in_question(error: BaseException) -> bool:
    """Whether a question may itself be why a service failed at it, so that a part of the question may do."""
    return isinstance(error, AnswerBroken) or (isinstance(error, ServiceAway) and error.amid_question)
