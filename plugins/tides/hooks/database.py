"""The connections to the bridge's own database. Every session of the bridge is opened here.

Tasks work by `tides_db`. `tides migrate` works by `tides_db_owner`, and what only reads by `tides_db_reader`. A site
without one of these two uses `tides_db` in its place.
"""

import os
from collections.abc import Mapping
from getpass import getuser
from typing import Any, cast

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import Connection as AirflowConnection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from tides.database.schema_check import demand_schema_once
from tides.database.session import Connection, connect
from tides.errors import SettingsError
from tides.hooks.fields import connection_named, extra_of, is_connection
from tides.settings.model import load_settings
from tides.settings.sections import Database

CONNECTION_ID = "tides_db"
OWNER_ID = "tides_db_owner"
READER_ID = "tides_db_reader"

FIELDS = {"host": "host", "port": "port", "user": "login", "password": "password", "dbname": "schema"}
"""libpq's names of what an Airflow connection has as fields of its own."""


class DatabaseHook(PostgresHook):
    """Airflow's own hook of PostgreSQL, whose sessions are the bridge's.

    They work in the name of `by`: if not given, of the Airflow run, or of the person at the command line. One that is
    `read_only` is the reader's, and can change nothing. One that is the `owner`'s can change tables.
    """

    def __init__(
        self, application: str, limits: Database | None = None, *, any_schema: bool = False, by: str | None = None,
        read_only: bool = False, owner: bool = False,
    ):  # fmt: skip
        super().__init__(postgres_conn_id=used_for(owner=owner, read_only=read_only))
        self._application, self._limits, self._any_schema = application, limits, any_schema
        self._read_only = read_only
        # `tides_history` names the run or person of each step. Airflow sets the variable in each task.
        self._by = by or os.environ.get("AIRFLOW_CTX_DAG_RUN_ID") or getuser()

    def get_conn(self) -> Connection:
        """Opens a session. The caller closes it.

        Raises ServiceAway when the server cannot be reached; SettingsError or AccessRefused when the connection must be
        corrected. Unless `any_schema`, raises SettingsError when this code cannot work with the database's schema.
        """
        self._demand_known_fields()
        connection = cast(Connection, super().get_conn())
        if not self._any_schema:
            try:
                demand_schema_once(connection)
            # The caller gets no session that it could close.
            except BaseException:
                connection.close()
                raise
        return connection

    @classmethod
    def get_connection(cls, conn_id: str) -> AirflowConnection:
        """The connection of this id. Raises SettingsError when there is none."""
        return connection_named(conn_id)

    def _create_connection(self, conn_args: Mapping[str, Any]) -> Connection:
        # A site may name its sessions, to tell two bridges apart.
        named = f"{conn_args.get('application_name') or 'tides'}-{self._application}"
        login = {name: value for name, value in conn_args.items() if name != "application_name"}
        limits = self._limits or load_settings().database
        conninfo, by_connection = make_conninfo("", **login), self.get_conn_id()
        return connect(conninfo, limits, named, self._by, read_only=self._read_only, by_connection=by_connection)

    def _demand_known_fields(self) -> None:
        """Every field is honoured, or refused by its name.

        Raises SettingsError.
        """
        found, called = self.connection, f"connection {self.get_conn_id()}"
        if found.conn_type != self.conn_type:
            raise SettingsError(f"{called}: its type is {found.conn_type}, and must be postgres")
        known = {option.keyword.decode() for option in Conninfo.get_defaults()}
        for name in extra_of(found):
            if name not in known:
                raise SettingsError(
                    f"{called}: {name} in its extra is no option of libpq: take it out, or correct its name"
                )
            if name in FIELDS and getattr(found, FIELDS[name]):
                raise SettingsError(f"{called}: its extra has {name}, and its {FIELDS[name]} says it too: keep one")


def used_for(*, owner: bool = False, read_only: bool = False) -> str:
    """The id of the connection that a session uses: the owner's or the reader's where there is one."""
    first = OWNER_ID if owner else READER_ID if read_only else CONNECTION_ID
    return first if first == CONNECTION_ID or is_connection(first) else CONNECTION_ID


def open_database(
    application: str, *, any_schema: bool = False, by: str | None = None, read_only: bool = False
) -> Connection:
    """Opens a session of the bridge, named `application` in PostgreSQL's own lists. The caller closes it.

    It works in the name of `by`: if not given, of the Airflow run, or of the person at the command line. A session that
    is `read_only` is the reader's, and can change nothing. Raises as `DatabaseHook.get_conn`.
    """
    return DatabaseHook(application, any_schema=any_schema, by=by, read_only=read_only).get_conn()


def open_as_owner(limits: Database, application: str) -> Connection:
    """The same as the owner of the tables, with time-outs of its own, and whatever the schema is: for `migrate`."""
    return DatabaseHook(application, limits, any_schema=True, owner=True).get_conn()
