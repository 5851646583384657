"""The connection `tides_db`: the bridge's own database."""

import os
from getpass import getuser

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowFailException
from psycopg.conninfo import make_conninfo

from tides.database.schema_check import demand_schema_once
from tides.database.session import Connection, connect
from tides.errors import SettingsError
from tides.settings.model import load_settings

CONNECTION_ID = "tides_db"


def conninfo() -> str:
    """The libpq connection string of the Airflow connection `tides_db`. It holds the password: never log it."""
    found = BaseHook.get_connection(CONNECTION_ID)
    return make_conninfo(
        "", host=found.host, port=found.port, user=found.login, password=found.password, dbname=found.schema
    )


def open_database(application: str, *, any_schema: bool = False, by: str | None = None) -> Connection:
    """Opens a session of the bridge, named `application` in PostgreSQL's own lists. The caller closes it.

    It works in the name of `by`: if not given, of the Airflow run, or of the person at the command line. Raises
    ServiceAway when the server cannot be reached. Unless `any_schema`, raises SettingsError when this code cannot work
    with the database's schema.
    """
    # `tides_history` names the run or person of each step. Airflow sets the variable in each task.
    by = by or os.environ.get("AIRFLOW_CTX_DAG_RUN_ID") or getuser()
    connection = connect(conninfo(), load_settings().database, f"tides-{application}", by)
    if not any_schema:
        try:
            demand_schema_once(connection)
        # The caller gets no session that it could close.
        except BaseException:
            connection.close()
            raise
    return connection


def demand_schema_first(context: object) -> None:
    """The `pre_execute` of an SQL task, whose operator opens the database by itself.

    Raises AirflowFailException, so that no retry is made, when this code cannot work with the database's schema.
    """
    try:
        open_database("sql-step").close()
    except SettingsError as error:
        raise AirflowFailException(str(error)) from error
