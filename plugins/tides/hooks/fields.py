"""The fields of an Airflow connection: each is honoured by its hook, or refused by name."""

import json
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from tides.errors import SettingsError
from tides.foreign import quoted


def connection_named(connection_id: str) -> Connection:
    """An Airflow connection. Raises SettingsError when there is none of this id."""
    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        raise SettingsError(
            f"connection {connection_id} is missing: add it in Airflow, or as AIRFLOW_CONN_{connection_id.upper()}"
            " (docs/deployment.md has its fields); beside `make up`, `make sh` opens a shell that has it"
        ) from None


def is_connection(connection_id: str) -> bool:
    """Whether Airflow has a connection of this id."""
    try:
        BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        return False
    return True


def refuse_fields(connection: Connection, instead: Mapping[str, str]) -> None:
    """Raises SettingsError for a field that is set and not used; `instead` says what to do, by field."""
    for field, advice in instead.items():
        if getattr(connection, field):
            raise SettingsError(f"connection {connection.conn_id}: the field {field} is not used here; {advice}")


def extra_of(connection: Connection) -> dict[str, object]:
    """The extra, without what is empty. Raises SettingsError when it is no JSON object."""
    # Airflow's own reading takes an extra that is no JSON for an empty one.
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise SettingsError(f"connection {connection.conn_id}: the extra is no JSON object")
    return {key: value for key, value in extra.items() if value not in (None, "")}


def refuse_unknown(connection: Connection, extra: Iterable[str], known: Iterable[str]) -> None:
    """Raises SettingsError for a key of the extra that the service does not know."""
    for key in sorted(set(extra) - set(known)):
        may = ", ".join(sorted(known))
        raise SettingsError(
            f"connection {connection.conn_id}: {quoted(key)} in the extra is unknown; it may have {may}"
        )


FILES = ("ca_file", "client_cert", "client_key")
"""The keys of an extra that name files of TLS."""


def demand_tls_files(connection: Connection, extra: Mapping[str, str]) -> None:
    """Raises SettingsError when a file of TLS cannot be read, or is no certificate or key that fits, in PEM form."""
    where = f"connection {connection.conn_id}"
    for key in FILES:
        path = extra.get(key)
        if path is None:
            continue
        if not Path(path).is_absolute():
            raise SettingsError(f"{where}: {key} must be the absolute path of a file")
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise SettingsError(f"{where}: {key} {quoted(path)} cannot be read ({error.strerror})") from None
    ca_file, own = extra.get("ca_file"), extra.get("client_cert")
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise SettingsError(f"{where}: ca_file {quoted(ca_file)} holds no certificate in PEM form") from None
    if extra.get("client_key") and not own:
        raise SettingsError(f"{where}: client_key is set without client_cert")

    def no_password() -> NoReturn:
        raise SettingsError(f"{where}: the key of client_cert needs a password; give a file without one")

    if own:
        try:
            context.load_cert_chain(own, extra.get("client_key"), no_password)
        except ssl.SSLError:
            raise SettingsError(f"{where}: client_cert and client_key are no certificate and key that fit") from None
