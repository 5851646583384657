"""`make sh`: a shell in which `tides` and `airflow` work on what `make up` has started."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.desk import up
from sandbox.services.service import PROJECT
from sandbox.services.stack import Stack

IN_ITS_OWN_STATE = """
import pathlib, sys
from sandbox.desk import up
up.STATE = pathlib.Path(sys.argv[1])
raise SystemExit(up.main(["sh"]))
"""


@pytest.fixture
def state(tmp_path):
    """What the supervisor writes about itself, in the name of this process."""
    file, me = tmp_path / "up.json", psutil.Process()
    stack = Stack(tmp_path)
    more = {"url": stack.airflow_url, "environment": up.own_environment(stack)}
    file.write_text(json.dumps({"pid": me.pid, "created": me.create_time(), **more}))
    return file


def sh(state, lines):
    command = [sys.executable, "-c", IN_ITS_OWN_STATE, str(state)]
    environment = os.environ | {"SHELL": "/bin/sh", "AIRFLOW_CONN_DASK": "the user's own"}
    return subprocess.run(command, input=lines, cwd=PROJECT, env=environment, capture_output=True, text=True)


def test_it_finds_the_programs_and_the_connections_of_the_stack(state):
    done = sh(state, "command -v tides\ncommand -v airflow\necho $AIRFLOW_CONN_DASK\ntides nonsense\necho $?\n")
    tides, airflow, dask, code = done.stdout.splitlines()
    assert tides == str(PROJECT / "bin" / "tides")
    assert airflow == shutil.which("airflow", path=Path(sys.executable).parent)
    assert json.loads(dask)["conn_type"] == "dask"
    assert code == "2"
    assert "tides: error: argument COMMAND: invalid choice: 'nonsense'" in done.stderr


def test_where_nothing_runs_it_says_so(tmp_path):
    done = sh(tmp_path / "none.json", "echo in a shell\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Nothing runs: start it with `make up`.\n"
