"""Writes `include/sql/schema/schema.sql`: what migrations, functions and views together make of an empty database."""

import re
import tempfile
from pathlib import Path

from sandbox.services.servers import PostgreSQL
from tests.bridge import opening
from tides.database.migrations import migrate
from tides.database.statements import SQL
from tides.settings.model import DEFAULT_FILE, load_settings

FILE = SQL / "schema" / "schema.sql"

HEAD = """\
-- The whole schema, as all migrations, functions and views together give it: to be read, and never run or edited.
-- `make schema` writes it; tests/migration/test_schema.py compares it with what `migrate` makes.
"""


def schema_of(postgres: PostgreSQL, database: str) -> str:
    """The schema `tides` of a database as SQL, without what differs from one dump to the next."""
    text = postgres.dump(database, "--schema-only")
    text = re.sub(r"^(--|\\(un)?restrict |SET |SELECT pg_catalog\.).*\n", "", text, flags=re.MULTILINE)
    return HEAD + "\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def main() -> None:
    """Writes the file anew, from a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql", durable=False) as postgres:
            name = postgres.create_database("schema")
            migrate(opening(postgres.url(name)), load_settings(DEFAULT_FILE).database)
            FILE.write_text(schema_of(postgres, name), encoding="utf-8")
    print(f"{FILE.relative_to(SQL.parents[1])} is written")


if __name__ == "__main__":
    main()
