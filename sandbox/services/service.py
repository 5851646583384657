"""What all servers of the sandbox have in common: a process of ours or a named one, a port, an environment."""

import os
import random
import socket
from pathlib import Path
from typing import Self

from sandbox.services.leash import Daemon, ServiceError

PROJECT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PORTS = range(20000, 32768)
"""Below the range from which the kernel gives ports to clients, so that no connection takes ours meanwhile."""

_MARKS: list[socket.socket] = []
"""A UDP socket on each port that this process was given: a server takes seconds to listen on its own."""


def free_port() -> int:
    """A TCP port on localhost on which nothing listens, and which nobody else is given while this process lives."""
    chance = random.SystemRandom()  # whoever seeds `random` must not get a neighbour's ports
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


class Service:
    """A server that is ours, or (`daemon` is None) a running one that somebody named."""

    daemon: Daemon | None = None

    def start(self) -> None:
        """Start the server and wait until it answers; raises ServiceError."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the server gently, if it is ours."""
        if self.daemon:
            self.daemon.stop()

    def kill(self) -> None:
        """Kill the server (SIGKILL); raises ServiceError when it is not ours."""
        self._ours().kill()

    def freeze(self) -> None:
        """Let the server stand still with its sockets open (SIGSTOP); raises ServiceError when it is not ours."""
        self._ours().freeze()

    def thaw(self) -> None:
        """Let a frozen server go on."""
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
"""Dask workers without a nanny would else start a thread of linear algebra on each core."""


def library_environment() -> dict[str, str]:
    """Our environment, in which the library (`plugins/`) and `config/` are found and no Airflow of the user's is.

    Byte code is written: each process would else compile all that it imports, which doubles its start.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(str(PROJECT / part) for part in ("plugins", "config"))}
