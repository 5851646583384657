"""The schema that `migrate` makes: as it is written in schema.sql, from whatever version it starts."""

import pytest

from tests.migration.schema_file import FILE, schema_of
from tides.database.schema_files import read_files

LANDED = 13


def test_schema_sql_is_what_migrate_makes_of_an_empty_database(postgres, migrated_database):
    assert schema_of(postgres, migrated_database) == FILE.read_text(encoding="utf-8"), "run `make schema`"


@pytest.mark.parametrize("version", range(1, LANDED + 1))
def test_a_database_that_alembic_brought_to_any_version_comes_to_the_same_schema(postgres, place, version):
    files = read_files(place.folder).migrations
    place.connection.execute("CREATE SCHEMA tides")
    for file in files[:version]:
        place.connection.execute(file.text)
    place.connection.execute(
        "CREATE TABLE tides.schema_version"
        " (version_num varchar(32) NOT NULL, CONSTRAINT schema_version_pkc PRIMARY KEY (version_num))"
    )
    place.connection.execute("INSERT INTO tides.schema_version VALUES (%s)", (f"{version:04d}",))
    applied = place.migrate().applied
    assert [name for name in applied if "/" not in name] == [file.name for file in files[version:]]
    assert schema_of(postgres, place.connection.info.dbname) == FILE.read_text(encoding="utf-8")
