"""Certificates and tokens that end soon, from a real server over TLS to the mail."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from sandbox.services.service import HOST
from tides.hooks.certificates import certificates_end
from tides.journal.kinds import Kind

NOW = datetime.now(UTC)
ALARM = f"TiDES: {Kind.ENDS_SOON}"


class Server:
    """Speaks TLS, and hangs up after the handshake. Its certificate can be renewed while it listens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._listening = socket.create_server((HOST, 0))
        self.port = self._listening.getsockname()[1]
        self.certificate = folder / "server.pem"
        threading.Thread(target=self._serve, daemon=True).start()

    def show(self, days: float) -> None:
        """Shows a certificate that ends in so many days."""
        made = trustme.CA().issue_cert("localhost", not_after=NOW + timedelta(days=days))
        made.private_key_and_cert_chain_pem.write_to_path(self.certificate)
        self._context.load_cert_chain(self.certificate)

    def close(self) -> None:
        """Listens no longer."""
        # What only closes would take one more caller.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as shown:
                    shown.recv(1)
            except OSError:
                continue


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server over TLS whose certificate ends in 12 days."""
    made = Server(tmp_path)
    made.show(12.1)
    yield made
    with suppress(OSError):
        made.close()


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts an Airflow connection into the environment."""
    return lambda name, **fields: monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))


def test_a_servers_certificate_makes_one_message_and_its_successor_an_all_clear(watching, post, server, connect):
    _, watchdog = watching()
    connect("lasair_api", conn_type="lasair", host=f"https://localhost:{server.port}/api", password="t" * 9)
    (said,) = watchdog.ages()
    assert said.startswith(f"lasair_api: server localhost:{server.port} ends on {NOW + timedelta(days=12.1):%Y-%m-%d}")
    assert said.endswith(" UTC, in 12 days")
    assert watchdog.run() == [ALARM]
    assert f"ends on {NOW + timedelta(days=12.1):%Y-%m-%d}" in post.text()
    watchdog.ages()
    assert watchdog.run() == []
    server.close()
    assert watchdog.ages() == []
    assert watchdog.run() == [], "while it cannot be looked at, nothing is known to be better"
    renewed = Server(server.certificate.parent)
    renewed.show(400)
    connect("lasair_api", conn_type="lasair", host=f"https://localhost:{renewed.port}/api", password="t" * 9)
    assert watchdog.ages() == []
    renewed.close()
    assert watchdog.run() == [f"TiDES: over: {Kind.ENDS_SOON}"]
    assert post.subjects == [ALARM, f"TiDES: over: {Kind.ENDS_SOON}"]


def test_a_token_by_its_date_and_a_file_of_ours_that_has_ended_are_told(watching, post, server, connect):
    soon = f"{NOW + timedelta(days=3):%Y-%m-%d}"
    _, watchdog = watching({"tokens_end": {"Lasair": soon, "4MOST": "2999-01-01"}})
    server.show(-2.5)
    connect("dask", conn_type="dask", host="tcp://127.0.0.1", extra={"client_cert": str(server.certificate)})
    file, token = watchdog.ages()
    assert file.startswith(f"dask: our certificate {server.certificate} ended on ")
    assert file.endswith(" UTC, 2 days ago")
    assert token.startswith(f"token Lasair ends on {soon} 00:00 UTC, in ")
    assert watchdog.run() == [ALARM]
    assert f"About: dask: our certificate {server.certificate}, token Lasair" in post.text()


def test_what_cannot_be_looked_at_is_unknown_and_what_is_not_encrypted_or_behind_a_proxy_is_left_out(connect, server):
    connect("a", conn_type="fourmost", host="http://localhost/QFSwi/")
    connect("b", conn_type="fourmost", host="https://localhost:1/QFSwi/", extra={"client_cert": "/no/such.pem"})
    connect("c", conn_type="fourmost", host=f"https://localhost:{server.port}/", extra={"proxy": "http://localhost:1"})
    connect("d", conn_type="kafka", extra={"bootstrap.servers": f"localhost:{server.port}"})
    connect("e", conn_type="postgres", host="/var/run")
    connect("f", conn_type="lasair", host="https://[", extra="not json")
    ends = certificates_end("abcdefg")
    assert ends == {"b: our certificate /no/such.pem": None, "b: server localhost:1": None}
