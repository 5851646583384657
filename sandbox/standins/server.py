"""The server of both stand-ins: threads, HTTP/1.1 with connections kept alive, a socket that faults can reach."""

import signal
import tempfile
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.standins.faults import FaultyApp
from sandbox.standins.project import start_project
from sandbox.standins.world import World


class Handler(WSGIRequestHandler):
    """Puts the socket into the environment, for the faults. Logs nothing, since `/control/calls` lists the requests."""

    # Headers and body are two writes. With Nagle's algorithm the second waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        """WSGI's environment and the connection."""
        return super().get_environ() | {"sandbox.socket": self.connection}

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Server(ThreadedWSGIServer):
    """Threads that do not keep the process alive, and no tracebacks for clients that went away."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Does nothing: faults break connections on purpose."""


def serve(world: World, host: str, port: int, state: Path | None) -> None:
    """Serves until SIGTERM or SIGINT. Prints the address, with the port that was found free when `port` is 0.

    The 4MOST rows live in `state` (a folder, made when missing), or in a temporary one that goes with the server.
    Raises OSError when the port is taken.
    """
    # No temporary folder where none is needed: a server that is killed would leave it behind.
    with nullcontext(state) if state else tempfile.TemporaryDirectory(prefix="sandbox-") as place:
        folder = Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        server = Server((host, port), Handler)
        server.set_app(FaultyApp(start_project(folder), world))
        for number in (signal.SIGTERM, signal.SIGINT):
            # In a thread: shutdown waits for the loop, which the handler itself interrupts.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"sandbox: http://{host}:{server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.1)
        server.server_close()
    print("sandbox: stopped", flush=True)
