"""Restores a backup into empty databases. All is checked before anything is written."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tides.backup.dump import ROLES, demand_contents
from tides.backup.manifest import Dumped, Manifest, demand_whole, read_manifest
from tides.backup.programs import Address, run_program
from tides.database.schema_files import SchemaFiles
from tides.database.session import Connection
from tides.errors import SettingsError
from tides.foreign import quoted


def checked(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written.

    Raises SettingsError that names what is missing or has changed.
    """
    manifest = read_manifest(folder)
    demand_whole(folder, manifest)
    demand_contents(folder, manifest)
    return manifest


def demand_known_schema(manifest: Manifest, files: SchemaFiles) -> None:
    """Raises SettingsError when the backup is of a newer schema than this code's."""
    if manifest.bridge.migration > files.newest:
        raise SettingsError(
            f"the backup has the schema {manifest.bridge.migration:04d}, and this code knows it up to"
            f" {files.newest:04d}: install the release that wrote the backup (code {manifest.code}), or a newer one"
        )


def demand_fit(connection: Connection, address: Address, folder: Path, dumped: Dumped) -> None:
    """Raises SettingsError when a database is not empty, lacks a role, or is on too old a server."""
    there = connection.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " UNION ALL SELECT format('the schema %I', nspname) FROM pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') ORDER BY name LIMIT 3"
    ).fetchall()
    if there:
        raise SettingsError(
            f"{address.what} ({quoted(address.database)}) is not empty: it has"
            f" {quoted(', '.join(row['name'] for row in there))}. A backup is restored into an empty database alone:"
            " make a new one, and name it in the connection"
        )
    if address.server // 10_000 < dumped.server // 10_000:
        raise SettingsError(
            f"the backup is of PostgreSQL {dumped.server // 10_000}, and {address.what} is on a server of PostgreSQL"
            f" {address.server // 10_000}: restore it on a server of the same version or a newer one"
        )
    missing = connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles) ORDER BY name",
        (list(dumped.roles),),
    ).fetchall()
    if missing:
        raise SettingsError(
            f"the server of {address.what} lacks the roles {quoted(', '.join(row['name'] for row in missing))}, to"
            f" which the backup grants rights: as its superuser run `psql --file={folder / ROLES} postgres`, and set"
            " the logins' passwords"
        )


def restore(address: Address, folder: Path, dumped: Dumped, owner: bool) -> None:
    """Restores a dump in one transaction: all of it, or nothing.

    Its objects belong to the role that owned the database, if the login may act for it (`owner`), else to the login.
    """
    role = [f"--role={dumped.owner}"] if owner else []
    run_program(
        "pg_restore", address, "--exit-on-error", "--single-transaction", "--no-owner", *role, str(folder / dumped.file)
    )


def may_act_for(connection: Connection, role: str) -> bool:
    """Whether a session's login is another role than this one, and may act for it."""
    row = connection.execute(
        "SELECT pg_has_role(oid, 'MEMBER') AND rolname <> current_user AS may FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    return bool(row and row["may"])


def settings_that_differ(folder: Path, manifest: Manifest, now: Mapping[str, Path]) -> list[str]:
    """The files of settings in the backup that are not as those in force, by their names in the backup."""
    digests = {stored.name: stored.sha256 for stored in manifest.files}
    in_force = {f"settings/{name}": sha256(file.read_bytes()).hexdigest() for name, file in now.items()}
    return [str(folder / name) for name in manifest.settings if in_force.get(name) != digests.get(name)]
