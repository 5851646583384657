"""Below a call: connections that are watched, so that a call ends in time and what went wrong has a name."""

import http.client
import os
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from threading import Lock, Timer
from typing import Any
from urllib.parse import unquote, urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError
from urllib3.poolmanager import PoolManager, ProxyManager

TUNNEL_FAILED = "Tunnel connection failed: "
"""What `http.client` puts ahead of a proxy's own status and words."""

HUNG_UP = "it hung up"

EXPIRED, OTHER_NAMES = 10, (62, 64)
"""OpenSSL's numbers (X509_V_ERR) of a certificate that has expired, and of one for another name or IP address."""


class Trouble(Enum):
    """Why a call got no whole answer: a sentence about a server (`{who}`), and whether it stays so until we act."""

    NAME_UNKNOWN = "the name of {who} does not resolve", False
    PORT_CLOSED = "the port of {who} is closed: is the address right, and the service up?", False
    UNREACHED = "no connection to {who} ({detail}): is the address right, and the service up?", False
    UNTRUSTED = (
        "the certificate of {who} is not trusted ({detail}): `ca_file` must hold the authority that signed it",
        True,
    )
    EXPIRED = "the certificate of {who} has expired", True
    OTHER_NAME = "the certificate of {who} is for another name ({detail})", True
    OURS_REFUSED = "{who} demands a certificate of ours that it knows ({detail}): is `client_cert` right?", True
    NO_TLS = "no TLS with {who} ({detail})", True
    PROXY_REFUSES = "{who} refuses to lead us to the service ({detail}): is `proxy` right?", True
    PROXY_FAILS = "{who} cannot reach the service ({detail})", False
    TOO_LATE = "no whole answer within {detail} s", False
    SILENT = "no answer within {detail} s", False
    CUT = "the connection was cut before the answer was whole", False
    TOO_LARGE = "the answer is larger than {detail} bytes, the most that is read", True

    def __init__(self, sentence: str, lasting: bool):
        self.sentence = sentence
        self.lasting = lasting


@dataclass(frozen=True)
class Failure:
    """What went wrong, whether with the proxy ahead of the service, and a detail: a limit, or another's words."""

    why: Trouble
    detail: str = ""
    at_proxy: bool = False

    def words(self, host: str, proxy: str | None) -> str:
        """The sentence, with the host or the proxy (both without a password) for who failed."""
        who = f"the proxy {proxy}" if self.at_proxy else host
        return self.why.sentence.format(who=who, detail=self.detail)


class Call:
    """A call under way: its deadline, whether a byte of it can have reached the server, and what went wrong."""

    def __init__(self, total_s: float):
        self.sent = False
        self.overdue = False
        self.failure: Failure | None = None
        self._line: socket.socket | None = None
        self._ended = False
        self._lock = Lock()
        # The time-outs of requests are for each read: a server that drips a byte every few seconds never meets them.
        self._timer = Timer(total_s, self._cut)
        self._timer.daemon = True
        self._timer.start()
        self._token = _current.set(self)

    def uses(self, number: int, *, sends: bool) -> None:
        """Notes the number of the socket in use, which the deadline shuts, and whether the request goes over it."""
        with self._lock:
            if self.overdue:
                raise TimeoutError
            self._hang_up()
            # A copy: TLS takes the first socket for itself, and a tunnel within TLS has none that can be shut.
            self._line = socket.socket(fileno=os.dup(number))
            # Set before the send: one that fails may still have put bytes on the wire.
            self.sent = self.sent or sends

    def end(self) -> None:
        """Ends the watch."""
        with self._lock:
            self._ended = True
            self._hang_up()
        self._timer.cancel()
        _current.reset(self._token)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _cut(self) -> None:
        with self._lock:
            if self._ended:  # the socket may serve another call by now
                return
            self.overdue = True
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)


_current: ContextVar[Call] = ContextVar("tides_http_call")


class WatchedAdapter(HTTPAdapter):
    """Opens watched connections, directly or through a proxy. Repeats nothing."""

    def __init__(self) -> None:
        # Nothing below us may repeat a call: a repeated write may be stored twice.
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Makes the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> ProxyManager:
        """Makes the pools of connections through a proxy."""
        made: ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        _watch(made)
        return made

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """The header that logs in at a proxy whose address has a login. In UTF-8, which holds every password."""
        parts = urlsplit(proxy)
        if parts.username is None:
            return {}
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"}


class _Watched(HTTPConnection):
    """Tells the call under way which socket it uses, and what goes wrong."""

    _at_proxy = False
    _asks_proxy = False

    def connect(self) -> None:
        # Up to the end of the tunnel, and all the way to a proxy that forwards, it is the proxy that can fail.
        self._at_proxy = self.proxy is not None
        try:
            super().connect()
        except (OSError, HTTPError, http.client.HTTPException) as error:
            call = _current.get()
            call.failure = call.failure or _failure_of(error, self._at_proxy)
            raise

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        try:
            _current.get().uses(made.fileno(), sends=False)
        except BaseException:
            made.close()
            raise
        return made

    def _tunnel(self) -> None:
        self._asks_proxy = True
        try:
            super()._tunnel()
        except OSError as error:
            _, refused, words = str(error).partition(TUNNEL_FAILED)
            if refused:
                why = Trouble.PROXY_REFUSES if words.startswith("4") else Trouble.PROXY_FAILS
                _current.get().failure = Failure(why, words, at_proxy=True)
            raise
        finally:
            self._asks_proxy = False
        self._at_proxy = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _current.get().uses(self.sock.fileno(), sends=not self._asks_proxy)
        try:
            super().send(data)
        except ssl.SSLError:
            # The server has hung up. Why it did may lie unread.
            with suppress(OSError):
                self._reading(lambda: self.sock.recv(1))
            raise

    def getresponse(self) -> Any:
        return self._reading(super().getresponse)

    def _reading(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        # In TLS 1.3 a server refuses our certificate only after we have begun to send.
        except ssl.SSLError as error:
            failure = _failure_of(error, at_proxy=False)
            if failure.why is Trouble.OURS_REFUSED:
                _current.get().failure = failure
            raise


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _WatchedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


def _watch(pools: PoolManager) -> None:
    pools.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTLSPool}


def _failure_of(error: Exception, at_proxy: bool) -> Failure:
    """Why a connection could not be made."""
    match error:
        case NameResolutionError():
            return Failure(Trouble.NAME_UNKNOWN, at_proxy=at_proxy)
        case ssl.SSLCertVerificationError():
            why = {EXPIRED: Trouble.EXPIRED} | dict.fromkeys(OTHER_NAMES, Trouble.OTHER_NAME)
            return Failure(why.get(error.verify_code, Trouble.UNTRUSTED), error.verify_message, at_proxy)
        case ssl.SSLEOFError():
            return Failure(Trouble.UNREACHED, HUNG_UP, at_proxy)
        case ssl.SSLError():
            # An alert of the other side about certificates is about ours: we have looked at theirs ourselves.
            reason = error.reason or HUNG_UP
            ours = "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason)
            return Failure(Trouble.OURS_REFUSED if ours else Trouble.NO_TLS, reason, at_proxy)
    cause = error.__cause__ or error
    if isinstance(cause, ConnectionRefusedError):
        return Failure(Trouble.PORT_CLOSED, at_proxy=at_proxy)
    if isinstance(cause, TimeoutError):
        return Failure(Trouble.UNREACHED, "no answer in time", at_proxy)
    return Failure(Trouble.UNREACHED, (cause.strerror if isinstance(cause, OSError) else None) or HUNG_UP, at_proxy)
