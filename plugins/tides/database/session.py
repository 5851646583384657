"""Sessions with PostgreSQL, and transactions under the master lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from tides.database.statements import statement
from tides.errors import Conflict, ServiceAway
from tides.foreign import Secrets
from tides.settings.sections import Database

Connection = psycopg.Connection[dict[str, Any]]
"""A connection whose rows are dicts."""


def session_options(database: Database, application: str, by: str = "") -> str:
    """libpq `options` for a session of the bridge: its time-outs and its name.

    `by` is the run or the person that works in it. `tides_history` names it beside each step.
    """
    # PostgreSQL has no time-outs by default: a frozen holder of a lock would stop every run.
    milliseconds = {
        "statement_timeout": database.statement_timeout_s,
        "lock_timeout": database.lock_timeout_s,
        "idle_in_transaction_session_timeout": database.idle_in_transaction_s,
    }
    spans = " ".join(f"-c {name}={seconds * 1000}" for name, seconds in milliseconds.items())
    # libpq splits the options at blanks.
    escaped = by.replace("\\", "\\\\").replace(" ", "\\ ")
    return f"{spans} -c application_name={application} -c timezone=UTC -c tides.by={escaped}"


def connect(conninfo: str, database: Database, application: str, by: str = "") -> Connection:
    """Opens a session with the bridge's time-outs, in autocommit mode.

    `by` is the run or the person that works in it.

    Raises ServiceAway when the server cannot be reached.
    """
    try:
        return psycopg.connect(
            conninfo,
            options=session_options(database, application, by),
            # So each transaction is written out, and none stays open while a service is asked.
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=10,
            # A network that is cut says nothing: without a limit a session waits for hours.
            tcp_user_timeout=30_000,
            keepalives_idle=30,
        )
    except psycopg.OperationalError as error:
        given = conninfo_to_dict(conninfo)
        said = Secrets.of(str(given.get("password") or ""), str(given.get("user") or "")).quoted(str(error), 400)
        raise ServiceAway(f"the bridge's database (connection tides_db) cannot be reached: {said}") from None


@contextmanager
def master_lock(connection: Connection, database: Database) -> Iterator[None]:
    """A transaction that alone writes the master: Python's side of `include/sql/database/master_lock.sql`.

    Raises Conflict when another run holds the lock for longer than `database.master_lock_timeout_s`.
    """
    with connection.transaction():
        try:
            # psycopg binds parameters to one statement at a time.
            for part in statement("database/master_lock").split(";\n"):
                if part.strip():
                    connection.execute(part, lock_parameters(database))
        except psycopg.errors.LockNotAvailable:
            raise Conflict(
                f"another run has been writing the master for over {database.master_lock_timeout_s} s; try again"
            ) from None
        yield


def lock_parameters(database: Database) -> dict[str, str]:
    """The parameters of `master_lock.sql`."""
    return {
        "lock_timeout": f"{database.master_lock_timeout_s}s",
        "statement_timeout": f"{database.master_statement_timeout_s}s",
    }
