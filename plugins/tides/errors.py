"""What can go wrong, by what the reader (or Airflow's retry) has to do about it.

    TidesError
    ├── SettingsError     a setting is wrong: correct it; a retry does not help
    ├── ServiceAway       a service cannot be reached, is frozen or too busy: a retry helps
    │   └── QuotaSpent    the hour's calls are spent: the next hour goes on
    ├── AnswerBroken      a service answered what cannot be understood: a retry may help
    ├── AccessRefused     a service does not know our token or password: correct the connection
    │   └── LoginMissing  what is asked needs a login, and the connection has a token only
    ├── PayloadBroken     a row for 4MOST cannot be sent: correct what computed it
    └── Conflict          somebody else did this step: nothing to do

Every message says what, where, and what to do now; none holds a secret or a message's text.
"""


class TidesError(Exception):
    """The root of all errors of the bridge."""


class SettingsError(TidesError):
    """A setting, a connection's form or a command's argument is wrong; names file and key."""


class ServiceAway(TidesError):
    """A service is unreachable, silent or overloaded. Nothing was lost; try again later.

    `retry_after_s` is what the service itself asked for, if it did.
    """

    def __init__(self, message: str, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QuotaSpent(ServiceAway):
    """The hour's quota of calls is spent; what waits is taken up in the next hour."""


class AnswerBroken(TidesError):
    """A service's answer has not the form that docs/contracts gives."""


class AccessRefused(TidesError):
    """A service refused our token or password; the connection has to be mended."""


class LoginMissing(AccessRefused):
    """A service opens to login and password what the connection's token does not open; it was not asked."""


class PayloadBroken(TidesError):
    """A row for 4MOST holds what JSON cannot carry (NaN, a NumPy scalar); names target and field. Nothing was sent."""


class Conflict(TidesError):
    """Another worker has done this step; what it stored holds."""
