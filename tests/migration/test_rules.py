"""From 0014 on a migration works with the code before it and after it: rules 2 and 5 of its folder's README."""

import pytest

from tests.migration.rules import broken_rules
from tides.database.schema_files import read_files
from tides.database.statements import SQL

LANDED = 13
SINCE = [m for m in read_files().migrations if m.version > LANDED]


def breaks(folder, text):
    """What a migration of this text breaks."""
    (folder / "migrations").mkdir(exist_ok=True)
    file = folder / "migrations" / "0001_tried.sql"
    file.write_text(text, encoding="utf-8")
    return broken_rules(read_files(folder).migrations[0], file)


def test_each_migration_since_0013_works_with_the_code_before_it():
    assert {m.name: broken_rules(m, SQL / "migrations" / m.name) for m in SINCE} == {m.name: [] for m in SINCE}


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE tides.event DROP COLUMN subject;", "ban-drop-column"),
        ("DROP TABLE tides.event;", "ban-drop-table"),
        ("ALTER TABLE tides.event RENAME COLUMN subject TO about;", "renaming-column"),
        ("ALTER TABLE tides.event RENAME TO happening;", "renaming-table"),
        ("ALTER TABLE tides.event ALTER COLUMN seen TYPE bigint;", "changing-column-type"),
        ("ALTER TABLE tides.event ADD COLUMN a text NOT NULL;", "adding-required-field"),
        ("ALTER TABLE tides.event ALTER COLUMN closed_at SET NOT NULL;", "adding-required-field"),
        ("ALTER TABLE tides.event ALTER COLUMN subject DROP NOT NULL;", "ban-drop-not-null"),
        ("ALTER TYPE tides.why RENAME VALUE 'new' TO 'fresh';", "renaming-object"),
        ("DROP TYPE tides.why;", "ban-drop-type"),
        ("DROP SEQUENCE tides.numbers;", "ban-drop-sequence"),
    ],
)
def test_what_takes_something_from_the_code_before_is_refused_unless_the_head_names_the_release(
    tmp_path, statement, rule
):
    assert [f.split(":")[0] for f in breaks(tmp_path, f"-- It goes.\n{statement}\n")][:1] == [rule]
    assert breaks(tmp_path, f"-- It goes.\n-- contract: 0.3.0\n{statement}\n") == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE tides.further (name text PRIMARY KEY, made timestamptz NOT NULL);",
        "ALTER TABLE tides.event ADD COLUMN a text;",
        "ALTER TABLE tides.event ADD COLUMN a text NOT NULL DEFAULT '';",
        "ALTER TABLE tides.event ADD COLUMN a text DEFAULT '';\nALTER TABLE tides.event ALTER COLUMN a SET NOT NULL;",
        "CREATE INDEX event_seen ON tides.event (seen);",
        "CREATE TYPE tides.why AS ENUM ('new', 'live');",
        "ALTER TYPE tides.why ADD VALUE IF NOT EXISTS 'faint';",
        "ALTER TABLE tides.event DROP CONSTRAINT c;\nALTER TABLE tides.event ADD CONSTRAINT c CHECK (seen > 0);",
        "UPDATE tides.event SET seen = 1 WHERE seen = 0;",
    ],
)
def test_what_only_adds_is_allowed(tmp_path, statement):
    assert breaks(tmp_path, f"-- More.\n{statement}\n") == []


def test_a_table_without_its_schema_is_refused(tmp_path):
    assert [f.split(":")[0] for f in breaks(tmp_path, "-- A column.\nALTER TABLE event ADD COLUMN a text;\n")] == [
        "require-table-schema"
    ]


def test_a_value_of_a_type_is_added_so_that_it_can_be_added_beforehand(tmp_path):
    assert [f.split(":")[0] for f in breaks(tmp_path, "-- A value.\nALTER TYPE tides.why ADD VALUE 'faint';\n")] == [
        "add-value-once"
    ]
