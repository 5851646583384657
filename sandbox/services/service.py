"""The common part of all servers of the sandbox: a process of ours or a named one, a port, an environment."""

import os
import pwd
import random
import shutil
import socket
from pathlib import Path
from typing import Self

from sandbox.services.leash import Daemon, ServiceError

PROJECT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PORTS = range(20000, 32768)
"""Below the kernel's range of client ports, so no connection takes one of these ports before its server listens."""

_MARKS: list[socket.socket] = []
"""A UDP socket on each port that this process was given. It marks the port until the server listens."""


def free_port() -> int:
    """A TCP port on localhost on which nothing listens. No other process gets it while this one lives."""
    # Not the seeded generator: two processes with one seed would draw the same ports.
    chance = random.SystemRandom()
    for port in chance.sample(PORTS, min(200, len(PORTS))):
        mark = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                mark.bind((HOST, port))
                probe.bind((HOST, port))
            except OSError:
                mark.close()
                continue
            _MARKS.append(mark)
            return port
    raise ServiceError(f"no free port among {PORTS.start}–{PORTS.stop}")


def answers(port: int) -> bool:
    """Whether something accepts connections on a port of localhost."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def unprivileged(server: str) -> list[str]:
    """The start of a command line of a server that refuses to run as root: empty, or as root a change to nobody.

    Raises ServiceError when root cannot change.
    """
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise ServiceError(f"{server} does not run as root and `setpriv` is missing: go on as an ordinary user")
    nobody = pwd.getpwnam("nobody")
    # The capability lets nobody reach a virtual environment or a run folder in a home that is closed to others. The
    # securebit makes access(2), by which `initdb` looks for `postgres`, count the capability.
    reach = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *reach, "--"]


def write_private(file: Path, text: str) -> None:
    """Write a file with a secret in it."""
    # The mode comes before the content, so nobody else can read the secret in between.
    file.touch(mode=0o600)
    file.write_text(text)


class Service:
    """A server that is ours, or (`daemon` is None) a running one that somebody named."""

    daemon: Daemon | None = None

    def start(self) -> None:
        """Start the server and wait until it answers; raises ServiceError."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the server with its stop signal, if it is ours."""
        if self.daemon:
            self.daemon.stop()

    def kill(self) -> None:
        """Kill the server (SIGKILL); raises ServiceError when it is not ours."""
        self._ours().kill()

    def freeze(self) -> None:
        """Freeze the server with its sockets open (SIGSTOP); raises ServiceError when it is not ours."""
        self._ours().freeze()

    def thaw(self) -> None:
        """Continue a frozen server (SIGCONT)."""
        self._ours().thaw()

    def restart(self) -> None:
        """Start the server again on the same port and data, stopping it first if it runs."""
        daemon = self._ours()
        daemon.stop()
        daemon.start()

    def _ours(self) -> Daemon:
        if self.daemon is None:
            name = type(self).__name__
            raise ServiceError(f"this {name} is not ours to stop: unset TIDES_{name.upper()} to have an embedded one")
        return self.daemon

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A Dask worker without a nanny otherwise starts a thread of linear algebra on each core."""


def library_environment() -> dict[str, str]:
    """This process's environment with `plugins/` and `config/` on the path, and without the user's own Airflow."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    # Byte code is written: a process that compiles all its imports takes twice as long to start.
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(str(PROJECT / part) for part in ("plugins", "config"))}
