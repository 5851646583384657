"""What may stand between the bridge and an HTTP service: a front that speaks TLS, and a forward proxy."""

import socket
import socketserver
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Any

from sandbox.services.leash import Daemon
from sandbox.services.service import HOST, PROJECT, Service, answers, free_port


class Front(Service):
    """Speaks TLS ahead of a server on a port of this machine, with its log in `folder`.

    `certificate` is a PEM file with key and chain. With `authorities`, a client must show a certificate of theirs.
    """

    def __init__(self, folder: Path, behind: int, certificate: Path, authorities: Path | None = None) -> None:
        self.port = free_port()
        arguments = [str(self.port), str(behind), str(certificate), *([str(authorities)] if authorities else [])]
        self.daemon = Daemon(
            "TLS front",
            [sys.executable, "-m", "sandbox.services.fronts", *arguments],
            log=folder / f"front-{self.port}.log",
            cwd=PROJECT,
            ready=lambda: answers(self.port),
        )

    @property
    def url(self) -> str:
        """The address of the front."""
        return f"https://{HOST}:{self.port}"

    def start(self) -> None:
        """Start the front; raises ServiceError."""
        self._ours().start()


class ForwardProxy(Service):
    """The proxy proxy.py with its log in `folder`. It demands `login` (as "user:password") where one is given."""

    def __init__(self, folder: Path, login: str | None = None) -> None:
        self.port = free_port()
        self.login = login
        self.log = folder / f"proxy-{self.port}.log"
        # One process, since it serves few.
        one = ["--num-acceptors", "1", "--num-workers", "1", "--threadless"]
        demand = ["--basic-auth", login] if login else []
        self.daemon = Daemon(
            "forward proxy",
            [sys.executable, "-m", "proxy", "--hostname", HOST, "--port", str(self.port), *one, *demand],
            log=self.log,
            cwd=folder,
            ready=lambda: answers(self.port),
        )

    @property
    def url(self) -> str:
        """The address of the proxy, with the login that it demands."""
        return f"http://{f'{self.login}@' if self.login else ''}{HOST}:{self.port}"

    def start(self) -> None:
        """Start the proxy; raises ServiceError."""
        self._ours().start()


class _Server(socketserver.ThreadingTCPServer):
    """Leads each connection to the port behind, through TLS."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, behind: int, certificate: str, authorities: str | None = None) -> None:
        super().__init__((HOST, port), socketserver.BaseRequestHandler)
        self.behind = behind
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authorities)
        self.context.load_cert_chain(certificate)
        self.context.verify_mode = ssl.CERT_REQUIRED if authorities else ssl.CERT_NONE

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Pass bytes on in both directions until one side hangs up."""
        with (
            suppress(OSError),
            self.context.wrap_socket(request, server_side=True) as front,
            socket.create_connection((HOST, self.behind)) as back,
        ):
            while True:
                ready = [front] if front.pending() else select([front, back], [], [])[0]
                for one in ready:
                    part = one.recv(1 << 16)
                    if not part:
                        return
                    (back if one is front else front).sendall(part)


if __name__ == "__main__":
    with _Server(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]) as server:
        server.serve_forever()
