"""What every Airflow process has imported before it forks a task."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LOADED = (
    "astropy_healpix",
    "distributed",
    "msgspec",
    "numpy",
    "psycopg",
    "psycopg2",
    "requests",
    "confluent_kafka",
    "sqlparse",
    "pydantic",
)
AS_THE_SCHEDULER_FORKS = """
import json, os, sys
from airflow import settings
found = {"loaded": {name: name in sys.modules for name in sys.argv[1:]}}
found["of the library"] = [name for name in sys.modules if name.split(".")[0] == "tides"]
found["threads before"] = len(os.listdir("/proc/self/task"))
reader, writer = os.pipe()
if os.fork() == 0:
    import numpy
    product = numpy.ones((600, 600)) @ numpy.ones((600, 600))
    import scipy.linalg
    scipy.linalg.inv(product + numpy.eye(600))
    os.write(writer, str(len(os.listdir("/proc/self/task"))).encode())
    os._exit(0)
os.wait()
found["threads of a task"] = int(os.read(reader, 9))
print(json.dumps(found))
"""


def forked(tmp_path: Path, *, config: bool = True, **environment: str) -> dict:
    """What a process finds that has loaded Airflow as a scheduler does, and its child, which does linear algebra."""
    ours = {name: value for name, value in os.environ.items() if name not in LIBRARIES}
    paths = [str(PROJECT / "plugins"), *([str(PROJECT / "config")] if config else [])]
    ours |= {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(paths)} | environment
    done = subprocess.run(
        [sys.executable, "-c", AS_THE_SCHEDULER_FORKS, *LOADED], env=ours, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_task_has_one_thread_whatever_linear_algebra_it_does(tmp_path):
    found = forked(tmp_path)
    assert set(found["loaded"].values()) == {True}, found["loaded"]
    assert found["of the library"] == [], "each task takes its own version of it"
    assert found["threads before"] == 1
    assert found["threads of a task"] == 1


@pytest.mark.skipif(os.cpu_count() == 1, reason="a machine of one core starts no further thread")
def test_a_site_that_sets_a_number_keeps_it(tmp_path):
    assert forked(tmp_path, OPENBLAS_NUM_THREADS="2")["threads of a task"] > 1


@pytest.mark.skipif(os.cpu_count() == 1, reason="a machine of one core starts no further thread")
def test_without_these_settings_a_task_has_more(tmp_path):
    found = forked(tmp_path, config=False)
    assert found["loaded"]["numpy"] is False
    assert found["threads of a task"] > 1
