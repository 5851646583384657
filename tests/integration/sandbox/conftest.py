"""A real server of the stand-ins in its own process, reset before each test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.limits import LIMIT_S

ROOT = Path(__file__).parents[3]
SMALL_SKY = ("--now", "2026-11-24", "--lsst", "60", "--ztf", "60")


class StandIns:
    """The address of a running server, and what tests do with it."""

    def __init__(self, base: str, process: subprocess.Popen) -> None:
        self.base = base
        self.process = process

    def url(self, path: str) -> str:
        return self.base + path

    def control(self, method: str, path: str, content: object = None) -> requests.Response:
        return requests.request(method, f"{self.base}/control/{path}", json=content, timeout=LIMIT_S)

    def fault(self, kind: str, match: dict | None = None, **more: object) -> None:
        answer = self.control("POST", "faults", [{"match": match or {}, "kind": kind, **more}])
        assert answer.status_code == 200, answer.text

    def targets(self) -> list[dict]:
        return self.control("GET", "targets").json()


@contextmanager
def a_server(*arguments: str, **environment: str) -> Iterator[StandIns]:
    """Starts `python -m sandbox serve` on a free port; stops it with SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("sandbox: http://"), line
        yield StandIns(line.split()[1], process)
    finally:
        process.terminate()
        process.communicate(timeout=LIMIT_S)


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    with a_server(*SMALL_SKY) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running_stand_ins: StandIns) -> StandIns:
    assert running_stand_ins.control("POST", "reset").status_code == 200
    return running_stand_ins


@pytest.fixture
def server():
    """The function that starts another server."""
    return a_server
