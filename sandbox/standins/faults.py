"""Faults on demand, between the socket and the stand-ins.

A rule says which requests it matches, which fault they get and how often: see `Rule`. The first rule that matches a
request and has times left is applied. `/control/` is never touched, so a test can always clear the faults.
"""

import io
import json
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

WRONG_JSON = ("half", "html", "error", "objects", "order")
STATUSES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    301: "Moved Permanently",
    302: "Found",
    307: "Temporary Redirect",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
REFUSALS = {
    400: '{"err": "Not good. Sandbox fault."}',
    401: '{"detail": "Invalid token. Sandbox fault."}',
    403: '{"detail": "You do not have permission. Sandbox fault."}',
    404: '{"detail": "Not found. Sandbox fault."}',
}
HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
UNKNOWN_ZTF_ID = "ZTF00aaaaaaa"

StartResponse = Callable[..., object]
App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@dataclass
class Rule:
    """One fault. `kind` is one of

    * latency: waits `seconds`, then answers;
    * status: answers `status` (400 as {"err"}, 401, 403 and 404 as {"detail"}; 429 with `retry_after` seconds if
      given; 500, 502, 503 as HTML);
    * throttle: lets `calls` of these requests pass in any `seconds`, and answers the others 429, with Retry-After
      unless `silent`;
    * repeat: answers `status` and repeats the request's headers and body, secrets too;
    * redirect: answers `status` (301, 302, 307) to the path `to`;
    * cut: closes the connection, before answering or after `after_bytes` of the body;
    * trickle: answers a byte every `seconds`;
    * store_then_cut: does all of the request, then closes without an answer;
    * cut_then_store: closes at once (with `hold`: after `seconds`), and does the request after `seconds`;
    * bulk_half: stores the first `rows` of a bulk create, then answers 500 as HTML;
    * poison: does the request; if the answer holds the text `poison`, answers `status` in its place;
    * no_filter: answers a question as if it had asked for everything;
    * values: answers well, but the first `rows` rows have these `values`, by column;
    * wrong_json: spoils a good answer; `form` is half, html, error, objects (other ids) or order (reversed).
    """

    kind: str
    method: str | None = None
    path: str = ""  # regular expression, searched
    contains: str | None = None  # in the query or the body
    over: int | None = None  # a bulk of more rows than this
    times: int | None = 1  # None: for ever
    skip: int = 0  # so many matching requests first pass unharmed
    seconds: float = 1.0
    status: int = 500
    retry_after: int | None = None
    calls: int = 100
    silent: bool = False
    to: str = "/elsewhere/"
    after_bytes: int | None = None
    hold: bool = False
    rows: int = 1
    values: dict[str, Any] = field(default_factory=dict)
    form: str = "half"
    poison: str = ""
    passed: list[float] = field(default_factory=list, init=False)  # when a throttle let requests pass, since the start

    def matches(self, method: str, path: str, query: str, body: bytes) -> bool:
        """Whether the rule meets this request."""
        if self.method and self.method != method:
            return False
        if not re.search(self.path, path):
            return False
        if self.over is not None and _rows(body) <= self.over:
            return False
        return self.contains is None or self.contains in query or self.contains.encode() in body

    def lets_pass(self) -> bool:
        """Whether a throttle takes one more request now."""
        now = time.monotonic()
        self.passed = [when for when in self.passed if when > now - self.seconds]
        if len(self.passed) >= self.calls:
            return False
        self.passed.append(now)
        return True


def rule_from(entry: Any) -> Rule:
    """A rule from `{"match": {"method", "path", "contains", "over"}, "kind", …}`.

    Raises ValueError that names what is wrong with it.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"a rule is an object, not {entry!r}")
    flat = {**entry.get("match", {}), **{key: value for key, value in entry.items() if key != "match"}}
    unknown = set(flat) - {f.name for f in fields(Rule)}
    if unknown:
        raise ValueError(f"a rule has no {sorted(unknown)}; it knows {[f.name for f in fields(Rule)]}")
    if flat.get("kind") not in KINDS:
        raise ValueError(f"kind {flat.get('kind')!r} is none of {sorted(KINDS)}")
    rule = Rule(**flat)
    if rule.status not in STATUSES:
        raise ValueError(f"status {rule.status} is none of {sorted(STATUSES)}")
    if rule.form not in WRONG_JSON:
        raise ValueError(f"form {rule.form!r} is none of {list(WRONG_JSON)}")
    re.compile(rule.path)
    return rule


class Faults:
    """The rules in force. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(self, rules: list[Rule]) -> None:
        """Puts rules behind those that are there."""
        with self._lock:
            self._rules += rules

    def clear(self) -> None:
        """Removes all rules."""
        with self._lock:
            self._rules.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The rules with the times that they have left."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def take(self, method: str, path: str, query: str, body: bytes) -> Rule | None:
        """The rule that meets this request, used up by one."""
        with self._lock:
            for rule in self._rules:
                if rule.times == 0 or not rule.matches(method, path, query, body):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                if rule.kind == "throttle" and rule.lets_pass():
                    continue
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None


@dataclass
class Answer:
    """The answer that the stand-in made, before a fault changes it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    environ: dict[str, Any] = field(repr=False)

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status.split()[0])

    def send(self, start_response: StartResponse, body: bytes | None = None) -> list[bytes]:
        """Answers, with another body if given."""
        content = self.body if body is None else body
        headers = [(k, v) for k, v in self.headers if k.lower() != "content-length"]
        start_response(self.status, [*headers, ("Content-Length", str(len(content)))])
        return [content]


class FaultyApp:
    """The stand-ins' WSGI application with the faults before it; also where calls are recorded."""

    def __init__(self, app: App, world: Any) -> None:
        self._app = app
        self._world = world

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["sandbox.world"] = self._world
        path = environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = Request(self._app, environ, start_response, body)
        if path.startswith("/control/"):
            return request.answer()
        with self._world.calls.under_way():
            rule = self._world.faults.take(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], body)
            try:
                answer = request.answer() if rule is None else KINDS[rule.kind](rule, request)
            except ConnectionError:
                self._record(environ, body, 0)
                raise
            self._record(environ, body, request.sent_status)
            return answer

    def _record(self, environ: dict[str, Any], body: bytes, status: int) -> None:
        self._world.calls.record(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body, status)


class Request:
    """One request that a fault handles."""

    def __init__(self, app: App, environ: dict[str, Any], start_response: StartResponse, body: bytes) -> None:
        self._app = app
        self.environ = environ
        self._start_response = start_response
        self.body = body
        self.sent_status = 0

    def process(self, body: bytes | None = None) -> Answer:
        """The stand-in's answer to the request (with another body if given), which is not sent yet."""
        content = self.body if body is None else body
        environ = self.environ | {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}
        caught: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            caught[:] = [status, headers]

        result = self._app(environ, start_response)
        try:
            content = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return Answer(caught[0], caught[1], content, self.environ)

    def start_response(self, status: str, headers: list[tuple[str, str]]) -> None:
        """As WSGI's, but the status is remembered for the list of calls."""
        self.sent_status = int(status.split()[0])
        self._start_response(status, headers)

    def answer(self) -> list[bytes]:
        """Does the request and answers it."""
        return self.process().send(self.start_response)

    def reply(self, status: int, headers: dict[str, str], content_type: str, text: str) -> list[bytes]:
        """Sends another answer than the stand-in's."""
        line = f"{status} {STATUSES.get(status, 'OK')}"
        body = text.encode()
        extra = [("Content-Type", content_type), ("Content-Length", str(len(body))), *headers.items()]
        self.start_response(line, extra)
        return [body]

    def cut(self) -> None:
        """Closes the connection without an answer. Raises ConnectionAbortedError, which ends the handler."""
        self.environ["sandbox.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the sandbox cut this connection")


def _latency(rule: Rule, request: Request) -> list[bytes]:
    time.sleep(rule.seconds)
    return request.answer()


def _status(rule: Rule, request: Request) -> list[bytes]:
    if rule.status == 429:
        return _too_many(request, rule.retry_after)
    if rule.status in REFUSALS:
        return request.reply(rule.status, {}, "application/json", REFUSALS[rule.status])
    return request.reply(rule.status, {}, "text/html", HTML.format(f"{rule.status} {STATUSES[rule.status]}"))


def _throttle(rule: Rule, request: Request) -> list[bytes]:
    wait_s = rule.passed[0] + rule.seconds - time.monotonic()
    return _too_many(request, None if rule.silent else max(1, math.ceil(wait_s)))


def _too_many(request: Request, retry_after: int | None) -> list[bytes]:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return request.reply(429, headers, "application/json", '{"message": "Request limit exceeded. Sandbox fault."}')


def _repeat(rule: Rule, request: Request) -> list[bytes]:
    headers = {key: value for key, value in request.environ.items() if key.startswith("HTTP_")}
    said = {"detail": f"{headers} {request.body.decode(errors='replace')}"}
    return request.reply(rule.status, {}, "application/json", json.dumps(said))


def _redirect(rule: Rule, request: Request) -> list[bytes]:
    return request.reply(rule.status, {"Location": rule.to}, "text/html", HTML.format(STATUSES[rule.status]))


def _cut(rule: Rule, request: Request) -> list[bytes]:
    if rule.after_bytes is not None:
        # Past the server's own writer, so that the promised length is that of the whole body.
        answer = request.process()
        headers = [(k, v) for k, v in answer.headers if k.lower() != "content-length"]
        headers.append(("Content-Length", str(len(answer.body))))
        head = f"HTTP/1.1 {answer.status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n"
        request.environ["sandbox.socket"].sendall(head.encode() + answer.body[: rule.after_bytes])
    request.cut()
    return []


def _trickle(rule: Rule, request: Request) -> Iterator[bytes]:
    body = request.process().send(request.start_response)[0]
    return _byte_by_byte(body, rule.seconds)


def _byte_by_byte(body: bytes, seconds: float) -> Iterator[bytes]:
    for index in range(len(body)):
        time.sleep(seconds)
        yield body[index : index + 1]


def _store_then_cut(rule: Rule, request: Request) -> list[bytes]:
    request.process()
    request.cut()
    return []


def _cut_then_store(rule: Rule, request: Request) -> list[bytes]:
    if not rule.hold:
        # The client sees a lost connection now, and the row appears at 4MOST only later.
        request.environ["sandbox.socket"].shutdown(socket.SHUT_RDWR)
    time.sleep(rule.seconds)
    request.process()
    if rule.hold:
        request.cut()
    raise ConnectionAbortedError("the sandbox cut this connection before it stored")


def _bulk_half(rule: Rule, request: Request) -> list[bytes]:
    content = _content(request.body)
    # A server that dies amid a bulk create has stored a part of it, and its answer tells nothing of that.
    request.process(json.dumps(content[: rule.rows]).encode())
    return request.reply(500, {}, "text/html", HTML.format("500 Internal Server Error"))


def _poison(rule: Rule, request: Request) -> list[bytes]:
    answer = request.process()
    return _status(rule, request) if rule.poison in answer.body.decode() else answer.send(request.start_response)


def _content(body: bytes) -> Any:
    # The client may send its rows as JSON within a JSON string.
    content = json.loads(body)
    return json.loads(content) if isinstance(content, str) else content


def _rows(body: bytes) -> int:
    try:
        content = _content(body)
    except ValueError:
        return 0
    return len(content) if isinstance(content, list) else 1


def _no_filter(rule: Rule, request: Request) -> list[bytes]:
    asked = parse_qsl(request.environ["QUERY_STRING"])
    # Paging stays, or a reader of pages would never reach the end.
    request.environ["QUERY_STRING"] = urlencode([(k, v) for k, v in asked if k in ("limit", "offset", "id__gt")])
    return request.answer()


def _wrong_json(rule: Rule, request: Request) -> list[bytes]:
    answer = request.process()
    if rule.form == "half":
        return answer.send(request.start_response, answer.body[: len(answer.body) // 2])
    if rule.form == "html":
        return request.reply(200, {}, "text/html", HTML.format("Please log in"))
    if rule.form == "error":
        return request.reply(200, {}, "application/json", '{"error": "the sandbox does not feel well"}')
    content = json.loads(answer.body)
    if rule.form == "order":
        return answer.send(request.start_response, _compact(content[::-1]))
    rows = content if isinstance(content, list) else [content]
    for row in rows:
        row |= {key: type(row[key])(_other_id(row[key])) for key in ("objectId", "diaObjectId") if key in row}
    return answer.send(request.start_response, _compact(content))


def _values(rule: Rule, request: Request) -> list[bytes]:
    answer = request.process()
    content = json.loads(answer.body)
    paged = content.get("results") if isinstance(content, dict) else content
    for row in (paged if isinstance(paged, list) else [content])[: rule.rows]:
        row |= rule.values
    return answer.send(request.start_response, _compact(content))


def _compact(content: Any) -> bytes:
    """JSON as Django REST framework writes it, so that what is not spoilt is the same to the byte."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _other_id(object_id: str | int) -> str | int:
    return UNKNOWN_ZTF_ID if str(object_id).startswith("ZTF") else int(object_id) + 1


KINDS: dict[str, Callable[[Rule, Request], Iterable[bytes]]] = {
    "latency": _latency,
    "status": _status,
    "throttle": _throttle,
    "repeat": _repeat,
    "redirect": _redirect,
    "cut": _cut,
    "trickle": _trickle,
    "store_then_cut": _store_then_cut,
    "cut_then_store": _cut_then_store,
    "bulk_half": _bulk_half,
    "poison": _poison,
    "no_filter": _no_filter,
    "values": _values,
    "wrong_json": _wrong_json,
}
