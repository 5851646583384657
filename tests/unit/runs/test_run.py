"""What a task's frame makes of errors."""

import logging
import traceback

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowTaskTimeout
from structlog.contextvars import get_contextvars

from tides.errors import QuotaSpent, ServiceAway, SettingsError
from tides.faults import Fault
from tides.runs import airflow as run


@pytest.fixture(autouse=True)
def a_task(monkeypatch):
    dag_run = type("DagRun", (), {"run_type": "scheduled", "run_id": "scheduled__1", "conf": None})
    task = type("TaskInstance", (), {"task_id": "drain"})
    monkeypatch.setattr(
        run, "get_current_context", lambda: {"dag_run": dag_run, "dag": type("Dag", (), {"params": {}}), "ti": task}
    )


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("server closed the connection unexpectedly"),
        psycopg.errors.DiskFull("could not extend file: No space left on device"),
        psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
        psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"),
    ],
    ids=["lost", "disk full", "read-only", "idle"],
)
def test_a_session_that_breaks_is_a_failure_that_a_retry_mends_and_says_so(error):
    with pytest.raises(ServiceAway, match=rf"tides_db\) broke off: {error}; nothing is lost"), run.step():
        raise error


def test_a_wrong_setting_is_not_retried():
    with pytest.raises(AirflowFailException, match="live: missing"), run.step():
        raise SettingsError("live: missing")


def in_a_task(error: BaseException) -> BaseException:
    """What Airflow gets of an error deep in the work of a task."""

    def deep(depth: int) -> None:
        try:
            deep(depth - 1) if depth else int("a cause")
        except ValueError as cause:
            raise error from cause

    try:
        with run.step():
            deep(20)
    except BaseException as said:
        return said
    raise AssertionError("it is red")


@pytest.mark.parametrize(
    ("error", "words", "place"),
    [
        (ServiceAway("Lasair does not answer"), "Lasair does not answer (service away)", "task-drain"),
        (SettingsError("live: missing"), "live: missing (setting). What to do: correct", "any-task"),
        (QuotaSpent("no calls left"), "no calls left (service away)", "task-drain"),
        (AirflowTaskTimeout(), "the task reached its time limit (time limit)", "any-task"),
        (KeyError("psfFlux"), "KeyError: 'psfFlux' (error of the code)", "any-task"),
    ],
)
def test_a_red_task_says_first_why_and_what_to_do(caplog, error, words, place):
    with caplog.at_level(logging.INFO):
        in_a_task(error)
    (said,) = caplog.records
    assert said.levelname == "ERROR"
    assert said.getMessage().startswith(words)
    assert "What to do: " in said.getMessage()
    assert said.getMessage().endswith(f"/tides/runbook#{place}")
    assert said.exc_info is None


def test_the_line_that_says_why_has_the_fault_and_its_place_as_fields_and_the_lines_after_it_have_not():
    seen: list[dict[str, object]] = []

    class Collected(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # As Airflow's own handler does for each line.
            seen.append(get_contextvars())

    handler = Collected()
    run.log.addHandler(handler)
    try:
        in_a_task(ServiceAway("Lasair does not answer"))
        run.log.error("another line")
    finally:
        run.log.removeHandler(handler)
    assert seen == [{"fault": Fault.AWAY.value, "runbook": "task-drain"}, {}]


def test_an_error_of_ours_has_no_trace_of_the_code_and_another_one_has_all_of_it():
    ours, others = in_a_task(ServiceAway("Lasair does not answer", 7)), in_a_task(KeyError("psfFlux"))
    assert len(traceback.extract_tb(ours.__traceback__)) < 5, "".join(traceback.format_tb(ours.__traceback__))
    assert isinstance(ours, ServiceAway)
    assert ours.retry_after_s == 7
    assert ours.__suppress_context__
    assert ours.__cause__ is None
    assert len(traceback.extract_tb(others.__traceback__)) > 20
    assert isinstance(others.__cause__, KeyError | ValueError)


@pytest.mark.parametrize(
    ("pulled", "keys"),
    [
        (None, "[]"),
        ({"keys": [{"pk": 1}]}, '[{"pk": 1}]'),
        ([{"keys": [{"pk": 1}]}, None, {"keys": [{"pk": 2}]}], '[{"pk": 1}, {"pk": 2}]'),
    ],
    ids=["none", "a lone batch, which Airflow gives bare", "several, of which one failed"],
)
def test_the_keys_of_all_batches_are_gathered(pulled, keys):
    task_instance = type("TaskInstance", (), {"xcom_pull": lambda self, task_ids: pulled})()
    assert run.keys_of(task_instance) == keys
