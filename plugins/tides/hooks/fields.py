"""The fields of an Airflow connection: each is honoured by its hook, or refused by name."""

import json
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from airflow.sdk import Connection

from tides.errors import SettingsError
from tides.foreign import quoted

TLS_FILES = ("ca_file", "client_cert", "client_key")
"""The keys of the extra that name files of TLS."""


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


def demand_tls_files(connection_id: str, files: Mapping[str, str]) -> None:
    """Demands that the files of TLS can be read, hold what they should in PEM form, and fit each other.

    `files` are paths by their keys in the extra: `ca_file`, `client_cert`, `client_key`, as far as they are set. Raises
    SettingsError.
    """
    where = f"connection {connection_id}"
    for key, path in files.items():
        if not Path(path).is_absolute():
            raise SettingsError(f"{where}: {key} must be the absolute path of a file")
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise SettingsError(f"{where}: {key} {quoted(path)} cannot be read ({error.strerror})") from None
    ca_file, own, key_of_own = (files.get(key) for key in TLS_FILES)
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise SettingsError(f"{where}: ca_file {quoted(ca_file)} holds no certificate in PEM form") from None
    if key_of_own and not own:
        raise SettingsError(f"{where}: client_key is set without client_cert")

    def no_password() -> NoReturn:
        raise SettingsError(f"{where}: the key of client_cert needs a password; give a file without one")

    if own:
        try:
            context.load_cert_chain(own, key_of_own, no_password)
        except ssl.SSLError:
            raise SettingsError(f"{where}: client_cert and client_key are no certificate and key that fit") from None
