"""One variable makes everybody wait longer: servers, tests, and the bridge for its services."""

from pathlib import Path

import pytest
import yaml

from sandbox.services.leash import START_S, Daemon, ServiceError, patient
from sandbox.services.stack import Stack


def test_without_the_variable_a_limit_is_what_it_is(monkeypatch):
    monkeypatch.delenv("TIDES_WAIT_FACTOR", raising=False)
    assert patient(60) == 60


def test_the_factor_multiplies_the_stop_limit_of_a_server(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDES_WAIT_FACTOR", "2.5")
    server = Daemon("server", ["true"], log=tmp_path / "log", ready=lambda: True, stop_timeout_s=60)
    assert server.stop_timeout_s == 150
    assert server.start_s == 2.5 * START_S


def test_the_factor_multiplies_the_limits_of_airflow_and_kafka_on_a_start(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDES_WAIT_FACTOR", "3")
    stack = Stack(tmp_path)
    limits = {"CORE__DAGBAG_IMPORT_TIMEOUT": 360, "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": 540}
    limits["WORKERS__EXECUTION_API_TIMEOUT"] = 15
    assert {name: float(stack.environment[f"AIRFLOW__{name}"]) for name in limits} == limits


@pytest.mark.parametrize("said", ["three", "0", "-1", "nan", "inf"])
def test_a_factor_that_is_no_number_above_0_is_refused(monkeypatch, said):
    monkeypatch.setenv("TIDES_WAIT_FACTOR", said)
    with pytest.raises(ServiceError, match="TIDES_WAIT_FACTOR"):
        patient(1)


def test_the_factor_multiplies_the_time_outs_of_the_bridge_in_the_sandbox(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDES_WAIT_FACTOR", "3")
    files = Stack(tmp_path).environment["TIDES_SETTINGS"].split(":")
    sandbox, waits = (yaml.safe_load(Path(file).read_text()) for file in files)
    for section, key in (("lasair", "read_timeout_s"), ("fourmost", "settle_s"), ("drain", "request_timeout_s")):
        assert waits[section][key] == 3 * sandbox[section][key]
    assert waits["fourmost"]["settle_s"] > waits["fourmost"]["total_timeout_s"]
