"""The check that the database's schema fits this code: its version, its migrations as applied, its functions."""

import psycopg

from tides.database.schema_files import SchemaFiles, read_files
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError

_demanded: set[tuple[str, int, str, str]] = set()


def schema_version(connection: Connection) -> int | None:
    """The version that the database has; None before the first migration."""
    try:
        # The code before 0014 reads this table too, so it is kept up to date.
        row = connection.execute("SELECT version_num FROM tides.schema_version").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    return int(row["version_num"]) if row else None


def demand_schema(connection: Connection, files: SchemaFiles | None = None) -> str:
    """The schema's version in words; changes nothing.

    Raises SettingsError, which names the command or the file, when this code cannot work with the database's schema.
    """
    wanted = files or read_files()
    try:
        version = demand_applied(connection, wanted)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        version = None
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingsError(
            f"the login {connection.info.user} may not read the bridge's tables ({error.diag.message_primary}): run"
            " `tides migrate` as their owner, and make the login a member of tides_writer or tides_reader"
            ' (docs/deployment.md, "Database roles")'
        ) from error
    if version is None or version < wanted.oldest:
        found = version or schema_version(connection)
        raise SettingsError(
            f"the database's schema is {f'{found:04d}' if found else 'missing'}, this code needs {wanted.oldest:04d}:"
            " run `tides migrate`"
        )
    # Without a contract, newer migrations only added to the schema: this release goes on (expand first).
    if version > wanted.newest:
        return f"{version:04d}, newer than this code's {wanted.newest:04d}, which works with it"
    newer = _demand_objects(connection, wanted)
    return f"{version:04d}" + (f"; the database has newer forms of {', '.join(newer)}" if newer else "")


def demand_schema_once(connection: Connection) -> None:
    """The same, once a process, database and login.

    Raises SettingsError as demand_schema does.
    """
    key = (connection.info.host, connection.info.port, connection.info.dbname, connection.info.user)
    # A task pays for the check once, with one or two small queries.
    if key not in _demanded:
        demand_schema(connection)
        _demanded.add(key)


def demand_applied(connection: Connection, files: SchemaFiles) -> int:
    """The newest version applied, 0 before the first.

    Each applied migration must still equal its file. A migration that is newer than our files must not have taken
    anything away.

    Raises SettingsError that names the file.
    """
    rows = connection.execute(statement("database/schema_migrations")).fetchall()
    # Either may be longer, by pending files here or by newer migrations there.
    for row, file in zip(rows, files.migrations, strict=False):
        if (row["version"], row["name"], row["sha256"]) != (file.version, file.name, file.sha256):
            raise SettingsError(
                f"{file.name} in include/sql/migrations is not what was applied to the database as {row['name']} on"
                f" {row['applied_at']:%Y-%m-%d}: a migration is never edited. Put the applied file back, and write what"
                " is new as a further migration"
            )
    newer = rows[len(files.migrations) :]
    if took := [row for row in newer if row["contract"]]:
        raise SettingsError(
            f"the database's schema is {newer[-1]['version']:04d}, and {', '.join(r['name'] for r in took)} took away"
            f" what code up to release {took[-1]['contract']} uses: run a newer release than that"
        )
    return rows[-1]["version"] if rows else 0


def _demand_objects(connection: Connection, files: SchemaFiles) -> list[str]:
    """The functions and views of which the database has a newer form than this code.

    A form that the database has had is older than the one that it has now. A form that it never had is still to come.
    Raises SettingsError that names those.
    """
    has = {(row["kind"], row["name"]): row for row in connection.execute(statement("database/schema_objects"))}
    newer, missing = [], []
    for wanted in files.repeatables:
        found = has.get((wanted.kind, wanted.name))
        if found is None or wanted.sha256 not in found["forms"]:
            missing.append(wanted.place)
        elif found["sha256"] != wanted.sha256:
            newer.append(wanted.name)
    if missing:
        raise SettingsError(
            f"the database's schema is behind this code: it lacks {', '.join(missing)}: run `tides migrate`"
        )
    return newer
