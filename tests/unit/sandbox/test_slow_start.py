"""A process that is slow to start is waited for while it lives, and never started a second time."""

import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from sandbox.desk import up
from sandbox.desk.up import Keeper
from sandbox.services.leash import Daemon, ServiceError, wait_until_up
from sandbox.services.service import answers, free_port

TELL_S = 0.1
LISTENS_LATE = """
import pathlib, socket, sys, time
print("loading", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.02)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""
DIES = "import sys; sys.exit('no room at the inn')"


class Slow:
    """A server that does not listen before its gate is open. The gate opens after three lines on it."""

    def __init__(self, folder, script=LISTENS_LATE):
        port, self.gate = free_port(), folder / "gate"
        self.told = []
        command = [sys.executable, "-c", script, str(port), str(self.gate)]
        self.process = Daemon(
            "slow", command, log=folder / "log", ready=lambda: answers(port), tell_s=TELL_S, say=self.say
        )

    def say(self, line):
        assert line.startswith("slow starts since ")
        self.told.append(line)
        if [line.endswith("says last: loading") for line in self.told].count(True) == 3:
            self.gate.touch()

    @property
    def starts(self):
        return self.process.log.read_text().count("loading")


@pytest.fixture
def slow(tmp_path):
    made = Slow(tmp_path)
    yield made
    made.process.kill()


@pytest.fixture
def dying(tmp_path):
    made = Slow(tmp_path, DIES)
    yield made
    made.process.kill()


def look_until(keeper: Keeper, wanted: Callable[[], bool]) -> None:
    while not wanted():
        keeper.look()
        time.sleep(0.01)


def test_it_is_waited_for_and_told_now_and_then(slow):
    slow.process.start()
    assert len(slow.told) >= 3
    assert slow.starts == 1


def test_one_that_lives_and_is_never_ready_is_an_error_with_its_last_words_and_the_way_to_wait_longer(tmp_path):
    hung = Slow(tmp_path)
    hung.gate = tmp_path / "never"
    hung.process.launch()
    while not hung.starts:
        time.sleep(0.01)
    hung.process.start_s = 0.0
    with pytest.raises(ServiceError) as caught:
        wait_until_up([hung.process])
    assert str(caught.value).startswith("slow lives, and is not ready after 0 s.")
    assert "TIDES_WAIT_FACTOR=3" in str(caught.value)
    assert str(caught.value).endswith("loading")
    assert not hung.process.running


def test_the_death_of_another_one_is_seen_meanwhile(slow, dying):
    slow.process.launch()
    dying.process.launch()
    with pytest.raises(ServiceError, match=r"(?s)slow ended while it started; .*no room at the inn"):
        wait_until_up([slow.process, dying.process])
    assert not slow.process.running


def test_the_keeper_starts_it_again_once_when_it_has_died_and_waits_for_it(slow):
    slow.gate.touch()
    slow.process.start()
    slow.gate.unlink()
    said = []
    keeper = Keeper(slow.process, said.append, back_off_s=0)
    keeper.look()
    assert said == []
    psutil.Process(slow.process.process.pid).kill()
    slow.process.process.wait()
    slow.told.clear()
    look_until(keeper, lambda: len(said) == 2)
    assert said[0].startswith("slow has died, and is started again; ")
    assert said[0].endswith("loading")
    assert said[1] == "slow is up again"
    assert len(slow.told) >= 3
    assert slow.starts == 2


def test_the_keeper_says_why_it_died_and_starts_it_at_most_once_in_the_back_off(dying):
    said = []
    keeper = Keeper(dying.process, said.append, back_off_s=600)
    keeper.look()
    dying.process.process.wait()
    for _ in range(3):
        keeper.look()
    assert len(said) == 1
    again = Keeper(dying.process, said.append, back_off_s=0)
    again.look()
    assert said[1].endswith("no room at the inn")


SUPERVISOR = """
import json, os, pathlib, psutil, sys, time
print("PostgreSQL is up", flush=True)
state, gate = map(pathlib.Path, sys.argv[1:])
while not gate.exists():
    time.sleep(0.02)
state.write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time(), "url": "http://there"}))
time.sleep(600)
"""


def supervisor(script, folder, monkeypatch):
    monkeypatch.setattr(up, "STATE", folder / "up.json")
    monkeypatch.setattr(up, "LOG", folder / "up.log")
    with up.LOG.open("wb") as log:
        command = [sys.executable, "-c", script, str(up.STATE), str(folder / "gate")]
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def test_make_up_waits_for_its_supervisor_as_long_as_that_lives(tmp_path, monkeypatch):
    process = supervisor(SUPERVISOR, tmp_path, monkeypatch)
    told = []

    def say(line):
        told.append(line)
        if line.endswith(" s: PostgreSQL is up"):
            (tmp_path / "gate").touch()

    try:
        assert up.wait_for_address(process, say, TELL_S)["url"] == "http://there"
    finally:
        process.kill()
        process.wait()
    assert told


def test_make_up_ends_with_the_logs_tail_when_its_supervisor_died(tmp_path, monkeypatch):
    process = supervisor(DIES, tmp_path, monkeypatch)
    with pytest.raises(ServiceError, match=r"(?s)did not start; .*no room at the inn"):
        up.wait_for_address(process, tell_s=TELL_S)
