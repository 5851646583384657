"""Batches on a real Dask cluster, in this process and beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import dask
import psutil
import pytest
from distributed import LocalCluster

from tests.limits import LIMIT_S
from tides.errors import ServiceAway, SettingsError
from tides.hooks.dask import DaskHook
from tides.hooks.dask_reports import file_of, read, shares
from tides.version import code_version

POISON = "poison"


def a_shout() -> Callable:
    """Made here, so that it is pickled by value and the workers need not import this module, and with it Airflow."""
    poison = POISON

    def shout(batch: list[str], mark: str) -> list[str]:
        if poison in batch:  # dies as by a memory fault
            os._exit(1)
        return [item.upper() + mark for item in batch]

    return shout


def a_sleep() -> Callable:
    def sleep(batch: list[float]) -> None:
        time.sleep(batch[0])

    return sleep


def key(batch: list) -> str:
    return "-".join(map(str, batch))


@pytest.fixture
def settings(tmp_path, monkeypatch):
    def lay_over(**evaluation: object) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text(json.dumps({"evaluation": evaluation}), encoding="utf-8")
        monkeypatch.setenv("TIDES_SETTINGS", str(file))

    return lay_over


@pytest.fixture
def connect(monkeypatch):
    def define(address: str) -> None:
        host, _, port = address.rpartition(":")
        fields = {"conn_type": "dask", "host": host, "port": int(port)}
        monkeypatch.setenv("AIRFLOW_CONN_DASK", json.dumps(fields))

    return define


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalCluster]:
    one_death = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(one_death),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
    ):
        yield cluster


@pytest.fixture
def workers(two_workers) -> str:
    """The scheduler's address, when those that the test before killed are back."""
    two_workers.wait_for_workers(2, timeout=LIMIT_S)
    return two_workers.scheduler_address


def test_without_a_connection_the_work_is_done_in_this_process(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_DASK", raising=False)
    with DaskHook().cluster() as cluster:
        assert cluster.begin(lambda batch: os.getpid(), [["a"]], key=key).worked().results == [os.getpid()]


def test_without_a_connection_nothing_is_open_to_the_network(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_DASK", raising=False)

    def listening() -> set[str]:
        return {c.laddr.ip for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN}

    before = listening()
    with DaskHook().cluster():
        assert listening() == before


def test_results_come_in_the_order_of_the_batches(workers, connect):
    connect(workers)
    batches = [[f"item {n}"] for n in range(20)]
    with DaskHook().cluster() as cluster:
        worked = cluster.begin(a_shout(), batches, "!", key=key).worked()
    assert worked.results == [[f"ITEM {n}!"] for n in range(20)]
    assert worked.set_aside == []


def test_what_dask_did_for_a_task_is_kept_where_the_settings_name_a_folder(
    workers, connect, settings, tmp_path, monkeypatch
):
    settings(reports_folder=str(tmp_path / "reports"))
    connect(workers)
    monkeypatch.setattr("tides.hooks.dask.this_task", lambda: ("run", 3))
    with DaskHook().cluster() as cluster:
        cluster.begin(a_sleep(), [[0.2], [0.1]], key=key).worked()
    report = read(file_of(str(tmp_path / "reports"), "run", 3))
    assert report.workers == 2
    assert [batch.compute_s > 0.09 for batch in report.batches] == [True, True]
    assert all(batch.good and report.began < batch.began < report.ended for batch in report.batches)
    assert {share.worker for share in shares(report)} == {batch.worker for batch in report.batches}


def test_no_batch_gives_no_result(workers, connect):
    connect(workers)
    with DaskHook().cluster() as cluster:
        assert cluster.begin(a_shout(), [], "!", key=key).worked().results == []


def test_no_more_batches_are_in_flight_than_the_settings_say(workers, connect, settings, monkeypatch):
    settings(in_flight=2)
    connect(workers)
    with DaskHook().cluster() as cluster:
        waiting: list[int] = []
        submit = cluster._client.submit

        def counted(*args, **kwargs):
            waiting.append(sum(future.status == "pending" for future in list(cluster._client.futures.values())) + 1)
            return submit(*args, **kwargs)

        monkeypatch.setattr(cluster._client, "submit", counted)
        cluster.begin(a_sleep(), [[0.05], [0.051], [0.052], [0.053], [0.054]], key=key).worked()
    assert len(waiting) == 5
    assert max(waiting) <= 2


def test_an_item_that_kills_workers_is_set_aside_alone(workers, connect):
    connect(workers)
    batches = [["a", "b"], ["c", POISON], ["d"]]
    with DaskHook().cluster() as cluster:
        worked = cluster.begin(a_shout(), batches, "!", key=key).worked()
    assert [item for result in worked.results for item in result] == ["A!", "B!", "C!", "D!"]
    assert [item for item, _ in worked.set_aside] == [POISON]


def test_a_result_that_does_not_come_is_a_service_away(workers, connect, settings):
    settings(result_timeout_s=0.3)
    connect(workers)
    with DaskHook().cluster() as cluster, pytest.raises(ServiceAway, match=r"no result within 0\.3 s"):
        cluster.begin(a_sleep(), [[2.0]], key=key).worked()


def test_an_error_of_the_function_itself_is_raised(workers, connect):
    connect(workers)
    with DaskHook().cluster() as cluster, pytest.raises(ZeroDivisionError):
        cluster.begin(lambda batch: 1 / 0, [["a"]], key=key).worked()


def test_workers_without_the_bundle_on_their_path_are_a_wrong_setting(workers, connect):
    def needs(batch: list) -> None:
        import a_module_that_no_worker_has  # noqa: F401

    connect(workers)
    with DaskHook().cluster() as cluster, pytest.raises(SettingsError, match="PYTHONPATH"):
        cluster.begin(needs, [["a"]], key=key).worked()


@pytest.fixture
def scheduler(tmp_path) -> Iterator[tuple[subprocess.Popen, str]]:
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen([*command, "--no-dashboard", "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    while not file.exists() or not file.read_text(encoding="utf-8"):
        assert process.poll() is None
        time.sleep(0.05)
    yield process, json.loads(file.read_text(encoding="utf-8"))["address"]
    process.kill()
    process.wait()


def test_a_scheduler_without_workers_is_a_service_away(scheduler, connect, settings):
    settings(result_timeout_s=0.3)
    connect(scheduler[1])
    with pytest.raises(ServiceAway, match="no worker"), DaskHook().cluster():
        pass
    assert DaskHook().test_connection()[0] is False


def test_a_scheduler_that_is_killed_in_the_middle_is_a_service_away(scheduler, connect, settings):
    settings(result_timeout_s=LIMIT_S)
    process, address = scheduler
    connect(address)
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"],
        stderr=subprocess.DEVNULL,
    )
    try:
        with DaskHook().cluster() as cluster:

            def kill_when_asked(batch: list) -> str:
                process.send_signal(signal.SIGKILL)
                return key(batch)

            with pytest.raises(ServiceAway):
                cluster.begin(a_sleep(), [[600.0]], key=kill_when_asked).worked()
    finally:
        worker.kill()
        worker.wait()


def test_a_scheduler_that_is_not_there_is_a_service_away(connect, monkeypatch):
    monkeypatch.setattr("tides.hooks.dask.CONNECT_S", 0.5)
    connect("tcp://127.0.0.1:9")
    with pytest.raises(ServiceAway, match="no scheduler"), DaskHook().cluster():
        pass


def test_the_connection_is_tested_by_a_worker(workers, connect):
    connect(workers)
    assert DaskHook().test_connection() == (
        True,
        f"{workers}; not encrypted: tcp://; 2 worker(s), all with code {code_version()}",
    )
