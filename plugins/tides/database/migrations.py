"""Brings the schema to this code's version: `include/sql/migrations`, then the functions and views of `schema/`.

All is one transaction, apart from new values of types, which are added before it. This is its order. The migrations up
to 0013 made functions and views themselves: they are applied first. The views go, so that no column is held by one. The
later migrations are applied. The functions go, except those that a trigger or a default needs. Functions and views are
made anew. Then the group roles get their rights.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from tides.database.blockers import Say, Watch
from tides.database.roles import grant, work_as_login, work_as_owner
from tides.database.schema_check import demand_applied, schema_version
from tides.database.schema_files import Migration, Repeatable, SchemaFiles, read_files
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import Conflict, ServiceAway, SettingsError
from tides.settings.sections import Database

LANDED = 13
"""The last version that Alembic applied. The migrations up to it make functions and views; later ones must not."""

VALUES = re.compile(r"^ALTER TYPE \S+ ADD VALUE IF NOT EXISTS [^;]+;", re.MULTILINE)
"""New values of types. PostgreSQL refuses their use in the transaction that adds them."""


@dataclass(frozen=True)
class Waits:
    """How long `migrate` waits for others (s)."""

    lock_s: int = 5
    """For one lock. Readers of the table wait behind us meanwhile, so that this is short, and tried again."""
    pause_s: float = 10
    """Between two tries: those who waited behind us work on."""
    longest_s: float = 3600
    """In all. A backup (`pg_dump`) locks every table as long as it runs."""
    statement_s: int = 3600
    """For one statement: an index, or a new column filled, on the largest table."""


@dataclass(frozen=True)
class Migrated:
    """What `migrate` did: the version now, and the names of the files that it applied or dropped."""

    version: int
    applied: tuple[str, ...]
    missing_roles: tuple[str, ...] = ()
    """The group roles that do not exist: then no right was granted."""


Opening = Callable[[Database, str], Connection]
"""Opens a session with these time-outs and this name."""


def migrate(
    opening: Opening,
    database: Database,
    *,
    say: Say = lambda line: None,
    also: Callable[[Connection], None] = lambda connection: None,
    waits: Waits = Waits(),
    files: SchemaFiles | None = None,
) -> Migrated:
    """Brings the schema to the newest version, in one transaction. Can be repeated, and run by two at once.

    `also` is done in the same transaction, after the rest. All of it waits for other sessions, above all for a backup,
    and tells through `say` for whom. The role's sessions in this database get the bridge's time-outs as their default,
    whoever opens them. Raises ServiceAway when the server cannot be reached, and Conflict when others block it for too
    long. Raises SettingsError when the files and the database do not fit, or the login may not change the schema. Then
    nothing was changed.
    """
    wanted = files or read_files()
    # A transaction that waits for locks may be idle for long, and an index on the largest table may take an hour.
    patient = database.model_copy(
        update={"lock_timeout_s": waits.lock_s, "statement_timeout_s": waits.statement_s, "idle_in_transaction_s": 0}
    )
    give_up = time.monotonic() + waits.longest_s
    with (
        opening(patient, "migrate") as connection,
        opening(database, "watch") as watching,
    ):
        watch = Watch(watching, say)
        while True:
            if done := _try(connection, wanted, database, watch, also):
                return done
            if time.monotonic() + waits.pause_s > give_up:
                raise Conflict(
                    f"the schema could not be changed within {waits.longest_s:.0f} s, since others work on its tables:"
                    f" {watch.blockers or 'sessions that end at once'}. Nothing was changed: wait until they end, or"
                    " end them, and run it again"
                )
            time.sleep(waits.pause_s)


def _try(
    connection: Connection,
    files: SchemaFiles,
    database: Database,
    watch: Watch,
    also: Callable[[Connection], None],
) -> Migrated | None:
    """One try; None when another session was in the way, and nothing was changed."""
    try:
        _add_values(connection, files, watch)
        with connection.transaction(), watch.over(connection):
            done = _bring(connection, files, database)
            also(connection)
            return done
    # Readers queue behind a waiting ALTER TABLE, so the wait is short and the whole is tried again.
    except (errors.LockNotAvailable, errors.DeadlockDetected):
        return None
    except psycopg.OperationalError as error:
        raise ServiceAway(f"the bridge's database broke off, and nothing was changed: {error}") from error
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        raise _may_not(error) from error


def _may_not(error: psycopg.Error) -> SettingsError:
    """The error for a login that may not change the schema."""
    return SettingsError(
        f"this login may not change the schema, and nothing was changed: {error.diag.message_primary}. `migrate` uses"
        " the connection tides_db_owner, else tides_db: name a member of tides_owner there (docs/deployment.md,"
        ' "Database roles")'
    )


def _bring(connection: Connection, files: SchemaFiles, database: Database) -> Migrated:
    # Two `migrate` at once: the second waits, and then finds nothing to do.
    work_as_owner(connection)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('tides_migrate'))")
    connection.execute(statement("database/schema_tables"))
    _adopt(connection, files)
    version = demand_applied(connection, files)
    applied: list[str] = []
    missing: tuple[str, ...] = ()
    # A newer database is left as it is: older code must not bring back its own functions.
    if version <= files.newest:
        pending = [m for m in files.migrations if m.version > version]
        has = {(o["kind"], o["name"]): o["sha256"] for o in connection.execute(statement("database/schema_objects"))}
        made = {(r.kind, r.name): r.sha256 for r in files.repeatables}
        gone = [key for key, digest in has.items() if digest and key not in made]
        changed = [r for r in files.repeatables if has.get((r.kind, r.name)) != r.sha256]
        if pending or changed or gone:
            _rebuild(connection, files.repeatables, gone, pending)
        for repeatable in changed:
            _note(connection, repeatable.kind, repeatable.name, repeatable.sha256)
        for kind, name in gone:
            _note(connection, kind, name, None)
        applied += [m.name for m in pending] + [r.place for r in changed] + [f"{k} {n} is dropped" for k, n in gone]
        version = files.newest
        connection.execute(statement("database/note_version"), {"version": f"{version:04d}"})
        missing = grant(connection, files.grants)
    work_as_login(connection)
    _set_time_outs(connection, database)
    return Migrated(version, tuple(applied), missing)


def _add_values(connection: Connection, files: SchemaFiles, watch: Watch) -> None:
    """Adds new values to types that exist, each in a transaction of its own. The migration then finds them there.

    The views that are made in the same transaction as the migration may use them.
    """
    try:
        version = demand_applied(connection, files)
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return
    for migration in files.migrations[version:]:
        for command in VALUES.findall(migration.text):
            # A type that a pending migration makes: its values can be used.
            with suppress(errors.UndefinedObject), connection.transaction(), watch.over(connection):
                work_as_owner(connection)
                connection.execute(command)


def _adopt(connection: Connection, files: SchemaFiles) -> None:
    """Takes over a database that Alembic brought to a version: its migrations get the hashes of today's files."""
    if connection.execute(statement("database/schema_migrations")).fetchone():
        return
    landed = schema_version(connection)
    if landed is not None:
        for migration in files.migrations[:landed]:
            _note_migration(connection, migration)


def _rebuild(
    connection: Connection,
    repeatables: Sequence[Repeatable],
    gone: Sequence[tuple[str, str]],
    pending: Sequence[Migration],
) -> None:
    """Applies migrations, and makes all functions and views anew: the tables that they read may have changed.

    Raises SettingsError when a file cannot be applied.
    """
    names = [(r.kind, r.name) for r in repeatables] + list(gone)
    by_kind = {f"{kind}s": [n for k, n in names if k == kind] for kind in ("function", "view")}
    _apply(connection, [m for m in pending if m.version <= LANDED])
    # A view that is made anew has lost the rights that a site gave on it.
    grants = connection.execute(statement("database/view_grants"), by_kind).fetchall()
    _drop(connection, by_kind, only_on_views=True)
    _apply(connection, [m for m in pending if m.version > LANDED])
    kept = _drop(connection, by_kind, only_on_views=False)
    for key in gone:
        if key in kept:
            raise SettingsError(f"{' '.join(key)} has no file any more, and cannot be dropped: {kept[key]}")
    _make(connection, repeatables, kept)
    for granted in grants:
        if ("view", granted["name"]) not in gone:
            connection.execute(granted["again"])


def _apply(connection: Connection, migrations: Sequence[Migration]) -> None:
    for migration in migrations:
        with _explained(migration.name):
            connection.execute(migration.text)
        _note_migration(connection, migration)


def _drop(connection: Connection, names: dict[str, list[str]], *, only_on_views: bool) -> dict[tuple[str, str], str]:
    """Drops the objects that nothing needs. Gives for each of the rest what needs it: it stays, and is replaced in its
    place.

    One after the other goes, until a whole round frees nothing. So no file has to say the order.
    """
    there = connection.execute(statement("database/schema_objects_there"), names).fetchall()
    left = [t for t in there if t["on_view"] or not only_on_views]
    while left:
        kept: dict[tuple[str, str], str] = {}
        before, left = left, []
        for thing in before:
            try:
                # A savepoint: the refusal of one object must not end the migration.
                with connection.transaction():
                    connection.execute(f"DROP {thing['kind']} {thing['signature']}")
            except errors.DependentObjectsStillExist as error:
                left.append(thing)
                kept[thing["kind"], thing["name"]] = error.diag.message_detail or str(error)
        if len(left) == len(before):
            return kept
    return {}


def _make(connection: Connection, repeatables: Sequence[Repeatable], kept: dict[tuple[str, str], str]) -> None:
    """Makes all of them, in rounds: an object that reads another one is made in the round after it."""
    left = list(repeatables)
    while left:
        before, left = left, []
        failed: list[str] = []
        for repeatable in before:
            try:
                with connection.transaction():
                    connection.execute(repeatable.text)
            except psycopg.DatabaseError as error:
                # A lock or a lost server is not the fault of this file.
                if isinstance(error, psycopg.OperationalError):  # a wait or a broken session
                    raise
                left.append(repeatable)
                needs = kept.get((repeatable.kind, repeatable.name))
                failed.append(f"{repeatable.place}: {error.diag.message_primary}" + (f" ({needs})" if needs else ""))
        if len(left) == len(before):
            raise SettingsError(f"functions or views cannot be made, and nothing was changed: {'; '.join(failed)}")


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Names the migration that failed. Waits and broken sessions pass through: they are not its fault."""
    try:
        yield
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError as error:
        raise SettingsError(f"{name} cannot be applied, and nothing was changed: {error}") from error


def _note_migration(connection: Connection, migration: Migration) -> None:
    values = {"version": migration.version, "name": migration.name, "sha256": migration.sha256}
    connection.execute(statement("database/note_migration"), values | {"contract": migration.contract})


def _note(connection: Connection, kind: str, name: str, digest: str | None) -> None:
    connection.execute(statement("database/note_object"), {"kind": kind, "name": name, "sha256": digest})


def _set_time_outs(connection: Connection, database: Database) -> None:
    # A pooler may know the database by another name.
    row = connection.execute("SELECT current_database() AS name").fetchone() or {}
    name = sql.Identifier(row["name"])
    for setting, seconds in (
        ("statement_timeout", database.statement_timeout_s),
        ("lock_timeout", database.lock_timeout_s),
        ("idle_in_transaction_session_timeout", database.idle_in_transaction_s),
    ):
        # PostgreSQL has no time-outs by default, and sessions of other tools set none.
        command = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}")
        connection.execute(command.format(name, sql.Identifier(setting), f"{seconds}s"))
