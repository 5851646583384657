"""Databases that are empty or old, and files of the schema that a test may change."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sandbox.services.servers import PostgreSQL
from tests.bridge import opening
from tests.integration.conftest import make_bridge, outside  # noqa: F401 - fixtures
from tides.database import migrations
from tides.database.migrations import Migrated, Waits
from tides.database.schema_files import read_files
from tides.database.statements import SQL
from tides.evaluation.surveys import note_surveys
from tides.settings.model import DEFAULT_FILE, load_settings

SETTINGS = load_settings(DEFAULT_FILE).database


class Place:
    """A database without a schema, and a copy of the schema's files."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        self.lines: list[str] = []
        for name in ("migrations", "schema"):
            shutil.copytree(SQL / name, folder / name)
        self.connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def migrate(self, lines: list[str] | None = None, **waits: Any) -> Migrated:
        """Migrates with the files as they are in the folder, as the command does; what it says is in `lines`."""
        say = (self.lines if lines is None else lines).append
        how: dict[str, Any] = {"waits": Waits(**waits), "files": read_files(self.folder)}
        return migrations.migrate(opening(self.url, "ada"), SETTINGS, say=say, also=note_surveys, **how)

    def write(self, name: str, text: str) -> None:
        """Writes a file below the folder, like `migrations/0014_x.sql`."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def add(self, text: str, name: str = "added") -> str:
        """A further migration; returns its name."""
        number = len(list((self.folder / "migrations").glob("*.sql"))) + 1
        self.write(f"migrations/{number:04d}_{name}.sql", text)
        return f"{number:04d}_{name}.sql"

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces words in a file."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query gives."""
        return self.connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def make_place(postgres: PostgreSQL, tmp_path: Path) -> Iterator[Callable[[], Place]]:
    """Makes places."""
    made: list[tuple[Place, str]] = []

    def make() -> Place:
        name = postgres.create_database("empty")
        made.append((Place(postgres.url(name), tmp_path / name), name))
        return made[-1][0]

    yield make
    for place, name in made:
        place.connection.close()
        postgres.drop_database(name)


@pytest.fixture
def place(make_place: Callable[[], Place]) -> Place:
    """A database without a schema, and a copy of the schema's files."""
    return make_place()


@pytest.fixture
def migrated(place: Place) -> Place:
    """The same, with the schema of the files as they are."""
    place.migrate()
    return place
