"""The files that make the schema: numbered migrations, functions and views that can be made again, and the rights."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tides.database.statements import SQL
from tides.errors import SettingsError

FORM = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")
"""The name of a migration: its number, and a word for its content."""

HEAD = re.compile(r"^-- (contract|optional): (\S.*)$", re.MULTILINE)
"""The words of a migration about itself, in its first comment; include/sql/migrations/README.md explains them."""


@dataclass(frozen=True)
class Migration:
    """One step of the tables. `contract` and `optional` are what its head says, None where it does not."""

    version: int
    name: str
    text: str
    sha256: str
    contract: str | None
    optional: str | None


@dataclass(frozen=True)
class Repeatable:
    """A function or a view, made again whenever the schema changes."""

    kind: Literal["function", "view"]
    name: str
    text: str
    sha256: str

    @property
    def place(self) -> str:
        """Its file below `include/sql`."""
        return f"schema/{self.kind}s/{self.name}.sql"


@dataclass(frozen=True)
class SchemaFiles:
    """All files of the schema, the migrations in the order of their numbers."""

    migrations: tuple[Migration, ...]
    repeatables: tuple[Repeatable, ...]
    grants: str
    """What the group roles may do, as SQL."""

    @property
    def newest(self) -> int:
        """The version that all migrations give."""
        return self.migrations[-1].version

    @property
    def oldest(self) -> int:
        """The oldest version that this code works with: all later migrations say that they are optional."""
        return next(m.version for m in reversed(self.migrations) if m.optional is None)


def read_files(folder: Path = SQL) -> SchemaFiles:
    """Reads `migrations/NNNN_NAME.sql`, `schema/functions/NAME.sql`, `schema/views/NAME.sql` and `schema/grants.sql`.

    They stand below the folder.

    Raises SettingsError when a name has another form, when two files have one number, and when a number is left out.
    """
    files = sorted((folder / "migrations").glob("*.sql"))
    if bad := [f.name for f in files if not FORM.fullmatch(f.name)]:
        raise SettingsError(f"{', '.join(bad)} in include/sql/migrations: name it NNNN_name.sql, in small letters")
    migrations = tuple(_migration(f) for f in files)
    for expected, found in enumerate(migrations, start=1):
        if found.version < expected:
            twins = [m.name for m in migrations if m.version == found.version]
            raise SettingsError(f"{' and '.join(twins)} have one number: give the newer one the next free number")
        if found.version > expected:
            raise SettingsError(
                f"include/sql/migrations has no {expected:04d} before {found.name}: leave no number out"
            )
    if not migrations:
        raise SettingsError(f"there is no migration in {folder / 'migrations'}")
    functions = [_repeatable("function", f) for f in sorted((folder / "schema" / "functions").glob("*.sql"))]
    views = [_repeatable("view", f) for f in sorted((folder / "schema" / "views").glob("*.sql"))]
    grants = "\n".join(f.read_text(encoding="utf-8") for f in (folder / "schema").glob("grants.sql"))
    return SchemaFiles(migrations, (*functions, *views), grants)


def _migration(file: Path) -> Migration:
    text, digest = _read(file)
    head = "\n".join(_first_comment(text))
    said = dict(HEAD.findall(head))
    return Migration(int(file.name[:4]), file.name, text, digest, said.get("contract"), said.get("optional"))


def _repeatable(kind: Literal["function", "view"], file: Path) -> Repeatable:
    text, digest = _read(file)
    return Repeatable(kind, file.stem, text, digest)


def _read(file: Path) -> tuple[str, str]:
    # The bytes as they are: a hash over decoded text would depend on line ends.
    content = file.read_bytes()
    return content.decode("utf-8"), sha256(content).hexdigest()


def _first_comment(text: str) -> list[str]:
    lines = text.splitlines()
    end = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return lines[:end]
