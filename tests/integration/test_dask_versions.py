"""Workers of another version judge nothing, and are named. Real schedulers and workers, with copies of the code."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.services.service import library_environment
from tests.bridge import Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S
from tides.errors import AnswerBroken, ServiceAway
from tides.hooks.dask import DaskHook
from tides.hooks.dask_cluster import InProcess
from tides.runs.context import RunContext
from tides.settings.model import BUNDLE
from tides.version import code_version

JUDGE = Path("plugins") / "tides" / "judgement" / "judge.py"

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def other_code(tmp_path) -> Path:
    """A copy of the bundle in which nothing passes."""
    for folder in ("plugins", "dags", "include"):
        shutil.copytree(BUNDLE / folder, tmp_path / "other" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    judge, right = tmp_path / "other" / JUDGE, "first is not None, now,"
    text = judge.read_text(encoding="utf-8")
    assert text.count(right) == 1
    judge.write_text(text.replace(right, "False, now,"), encoding="utf-8")
    return tmp_path / "other"


@pytest.fixture
def start(tmp_path, monkeypatch) -> Iterator[Start]:
    """Starts workers of a scheduler of the test's own, to which the connection `dask` leads."""
    running: list[subprocess.Popen] = []

    def process(role: str, *arguments: str, code: Path = BUNDLE) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", role, *arguments, "--no-dashboard", "--host", "127.0.0.1"]
        path = {"PYTHONPATH": str(code / "plugins"), "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
        running.append(subprocess.Popen(command, env=library_environment() | path, stderr=subprocess.DEVNULL))
        return running[-1]

    file = tmp_path / "scheduler.json"
    process("scheduler", "--port", "0", "--scheduler-file", str(file))
    until = time.monotonic() + LIMIT_S
    while not file.exists() or not file.read_text(encoding="utf-8"):
        assert time.monotonic() < until
        time.sleep(0.05)
    address = json.loads(file.read_text(encoding="utf-8"))["address"]
    host, _, port = address.rpartition(":")
    monkeypatch.setenv("AIRFLOW_CONN_DASK", json.dumps({"conn_type": "dask", "host": host, "port": int(port)}))
    yield lambda code, *options: process("worker", address, "--nthreads", "1", *options, code=code)
    # The scheduler last: a worker takes leave of it.
    for one in reversed(running):
        one.terminate()
        one.wait()


def judged(bridge: Bridge, run: str) -> None:
    """The task `evaluate` of a run, on Dask."""
    with DaskHook().cluster() as bridge.here:
        bridge.evaluate(RunContext(run))


def mixtures(bridge: Bridge) -> list[dict]:
    return bridge.rows(
        "SELECT detail, closed_at IS NULL AS is_open FROM tides.event WHERE kind = 'versions mixed' ORDER BY opened_at"
    )


def test_a_worker_of_another_version_judges_nothing_and_is_named(make_bridge, start, other_code):
    bridge = make_bridge(evaluation={"submit_bytes": 1})
    other = start(other_code, "--no-nanny")
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(5)])
    bridge.drain("lsst")
    with pytest.raises(ServiceAway, match=r"no worker runs this version of the code: worker tcp.* give both the same"):
        judged(bridge, "run-1")
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 0
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting AND problem IS NULL")["n"] == 5
    (event,) = mixtures(bridge)
    (worker,) = event["detail"]["workers"]
    assert event["is_open"]
    assert event["detail"]["version"] == code_version()
    assert worker["running"] == worker["files"] != code_version()
    assert f"**versions mixed:** worker {worker['worker']}" in bridge.report(RunContext("run-1"))
    works, found = DaskHook().test_connection()
    assert not works
    assert f"worker {worker['worker']} runs code {worker['running']}, the bridge {code_version()}" in found

    start(BUNDLE, "--no-nanny")
    with DaskHook().cluster() as cluster:
        cluster._client.wait_for_workers(2, timeout=LIMIT_S)
    judged(bridge, "run-2")
    verdicts = bridge.rows("SELECT DISTINCT code_version, function_hash FROM tides.selection")
    assert verdicts == [{"code_version": code_version(), "function_hash": bridge.functions["tidesSNLSST"].hash}]
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting")["n"] == 0

    other.terminate()
    other.wait()
    bridge.publish("lsst", an_lsst_message(AN_ID + 9))
    bridge.drain("lsst")
    judged(bridge, "run-3")
    assert [event["is_open"] for event in mixtures(bridge)] == [False]


@pytest.mark.parametrize("allowed", [False, True])
def test_a_worker_older_than_its_files_is_restarted_where_the_settings_allow_it(
    make_bridge, start, other_code, allowed
):
    bridge = make_bridge(evaluation={"restart_workers": allowed})
    start(other_code, "--nanny")
    with DaskHook().cluster() as cluster:
        assert cluster.ask_all() == 1
    shutil.copy(BUNDLE / JUDGE, other_code / JUDGE)
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    if allowed:
        judged(bridge, "run-1")
        assert bridge.row("SELECT code_version FROM tides.selection")["code_version"] == code_version()
    else:
        with pytest.raises(ServiceAway, match="its files are right, so restart it"):
            judged(bridge, "run-1")
        assert bridge.rows("SELECT code_version FROM tides.selection") == []
    (event,) = mixtures(bridge)
    assert [worker["restarted"] for worker in event["detail"]["workers"]] == [allowed]


def test_a_verdict_by_another_function_than_was_sent_is_not_stored(bridge):
    class Elsewhere(InProcess):
        def begin(self, function, batches, survey, functions, limits, *, key):
            changed = [replace(each, significance=each.significance + 1) for each in functions]
            return super().begin(function, batches, survey, changed, limits, key=key)

    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.here = Elsewhere()
    with pytest.raises(AnswerBroken, match="other functions than they were sent"):
        bridge.evaluate()
    assert bridge.rows("SELECT * FROM tides.selection") == []
    assert [event["is_open"] for event in mixtures(bridge)] == [True]
    bridge.here = InProcess()
    bridge.evaluate(RunContext("run-2"))
    assert bridge.row("SELECT waiting FROM tides.candidate") == {"waiting": False}
    assert [event["is_open"] for event in mixtures(bridge)] == [False]
