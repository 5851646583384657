"""What a task's frame makes of errors."""

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from tides.errors import ServiceAway, SettingsError
from tides.runs import airflow as run


@pytest.fixture(autouse=True)
def a_task(monkeypatch):
    dag_run = type("DagRun", (), {"run_type": "scheduled", "run_id": "scheduled__1", "conf": None})
    monkeypatch.setattr(
        run, "get_current_context", lambda: {"dag_run": dag_run, "dag": type("Dag", (), {"params": {}})}
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
    with pytest.raises(ServiceAway, match=rf"tides_db\) broke off: {error}; nothing is lost"), run.step("a label"):
        raise error


def test_a_wrong_setting_is_not_retried():
    with pytest.raises(AirflowFailException, match="live: missing"), run.step():
        raise SettingsError("live: missing")


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
