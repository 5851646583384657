"""A process that has imported Airflow and the bridge, and forks for each command: the imports take seconds each time.

A command that it forks runs as by `python -m`, with a session, an environment and a log of its own. What Airflow reads
while it is imported is that of the environment in which the process was started.
"""

import gc
import importlib
import math
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import tides
from sandbox.services.leash import POLL_S, Daemon
from sandbox.services.stack import Stack

FAMILY = "AF_UNIX"
SOCKET, READY = "socket", "ready"
"""The names of the files by which it is reached, and by which it says that it can be reached."""
USED = (
    "airflow.api_fastapi.core_api.app",
    "airflow.api_fastapi.execution_api.app",
    "airflow.cli.cli_parser",
    "airflow.cli.commands.api_server_command",
    "airflow.cli.commands.dag_command",
    "airflow.cli.commands.dag_processor_command",
    "airflow.cli.commands.scheduler_command",
    "airflow.cli.commands.triggerer_command",
    "airflow.sdk.execution_time.task_runner",
    "airflow.utils.db",
)
"""What the commands of the tests import of Airflow."""
WITH_A_THREAD = ("tides.commands", "tides.efficiency", "tides.page", "tides.sample")
"""What imports pyarrow, which starts a thread."""


class QuickStack(Stack):
    """A stack whose commands by `python -m` are forked. A program that is named (`airflow`, `tides`) is not."""

    mark = "/+%\"&'\\"
    """So that a secret is written otherwise in JSON, in an address and in HTML."""

    def __init__(self, folder: Path, **how: Any):
        super().__init__(folder, **how)
        # The path of a socket may have about 100 characters, and a run folder has often more.
        self._place = tempfile.TemporaryDirectory(prefix="tides-forks-")
        self._forks: Daemon | None = None
        self._starting = threading.Lock()

    def process(self, name: str, command: Sequence[str], **how: Any) -> Daemon:
        """A process of this stack that is not started yet."""
        process = super().process(name, command, **how)
        if list(command[:2]) != [sys.executable, "-m"]:
            return process
        place = Path(self._place.name)
        with self._starting:
            if self._forks is None:
                serve = [sys.executable, "-m", "tests.forks", str(place)]
                ready = (place / READY).exists
                self._forks = super().process("forks", serve, log=self.folder / "forks.log", ready=ready)
                self._forks.start()
        process.begin = lambda: Forked(place / SOCKET, process.command[2:], process.environment, process.log)
        return process

    def stop(self) -> None:
        """Ends everything, the process that forks at last."""
        try:
            super().stop()
        finally:
            if self._forks is not None:
                self._forks.stop()
            self._place.cleanup()


class Forked:
    """A forked process, as far as a Daemon needs to know what subprocess.Popen knows."""

    def __init__(self, socket: Path, words: Sequence[str], environment: Mapping[str, str], log: Path):
        self._line = Client(str(socket), FAMILY)
        self._line.send((words, environment, log))
        self.pid: int = self._line.recv()
        self._code: int | None = None
        self._reading = threading.Lock()

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with self._reading:
            if self._code is None and self._line.poll():
                self._code = self._line.recv()
                self._line.close()
            return self._code

    def wait(self, timeout: float = math.inf) -> int:
        """The exit code, after the end. Raises subprocess.TimeoutExpired after so many seconds."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("what was forked", timeout)
            time.sleep(POLL_S)
        return code

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


def serve(place: Path) -> None:
    """Forks for each caller, until it is ended. Returns in what was forked alone."""
    # Here, since pytest's own process needs none of Airflow.
    from airflow.providers_manager import ProvidersManager
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    for name in USED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(tides.__path__, "tides."):
        if not module.name.startswith(WITH_A_THREAD) and module.name != "tides.__main__":
            importlib.import_module(module.name)
    ProvidersManager().initialize_providers_configuration()
    _ = in_process_api_server().app  # `dags test` asks it, and its making takes more than a second
    # What is frozen, no collection writes to, so that all share its pages.
    gc.freeze()
    threads = len(list(Path("/proc/self/task").iterdir()))
    assert threads == 1, f"{threads} threads: no fork has the others, and may wait for their locks"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with Listener(str(place / SOCKET), FAMILY) as listener:
        (place / READY).touch()
        while True:
            with listener.accept() as caller:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    attend(caller)
                    return


def attend(caller: Connection) -> None:
    """Forks a command and tells its caller its process id, and its exit code in the end. Returns in the command."""
    words, environment, log = caller.recv()
    if pid := os.fork():
        caller.send(pid)
        caller.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os._exit(0)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
        for number, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), number)
    sys.argv = words


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
    # Here comes what was forked: it runs as if Python had been started with it.
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
