"""Why a session could not be opened, in words that say what to correct.

The server's own code of the error does not come through libpq here, so that its words must be read. What is not
recognised, such as a server's words in another language, is told as it is.
"""

import re
from dataclasses import dataclass

from tides.errors import AccessRefused, ServiceAway, SettingsError, TidesError
from tides.foreign import Secrets


@dataclass(frozen=True)
class _Cause:
    """A cause of failure: how libpq, the server or PgBouncer words it, and what we say."""

    words: str
    error: type[TidesError]
    says: str


CAUSES = (
    _Cause(
        "certificate verify failed",
        SettingsError,
        "its certificate is not trusted: name the file of its CA in `sslrootcert` of the connection's extra",
    ),
    _Cause(
        "does not match host name",
        SettingsError,
        "its certificate is for another host: name the host as the certificate does",
    ),
    _Cause(
        "root certificate file|certificate file|private key file",
        SettingsError,
        "a file of certificates or keys cannot be used: correct sslrootcert, sslcert or sslkey in the extra",
    ),
    _Cause("does not support SSL", SettingsError, "it does not encrypt, and `sslmode` in the extra asks for it"),
    _Cause(
        "permission denied for database",
        SettingsError,
        "it does not let our login in: make it a member of the group role that it works as",
    ),
    _Cause(
        "no pg_hba.conf entry|requires a valid client certificate|SSL required",
        SettingsError,
        "it does not admit a session of this kind: correct sslmode, sslcert or login, or the server's pg_hba.conf",
    ),
    _Cause(
        "authentication failed|no password supplied|is not permitted to log in|role .* does not exist|no such user",
        AccessRefused,
        "it refuses our login or password",
    ),
    _Cause(
        "database .* does not exist|no such database",
        SettingsError,
        "it has no such database: correct the connection's schema, or create it",
    ),
    _Cause(
        "unsupported startup parameter",
        SettingsError,
        "the pooler takes no such parameter: take it out of the connection's extra",
    ),
    _Cause(
        "invalid (sslmode|port|integer|.* value)|invalid connection option",
        SettingsError,
        "a field of the connection has a wrong value",
    ),
    _Cause(
        "translate host name|resolve host|Name or service not known",
        ServiceAway,
        "its host name does not resolve",
    ),
    _Cause("Connection refused", ServiceAway, "nothing listens on its port"),
    _Cause("timeout expired|timed out", ServiceAway, "it does not answer in time"),
    _Cause(
        "too many (clients|connections)|remaining connection slots|no more connections|query_wait_timeout",
        ServiceAway,
        "all its sessions are taken",
    ),
)
"""The causes that we know, and in this order: of several hosts, the one counts that a person must correct."""


def unreachable(words: str, secrets: Secrets, connection_id: str) -> TidesError:
    """The error for a session that could not be opened by the Airflow connection of this id.

    `words` are libpq's; none of the secrets is repeated.
    """
    quoted = secrets.quoted(words, 400)
    named = f"the bridge's database (connection {connection_id})"
    for cause in CAUSES:
        if re.search(cause.words, words, re.IGNORECASE):
            verb = "cannot be reached" if cause.error is ServiceAway else "cannot be used"
            return cause.error(f"{named} {verb}: {cause.says}. It was told: {quoted}")
    return ServiceAway(f"{named} cannot be reached: {quoted}")
