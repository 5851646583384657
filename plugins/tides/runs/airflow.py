"""Airflow's side of a DAG and of a run, in the bridge's own terms."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import psycopg
from airflow.providers.common.compat.sdk import redact
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, dag, get_current_context, task
from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, AirflowTaskTimeout
from structlog.contextvars import bound_contextvars

from tides.database.statements import SQL
from tides.errors import AccessRefused, ServiceAway, SettingsError, TidesError, ValuesImplausible
from tides.faults import Fault, anchor_of, fault_of
from tides.foreign import LONGEST_DETAIL, quoted
from tides.runs.assets import counted
from tides.runs.context import RunContext
from tides.runs.form import run_of
from tides.settings.sections import Tasks
from tides_priority import LIVE_FIRST

Result = TypeVar("Result")

log = logging.getLogger(__name__)

ALL_GOOD = "all_good"
"""The last task of a DAG, which is red when any other is."""

ENDED = ("success", "failed")

LATE = "tides.hooks.late.note_late"
"""What Airflow calls when a run has not ended in time."""

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""No run is for a time before this one: the bridge was not there. Missed runs are not caught up."""


def bridge_dag(
    doc: str | None,
    tasks: Tasks,
    *,
    schedule: Any,
    tags: list[str],
    task_limit_s: float | None = None,
    most_runs: int = 1,
    params: dict[str, Any] | None = None,
) -> Callable[..., Any]:
    """The header of every DAG of ours: `@bridge_dag(__doc__, SETTINGS.tasks, schedule=…, tags=[…])`.

    `tags` are the services that it calls. `task_limit_s` (s) is for tasks that last longer than `tasks.time_limit_s`.
    `most_runs` is how many runs may go on at a time: one, unless they write nothing that another could write.
    """
    return dag(
        schedule=schedule,
        start_date=BEGIN,
        # The next live run takes all that waits, so that missed hours need no runs of their own.
        catchup=False,
        max_active_runs=most_runs,
        dagrun_timeout=timedelta(seconds=tasks.run_limit_s),
        deadline=_deadline(tasks),
        default_args=_task_defaults(tasks, task_limit_s or tasks.time_limit_s),
        params=params,
        tags=["tides", *tags],
        doc_md=doc,
        template_searchpath=str(SQL),
        user_defined_macros={"run_of": partial(run_of, fields=tuple(params or ())), "keys_of": keys_of},
    )


def _deadline(tasks: Tasks) -> DeadlineAlert | None:
    # Nobody is told of a run by hand. Airflow 3.3 would end `airflow dags test` by an error, after a good run, of a DAG
    # with a deadline (apache/airflow#73428).
    if sys.argv[1:3] == ["dags", "test"]:
        return None
    return DeadlineAlert(
        name="late",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=tasks.late_s),
        callback=SyncCallback(LATE),
    )


def _task_defaults(tasks: Tasks, limit_s: float) -> dict[str, Any]:
    """The defaults of each task: retries, a time limit, and its place in the queue."""
    return {
        "owner": "tides",
        "retries": tasks.retries,
        "retry_delay": timedelta(seconds=tasks.retry_delay_s),
        # A service that is away must not be asked at once again by all tasks.
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(seconds=tasks.retry_delay_max_s),
        "execution_timeout": timedelta(seconds=limit_s),
        "weight_rule": LIVE_FIRST,
    }


def mapped_task(label: Callable[[Any], str] = str, outlets: Sequence[Asset] = (), **options: Any) -> Callable[..., Any]:
    """`@task` for a mapped function of one argument: each instance leaves one XCom, and `label` of its argument is what
    Airflow shows in place of a number, from its start.

    `outlets` are the assets that it changes, with the counts of its result.
    """
    # Rendered before the task runs, so that one that hangs or fails has its label, too.
    template = "{{ task.python_callable.label((task.op_kwargs.values() | list)[0]) }}"

    def decorate(function: Callable[..., Any]) -> Any:
        called = counted(function, outlets)
        called.label = label  # type: ignore[attr-defined]
        # A function that returns a dict would else leave each key of it as a further XCom.
        return task(map_index_template=template, multiple_outputs=False, outlets=list(outlets), **options)(called)

    return decorate


def red_when_any_is() -> None:
    """Ends a DAG: its run is red when any task is."""
    # A run has the colour of its last tasks, and the report always runs: without this one it would be green.
    all_good = EmptyOperator(task_id=ALL_GOOD, trigger_rule="none_failed")
    [each for each in all_good.dag.tasks if each is not all_good] >> all_good


def this_run() -> RunContext:
    """The run of the task that asks."""
    context = get_current_context()
    return run_of(context["dag_run"], tuple(context["dag"].params))


def this_task() -> tuple[str, int] | None:
    """The run (Airflow's id) and map index of the task instance that asks; None outside a task."""
    try:
        task_instance = get_current_context()["ti"]
    except RuntimeError:
        return None
    return task_instance.run_id, -1 if task_instance.map_index is None else task_instance.map_index


def keys_of(task_instance: Any) -> str:
    """The primary keys that this run's creates returned, as JSON for `record_4most_keys.sql`."""
    return json.dumps([key for told in _results(task_instance, "create_in_4most") for key in told["keys"]])


def results_of(mapped: str, kind: Callable[..., Result]) -> list[Result]:
    """The results of a mapped task of this run, without those of failed instances.

    `kind` is the dataclass whose fields the task left in its XCom.
    """
    return [kind(**result) for result in _results(get_current_context()["ti"], mapped)]


def _results(task_instance: Any, mapped: str) -> list[dict[str, Any]]:
    found = task_instance.xcom_pull(task_ids=mapped)  # a lone instance's result comes bare
    return [result for result in (found if isinstance(found, list) else [found]) if result]


def begun() -> datetime:
    """When this run has begun."""
    started: datetime | None = get_current_context()["dag_run"].start_date
    assert started is not None, "a run has started when its tasks run"
    return started


def failed_before() -> tuple[RunContext, datetime] | None:
    """The run of this DAG before this one, by its hour, and when it has started (UTC). None when there is none, it has
    not failed, or Airflow cannot say.
    """
    context = get_current_context()
    try:
        found = context["ti"].get_previous_dagrun()
    except AirflowRuntimeError:
        return None
    if found is None or found.start_date is None or found.state != "failed":
        return None
    try:
        return run_of(found, tuple(context["dag"].params)), found.start_date
    except SettingsError:  # it could do nothing
        return RunContext(found.run_id), found.start_date


def ended_as(run_id: str, dag_id: str | None = None) -> str | None:
    """The state in which a run has ended; "deleted" when Airflow does not know it any more. None when it goes on, or
    Airflow cannot say. Without a DAG it is a run of this one.
    """
    context = get_current_context()
    try:
        state = context["ti"].get_dagrun_state(dag_id=dag_id or context["dag_run"].dag_id, run_id=run_id)
    except AirflowRuntimeError as error:
        # The work of the task that asks does not depend on the answer.
        return "deleted" if (error.error.detail or {}).get("status_code") == HTTPStatus.NOT_FOUND else None
    return next((ended for ended in ENDED if ended == state), None)


def in_log(report: str) -> str:
    """Writes a report into the task's log, whole and as one message, and gives it."""
    # What is printed becomes a message a line there, with other messages in between.
    log.info("\n%s", report)
    return report


def runbook() -> str:
    """The address of the page's runbook, as Airflow's own links begin."""
    base = conf.get("api", "base_url", fallback=None) or ""
    return f"{base.rstrip('/')}/tides/runbook"


def in_our_words(error: BaseException) -> BaseException:
    """The error of ours that says what this one means. Itself when it is one, or none of ours fits.

    A broken session with PostgreSQL, or a server that refuses to work (full, read-only), is ServiceAway. Then the
    outcome of the last transaction is unknown here, and the retry reads it from the tables.
    """
    if isinstance(error, psycopg.OperationalError | psycopg.InternalError):  # the latter: read-only, idle for too long
        return ServiceAway(
            f"the bridge's database (connection tides_db) broke off: {quoted(str(error))}; nothing is lost, the retry "
            "continues from what is stored"
        )
    if isinstance(error, AirflowRuntimeError):
        return ServiceAway(f"Airflow did not answer its task: {quoted(str(error))}")
    return error


def why(error: BaseException) -> tuple[Fault, str]:
    """Why a task that ended by this error is red, in few words."""
    if isinstance(error, AirflowTaskTimeout):
        return Fault.TIMEOUT, "the task reached its time limit"
    error = in_our_words(error)
    fault = fault_of(error)
    words = str(error) if isinstance(error, TidesError) else f"{type(error).__name__}: {error}"
    # Who else's error it is may not have kept our secrets out of it.
    return fault, quoted(redact(words), LONGEST_DETAIL)


@contextmanager
def step() -> Iterator[RunContext]:
    """A task's work: fails at once where a retry cannot help, and says first in the log why, and what to do.

    Raises as the work does, an error of PostgreSQL or Airflow as the one of ours.
    """
    try:
        yield this_run()
    except (Exception, AirflowTaskTimeout) as error:
        _say(*why(error))
        said = in_our_words(error)
        if isinstance(said, SettingsError | AccessRefused | ValuesImplausible):
            # A retry would meet the same setting or password, and only delay the red.
            raise AirflowFailException(str(said)) from None
        if isinstance(said, TidesError):
            # Its words say all: the places in the code that it came through would bury them.
            raise copy(said).with_traceback(None) from None
        raise


def _say(fault: Fault, words: str) -> None:
    task_id = get_current_context()["ti"].task_id
    anchor = anchor_of(fault, task_id)
    # Airflow's logs are JSON: whoever collects them finds the fault by its field, and need not read the sentence.
    with bound_contextvars(fault=fault.value, runbook=anchor):
        log.error("%s (%s). What to do: %s. %s#%s", words, fault, fault.remedy, runbook(), anchor)
