"""Attempts that ended without their report: the next run writes what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import in_markdown
from tides.journal.events import record_event
from tides.journal.kinds import Kind
from tides.journal.red_tasks import end_killed

SUPERSEDED = "cleared"
"""The state of an attempt whose run has begun anew."""

LINES = (
    ("verdicts in this run", "verdicts_new"),
    ("objects selected in this run", "selected"),
    ("created at 4MOST", "created"),
    ("sent to 4MOST in this run", "sent"),
    ("of these deactivated", "deactivated"),
)


@dataclass(frozen=True)
class _Open:
    """An attempt without a row; `superseded` says that its run has begun anew since."""

    run_id: str
    dag_run_id: str
    attempt: int
    lane: str
    started_at: datetime
    superseded: bool


def close_lost(connection: Connection, dag_id: str, run_id: str, state_of: Callable[[str], str | None]) -> list[str]:
    """Writes the row and the report of each attempt of a DAG that ended without them; gives their ids.

    `run_id` is the attempt that asks. `state_of` gives the state in which a run has ended, by Airflow's run id. None
    says that it goes on, or that nobody knows: then a later run asks again.
    """
    given = {"dag_id": dag_id, "run_id": run_id}
    with connection.cursor(row_factory=class_row(_Open)) as cursor:
        found = cursor.execute(statement("journal/open_attempts"), given).fetchall()
    closed = []
    for lost in found:
        state = SUPERSEDED if lost.superseded else state_of(lost.dag_run_id)
        if state and _close(connection, lost, state, run_id):
            closed.append(lost.run_id)
    return closed


def _close(connection: Connection, lost: _Open, state: str, by: str) -> bool:
    where = {"run_id": lost.run_id, "started_at": lost.started_at}
    known = connection.execute(statement("journal/known_of_attempt"), where).fetchone() or {}
    last = known.pop("last_sign", None)
    given: dict[str, object] = {"run_id": lost.run_id, "airflow_state": state}
    given["report"] = _markdown(lost, state, last, known, by)
    with connection.transaction():
        failed = [task.name for task in end_killed(connection, lost.run_id)]
        given["counts"] = Jsonb({**known, "failed": failed})
        # Two runs may see the same attempt at once, and only one writes its row.
        if connection.execute(statement("journal/close_attempt"), given).fetchone() is None:
            return False
        # Without a red task nothing is wrong: a person has cleared tasks and not the report.
        if state != "success":
            record_event(connection, Kind.RUN_LOST, lost.run_id, {"state": state, "run": by})
    return True


def _markdown(lost: _Open, state: str, last: datetime | None, known: dict[str, int], by: str) -> str:
    sign = f"It last wrote at {last:%Y-%m-%d %H:%M:%S} UTC." if last else "It wrote no verdict and sent nothing."
    numbers = "\n".join(f"- {words}: {known[key]}" for words, key in LINES)
    return (
        f"# TiDES bridge: ended without a report, lane {lost.lane}\n\n"
        f"Run `{lost.run_id}`, begun {lost.started_at:%Y-%m-%d %H:%M:%S} UTC. Airflow's state:"
        f" {in_markdown(state)}. {sign} Run `{by}` wrote this from the tables. Nothing is lost: the next run takes up"
        f" what waits.\n\n{numbers}\n"
    )
