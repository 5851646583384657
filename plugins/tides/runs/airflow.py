"""What Airflow tells of a run, in the bridge's own terms."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from tides.errors import AccessRefused, ServiceAway, SettingsError
from tides.runs.context import OffsetRange, RunContext, replay_of_objects, replay_of_offsets, replay_of_window
from tides.settings.sections import Tasks

FAILED = ("failed", "upstream_failed")


def task_defaults(tasks: Tasks) -> dict[str, Any]:
    """The `default_args` of a DAG that runs by the clock: retries with growing pauses, and a time limit."""
    return {
        "owner": "tides",
        "retries": tasks.retries,
        "retry_delay": timedelta(seconds=tasks.retry_delay_s),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(seconds=tasks.retry_delay_max_s),
        "execution_timeout": timedelta(seconds=tasks.time_limit_s),
    }


def form_of(streams: Iterable[str]) -> dict[str, Param]:
    """The form of a manual run. Left as it is, the run is live, as the hourly ones are."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "A time range"}
    place: dict[str, Any] = {"type": ["null", "integer"], "minimum": 0, "section": "A range of offsets"}
    return {
        "start": Param(None, description="Replay what was sent from this time on (UTC)", **moment),
        "end": Param(None, description="up to this time, judged as of this time (UTC)", **moment),
        "stream": Param(
            None,
            type=["null", "string"],
            enum=[None, *streams],
            section="A range of offsets",
            description="Or replay messages of this stream",
        ),
        "partition": Param(None, description="in this partition of its topic", **place),
        "first_offset": Param(None, description="from this offset", **place),
        "last_offset": Param(None, description="to this one, judged as of the newest stamp among them", **place),
        "objects": Param(
            [],
            type=["null", "array"],
            items={"type": "string", "pattern": "^[A-Za-z0-9]{1,20}$"},
            maxItems=2000,
            section="A list of objects",
            description="Or judge these objects again with what is known now: ids of any stream, one a line",
        ),
        "dry": Param(False, type="boolean", description="Judge only: neither the master nor 4MOST changes"),
    }


REPLAYS = {
    "a time range": ("start", "end"),
    "a range of offsets": ("stream", "partition", "first_offset", "last_offset"),
    "objects": ("objects",),
}
"""What a form can ask for, and the fields that each needs."""


def run_of(dag_run: Any) -> RunContext:
    """A backfill run is a replay of its hour, a manual run of what its form asks for; every other run is live.

    Raises SettingsError when the form asks for what cannot be.
    """
    if dag_run.run_type == "backfill":
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end)
    form = dag_run.conf or {}
    dry = bool(form.get("dry"))
    asked = [what for what, fields in REPLAYS.items() if any(_given(form, f) for f in fields)]
    if len(asked) > 1:
        raise SettingsError(f"this run's form names {' and '.join(asked)}: give one of them")
    if not asked and dry:
        raise SettingsError("this run's form names nothing to replay: a dry run needs a time range, offsets or objects")
    if not asked:
        return RunContext(dag_run.run_id)
    missing = [field for field in REPLAYS[asked[0]] if not _given(form, field)]
    if missing:
        raise SettingsError(f"this run's form asks for {asked[0]} and lacks {', '.join(missing)}")
    match asked[0]:
        case "objects":
            return replay_of_objects(dag_run.run_id, map(str, form["objects"]), dag_run.run_after, dry=dry)
        case "a time range":
            return _replay_of_range(dag_run.run_id, _moment(form["start"]), _moment(form["end"]), dry)
    return _replay_of_offsets(dag_run.run_id, form, dry)


def _given(form: dict[str, Any], field: str) -> bool:
    return form.get(field) not in (None, "", [])


def _replay_of_range(run_id: str, start: datetime, end: datetime, dry: bool) -> RunContext:
    if end <= start:
        raise SettingsError(f"this run's form ends at {end} and starts at {start}: the end must come after the start")
    return replay_of_window(run_id, start, end, dry=dry)


def _replay_of_offsets(run_id: str, form: dict[str, Any], dry: bool) -> RunContext:
    offsets = OffsetRange(form["stream"], form["partition"], form["first_offset"], form["last_offset"])
    if offsets.last < offsets.first:
        raise SettingsError(
            f"this run's form has last_offset {offsets.last} and first_offset {offsets.first}: the last must not come"
            " before the first"
        )
    return replay_of_offsets(run_id, offsets, dry=dry)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def this_run() -> RunContext:
    """The run of the task that asks."""
    return run_of(get_current_context()["dag_run"])


def keys_of(task_instance: Any) -> str:
    """The primary keys that this run's creates returned, as JSON for `record_4most_keys.sql`."""
    return json.dumps([key for told in results_of(task_instance, "create_in_4most") for key in told["keys"]])


def results_of(task_instance: Any, mapped_task: str) -> list[dict[str, Any]]:
    """What the instances of a mapped task returned, but for those that failed; Airflow gives a lone one's bare."""
    found = task_instance.xcom_pull(task_ids=mapped_task)
    return [result for result in (found if isinstance(found, list) else [found]) if result]


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
            f"the bridge's database (connection tides_db) broke off: {error}; nothing is lost, the retry continues "
            "from what is stored"
        ) from error
