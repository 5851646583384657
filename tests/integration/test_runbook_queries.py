"""Every question to the database that the runbook tells is run as written."""

import re
from pathlib import Path

import psycopg
import pytest

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", RUNBOOK, re.DOTALL)
QUESTIONS = [question.strip() for block in BLOCKS for question in block.split(";") if question.strip()]


def test_the_runbook_has_questions():
    assert len(QUESTIONS) > 6


@pytest.mark.parametrize("question", QUESTIONS, ids=[" ".join(question.split())[:60] for question in QUESTIONS])
def test_a_question_of_the_runbook_can_be_asked(database, question):
    with psycopg.connect(database) as connection:
        connection.execute(question.encode())
