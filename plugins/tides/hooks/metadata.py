"""Airflow's metadata database, at the address of Airflow's own configuration: for its backup alone."""

import psycopg
from airflow import __version__
from airflow.configuration import conf
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tides.database.session import Connection, connect
from tides.errors import ServiceAway, SettingsError
from tides.foreign import Secrets
from tides.settings.sections import Database

METADATA = "Airflow's metadata database ([database] sql_alchemy_conn)"


def open_metadata(limits: Database, application: str) -> Connection:
    """Opens a session with Airflow's metadata database. The caller closes it.

    Raises SettingsError when it is no PostgreSQL, or its address is none; ServiceAway when it cannot be reached.
    """
    try:
        url = make_url(conf.get("database", "sql_alchemy_conn"))
    # The address itself holds a password.
    except ArgumentError:
        raise SettingsError(f"{METADATA}: its address is none that SQLAlchemy reads") from None
    if url.get_backend_name() != "postgresql":
        raise SettingsError(
            f"{METADATA} is {url.get_backend_name()}, and only PostgreSQL can be saved or restored here: copy it by its"
            " own tools, and leave it out with --without-airflow"
        )
    options = {name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()}
    fields = {
        "host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database
    }  # fmt: skip
    given = options | {name: str(value) for name, value in fields.items() if value}
    conninfo = make_conninfo("", **{"connect_timeout": "10"} | given)
    try:
        psycopg.connect(conninfo).close()
    # The session below would name the bridge's own database.
    except psycopg.OperationalError as error:
        secrets = Secrets.of(given.get("password"), given.get("user"), given)
        raise ServiceAway(f"{METADATA} cannot be reached: {secrets.quoted(str(error), 400)}") from None
    return connect(conninfo, limits, f"tides-{application}")


def airflow_version() -> str:
    """The version of Airflow that runs here."""
    return str(__version__)
