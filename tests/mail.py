"""A mail server on this machine, which keeps what it takes."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from sandbox.services.service import HOST
from tests.listening import listening


class Mailbox(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as a client without TLS and login needs. While `away`, it takes no mail."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Session)
        self.mails: list[Message] = []
        self.away = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def subjects(self) -> list[str]:
        """The subjects of all mails, in their order."""
        return [str(make_header(decode_header(mail["Subject"]))) for mail in self.mails]

    def text(self, place: int = -1) -> str:
        """The body of a mail: the last one, if nothing else is said."""
        (part,) = self.mails[place].get_payload()  # type: ignore[misc]
        return bytes(part.get_payload(decode=True)).decode()  # type: ignore[union-attr, arg-type]


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                return self._say("221 bye")
            if verb == b"MAIL" and self.server.away:
                self._say("451 later; the secret is a-secret-of-ours")
            elif verb == b"DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(message_from_bytes(b"".join(lines)))
                self._say("250 taken")
            else:
                self._say("250 here")
        return None

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that listens until the end."""
    with listening(Mailbox()) as server:
        yield server
