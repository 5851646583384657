"""PostgreSQL as the memory: SQL by file name, the schema's version, transactions under the master lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tides.errors import Conflict, ServiceAway, SettingsError
from tides.sections import Database
from tides.settings import BUNDLE

SQL = BUNDLE / "include" / "sql"

Connection = psycopg.Connection[dict[str, Any]]
"""A connection whose rows are dicts."""


@cache
def statement(name: str) -> str:
    """The text of `include/sql/NAME.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def session_options(database: Database, application: str, by: str = "") -> str:
    """libpq `options` for a session of the bridge: its time-outs (PostgreSQL has none by default) and its name.

    `by` is the run or the person that works in it: it stands in `tides_history` beside what changed.
    """
    milliseconds = {
        "statement_timeout": database.statement_timeout_s,
        "lock_timeout": database.lock_timeout_s,
        "idle_in_transaction_session_timeout": database.idle_in_transaction_s,
    }
    spans = " ".join(f"-c {name}={seconds * 1000}" for name, seconds in milliseconds.items())
    escaped = by.replace("\\", "\\\\").replace(" ", "\\ ")
    return f"{spans} -c application_name={application} -c timezone=UTC -c tides.by={escaped}"


def connect(conninfo: str, database: Database, application: str, by: str = "") -> Connection:
    """Opens a session with the bridge's time-outs, in autocommit mode: a transaction is always written out.

    `by` is the run or the person that works in it.

    Raises ServiceAway when the server cannot be reached.
    """
    try:
        return psycopg.connect(
            conninfo,
            options=session_options(database, application, by),
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=10,
            tcp_user_timeout=30_000,
            keepalives_idle=30,
        )
    except psycopg.OperationalError as error:
        raise ServiceAway(f"the bridge's database (connection tides_db) cannot be reached: {error}") from None


@contextmanager
def master_lock(connection: Connection, database: Database) -> Iterator[None]:
    """A transaction that alone writes the master: Python's side of `include/sql/master_lock.sql`.

    Raises Conflict when another run holds the lock for longer than `database.master_lock_timeout_s`.
    """
    with connection.transaction():
        try:
            for part in statement("master_lock").split(";\n"):
                if part.strip():
                    connection.execute(part, lock_parameters(database))
        except psycopg.errors.LockNotAvailable:
            raise Conflict(
                f"another run has been writing the master for over {database.master_lock_timeout_s} s; try again"
            ) from None
        yield


def lock_parameters(database: Database) -> dict[str, str]:
    """What `master_lock.sql` binds."""
    return {
        "lock_timeout": f"{database.master_lock_timeout_s}s",
        "statement_timeout": f"{database.master_statement_timeout_s}s",
    }


def migrate(conninfo: str, database: Database) -> str:
    """Brings the schema to the newest version, in one transaction; says which. Can be repeated, and run by two at once.

    The role's sessions in this database get the bridge's time-outs as their default, whoever opens them.
    Raises ServiceAway when the server cannot be reached.
    """
    from alembic import command
    from sqlalchemy import create_engine
    from sqlalchemy.exc import OperationalError

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo, connect_timeout=10))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('tides_migrate'))")
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS tides")
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            name = connection.exec_driver_sql("SELECT quote_ident(current_database())").scalar_one()
            for setting, seconds in (
                ("statement_timeout", database.statement_timeout_s),
                ("lock_timeout", database.lock_timeout_s),
                ("idle_in_transaction_session_timeout", database.idle_in_transaction_s),
            ):
                connection.exec_driver_sql(f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {setting} = '{seconds}s'")
    except OperationalError as error:
        raise ServiceAway(f"the bridge's database (connection tides_db) cannot be reached: {error.orig}") from None
    finally:
        engine.dispose()
    return newest_version()


def newest_version() -> str:
    """The schema version that this code needs."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def schema_version(connection: Connection) -> str | None:
    """The schema version that the database has; None before the first migration."""
    try:
        row = connection.execute("SELECT version_num FROM tides.schema_version").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    return row["version_num"] if row else None


def demand_schema(connection: Connection) -> str:
    """The schema's version; raises SettingsError, naming the command, when it is not the one that this code needs."""
    found, needed = schema_version(connection), newest_version()
    if found != needed:
        raise SettingsError(
            f"the database's schema is {found or 'missing'}, this code needs {needed}: run `python -m tides migrate`"
        )
    return needed


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SQL / "migrations"))
    return config
