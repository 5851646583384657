"""Which SQL file changes which columns of `tides.fourmost_target`, where we keep what 4MOST should hold and holds."""

import re
from pathlib import Path

SQL = Path(__file__).parents[3] / "include" / "sql"

THE_MARK = {"sending_since", "attempt", "before_told", "told"}
THE_REFUSAL = {"refusal", "refused", "not_before"}
THE_FAILURES = {"failed_in", "failing_since"}
THE_RELEASE = {"held", "held_since", "released_by", "released_at"}

WRITES = {
    "fourmost/store_wanted": {"state", "wanted", "priority", "problem", "refusal"},
    "fourmost/mark_sending": THE_MARK | {"in_bulk", "wanted", "date_latest"},
    "fourmost/store_told": THE_MARK
    | THE_REFUSAL
    | THE_FAILURES
    | {"told_at", "released_by", "released_at", "date_ingested"},
    "fourmost/put_back": THE_MARK | THE_REFUSAL,
    "fourmost/put_back_unclear": THE_MARK | THE_REFUSAL | THE_FAILURES,
    "fourmost/adopt_row": THE_MARK
    | THE_REFUSAL
    | THE_FAILURES
    | {"name", "told_at", "held", "held_since", "date_latest", "date_ingested"},
    "fourmost/record_ingestion": {"date_ingested"},
    "fourmost/take_their_word": {"told", "told_at", "refusal", "refused"},
    "fourmost/take_back_refusals": THE_REFUSAL | {"attempt"},
    "fourmost/release_refused": THE_REFUSAL | {"attempt"},
    "fourmost/hold_changes": THE_RELEASE,
    "fourmost/release_run": THE_RELEASE,
    "fourmost/release_initial": THE_RELEASE,
    "targets/rename": {"name"},
}
INSERTS = {
    "fourmost/store_wanted": {"id", "name", "state", "wanted", "priority", "problem"},
    "fourmost/adopt_row": {"id", "name", "state", "told", "told_at", "date_latest", "date_ingested"},
}

CHANGE = re.compile(
    r"UPDATE tides\.fourmost_target\b.*?\bSET (.*?)\n\s*(?:FROM|WHERE|RETURNING)\b"
    r"|INSERT INTO tides\.fourmost_target\b[^;]*?DO UPDATE\s+SET (.*?)(?:\nWHERE\b|;)",
    re.DOTALL,
)
ROW = re.compile(r"INSERT INTO tides\.fourmost_target(?: AS \w+)? \(([^)]*)\)")


def steps() -> dict[str, str]:
    files = [file for file in SQL.rglob("*.sql") if file.parent.name != "migrations"]
    return {str(file.relative_to(SQL).with_suffix("")): file.read_text(encoding="utf-8") for file in files}


def columns(settings: str) -> set[str]:
    """The columns that a SET names, each on a line of its own."""
    return set(re.findall(r"^\s*(\w+) = ", settings, re.MULTILINE))


def test_each_column_is_changed_by_these_files_and_no_others():
    changed = {
        place: {column for found in CHANGE.findall(step) for part in found for column in columns(part)}
        for place, step in steps().items()
    }
    assert {place: names for place, names in changed.items() if names} == WRITES


def test_rows_are_made_by_these_files_and_dropped_by_none():
    made = {place: set(ROW.search(step)[1].split(", ")) for place, step in steps().items() if ROW.search(step)}
    assert made == INSERTS
    assert [place for place, step in steps().items() if "DELETE FROM tides.fourmost_target" in step] == []
