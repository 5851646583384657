"""The SQL steps of the hourly run: one file each, run by Airflow's own operator as one transaction."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import Context

from tides.database.session import lock_parameters
from tides.functions.functions import InUse
from tides.settings.model import Settings

RUN = {
    "run_id": "{{ run_id }}",
    "lane": "{{ run_of(dag_run).lane }}",
    "as_of": "{{ run_of(dag_run).as_of or '' }}",
    "live": "{{ run_of(dag_run).live }}",
    "dry": "{{ run_of(dag_run).dry }}",
}
"""The facts of the run that each step on the master gets, as templates that Airflow fills in."""


def master_parameters(settings: Settings, functions: Sequence[InUse]) -> dict[str, str]:
    """The parameters of the steps on the master. `functions` are those in use."""
    return {
        **RUN,
        **lock_parameters(settings.database),
        **settings.as_parameters(),
        "functions": json.dumps(functions),
    }


def sql_step(
    place: str, parameters: dict[str, str], first: Callable[[Context], None], **options: Any
) -> SQLExecuteQueryOperator:
    """A task that runs `include/sql/PLACE.sql` on the bridge's database, named as the file.

    `first` is called with the task's context before it. Nothing of the task goes into an XCom or a log.
    """
    return SQLExecuteQueryOperator(
        task_id=place.rpartition("/")[2],
        sql=f"{place}.sql",
        parameters=parameters,
        conn_id="tides_db",
        # One operator is one transaction: a temporary table lives in it, and an error undoes all of it.
        split_statements=True,
        do_xcom_push=False,
        show_return_value_in_logs=False,
        # The operator opens the database by itself, and so does not check that the schema fits this code.
        pre_execute=first,
        **options,
    )
