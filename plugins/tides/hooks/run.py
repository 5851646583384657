"""What Airflow tells of a run, in the bridge's own terms."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from tides.errors import AccessRefused, ServiceAway, SettingsError
from tides.run_context import RunContext, replay_of_objects, replay_of_window

FAILED = ("failed", "upstream_failed")

FORM = {
    "start": Param(
        None, type=["null", "string"], format="date-time", description="Replay what was sent from here (UTC)"
    ),
    "end": Param(None, type=["null", "string"], format="date-time", description="to here, judged as of here (UTC)"),
    "objects": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "pattern": "^[A-Za-z0-9]{1,20}$"},
        maxItems=2000,
        description="Or judge these objects again by what is known now: ids of any stream, one a line",
    ),
    "dry": Param(False, type="boolean", description="Judge only: neither the master nor 4MOST learns of it"),
}
"""The form of a manual run. Left as it is, the run is live, as the hourly ones are."""


def run_of(dag_run: Any) -> RunContext:
    """A backfill run is a replay of its hour, a manual run of what its form asks for; every other run is live.

    Raises SettingsError when the form asks for what cannot be.
    """
    if dag_run.run_type == "backfill":
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end)
    asked = dag_run.conf or {}
    dry = bool(asked.get("dry"))
    start, end, objects = asked.get("start"), asked.get("end"), asked.get("objects")
    if objects and (start or end):
        raise SettingsError("this run's form names both a time range and objects: give one of them")
    if objects:
        return replay_of_objects(dag_run.run_id, map(str, objects), dag_run.run_after, dry=dry)
    if start and end:
        return _replay_of_range(dag_run.run_id, _moment(start), _moment(end), dry)
    if start or end or dry:
        raise SettingsError(
            "this run's form lacks what to replay: give start and end, or objects; dry needs one of both"
        )
    return RunContext(dag_run.run_id)


def _replay_of_range(run_id: str, start: datetime, end: datetime, dry: bool) -> RunContext:
    if end <= start:
        raise SettingsError(f"this run's form ends at {end} and starts at {start}: the end must come after the start")
    return replay_of_window(run_id, start, end, dry=dry)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


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

    Raises ServiceAway when the session with PostgreSQL breaks or the server refuses to work (full, read-only): what the
    last transaction did is then unknown here, and the retry reads it from the tables.
    """
    if label:
        get_current_context()["label"] = label  # type: ignore[typeddict-unknown-key]
    try:
        yield this_run()
    except (SettingsError, AccessRefused) as error:
        raise AirflowFailException(str(error)) from error
    except (psycopg.OperationalError, psycopg.InternalError) as error:  # the latter: read-only, idle for too long
        raise ServiceAway(
            f"the bridge's database (connection tides_db) broke off: {error}; nothing is lost, the retry goes on from "
            "what is stored"
        ) from error
