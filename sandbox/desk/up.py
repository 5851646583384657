"""`make up`, `make sh`, `make down`: the whole stack in the background, with its page, and the stream playing on."""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from sandbox.desk.demo import WORK, recorded_folder, stop_on_sigterm
from sandbox.services.leash import TELL_S, Daemon, ServiceError, patient, tail, to_stderr
from sandbox.services.service import PROJECT, library_environment
from sandbox.services.stack import USER, Stack

FOLDER = WORK / "up"
STATE = WORK / "up.json"
LOG = WORK / "up.log"
STOP_TIMEOUT_S = 90
CHECK_S = 2.0
BACK_OFF_S = 30.0
"""The shortest time between two restarts of a process that died (s)."""


def supervise(data: Path | None) -> None:
    """Own the stack until SIGTERM, and restart services that die; runs in the background, its output in `LOG`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with Stack(FOLDER, data=data, begin=datetime.now(UTC), speed=1.0, say=_log) as stack:
        stack.replay(fast=False)
        stack.start_airflow()
        _write_state(
            url=stack.airflow_url,
            user=USER,
            password=stack.password,
            stand_ins=stack.sandbox.url,
            environment=own_environment(stack),
        )
        _log(f"up at {stack.airflow_url}")
        keepers = [Keeper(process, _log) for process in (*stack.airflow_processes, *_dask_processes(stack))]
        while True:
            time.sleep(CHECK_S)
            for keeper in keepers:
                keeper.look()


def own_environment(stack: Stack) -> dict[str, str]:
    """The variables by which a person's shell finds the stack; holds passwords, that of the tables' owner, too."""
    usual, found = library_environment(), stack.environment | stack.owners_environment
    return {name: value for name, value in found.items() if usual.get(name) != value}


def _dask_processes(stack: Stack) -> list[Daemon]:
    return [stack.dask.daemon, *stack.dask.workers] if stack.dask.daemon else []


class Keeper:
    """Starts a process again when it has died, and at most once in `back_off_s` seconds.

    A process that lives is never ended, however slow it starts. And it keeps nobody waiting: the health of one Airflow
    process is known only from another one, which may have died at the same time.
    """

    def __init__(self, process: Daemon, say: Callable[[str], None], back_off_s: float = BACK_OFF_S) -> None:
        self.process, self.say, self.back_off_s = process, say, back_off_s
        self._started = -math.inf
        self._coming = False

    def look(self) -> None:
        """Look once at the process."""
        process = self.process
        if not process.running:
            if time.monotonic() - self._started >= self.back_off_s:
                self.say(
                    f"{process.name} has died, and is started again; {process.log} ends with:\n{tail(process.log)}"
                )
                process.kill()
                process.launch()
                self._started, self._coming = time.monotonic(), True
        elif self._coming:
            with suppress(ServiceError):  # it has ended just now: seen by the next look
                if process.is_up():
                    self._coming = False
                    self.say(f"{process.name} is up again")


def _log(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}", flush=True)


def _write_state(**more: object) -> None:
    me = psutil.Process()
    STATE.touch(mode=0o600)
    STATE.write_text(json.dumps({"pid": me.pid, "created": me.create_time(), **more}))


def running() -> dict[str, Any] | None:
    """What the supervisor wrote about itself, when it still runs."""
    try:
        state = json.loads(STATE.read_text())
        alive = psutil.Process(state["pid"]).create_time() == state["created"]
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None
    return state if alive else None


def up(data: str) -> int:
    """Start the supervisor, unless it runs, wait until the page answers, and say where it is."""
    if state := running():
        print(f"It already runs. {_address(state)}")
        return 0
    command = [sys.executable, "-m", "sandbox.desk.up", "supervise", "--data", str(recorded_folder(data) or "")]
    WORK.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        supervisor = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    print("Starting; this takes one to two minutes, and longer on a slow machine.", flush=True)
    print(_address(wait_for_address(supervisor)))
    return 0


def wait_for_address(
    supervisor: subprocess.Popen[bytes],
    say: Callable[[str], None] = to_stderr,
    tell_s: float = TELL_S,
) -> dict[str, Any]:
    """What the supervisor writes about itself once all is up. While it lives, `say` gets a line every `tell_s` seconds.

    Raises ServiceError with the log's end when it has ended. Ctrl-C ends it.
    """
    told = begin = time.monotonic()
    try:
        while supervisor.poll() is None:
            if (state := running()) and "url" in state:
                return state
            time.sleep(0.3)
            if time.monotonic() - told >= tell_s:
                told = time.monotonic()
                say(f"Still starting after {told - begin:.0f} s: {tail(LOG, 1)}")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        supervisor.terminate()
        supervisor.wait()
    raise ServiceError(f"It did not start; {LOG} ends with:\n{tail(LOG, 30)}")


def _address(state: dict[str, Any]) -> str:
    if "url" not in state:
        return "It is still starting."
    return (
        f"Airflow: {state['url']}  user {state['user']}  password {state['password']}\n"
        f"Stand-ins for Lasair and 4MOST: {state['stand_ins']}\n"
        f"Logs: {FOLDER.relative_to(PROJECT)}/ and {LOG.relative_to(PROJECT)}.\n"
        "A shell for `tides` and `airflow`: `make sh`. Stop it with `make down`."
    )


def shell() -> int:
    """The user's shell, in which `tides` and `airflow` work on the running stack; 1 when none runs."""
    state = running()
    if state is None or "environment" not in state:
        print(_address(state) if state else "Nothing runs: start it with `make up`.", file=sys.stderr)
        return 1
    program = os.environ.get("SHELL", "/bin/sh")
    if sys.stdin.isatty():
        print("`tides doctor` checks the bridge; `exit` leaves this shell, and the bridge goes on.", flush=True)
    return subprocess.run([program], env=library_environment() | state["environment"]).returncode


def down() -> int:
    """Stop the supervisor and all that it started; exit 0 also when nothing runs."""
    state = running()
    if state is None:
        print("Nothing runs.")
        return 0
    supervisor = psutil.Process(state["pid"])
    supervisor.terminate()
    try:
        supervisor.wait(patient(STOP_TIMEOUT_S))
    except psutil.TimeoutExpired:
        supervisor.kill()
    STATE.unlink(missing_ok=True)
    print("Stopped.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """`python -m sandbox.desk.up up|sh|down [--data FOLDER]`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.desk.up", description=__doc__)
    parser.add_argument("command", choices=["up", "sh", "down", "supervise"])
    parser.add_argument("--data", default="", help="folder of recorded objects, instead of the sandbox's sky")
    options = parser.parse_args(arguments)
    try:
        if options.command == "down":
            return down()
        if options.command == "sh":
            return shell()
        if options.command == "up":
            return up(options.data)
        _write_state()
        stop_on_sigterm()
        supervise(recorded_folder(options.data))
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _log("stopped")
    finally:
        if options.command == "supervise":
            STATE.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
