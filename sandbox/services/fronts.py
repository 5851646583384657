"""What may stand between the bridge and an HTTP service: a front that speaks TLS, and a forward proxy."""

import os
import sys
from pathlib import Path

from sandbox.services.debian import program
from sandbox.services.leash import Daemon
from sandbox.services.service import HOST, Service, answers, free_port


class Front(Service):
    """Stunnel in `folder`: speaks TLS ahead of a server on the port `behind` of this machine.

    `certificate` is a PEM file with key and chain. With `authorities`, a client must show a certificate of theirs.
    """

    def __init__(self, folder: Path, behind: int, certificate: Path, authorities: Path | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings: dict[str, object] = {
            "foreground": "yes",
            "syslog": "no",
            "pid": "",
            "[front]": None,
            "accept": f"{HOST}:{self.port}",
            "connect": f"{HOST}:{behind}",
            "cert": certificate,
        }
        if authorities:
            self.settings |= {"CAfile": authorities, "verifyChain": "yes"}

    @property
    def url(self) -> str:
        """The address of the front."""
        return f"https://{HOST}:{self.port}"

    def start(self) -> None:
        """Start the front and wait until it listens; raises ServiceError."""
        file = self.folder / f"stunnel-{self.port}.conf"
        lines = (key if value is None else f"{key} = {value}" for key, value in self.settings.items())
        file.write_text("\n".join(lines) + "\n")
        stunnel = program("stunnel4")
        self.daemon = Daemon(
            "stunnel",
            [str(stunnel.path), str(file)],
            log=self.folder / f"stunnel-{self.port}.log",
            ready=lambda: answers(self.port),
            environment=stunnel.environment,
        )
        self.daemon.start()


LOGIN = "FORWARD_PROXY_LOGIN"
PROXY = f"""
import os, sys, proxy
login = os.environ.pop("{LOGIN}")
sys.argv += ["--basic-auth", login] if login else []
proxy.entry_point()
"""
"""proxy.py takes its login as an argument alone. Other users can read those of a process, so it comes by a variable."""


class ForwardProxy(Service):
    """The proxy proxy.py with its log in `folder`. It demands `login` (as "user:password") where one is given."""

    def __init__(self, folder: Path, login: str | None = None) -> None:
        self.port = free_port()
        self.login = login
        self.log = folder / f"proxy-{self.port}.log"
        # One process, since it serves few.
        one = ["--num-acceptors", "1", "--num-workers", "1", "--threadless"]
        self.daemon = Daemon(
            "forward proxy",
            [sys.executable, "-c", PROXY, "--hostname", HOST, "--port", str(self.port), *one],
            log=self.log,
            cwd=folder,
            environment={**os.environ, LOGIN: login or ""},
            ready=lambda: answers(self.port),
        )

    @property
    def url(self) -> str:
        """The address of the proxy, with the login that it demands."""
        return f"http://{f'{self.login}@' if self.login else ''}{HOST}:{self.port}"

    def start(self) -> None:
        """Start the proxy; raises ServiceError."""
        self._ours().start()
