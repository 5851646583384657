"""A server of statsd: it takes what Airflow's own client sends, and keeps it by name."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, UDPServer

import pytest
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

from sandbox.services.service import HOST
from tests.limits import LIMIT_S
from tests.listening import listening

END = "tides.test_end"
"""What is sent last, so that nothing has to be waited for by the clock."""


@contextmanager
def statsd(monkeypatch: pytest.MonkeyPatch, **metrics: str) -> Iterator[Callable[[], dict[str, float]]]:
    """Airflow's settings `[metrics]` name a server of ours; gives what it has received since it was last asked.

    Keywords are further settings of the section.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        # All of a run's metrics lie in the socket until they are asked for.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        server.bind((HOST, 0))
        server.settimeout(LIMIT_S)
        further = {f"AIRFLOW__METRICS__{name.upper()}": value for name, value in metrics.items()}
        with monkeypatch.context() as settings:
            for name, value in (_settings(server.getsockname()[1]) | further).items():
                settings.setenv(name, value)
            # As Airflow does at the start of each task.
            stats.initialize(factory=get_stats_factory(), export_legacy_names=True)
            yield lambda: _received(server)
        stats.initialize(factory=get_stats_factory(), export_legacy_names=True)


@contextmanager
def names_sent() -> Iterator[tuple[dict[str, str], set[str]]]:
    """A server of statsd for other processes: the settings that name it, and the names that it has received so far."""
    names: set[str] = set()

    class Packet(BaseRequestHandler):
        def handle(self) -> None:
            names.add(self.request[0].decode().partition(":")[0])

    with listening(UDPServer((HOST, 0), Packet)) as server:
        yield _settings(server.server_address[1]), names


def _settings(port: int) -> dict[str, str]:
    there = {"statsd_on": "True", "statsd_host": HOST, "statsd_port": str(port)}
    return {f"AIRFLOW__METRICS__{name.upper()}": value for name, value in there.items()}


def _received(server: socket.socket) -> dict[str, float]:
    stats.Stats.gauge(END, 0)
    found = {}
    while True:
        name, _, rest = server.recv(65536).decode().rpartition(":")
        if name.startswith(f"airflow.{END}"):
            return found
        value, kind = rest.split("|")
        assert kind == "g"
        found[name.removeprefix("airflow.")] = float(value)
