"""Calls over one kept-alive HTTP session. Each ends by a deadline, is known to be sent or not, and follows nothing."""

import http.client
import json
import socket
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock, Timer
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway, SettingsError, may_lie_in_question
from tides.foreign import Secrets, quoted

MAX_ANSWER_BYTES = 256_000_000
"""No answer of either service comes near: 50 long light curves are 15 MB. It bounds the memory of a task."""

KEPT_BYTES = 2000
"""How much of a page that is not JSON is kept with an exchange."""


class CallFailed(ServiceAway):
    """A call got no whole answer. `sent`: whether a byte of the request can have reached the server."""

    def __init__(self, message: str, *, sent: bool):
        super().__init__(message, amid_question=sent)
        self.sent = sent


class RequestRefused(AnswerBroken):
    """A service refused a question as such: the same question gets the same answer."""

    def __init__(self, message: str, answer: "Answer"):
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """What a server answered, whole."""

    status: int
    body: bytes
    retry_after_s: float | None

    def json(self) -> Any:
        """The body as strict JSON. Raises AnswerBroken when it is none (HTML, half a body, NaN)."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise AnswerBroken(f"an answer with status {self.status} is not JSON") from None

    def said(self) -> str:
        """The server's own words, shortened and on one line; a page of HTML is not quoted."""
        try:
            return quoted(self.json())
        except AnswerBroken:
            return "(not JSON)"

    def words(self) -> Any:
        """What the server answered, to be kept: JSON as it is, anything else as text, shortened and without NUL."""
        try:
            return self.json()
        except AnswerBroken:
            return self.body[:KEPT_BYTES].decode(errors="replace").replace("\0", "�")


class Channel:
    """The way to one service. Safe to be used by several threads.

    `service` and `connection_id` are for messages. Nothing is repeated, and no redirect is followed.
    """

    def __init__(self, service: str, connection_id: str, connect_s: float, total_s: float):
        self.service = service
        self.connection_id = connection_id
        self._connect_s = connect_s
        self._total_s = total_s
        self._session = requests.Session()
        # Proxies and `.netrc` of the environment would replace our authorisation.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            # Nothing below us may repeat a call: a repeated write may be stored twice.
            self._session.mount(scheme, _WatchedAdapter(max_retries=0))

    def call(
        self,
        method: str,
        url: str,
        *,
        secrets: Secrets,
        headers: dict[str, str],
        read_s: float,
        params: dict[str, str] | None = None,
        data: dict[str, str] | bytes | None = None,
    ) -> Answer:
        """One call: the whole answer, whatever its status, by the deadline of the channel (s).

        The answer is without `secrets`: it is kept and quoted, and a server may repeat them.
        Raises CallFailed when there is none.
        """
        under_way = _Call(self._total_s)
        token = _current.set(under_way)
        try:
            with self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers={"Accept": "application/json", "User-Agent": "tides-bridge", **headers},
                timeout=(self._connect_s, read_s),
                # A redirected POST becomes a GET, whose 200 looks like success though nothing was stored.
                allow_redirects=False,
                # The body is read under the deadline and the limit of its size.
                stream=True,
            ) as response:
                body = secrets.removed(_whole_body(response))
                answer = Answer(response.status_code, body, _seconds(response.headers.get("Retry-After")))
        except (OSError, HTTPError, http.client.HTTPException) as error:
            what = self._what_happened(under_way, error, read_s)
            raise CallFailed(f"{self.service}: {method} {url}: {what}", sent=under_way.sent) from None
        finally:
            under_way.end()
            _current.reset(token)
        # A socket that is shut down ends a body without a length like a whole one.
        if under_way.overdue:
            what = self._what_happened(under_way, None, read_s)
            raise CallFailed(f"{self.service}: {method} {url}: {what}", sent=True)
        return answer

    def demand(self, answer: Answer, patience_s: float) -> Answer:
        """The answer to a question, if it is a good one (200).

        Raises AccessRefused for 401 and 403, and ServiceAway for 429 and 5xx. Raises QuotaSpent for a 429 unless the
        service promises to serve us within `patience_s`. Raises RequestRefused for other 4xx and redirects, and
        AnswerBroken for anything else.
        """
        status, wait_s = answer.status, answer.retry_after_s
        if status == 200:
            return answer
        place = f"{self.service} (connection {self.connection_id})"
        if status in (401, 403):
            raise AccessRefused(f"{place} refused our token or password with {status}: correct the connection")
        if status == 429:
            kind = QuotaSpent if wait_s is None or wait_s > patience_s else ServiceAway
            raise kind(f"{place} answered 429, too many calls: the rest is done later", wait_s)
        if status >= 500:
            # One that says when it is back is down, whatever it was asked.
            away = f"{place} answered {status}, {answer.said()}: try again later"
            raise ServiceAway(away, wait_s, amid_question=wait_s is None)
        if status >= 400:
            raise RequestRefused(f"{place} refused the request with {status}: {answer.said()}", answer)
        if status >= 300:
            raise RequestRefused(
                f"{place} answered a redirect ({status}), which is not followed: correct the host", answer
            )
        raise AnswerBroken(f"{place} answered {status} to a question")

    def _what_happened(self, under_way: "_Call", error: Exception | None, read_s: float) -> str:
        if under_way.overdue:
            return f"no whole answer within {self._total_s:g} s"
        if not under_way.sent:
            return f"no connection; is the host of connection {self.connection_id} right, and the service up?"
        if isinstance(error, requests.Timeout):
            return f"no answer within {read_s:g} s"
        return "the connection was cut before the answer was whole"


def base_url(host: str | None, connection_id: str) -> str:
    """The base address that a connection's host names, ending in a slash.

    Raises SettingsError when it is no http(s) address.
    """
    try:
        parts = urlsplit(host or "")
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and not parts.query
        # A port that is no number raises only here.
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SettingsError(f"connection {connection_id}: the host must be an address like https://server/path/")
    return f"{(host or '').rstrip('/')}/"


def header_secret(secret: str | None, connection_id: str, field: str) -> str:
    """A token that can stand in a header. Raises SettingsError, without the token, when it is missing or cannot."""
    if not secret:
        raise SettingsError(f"connection {connection_id}: {field} is missing")
    # A line end in a header would begin another header.
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise SettingsError(f"connection {connection_id}: {field} holds a blank, a line end or a non-ASCII character")
    return secret


def retrying(attempts: int, backoff_max_s: float, *, part: bool = False) -> tenacity.Retrying:
    """Repeats a question that can be repeated: for ServiceAway and AnswerBroken, with back-off and jitter.

    A service's Retry-After (s) is waited for up to `backoff_max_s`; beyond it the error is raised at once. QuotaSpent
    and RequestRefused are raised at once, too: a repeat does not help there. With `part`, the question is a part of one
    that has failed again and again: only a pause that the service asks for is waited for.
    """

    def worth_repeating(error: BaseException) -> bool:
        if part and may_lie_in_question(error):
            return False
        if isinstance(error, ServiceAway):
            return not isinstance(error, QuotaSpent) and (error.retry_after_s or 0) <= backoff_max_s
        return isinstance(error, AnswerBroken) and not isinstance(error, RequestRefused)

    # Tasks that failed together must not ask again together.
    jitter = tenacity.wait_random_exponential(multiplier=1, max=backoff_max_s)

    def wait_s(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(jitter(state), getattr(error, "retry_after_s", None) or 0)

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(attempts),
        retry=tenacity.retry_if_exception(worth_repeating),
        wait=wait_s,
        reraise=True,
    )


class _Call:
    """A call under way: its deadline, and whether a byte of it can have reached the server."""

    def __init__(self, total_s: float):
        self.sent = False
        self.overdue = False
        self._socket: socket.socket | None = None
        self._ended = False
        self._lock = Lock()
        # The time-outs of requests are for each read: a server that drips a byte every few seconds never meets them.
        self._timer = Timer(total_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def sends_on(self, used: socket.socket) -> None:
        with self._lock:
            if self.overdue:
                raise TimeoutError
            self._socket = used
            # Set before the send: one that fails may still have put bytes on the wire.
            self.sent = True

    def end(self) -> None:
        with self._lock:
            self._ended = True
        self._timer.cancel()

    def _cut(self) -> None:
        with self._lock:
            if self._ended:  # the socket may serve another call by now
                return
            self.overdue = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


_current: ContextVar[_Call] = ContextVar("tides_http_call")


class _Watched(http.client.HTTPConnection):
    """Tells the call under way which socket it uses, so that the deadline can shut it."""

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _current.get().sends_on(self.sock)
        super().send(data)


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}


def _whole_body(response: requests.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(1 << 20):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise OSError(f"an answer of over {MAX_ANSWER_BYTES} bytes")
    return b"".join(parts)


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds; both forms of RFC 9110, 10.2.3."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        then = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
