"""The frame of a task that writes in the name of its run: Airflow's run, the attempt of it, and the database."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import get_current_context

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.hooks.database import CONNECTION_ID, DatabaseHook, open_database
from tides.journal.lost_runs import close_lost
from tides.journal.red_tasks import Ended, Instance, Red, note_begun, note_done, note_red, red_tasks
from tides.journal.runs import Begun, attempts_of, begin
from tides.runs.airflow import ALL_GOOD, begun, ended_as, failed_before, runbook, step, why
from tides.runs.assets import changed
from tides.runs.context import BRIDGE, RunContext

log = logging.getLogger(__name__)

REPORTING = (BRIDGE, "tides_reconcile")
"""The DAGs whose runs have a row in `bridge_run`."""


@contextmanager
def in_run(application: str) -> Iterator[tuple[RunContext, Connection]]:
    """A task's work as `step`, with a session of the bridge's database named `application`.

    The run's `run_id` is that of the attempt. While the task works, and when it has failed, it has a row of `run_task`.
    Raises what `step` and `open_database` raise.
    """
    with step() as run, ExitStack() as sessions:
        database = sessions.enter_context(open_database(application))
        attempt = begin_attempt(database, run)
        if attempt != run:
            # `tides_history` names the attempt beside each step.
            database.close()
            database = sessions.enter_context(open_database(application, by=attempt.run_id))
        task = _instance(attempt.run_id)
        note_begun(database, task)
        try:
            yield attempt, database
        except BaseException as error:
            _note_red(task, error)
            raise
        # What the task has stored holds without this. The report asks Airflow how each task ended.
        with suppress(psycopg.Error):
            note_done(database, task)


def _instance(run_id: str) -> Instance:
    task_instance: Any = get_current_context()["ti"]
    label = task_instance.rendered_map_index
    return Instance(run_id, task_instance.task_id, task_instance.map_index, label)


def _note_red(task: Instance, error: BaseException) -> None:
    """Notes why a task has failed, where the database can be reached: the session in use may be what broke."""
    try:
        with open_database("red") as database:
            note_red(database, task, *why(error))
    # Whatever keeps it from being noted, the task's own error is the one to be seen.
    except Exception as other:
        log.info("why this task failed could not be noted: %s", quoted(str(other)))


def red_so_far(connection: Connection, run_id: str) -> Red:
    """The tasks of this run that are red, for the report of the attempt `run_id`."""
    context = get_current_context()
    task_instance: Any = context["ti"]
    found = task_instance.get_task_breadcrumbs(context["dag_run"].dag_id, context["dag_run"].run_id)
    ended = [Ended(each["task_id"], each["map_index"], each["state"]) for each in found]
    # The last task only repeats the others.
    return Red(red_tasks(connection, run_id, [each for each in ended if each.task_id != ALL_GOOD]), runbook())


class SqlStep(SQLExecuteQueryOperator):
    """Airflow's operator for SQL, with our session, in the name of the attempt."""

    _attempt: str | None = None

    def get_db_hook(self) -> DatabaseHook:
        """The one way to the database. The operator's own would go by the connection's type."""
        return DatabaseHook("sql-step", by=self._attempt)

    def execute(self, context: Any) -> None:
        """Runs the file as one transaction. Raises what `step` and `open_database` raise."""
        with in_run("sql-step") as (attempt, database):
            self._attempt = attempt.run_id
            # Airflow has filled in its own run id, which it gives to every attempt.
            if isinstance(self.parameters, dict) and "run_id" in self.parameters:
                self.parameters["run_id"] = attempt.run_id
            hook = self.get_db_hook()
            # The statements fill the log, and an error would stand below them all. Airflow shows them with the task.
            hook.log_sql = False
            hook.run(self.sql, parameters=self.parameters, split_statements=bool(self.split_statements))
            for asset in self.outlets:
                where = {"by": attempt.run_id, "since": begun()}
                changed(asset, database.execute(statement("targets/steps_of_run"), where).fetchone() or {})


def sql_step(place: str, parameters: dict[str, str], **options: Any) -> SqlStep:
    """A task that runs `include/sql/PLACE.sql` on the bridge's database, named as the file.

    Nothing of the task goes into an XCom or a log.
    """
    return SqlStep(
        task_id=place.rpartition("/")[2],
        sql=f"{place}.sql",
        parameters=parameters,
        conn_id=CONNECTION_ID,
        # One operator is one transaction: a temporary table lives in it, and an error undoes all of it.
        split_statements=True,
        do_xcom_push=False,
        show_return_value_in_logs=False,
        **options,
    )


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
