"""What a check of objects has found, kept in the database: a row an object, and the report of the run."""

import json
from datetime import datetime

from tides.checks.check import Row
from tides.checks.objects import Answer
from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.journal.runs import Finished, store_run
from tides.runs.context import RunContext

LANE = "check_objects"
"""The lane of the rows of checks in `bridge_run`."""


def keep(
    connection: Connection, run: RunContext, started_at: datetime, answer: Answer, where: str | None = None
) -> str:
    """Stores what became of each object, and the report, which it gives. Can be repeated.

    `started_at` (UTC) is when the run has begun, `where` the place of its files. The run counts as good when one object
    has a verdict.
    """
    # What cannot be seen in an id is written out: PostgreSQL takes not every character.
    rows = list({quoted(row.object_id): _row(row) for row in answer.rows}.values())
    about = {"survey": answer.survey, "function": answer.function.name, "function_hash": answer.function.hash}
    counts = {"asked": len(answer.rows), "judged": answer.judged, **about, "function_keys": answer.function.written}
    report = answer.in_words(where)
    finished = Finished(run.run_id, LANE, started_at, None, None, answer.judged > 0, counts, report)
    with connection.transaction():
        given = {"run_id": run.run_id, **about, "rows": json.dumps(rows, allow_nan=False)}
        connection.execute(statement("checks/store_checked"), given)
        store_run(connection, finished)
    return report


def _row(row: Row) -> dict[str, object]:
    return {
        "object_id": quoted(row.object_id),
        "passed": row.passed,
        "trigger_jd": row.trigger_jd,
        "passes_now": row.passes_now,
        "control": row.control,
        "criteria": row.criteria,
        "error": quoted("; ".join(row.reasons)) if row.passed is None else None,
    }
