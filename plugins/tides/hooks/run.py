"""The frame of a task that writes in the name of its run: Airflow's run, the attempt of it, and the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import get_current_context

from tides.database.session import Connection
from tides.database.statements import statement
from tides.hooks.database import CONNECTION_ID, DatabaseHook, open_database
from tides.journal.lost_runs import close_lost
from tides.journal.runs import Begun, attempts_of, begin
from tides.runs.airflow import begun, ended_as, failed_before, step
from tides.runs.assets import changed
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


class SqlStep(SQLExecuteQueryOperator):
    """Airflow's operator for SQL, with our session, in the name of the attempt."""

    _attempt: str | None = None

    def get_db_hook(self) -> DatabaseHook:
        """The one way to the database. The operator's own would go by the connection's type."""
        return DatabaseHook("sql-step", by=self._attempt)

    def execute(self, context: Any) -> None:
        """Runs the file as one transaction. Raises what `step` and `open_database` raise."""
        with step() as run:
            with open_database("sql-step") as database:
                self._attempt = begin_attempt(database, run).run_id
            # Airflow has filled in its own run id, which it gives to every attempt.
            if isinstance(self.parameters, dict) and "run_id" in self.parameters:
                self.parameters["run_id"] = self._attempt
            super().execute(context)  # type: ignore[no-untyped-call]
            for asset in self.outlets:
                changed(asset, self._counts())

    def _counts(self) -> dict[str, int]:
        """How many targets the attempt has switched so far, by step, and how many are live."""
        with open_database("sql-step", read_only=True) as database:
            where = {"by": self._attempt, "since": begun()}
            steps = database.execute(statement("targets/steps_of_run"), where).fetchone()
        return dict(steps or {})


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
