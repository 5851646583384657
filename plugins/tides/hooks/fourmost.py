"""The connection `fourmost`: transients in 4MOST's 4FS Web Interface."""

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from time import monotonic
from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from tides.errors import (
    AccessRefused,
    AnswerBroken,
    LoginMissing,
    PayloadBroken,
    ServiceAway,
    SettingsError,
    TidesError,
)
from tides.foreign import Secrets
from tides.fourmost.api import Row
from tides.fourmost.outcomes import Denied, Late, NotSent, Outcome, Refused, Spared, Stored, Unknown
from tides.hooks.fields import connection_named
from tides.hooks.fourmost_answers import created, is_reason, is_row, json_of, page, refusal, refused_singly
from tides.hooks.http import Answer, CallFailed, Channel, RequestRefused, header_secret, retrying
from tides.hooks.one_at_a_time import one_at_a_time
from tides.hooks.way import Way, way_of
from tides.settings.model import load_settings

CONNECTION_ID = "fourmost"

TRANSIENTS = "targetCat/transients/"
VISITS = "targetCat/get-candidate-visits/"
TOKEN = "transients-token-auth/"  # noqa: S105  an address, not a token

PAGE_ROWS = 500
"""Rows a page of a list; some 500 kB."""


class _TooLate(Exception):
    """A write could not begin in time."""


class FourMostHook(BaseHook):
    """Writes and reads transients at 4MOST. Safe to be used by several threads.

    The connection: host is the base address, ending in `/QFSwi/`. Login and password are exchanged for a token, which
    is renewed once when 4MOST no longer takes it. With extra `{"auth": "basic"}` they are sent as such. A password
    without a login is a token. Writes give an outcome and are never repeated. Reads raise ServiceAway, AnswerBroken or
    AccessRefused, after some attempts.
    """

    conn_name_attr = "fourmost_conn_id"
    default_conn_name = CONNECTION_ID
    conn_type = "fourmost"
    hook_name = "4MOST"

    def __init__(self, fourmost_conn_id: str = CONNECTION_ID):
        super().__init__()
        self._conn_id = fourmost_conn_id
        self._settings = load_settings().fourmost
        self._token: str | None = None

    def create(self, payloads: Sequence[Mapping[str, Any]], begin_by: float | None = None) -> list[Outcome]:
        """Creates transients by one bulk call; the outcome of each, in the order of `payloads`, matched by `name`.

        With `begin_by` (`time.monotonic`) a call that could not begin until then is not made, and all are Late.
        Raises PayloadBroken, and sends nothing, for a value that JSON cannot carry or a name that comes twice.
        """
        names = [str(payload["name"]) for payload in payloads]
        # The answer is matched by name alone: its order proves nothing.
        if len(set(names)) < len(names):
            raise PayloadBroken("a bulk create has a name twice: its answer could not be matched")
        for payload in payloads:
            _demand_plain(payload)
        # Always a list: only the refusal of a list says which row is bad.
        body = [dict(payload) for payload in payloads]
        answer = self._write("POST", TRANSIENTS, body, self._settings.create_timeout_s, begin_by)
        if not isinstance(answer, Answer):
            return [answer] * len(names)
        if answer.status == 201:
            return created(answer, names)
        if answer.status == 400 and isinstance(json_of(answer), list):
            return refused_singly(answer, names)
        refused = refusal(answer)
        # A refusal without a list blames no row: the caller halves the bulk to find it.
        if len(names) > 1 and isinstance(refused, Refused):
            return [Spared(f"4MOST refused this bulk as a whole: {refused.reason}", refused.answer)] * len(names)
        return [refused] * len(names)

    def update(self, pk: int, fields: Mapping[str, Any], begin_by: float | None = None) -> Outcome:
        """Changes fields of the transient with primary key `pk`; `begin_by` and PayloadBroken as in `create`.

        The caller compares the name in the row: 4MOST restored from a backup can have another target under the key.
        """
        _demand_plain(fields)
        answer = self._write("PATCH", f"{TRANSIENTS}{pk}/", dict(fields), self._settings.read_timeout_s, begin_by)
        if not isinstance(answer, Answer):
            return answer
        if answer.status != 200:
            return refusal(answer)
        row = json_of(answer)
        # Any other body does not show whose row was changed.
        if is_row(row) and row["id"] == pk:
            return Stored(row)
        return Unknown(f"4MOST answered 200 to a change of {pk}, but not with its row", answer.words())

    def delete(self, pk: int) -> Outcome:
        """Deletes the transient with primary key `pk`, which 4MOST allows before ingestion."""
        answer = self._write("DELETE", f"{TRANSIENTS}{pk}/", None, self._settings.read_timeout_s)
        if not isinstance(answer, Answer):
            return answer
        return Stored({}) if answer.status == 204 else refusal(answer)

    def get(self, pk: int) -> Row | None:
        """The transient with primary key `pk`; None when 4MOST has none."""
        try:
            row = self._read("GET", f"{TRANSIENTS}{pk}/")
        except RequestRefused as refusal:
            # A 404 from 4MOST itself has JSON. A page of a proxy says nothing about the row.
            if refusal.answer.status == 404 and isinstance(json_of(refusal.answer), dict):
                return None
            raise
        if not is_row(row) or row["id"] != pk:
            raise AnswerBroken(f"4MOST answered something else than transient {pk}")
        return row

    def find(self, name: str) -> list[Row]:
        """All transients with exactly this name, of whatever survey."""
        # 4MOST ignores a filter that it does not know, and gives all rows. The first one would be a stranger.
        return [row for row in self.rows(name=name) if row["name"] == name]

    def rows(self, after: int = 0, /, **lookups: object) -> Iterator[Row]:
        """The transients beyond a key that match Django look-ups (`date_ingested__isnull=True`), in order of the key.

        4MOST ignores a look-up that it does not know: the caller checks what matters.
        """
        while True:
            # Paged by key, so that rows which change meanwhile are neither skipped nor doubled. No `next` link is
            # followed: it could lead to another host, with our token.
            params = {name: _text(value) for name, value in lookups.items()}
            rows, more = page(self._read("GET", TRANSIENTS, {**params, "id__gt": str(after), "limit": str(PAGE_ROWS)}))
            keys = [row["id"] for row in rows]
            if keys != sorted(set(keys)) or (keys and keys[0] <= after) or (more and not keys):
                raise AnswerBroken("4MOST's list is not in order of id, so that its pages cannot be trusted")
            yield from rows
            if not more:
                return
            after = keys[-1]

    def visits(self) -> list[Row]:
        """The candidate visits: the tiles that may be observed next. User and password open them; a token does not.

        Raises LoginMissing when the connection has a token only.
        """
        if not self._connection.login:
            raise LoginMissing(
                f"4MOST's candidate visits need a login and password in connection {self._conn_id}; it has a token only"
            )
        answer = self._read("GET", VISITS, basic=True)
        rows = answer.get("results") if isinstance(answer, dict) else answer
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise AnswerBroken("4MOST's answer about candidate visits is no list")
        if isinstance(answer, dict) and answer.get("next") is not None:
            raise AnswerBroken("4MOST gave only the first page of its candidate visits")
        return rows

    def options(self) -> dict[str, Any]:
        """What 4MOST says of the present columns of a transient."""
        answer = self._read("OPTIONS", TRANSIENTS)
        if not isinstance(answer, dict):
            raise AnswerBroken("4MOST's answer to OPTIONS is no object")
        return answer

    def test_connection(self) -> tuple[bool, str]:
        """Whether 4MOST knows us: one list of one row, after a token where the connection has a login."""
        try:
            page(self._read("GET", TRANSIENTS, {"limit": "1"}))
        except TidesError as error:
            return False, str(error)
        return True, f"4MOST serves us at {self._base}; {self._way.described(self._base)}"

    def _write(
        self, method: str, path: str, body: object, read_s: float, begin_by: float | None = None
    ) -> Answer | Denied | Late | NotSent | Unknown:
        """One write, sent once. It is sent again only after a clean 401 or 403, with a new token."""
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._authorised(method, path, read_s, data=data, begin_by=begin_by)
        except _TooLate:
            return Late("it would have begun too late after its mark")
        except AccessRefused as error:
            return Denied(401, None, str(error))
        except CallFailed as error:
            # Once a byte was sent, silence says nothing about what 4MOST has stored or will store.
            return Unknown(str(error)) if error.sent else NotSent(str(error))
        if answer.status in (401, 403, 429) and is_reason(json_of(answer)):
            return Denied(
                answer.status, answer.retry_after_s, f"4MOST answered {answer.status}: {answer.said()}", answer.words()
            )
        return answer

    def _read(self, method: str, path: str, params: dict[str, str] | None = None, *, basic: bool = False) -> Any:
        """One question's answer as JSON; repeated where that helps."""
        attempts, backoff_max_s = self._settings.read_attempts, self._settings.backoff_max_s
        for attempt in retrying(attempts, backoff_max_s):
            with attempt:
                answer = self._authorised(method, path, self._settings.read_timeout_s, params=params, basic=basic)
                return self._channel.demand(answer, backoff_max_s).json()
        raise AssertionError("tenacity raises or returns")

    def _authorised(
        self,
        method: str,
        path: str,
        read_s: float,
        *,
        params: dict[str, str] | None = None,
        data: bytes | None = None,
        basic: bool = False,
        begin_by: float | None = None,
    ) -> Answer:
        """A call under our name, by `basic` or as the connection says. A token no longer taken is renewed once."""
        url = self._base + path
        basic = basic or self._way.own.get("auth") == "basic"
        content = {} if data is None else {"Content-Type": "application/json"}

        def call(authorisation: str) -> Answer:
            # Asked here, since fetching a token may have taken the time.
            if begin_by is not None and monotonic() > begin_by:
                raise _TooLate
            headers = {"Authorization": authorisation, **content}
            secrets = self._secrets(authorisation.partition(" ")[2])
            return self._channel.call(
                method, url, secrets=secrets, headers=headers, read_s=read_s, params=params, data=data
            )

        login, password = self._connection.login, self._connection.password
        if basic and not login:
            raise SettingsError(f"{self._way}: basic authorisation needs a login")
        if basic:
            return call(f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}")
        if not login:
            return call(f"Token {header_secret(password, self._conn_id, 'the token (password)')}")
        used = self._token
        if used is None:
            with self._renewal():
                used = self._token = self._token or self._fetch_token(login, password or "")
        answer = call(f"Token {used}")
        return self._renewed(call, used, login, password or "") if _is_token_refused(answer) else answer

    def _renewed(self, call: Callable[[str], Answer], refused: str, login: str, password: str) -> Answer:
        """The call again, with a new token. A refusal of that one is believed."""
        # Where a user has one token, a renewal ends the token of each other task. So the new token is used before
        # anybody else may renew it, and before our other threads can use it up.
        with self._renewal():
            if self._token not in (None, refused) and not _is_token_refused(answer := call(f"Token {self._token}")):
                return answer
            token = self._fetch_token(login, password)
            answer = call(f"Token {token}")
            self._token = token
            return answer

    def _renewal(self) -> AbstractContextManager[None]:
        return one_at_a_time(f"token of {self._connection.login} at {self._base}", self._settings.total_timeout_s)

    def _secrets(self, *given: str) -> Secrets:
        """The secrets of the connection, and those that 4MOST gave for them."""
        return Secrets.of(self._connection.password, self._connection.login, self._connection.extra_dejson, *given)

    def _fetch_token(self, login: str, password: str) -> str:
        """A new token. Raises AccessRefused, or CallFailed as of a call that was not sent."""
        try:
            answer = self._channel.call(
                "POST",
                self._base + TOKEN,
                # Without the token that we have: 4MOST gives the same one again.
                secrets=self._secrets(),
                headers={},
                read_s=self._settings.read_timeout_s,
                data={"username": login, "password": password},
            )
            given = self._channel.demand(answer, self._settings.backoff_max_s).json()
            token = header_secret(given["token"], self._conn_id, "the token that 4MOST gave")
        except RequestRefused:
            raise AccessRefused(
                f"4MOST does not know user and password of connection {self._conn_id}: correct the connection"
            ) from None
        except (ServiceAway, AnswerBroken, SettingsError, TypeError, KeyError) as error:
            why = error.why if isinstance(error, CallFailed) else None
            # `sent` is about the write that needs the token, and that was not sent.
            raise CallFailed(f"4MOST gave no token: {error}", sent=False, why=why) from None
        mask_secret(token)
        return token

    @property
    def _base(self) -> str:
        return self._way.base(self._connection.host)

    @cached_property
    def _channel(self) -> Channel:
        return Channel("4MOST", self._way, self._settings.connect_timeout_s, self._settings.total_timeout_s)

    @cached_property
    def _way(self) -> Way:
        return way_of(self._connection, fields={"login"}, extras={"auth": {"basic"}})

    @cached_property
    def _connection(self) -> Any:
        return connection_named(self._conn_id)


def _is_token_refused(answer: Answer) -> bool:
    # Some servers say 403 of a token that has run out.
    return answer.status in (401, 403) and is_reason(json_of(answer))


def _demand_plain(payload: Mapping[str, Any]) -> None:
    """Raises PayloadBroken for a value that is no plain JSON value: NaN, infinity, a NumPy scalar, a Decimal."""
    for field, value in payload.items():
        # NumPy's float64 is an instance of float as well, so the exact type counts.
        if type(value) not in (int, float, str, bool, type(None)) or (
            type(value) is float and not math.isfinite(value)
        ):
            raise PayloadBroken(
                f"target {payload.get('name', '')}: {field} is {value!r} ({type(value).__name__}), which JSON cannot "
                f"carry to 4MOST; nothing was sent"
            )


def _text(value: object) -> str:
    """A look-up's value as Django reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
