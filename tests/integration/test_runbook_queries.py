"""Every question to the database that the runbook tells is run as written, and finds what there is to find."""

import re
from pathlib import Path

import psycopg
import pytest

from tests.builders import AN_ID, an_lsst_message

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", RUNBOOK, re.DOTALL)
QUESTIONS = [question.strip() for block in BLOCKS for question in block.split(";") if question.strip()]
FOUND_AFTER_A_RUN = ("fourmost_exchange", "SELECT name, active, why", "FROM tides.verdict WHERE")
"""Parts of the questions that have an answer as soon as one target is told."""


def test_the_runbook_has_questions():
    assert len(QUESTIONS) > 6


@pytest.mark.parametrize("question", QUESTIONS, ids=[" ".join(question.split())[:60] for question in QUESTIONS])
def test_a_question_of_the_runbook_can_be_asked_and_finds_nothing_in_an_empty_database(database, question):
    with psycopg.connect(database) as connection:
        answer = connection.execute(question.encode())
        assert answer.rowcount == 0
        assert (answer.description is None) == question.startswith("INSERT")


@pytest.mark.parametrize("part", FOUND_AFTER_A_RUN)
def test_a_question_about_a_target_finds_it_after_a_run(bridge, part):
    bridge.publish("lsst", an_lsst_message())
    bridge.run()
    (question,) = [question for question in QUESTIONS if part in question]
    name = bridge.row("SELECT name FROM tides.tides_master")["name"]
    asked = question.replace("TiDES26aaa", name).replace("ZTF26aaabbcc", str(AN_ID))
    assert bridge.rows(asked)
