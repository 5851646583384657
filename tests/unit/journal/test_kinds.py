"""Each kind of event is explained, and SQL files write no other."""

import re
from pathlib import Path

import pytest

from tides.journal.kinds import AT_ONCE, Kind

SQL = Path(__file__).parents[3] / "include" / "sql"
STEPS = [f.read_text("utf-8") for f in sorted(SQL.rglob("*.sql")) if f.parent.name != "migrations"]
WRITTEN_IN_SQL = {Kind.TOO_MANY_MERGES, Kind.RECURRENT, Kind.RECLASSIFIED, Kind.BROKER_LOST, Kind.TAKEN_BACK}
TEXTS = (
    r"INSERT INTO tides\.event\b[^;]*?\bSELECT\s+'([^']+)'",
    r"\bkind, (?:\w+\.)?subject\) = \('([^']+)'",
    r"\b(?:THEN|ELSE) '([^']+ target)'",
    r"\btides\.event\s+WHERE kind = '([^']+)'",
)
"""Where an SQL file names a kind: it writes an event, closes one, or counts them."""


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_says_what_it_means_what_to_do_and_when_it_ends(kind):
    assert kind.meaning
    assert kind.remedy
    assert kind.ends == AT_ONCE or len(kind.ends.split()) > 2


def test_the_value_of_a_kind_is_its_text_alone():
    assert Kind("missing at 4MOST") is Kind.MISSING
    assert f"{Kind.MISSING}" == Kind.MISSING.value == "missing at 4MOST"


def test_no_two_kinds_have_one_text():
    assert len(Kind.__members__) == len({kind.value for kind in Kind})


def test_the_kinds_that_sql_files_name_are_those_of_the_list():
    steps = [step for step in STEPS if "tides.event" in step]
    named = {text for step in steps for pattern in TEXTS for text in re.findall(pattern, step)}
    assert named == WRITTEN_IN_SQL
