"""The schema: its migrations, its version, and whether the code fits it."""

from typing import Any

import psycopg

from tides.database.session import Connection
from tides.database.statements import SQL
from tides.errors import ServiceAway, SettingsError
from tides.settings.sections import Database


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
