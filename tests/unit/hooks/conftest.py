"""A real HTTP server that answers as it is told, and Airflow connections that lead to it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sandbox.services.leash import patient

READ_S, TOTAL_S = patient(0.3), patient(0.6)
LIMITS = f"connect_timeout_s: {TOTAL_S}, read_timeout_s: {READ_S}, total_timeout_s: {TOTAL_S}, backoff_max_s: 0.02"
SHORT_WAITS = f"""
lasair: {{{LIMITS}, attempts: 3}}
fourmost: {{{LIMITS}, create_timeout_s: {READ_S}, settle_s: {2 * TOTAL_S}, read_attempts: 3,
            unsafe: [fourmost.settle_s]}}
"""

Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """Answers each request by the next act, and goes on with the last one. `connections` counts TCP connections."""

    url: str = ""
    acts: list[Act] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def answers(self, *acts: Act) -> None:
        """Sets what is answered from now on."""
        self.acts = list(acts)

    def next_act(self) -> Act:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]

    def says(self, content: object, status: int = 200, **headers: str) -> Act:
        """JSON."""
        return self.sends(json.dumps(content).encode(), status, **headers)

    def sends(self, body: bytes, status: int = 200, **headers: str) -> Act:
        """Any bytes; header names with `_` for `-`."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return act

    def cuts(self, handler: BaseHTTPRequestHandler) -> None:
        """Takes the request and hangs up."""
        handler.close_connection = True

    def halves(self, content: object, status: int = 200) -> Act:
        """Promises the whole body and hangs up after half of it."""
        body = json.dumps(content).encode()

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True

        return act

    def drips(self, text: bytes) -> Act:
        """A byte every 50 ms for ever, each well within the time-out of a read."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True
            for byte in text + b" " * 1000:
                if self.over.wait(0.05):
                    return
                try:
                    handler.wfile.write(bytes([byte]))
                except OSError:
                    return

        return act

    def is_silent(self, handler: BaseHTTPRequestHandler) -> None:
        """Takes the request and never answers."""
        handler.close_connection = True
        self.over.wait(10 * TOTAL_S)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            scripted.connections += 1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scripted.requests.append(Request(self.command, self.path, dict(self.headers), body))
            scripted.next_act()(self)

        do_GET = do_POST = do_PATCH = do_DELETE = do_OPTIONS = do_CONNECT = answer  # noqa: N815  the names that http.server calls

        def log_message(self, *args: object) -> None:
            """Nothing on the console."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """A client that hangs up is what the tests are about."""

    listening = Quiet(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    yield scripted
    scripted.over.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def short_waits(tmp_path, monkeypatch) -> None:
    """The bridge's settings with short waits."""
    settings = tmp_path / "short_waits.yaml"
    settings.write_text(SHORT_WAITS, encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", str(settings))


@pytest.fixture
def connect(monkeypatch, short_waits) -> Callable[..., None]:
    """Defines an Airflow connection for the test."""

    def define(conn_id: str, **fields: object) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps({"conn_type": conn_id, **fields}))

    return define
