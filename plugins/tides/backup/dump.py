"""Writes a backup: one folder, named by its time, which is there whole or not at all.

Each database is dumped as it stood at one moment, beside whoever works on it. What the manifest says of a database is
read at the same moment.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from psycopg import IsolationLevel

from tides.backup.manifest import (
    FOLDER_NAME,
    NAME,
    AirflowDump,
    BridgeDump,
    Dumped,
    Manifest,
    Stored,
    demand_whole,
    folder_name,
    read_manifest,
)
from tides.backup.programs import Address, contents, run_program
from tides.database.schema_check import schema_version
from tides.database.session import Connection
from tides.errors import Conflict, SettingsError
from tides.foreign import quoted
from tides.version import code_version

BRIDGE = "bridge.dump"
AIRFLOW = "airflow.dump"
ROLES = "roles.sql"
Kind = TypeVar("Kind", bound=Dumped)

UNFINISHED = ".unfinished-"
"""How the name of a folder begins that is not whole: yet, or any more."""

LOCK_WAIT_MS = 600_000
"""How long a dump waits for a table that a migration holds."""

SESSIONS = "session"
"""Airflow's table of the sessions of logged-in people. Its rows would let whoever has them in."""


@dataclass(frozen=True)
class AirflowMetadata:
    """Airflow's metadata database: an open session, and the version of Airflow that uses it."""

    connection: Connection
    version: str


@dataclass(frozen=True)
class Done:
    """A backup that was written, and the older ones that were removed for it."""

    folder: Path
    manifest: Manifest
    removed: tuple[str, ...]


def back_up(
    bridge: Connection, airflow: AirflowMetadata | None, settings: Mapping[str, Path], into: Path, keep: int | None
) -> Done:
    """Writes a backup into a new folder below `into`, checks it, and then removes all but the newest `keep`.

    The sessions wait for the programs, so that they must have no limit of idle time. `settings` are the files of
    settings, by their names in the backup. Raises Conflict while another backup writes there; SettingsError and
    ServiceAway as `run_program`, and SettingsError when a secret would stand in it in the clear. Then nothing is left.
    """
    with _alone(into):
        while (into / folder_name(now := datetime.now(UTC))).exists():
            time.sleep(0.1)  # a folder is named by the second
        unfinished = into / f"{UNFINISHED}{folder_name(now)}"
        unfinished.mkdir(mode=0o700)
        try:
            manifest = _write(bridge, airflow, settings, unfinished, now)
            demand_whole(unfinished, read_manifest(unfinished))
            demand_contents(unfinished, manifest)
            whole = unfinished.rename(into / folder_name(now))
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        _sync(into)
        return Done(whole, manifest, tuple(_prune(into, keep)) if keep else ())


def demand_contents(folder: Path, manifest: Manifest) -> None:
    """Raises SettingsError when a dump's own list of contents does not name all tables that were dumped."""
    for dump in manifest.dumps:
        listed = len(contents(folder / dump.file))
        if listed != dump.tables:
            raise SettingsError(f"{folder / dump.file} holds {listed} tables, and {dump.tables} were dumped")


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """Holds the folder of backups, and removes what a killed backup has left there."""
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SettingsError(f"{into} cannot be the folder of backups: {error.strerror}") from None
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"another backup is being written into {into}: wait until it ends") from None
        if not os.access(into, os.W_OK):
            raise SettingsError(f"{into} cannot be the folder of backups: we may not write there")
        for left in into.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left)
        yield
    finally:
        os.close(held)


def _write(
    bridge: Connection, airflow: AirflowMetadata | None, settings: Mapping[str, Path], folder: Path, now: datetime
) -> Manifest:
    address = Address.of(bridge, "the bridge's database")
    kept = _keep_settings(settings, folder)
    of_airflow = _dump_airflow(airflow, folder) if airflow else None
    of_bridge = _dump_bridge(bridge, address, folder)
    # Without passwords, so that it may be done by any login: they are set anew after a restore.
    run_program(
        "pg_dumpall", address, "--roles-only", "--no-role-passwords", f"--database={address.database}",
        f"--file={folder / ROLES}",
    )  # fmt: skip
    names = [BRIDGE, ROLES, *([AIRFLOW] if of_airflow else []), *kept]
    manifest = Manifest(
        format=1,
        made_at=now,
        code=code_version(),
        bridge=of_bridge,
        airflow=of_airflow,
        settings=kept,
        files=tuple(Stored.of(folder, name) for name in names),
    )
    (folder / NAME).touch(mode=0o600)
    (folder / NAME).write_text(json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    for file in [*folder.rglob("*"), folder]:
        _sync(file)
    return manifest


def _dump_bridge(connection: Connection, address: Address, folder: Path) -> BridgeDump:
    def read(dumped: Dumped) -> BridgeDump:
        version = schema_version(connection)
        assert version is not None, "it was there before the snapshot"
        newest = connection.execute(
            "SELECT max(ended_at) AS ended_at FROM tides.bridge_run WHERE lane = 'live'"
        ).fetchone() or {"ended_at": None}
        return BridgeDump(**dumped.model_dump(), migration=version, newest_run=newest["ended_at"])

    if schema_version(connection) is None:
        raise SettingsError("the bridge's database has no schema yet: run `tides migrate`")
    return _dump(connection, address, folder, BRIDGE, ("--schema=tides",), read)


def _dump_airflow(airflow: AirflowMetadata, folder: Path) -> AirflowDump:
    connection = airflow.connection
    address = Address.of(connection, "Airflow's metadata database")
    _demand_encrypted(connection)

    def read(dumped: Dumped) -> AirflowDump:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() or {"version_num": "unknown"}
        return AirflowDump(**dumped.model_dump(), airflow=airflow.version, revision=row["version_num"])

    return _dump(connection, address, folder, AIRFLOW, (f"--exclude-table-data={SESSIONS}",), read)


def _demand_encrypted(connection: Connection) -> None:
    """Raises SettingsError that names the connections and variables which lie in the metadata unencrypted."""
    clear = connection.execute(
        "SELECT 'connection ' || conn_id AS name FROM connection"
        " WHERE coalesce(password, '') <> '' AND NOT coalesce(is_encrypted, false)"
        " OR coalesce(extra, '') <> '' AND NOT coalesce(is_extra_encrypted, false)"
        " UNION ALL SELECT 'variable ' || key FROM variable WHERE coalesce(val, '') <> ''"
        " AND NOT coalesce(is_encrypted, false) ORDER BY name"
    ).fetchall()
    if clear:
        raise SettingsError(
            "Airflow's metadata database holds secrets in the clear, which would then stand in the backup:"
            f" {quoted(', '.join(row['name'] for row in clear), 500)}. Set a Fernet key (AIRFLOW__CORE__FERNET_KEY)"
            " and save each of them anew, or leave the metadata out (--without-airflow)"
        )


def _dump(
    connection: Connection,
    address: Address,
    folder: Path,
    name: str,
    words: tuple[str, ...],
    read: Callable[[Dumped], Kind],
) -> Kind:
    """Dumps a database, and reads what the manifest says of it, both as it stood at one moment."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        row = connection.execute(
            "SELECT pg_export_snapshot() AS snapshot,"
            " (SELECT pg_get_userbyid(coalesce(n.nspowner, b.datdba)) FROM pg_database AS b"
            "  LEFT JOIN pg_namespace AS n ON n.nspname = 'tides' WHERE b.datname = current_database()) AS owner,"
            # Owners and those who were granted something; a superuser of the server's making is none of them.
            " (SELECT coalesce(array_agg(DISTINCT r.rolname ORDER BY r.rolname), '{}') FROM pg_shdepend AS d"
            "  JOIN pg_roles AS r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass"
            "  JOIN pg_database AS b ON b.oid = d.dbid AND b.datname = current_database()) AS roles,"
            " (SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            "  WHERE c.relkind = 'r' AND n.nspname IN ('tides', 'public') AND"
            "  (n.nspname, c.relname) <> ('public', %s) AND (n.nspname = 'tides' OR NOT %s)) AS tables",
            (SESSIONS, name == BRIDGE),
        ).fetchone()
        assert row is not None
        run_program(
            "pg_dump", address, "--format=custom", f"--snapshot={row['snapshot']}",
            f"--lock-wait-timeout={LOCK_WAIT_MS}", f"--file={folder / name}", *words,
        )  # fmt: skip
        return read(
            Dumped(
                file=name,
                server=address.server,
                owner=row["owner"],
                roles=tuple(row["roles"]),
                tables=row["tables"],
            )
        )


def _keep_settings(settings: Mapping[str, Path], folder: Path) -> dict[str, str]:
    (folder / "settings").mkdir(mode=0o700)
    kept = {}
    for name, file in settings.items():
        place = f"settings/{name}"
        try:
            shutil.copyfile(file, folder / place)
        except OSError as error:
            raise SettingsError(f"{file} cannot be kept: {error.strerror}") from None
        (folder / place).chmod(0o600)
        kept[place] = str(file.absolute())
    return kept


def _prune(into: Path, keep: int) -> Iterator[str]:
    """Removes all whole backups but the newest, and gives their names."""
    whole = sorted(f.name for f in into.iterdir() if re.fullmatch(FOLDER_NAME, f.name) and (f / NAME).is_file())
    for name in whole[:-keep]:
        # Under this name first: what is removed half is no backup.
        shutil.rmtree((into / name).rename(into / f"{UNFINISHED}{name}"))
        yield name


def _sync(file: Path) -> None:
    """Waits until a file or folder is on the disk."""
    opened = os.open(file, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
