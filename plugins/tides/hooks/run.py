"""What Airflow tells of a run, in the bridge's own terms."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from tides.errors import AccessRefused, ServiceAway, SettingsError
from tides.run_context import RunContext, replay_of_window

FAILED = ("failed", "upstream_failed")


def run_of(dag_run: Any) -> RunContext:
    """A backfill run is a replay of its hour; every other run is live, whenever and however it was started."""
    if dag_run.run_type == "backfill":
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end)
    return RunContext(dag_run.run_id)


def this_run() -> RunContext:
    """The run of the task that asks."""
    return run_of(get_current_context()["dag_run"])


def keys_of(task_instance: Any) -> str:
    """The primary keys that this run's creates returned, as JSON for `record_4most_keys.sql`."""
    created = task_instance.xcom_pull(task_ids="create_in_4most") or []
    return json.dumps([key for told in created if told for key in told["keys"]])


def failed_tasks(dag_run: Any, task_instance: Any) -> list[str]:
    """The task instances of this run that have failed, by id (and map index)."""
    states = task_instance.get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])
    return sorted(task for task, state in states.get(dag_run.run_id, {}).items() if state in FAILED)


@contextmanager
def step(label: str | None = None) -> Iterator[RunContext]:
    """A task's work: names its map index, and fails at once where a retry cannot help.

    Raises ServiceAway when the session with PostgreSQL breaks: what the last transaction did is then unknown here, and
    the retry reads it from the tables.
    """
    if label:
        get_current_context()["label"] = label  # type: ignore[typeddict-unknown-key]
    try:
        yield this_run()
    except (SettingsError, AccessRefused) as error:
        raise AirflowFailException(str(error)) from error
    except psycopg.OperationalError as error:
        raise ServiceAway(
            f"the bridge's database (connection tides_db) broke off: {error}; nothing is lost, the retry goes on from "
            "what is stored"
        ) from error
