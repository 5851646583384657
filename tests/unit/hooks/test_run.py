"""What a task's frame makes of errors."""

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from tides.errors import ServiceAway, SettingsError
from tides.hooks import run


@pytest.fixture(autouse=True)
def a_task(monkeypatch):
    dag_run = type("DagRun", (), {"run_type": "scheduled", "run_id": "scheduled__1", "conf": None})
    monkeypatch.setattr(run, "get_current_context", lambda: {"dag_run": dag_run})


def test_a_session_that_breaks_is_a_failure_that_a_retry_mends_and_says_so():
    with pytest.raises(ServiceAway, match=r"tides_db\) broke off: .*nothing is lost"), run.step("a label"):
        raise psycopg.OperationalError("server closed the connection unexpectedly")


def test_a_wrong_setting_is_not_retried():
    with pytest.raises(AirflowFailException, match="live: missing"), run.step():
        raise SettingsError("live: missing")
