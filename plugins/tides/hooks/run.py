"""The frame of a task that writes in the name of its run: Airflow's run, the attempt of it, and the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from airflow.sdk import Context, get_current_context

from tides.database.session import Connection
from tides.hooks.database import demand_schema_first, open_database
from tides.journal.lost_runs import close_lost
from tides.journal.runs import Begun, attempts_of, begin
from tides.runs.airflow import begun, ended_as, failed_before, step
from tides.runs.context import RunContext

BRIDGE = "tides_bridge"
REPORTING = (BRIDGE, "tides_reconcile")
"""The DAGs whose runs have a row in `bridge_run`."""


@contextmanager
def in_run(application: str, label: str | None = None) -> Iterator[tuple[RunContext, Connection]]:
    """A task's work as `step`, with a session of the bridge's database named `application`.

    The run's `run_id` is that of the attempt. Raises what `step` and `open_database` raise.
    """
    with step(label) as run:
        with open_database(application) as database:
            attempt = begin_attempt(database, run)
            if attempt == run:
                yield run, database
                return
        # `tides_history` names the attempt beside each step.
        with open_database(application, by=attempt.run_id) as database:
            yield attempt, database


def begin_sql_step(context: Context) -> None:
    """The `pre_execute` of an SQL task, called with the task's context.

    It checks the schema, and gives the statements the id of the attempt.
    Raises AirflowFailException, so that no retry is made, when this code cannot work with the database's schema.
    """
    demand_schema_first(context)
    with step() as run, open_database("sql-step") as database:
        attempt = begin_attempt(database, run)
    parameters = context["task"].parameters  # type: ignore[union-attr]  # only SQL operators come here
    # Airflow has filled in its own run id, which it gives to every attempt.
    if "run_id" in parameters:
        parameters["run_id"] = attempt.run_id


def begin_attempt(connection: Connection, run: RunContext) -> RunContext:
    """The run with the id of this attempt, which is noted by its first task. That one looks for runs that were lost."""
    dag_id = get_current_context()["dag_run"].dag_id
    run_id, new = begin(connection, _begun(dag_id, run, begun()))
    if new and dag_id in REPORTING:
        # A run of which no task came as far as the database has not noted itself.
        if (before := failed_before()) and not attempts_of(connection, before[0].run_id):
            begin(connection, _begun(dag_id, *before))
        close_lost(connection, dag_id, run_id, ended_as)
    return replace(run, run_id=run_id)


def _begun(dag_id: str, run: RunContext, started_at: datetime) -> Begun:
    lane = run.lane if dag_id == BRIDGE else dag_id.removeprefix("tides_")
    return Begun(run.run_id, lane, started_at, run.start, run.end, dag_id)
