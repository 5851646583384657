"""The connection `tides_db`: the bridge's own database."""

import argparse
import os
from getpass import getuser

from airflow.sdk import BaseHook
from psycopg.conninfo import make_conninfo

from tides import database
from tides.settings import load_settings

CONNECTION_ID = "tides_db"


def conninfo() -> str:
    """The libpq connection string of the Airflow connection `tides_db`; holds the password, never to be logged."""
    found = BaseHook.get_connection(CONNECTION_ID)
    return make_conninfo(
        "", host=found.host, port=found.port, user=found.login, password=found.password, dbname=found.schema
    )


def open_database(application: str) -> database.Connection:
    """Opens a session of the bridge, named `application` in PostgreSQL's own lists. The caller closes it.

    It works in the name of the Airflow run, or of the person at the command line.
    Raises ServiceAway when the server cannot be reached.
    """
    by = os.environ.get("AIRFLOW_CTX_DAG_RUN_ID") or getuser()
    return database.connect(conninfo(), load_settings().database, f"tides-{application}", by)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides migrate` has no arguments."""


def run(args: argparse.Namespace) -> int:
    """Brings the schema to this code's version and says which that is."""
    print(f"the schema is at version {database.migrate(conninfo(), load_settings().database)}")
    return 0
