"""A TCP proxy on localhost that cuts a connection at a word: before it is passed on, or before its answer comes back.

It can also trickle: let through few bytes at a time.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Literal

PIECE = 65536


class Proxy:
    """Passes bytes on to a server. What is asked of it holds from then on, for all connections."""

    def __init__(self, host: str, port: int):
        self.server = (host, port)
        self.cuts = 0
        self.piece, self.pause_s = PIECE, 0.0
        self._word: bytes | None = None
        self._skip = 0
        self._lost = "question"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at(self, word: bytes, lost: Literal["question", "answer"], skip: int = 0) -> None:
        """Cuts once, at a client's word after `skip` others: the word itself is lost, or only the answer to it."""
        self._word, self._lost, self._skip = word, lost, skip

    def cut_nothing(self) -> None:
        """Takes back a cut that has not come."""
        self._word = None

    def trickle(self, piece: int, pause_s: float) -> None:
        """Lets through so many bytes at a time, and pauses after each."""
        self.piece, self.pause_s = piece, pause_s

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                _Link(self, client, socket.create_connection(self.server))

    def _cuts(self, piece: bytes) -> bool:
        if self._word is None or self._word not in piece:
            return False
        self._skip -= 1
        if self._skip >= 0:
            return False
        self._word = None
        self.cuts += 1
        return True


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self.proxy, self.client, self.server = proxy, client, server
        self.answer_is_lost = False
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._ask, daemon=True).start()
        threading.Thread(target=self._answer, daemon=True).start()

    def _ask(self) -> None:
        with suppress(OSError):
            while piece := self.client.recv(PIECE):
                if self.proxy._cuts(piece):
                    if self.proxy._lost == "question":
                        break
                    self.answer_is_lost = True
                self._send(self.server, piece)
        self._end()

    def _answer(self) -> None:
        with suppress(OSError):
            while piece := self.server.recv(PIECE):
                if self.answer_is_lost:
                    break
                self._send(self.client, piece)
        self._end()

    def _send(self, where: socket.socket, piece: bytes) -> None:
        for start in range(0, len(piece), self.proxy.piece):
            where.sendall(piece[start : start + self.proxy.piece])
            time.sleep(self.proxy.pause_s)

    def _end(self) -> None:
        for each in (self.client, self.server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
