"""Calls over one kept-alive HTTP session. Each ends by a deadline, is known to be sent or not, and follows nothing."""

import http.client
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
from urllib3.exceptions import HTTPError

from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway, SettingsError
from tides.foreign import Secrets, quoted
from tides.hooks.way import Way
from tides.hooks.wire import Call, Failure, Trouble, WatchedAdapter

MAX_ANSWER_BYTES = 256_000_000
"""No answer of either service comes near: 50 long light curves are 15 MB. It bounds the memory of a task."""

KEPT_BYTES = 2000
"""How much of a page that is not JSON is kept with an exchange."""


class CallFailed(ServiceAway):
    """A call got no whole answer. `sent`: whether a byte of the request can have reached the server."""

    def __init__(self, message: str, *, sent: bool, why: Trouble | None = None):
        super().__init__(message)
        self.sent = sent
        self.why = why


class RequestRefused(AnswerBroken):
    """A service refused a question as such: the same question gets the same answer."""

    def __init__(self, message: str, answer: "Answer"):
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """What a server answered, whole. A redirect `leads_to` a server, which is another one when it leads `away`."""

    status: int
    body: bytes
    retry_after_s: float | None
    leads_to: str | None = None
    away: bool = False

    def json(self) -> Any:
        """The body as strict JSON. Raises AnswerBroken when it is none (HTML, half a body, NaN)."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise AnswerBroken(f"an answer with status {self.status} is not JSON") from None

    def said(self) -> str:
        """The server's own words, shortened and on one line; a page of HTML is not quoted."""
        if 300 <= self.status < 400:
            to = "" if self.leads_to is None else f" to {self.leads_to}"
            return f"a redirect{to}{', another server' if self.away else ''}, which is not followed"
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
    """The one door to an HTTP service, on the way that its connection describes. Safe to be used by several threads.

    `service` is for messages. Nothing is repeated, and no redirect is followed.
    """

    def __init__(self, service: str, way: Way, connect_s: float, total_s: float):
        self.service = service
        self.way = way
        self._connect_s = connect_s
        self._total_s = total_s
        self._session = _Session()
        # Proxies, authorities and `.netrc` of the environment would replace what the connection says.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.verify = way.ca_file or True
        if way.client_cert:
            self._session.cert = (way.client_cert, way.client_key) if way.client_key else way.client_cert
        for scheme in ("http", "https"):
            self._session.mount(f"{scheme}://", WatchedAdapter())
            if way.proxy:
                self._session.proxies[scheme] = way.proxy

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
        under_way = Call(self._total_s)
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
                answer = _answer(url, response, secrets)
        except (OSError, HTTPError, http.client.HTTPException) as error:
            failure = self._failure(under_way, error, read_s)
            raise self._failed(method, url, failure, under_way.sent, secrets) from None
        finally:
            under_way.end()
        # A socket that is shut down ends a body without a length like a whole one.
        if under_way.overdue:
            raise self._failed(method, url, self._failure(under_way, None, read_s), True, secrets)
        # Without a tunnel the proxy answers itself. What it refuses, it has not passed on.
        if answer.status == 407 and self.way.proxy and url.startswith("http://"):
            refused = Failure(Trouble.PROXY_REFUSES, "407", at_proxy=True)
            raise self._failed(method, url, refused, False, secrets)
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
        place = f"{self.service} ({self.way})"
        if status in (401, 403):
            raise AccessRefused(f"{place} refused our token or password with {status}: correct the connection")
        if status == 429:
            kind = QuotaSpent if wait_s is None or wait_s > patience_s else ServiceAway
            raise kind(f"{place} answered 429, too many calls: the rest is done later", wait_s)
        if status >= 500:
            raise ServiceAway(f"{place} answered {status}: try again later", wait_s)
        if status >= 400:
            raise RequestRefused(f"{place} refused the request with {status}: {answer.said()}", answer)
        if status >= 300:
            raise RequestRefused(
                f"{place} answered {status}, {answer.said()}: is the host of the connection right?", answer
            )
        raise AnswerBroken(f"{place} answered {status} to a question")

    def _failure(self, under_way: Call, error: Exception | None, read_s: float) -> Failure:
        if under_way.overdue:
            return Failure(Trouble.TOO_LATE, f"{self._total_s:g}")
        if isinstance(error, _TooLarge):
            return Failure(Trouble.TOO_LARGE, str(MAX_ANSWER_BYTES))
        if under_way.failure:
            return under_way.failure
        if isinstance(error, requests.Timeout):
            return Failure(Trouble.SILENT, f"{read_s:g}")
        return Failure(Trouble.CUT)

    def _failed(self, method: str, url: str, failure: Failure, sent: bool, secrets: Secrets) -> CallFailed:
        words = secrets.quoted(failure.words(urlsplit(url).netloc, self.way.proxy_shown))
        return CallFailed(f"{self.service} ({self.way}): {method} {url}: {words}", sent=sent, why=failure.why)


def header_secret(secret: str | None, connection_id: str, field: str) -> str:
    """A token that can stand in a header. Raises SettingsError, without the token, when it is missing or cannot."""
    if not secret:
        raise SettingsError(f"connection {connection_id}: {field} is missing")
    # A line end in a header would begin another header.
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise SettingsError(f"connection {connection_id}: {field} holds a blank, a line end or a non-ASCII character")
    return secret


def retrying(attempts: int, backoff_max_s: float) -> tenacity.Retrying:
    """Repeats a question that can be repeated: for ServiceAway and AnswerBroken, with back-off and jitter.

    A service's Retry-After (s) is waited for up to `backoff_max_s`; beyond it the error is raised at once. QuotaSpent,
    RequestRefused and a lasting Trouble are raised at once, too: a repeat does not help there.
    """

    def worth_repeating(error: BaseException) -> bool:
        if isinstance(error, CallFailed) and error.why is not None and error.why.lasting:
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


class _Session(requests.Session):
    """Looks at no redirect. The library's own look reads the body without a limit, and fails at a broken address."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _TooLarge(OSError):
    """An answer is larger than what is read."""


def _answer(url: str, response: requests.Response, secrets: Secrets) -> Answer:
    """The whole answer to a call of an address, without our secrets."""
    body = secrets.removed(_whole_body(response))
    retry_after_s, location = _seconds(response.headers.get("Retry-After")), response.headers.get("Location")
    if location is None or not 300 <= response.status_code < 400:
        return Answer(response.status_code, body, retry_after_s)
    try:
        asked, there = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:
        return Answer(response.status_code, body, retry_after_s)
    leads_to, away = secrets.quoted(f"{there.scheme}://{there.netloc}{there.path}"), asked.netloc != there.netloc
    return Answer(response.status_code, body, retry_after_s, leads_to, away)


def _whole_body(response: requests.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(1 << 20):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise _TooLarge
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
