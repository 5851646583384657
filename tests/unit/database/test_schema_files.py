"""The files that make the schema: numbers, names, hashes and heads."""

from hashlib import sha256

import pytest

from tides.database.schema_files import read_files
from tides.errors import SettingsError


@pytest.fixture
def folder(tmp_path):
    for name in ("migrations", "schema/functions", "schema/views"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def write(folder, *files):
    for place, text in files:
        (folder / place).write_text(text, encoding="utf-8")


def test_the_files_of_the_house_have_numbers_without_a_gap_and_heads():
    files = read_files()
    assert [m.version for m in files.migrations] == list(range(1, files.newest + 1))
    assert files.newest >= 13
    assert len(files.repeatables) >= 18
    assert [m.name for m in files.migrations if not m.text.startswith("-- ") and m.version > 4] == []


def test_each_function_and_view_of_the_house_is_alone_in_a_file_of_its_name():
    for repeatable in read_files().repeatables:
        made = f"CREATE OR REPLACE {repeatable.kind.upper()} tides.{repeatable.name}"
        assert repeatable.text.startswith("-- "), repeatable.place
        assert repeatable.text.count("CREATE OR REPLACE ") == repeatable.text.count(made) == 1, repeatable.place


def test_a_migration_has_its_number_its_hash_and_what_its_head_says(folder):
    index = "-- An index.\n-- optional: it is quicker with it\nCREATE INDEX i ON tides.a (b);\n"
    taken = "-- A column goes.\n-- contract: 1.2.0\n-- Nothing reads it.\nALTER TABLE tides.a DROP COLUMN c;\n"
    write(folder, ("migrations/0001_index.sql", index), ("migrations/0002_taken.sql", taken))
    first, second = read_files(folder).migrations
    assert (first.version, first.name, first.optional, first.contract) == (
        1,
        "0001_index.sql",
        "it is quicker with it",
        None,
    )
    assert first.sha256 == sha256(index.encode()).hexdigest()
    assert (second.version, second.optional, second.contract) == (2, None, "1.2.0")


def test_what_is_said_below_the_head_does_not_count(folder):
    write(folder, ("migrations/0001_first.sql", "-- A table.\nCREATE TABLE tides.a (b text);\n-- contract: 1.2.0\n"))
    assert read_files(folder).migrations[0].contract is None


def test_the_oldest_version_that_the_code_works_with_is_the_newest_that_is_not_optional(folder):
    write(folder, ("migrations/0001_a.sql", "-- a\n"), ("migrations/0002_b.sql", "-- b\n"))
    assert read_files(folder).oldest == 2
    write(folder, ("migrations/0003_c.sql", "-- c\n-- optional: an index\n"))
    assert (read_files(folder).oldest, read_files(folder).newest) == (2, 3)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0001_a.sql", "0001_b.sql"], "0001_a.sql and 0001_b.sql have one number"),
        (["0001_a.sql", "0003_c.sql"], "no 0002 before 0003_c.sql"),
        (["0002_b.sql"], "no 0001 before 0002_b.sql"),
        (["0001_a.sql", "2_b.sql"], "2_b.sql in include/sql/migrations"),
        (["0001_a.sql", "0002-b.sql"], "0002-b.sql in include/sql/migrations"),
        (["0001_a.sql", "0002_Big.sql"], "0002_Big.sql in include/sql/migrations"),
        ([], "there is no migration"),
    ],
)
def test_files_of_one_number_gaps_and_bad_names_are_refused_by_name(folder, names, words):
    write(folder, *((f"migrations/{name}", "-- text\n") for name in names))
    with pytest.raises(SettingsError, match=words):
        read_files(folder)
