"""Sessions with PostgreSQL, and transactions under the master lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.abc import Params
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import Row, dict_row
from psycopg.transaction import Transaction

from tides.database.reach import unreachable
from tides.database.statements import statement
from tides.errors import Conflict
from tides.foreign import Secrets
from tides.settings.sections import Database


class Connection(psycopg.Connection[dict[str, Any]]):
    """A session of the bridge, in autocommit mode, whose rows are dicts.

    Each transaction states time-outs, time zone and author for itself, a single statement too. So all hold behind a
    pooler that gives each transaction to another session of the server, and nothing is left there for other clients.
    """

    _statement: bytes | None = None
    """What states them."""
    _depth = 0
    """How many blocks of `transaction` are open. A pipeline's own state would come too late."""

    def state(self, database: Database, by: str, read_only: bool = False) -> None:
        """Says what each transaction states from now on. `by` is the run or the person, whom `tides_history` names."""
        # PostgreSQL has no time-outs by default: a frozen holder of a lock would stop every run.
        stated = {
            "statement_timeout": f"{database.statement_timeout_s}s",
            "lock_timeout": f"{database.lock_timeout_s}s",
            "idle_in_transaction_session_timeout": f"{database.idle_in_transaction_s}s",
            "TimeZone": "UTC",
            "tides.by": by,
            # The planner thinks that a reader's look-ups are more than they are: to compile them takes longer.
            **({"transaction_read_only": "on", "jit": "off"} if read_only else {}),
        }
        each = (sql.SQL("set_config({}, {}, true)").format(name, value) for name, value in stated.items())
        self._statement = sql.SQL("SELECT {}").format(sql.SQL(", ").join(each)).as_bytes(self)
        # The site's default may be another one.
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Transaction]:
        """A transaction, or within one a savepoint, as psycopg's own."""
        with super().transaction(savepoint_name, force_rollback) as transaction:
            self._depth += 1
            try:
                if self._depth == 1:
                    self.begun()
                yield transaction
            finally:
                self._depth -= 1

    def begun(self) -> None:
        """States what holds in the transaction that has begun, or begins by this."""
        if self._statement:
            psycopg.Cursor(self).execute(self._statement)

    def alone(self) -> bool:
        """Whether a statement would be a transaction of its own."""
        return self.autocommit and not self._depth


class _Cursor(psycopg.Cursor[Row]):
    def execute(self, query: Any, params: Params | None = None, **options: Any) -> Self:
        session = self.connection
        assert isinstance(session, Connection), "only our own sessions have such cursors"
        if session.alone():
            with session.transaction():
                return super().execute(query, params, **options)
        # Airflow's operator begins its transaction by its first statement.
        if not session.autocommit and session.info.transaction_status is TransactionStatus.IDLE:
            session.begun()
        return super().execute(query, params, **options)


def connect(
    conninfo: str, database: Database, application: str, by: str = "", *, read_only: bool = False,
    by_connection: str = "tides_db",
) -> Connection:  # fmt: skip
    """Opens a session with the bridge's time-outs, in autocommit mode. It is named `application` in PostgreSQL's lists.

    What `conninfo` says comes before our defaults. `by` is the run or the person that works in it. A session that is
    `read_only` can change nothing: PostgreSQL itself refuses it. Errors name the Airflow connection `by_connection`.

    Raises ServiceAway when the server cannot be reached, SettingsError or AccessRefused when a retry would not help.
    """
    given = conninfo_to_dict(conninfo)
    defaults = {
        "connect_timeout": 10,
        # A network that is cut says nothing: without a limit a session waits for hours.
        "tcp_user_timeout": 30_000,
        "keepalives_idle": 30,
    }
    try:
        connection = Connection.connect(
            make_conninfo("", **defaults | given | {"application_name": application}),
            # So each transaction is written out, and none stays open while a service is asked.
            autocommit=True,
            row_factory=dict_row,
            cursor_factory=_Cursor,
            # A prepared statement stays in one session of the server, and a pooler gives the next transaction another.
            prepare_threshold=None,
        )
    except psycopg.OperationalError as error:
        secrets = Secrets.of(str(given.get("password") or ""), str(given.get("user") or ""), given)
        raise unreachable(str(error), secrets, by_connection) from None
    connection.state(database, by, read_only)
    return connection


VERIFIED = {"verify-full": "verified", "verify-ca": "verified, but not its host"}
"""What libpq has looked at in the server's certificate, by `sslmode`."""


def encryption(connection: Connection) -> str:
    """Whether the way to the server is encrypted, and the server's certificate verified, in words."""
    mode = next((o.val or b"").decode() for o in connection.pgconn.info if o.keyword == b"sslmode")
    query = "SELECT pg_backend_pid() AS pid, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    there = connection.execute(query).fetchone() or {}
    # A pooler answers with a number of its own.
    pooled = there["pid"] != connection.info.backend_pid
    if not connection.pgconn.ssl_in_use:
        ours = f"not encrypted (sslmode {mode})"
    else:
        version = "" if pooled else f" ({there['version']})"
        verified = VERIFIED.get(mode, "not verified")
        ours = f"encrypted{version}, the server's certificate is {verified} (sslmode {mode})"
    if pooled:
        ours += f"; through a pooler, whose own way to the server is {'' if there['ssl'] else 'not '}encrypted"
    return ours


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
