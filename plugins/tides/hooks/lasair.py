"""The connection `lasair_api`: light curves, rows and cross-matches from Lasair's REST API, of every survey."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from airflow.sdk import BaseHook
from lasair import lasair_client

from tides.brokers.lasair import served
from tides.brokers.source import UNKNOWN_OBJECT, Fetched
from tides.errors import AnswerBroken, TidesError
from tides.hooks.http import Answer, Channel, RequestRefused, base_url, header_secret, quoted, retrying
from tides.settings.model import load_settings
from tides.settings.sections import Lasair as LasairSettings
from tides.surveys.survey import survey as survey_named

CONNECTION_ID = "lasair_api"

HTML_TAG = re.compile(r"</?\w+/?>")

BLANKS = re.compile(r"[ \t\r\n]*")

Read = TypeVar("Read")


def no_further_call() -> None:
    """For a caller that keeps no ledger of calls."""


class LasairHook(BaseHook):
    """Asks Lasair for light curves, rows and cross-matches, and tells it annotations.

    The connection: host is the base address (`https://…/api`), password the token. Its extra may name addresses (as
    `lsst`) and tokens (as `lsst_token`) by survey.
    """

    conn_name_attr = "lasair_conn_id"
    default_conn_name = CONNECTION_ID
    conn_type = "lasair"
    hook_name = "Lasair"

    def __init__(self, lasair_conn_id: str = CONNECTION_ID):
        super().__init__()
        self._conn_id = lasair_conn_id
        self._settings = load_settings().lasair
        self._channel = Channel(
            "Lasair", lasair_conn_id, self._settings.connect_timeout_s, self._settings.total_timeout_s
        )
        # Lasair ends a query only after 300 s (docs/contracts/lasair.md, "query").
        self._slow_channel = Channel(
            "Lasair", lasair_conn_id, self._settings.connect_timeout_s, self._settings.query_timeout_s
        )

    @property
    def objects_a_call(self) -> int:
        """How many objects one call of `light_curves` may ask for."""
        return self._settings.objects_a_call

    def get_conn(self, survey: str | None = None) -> lasair_client:
        """Lasair's own client for a survey's server, on this hook's session and deadlines, with one attempt a call.

        Without a survey it is the first stream's. Its calls raise this project's errors. Raises SettingsError when the
        connection is not complete.
        """
        asked = survey or _first_survey()
        return _Client(self._token(asked), self._base(asked), self._channel, self._settings)

    def token_digest(self, survey: str) -> str:
        """The digest by which the ledger of calls knows a survey's token."""
        # The ledger lies in the database, which must not hold the token itself.
        return hashlib.sha256(self._token(survey).encode()).hexdigest()[:16]

    def light_curves(self, survey: str, ids: Sequence[str], again: Callable[[], None] = no_further_call) -> Fetched:
        """The light curves of a survey's objects by one call of `lightcurves`, each as the bytes that Lasair sent.

        `again` is called before each repeated attempt. Raises ServiceAway, QuotaSpent, AccessRefused, and AnswerBroken
        for an answer without any of the objects asked for.
        """
        form = {"objectIds": ",".join(ids)}
        return self._ask(survey, "lightcurves", form, again, lambda answer: _cut_bulk(answer.body, survey, ids))

    def object(self, survey: str, object_id: str, again: Callable[[], None] = no_further_call) -> bytes | None:
        """One object's light curve by a call of `object`, as Lasair sent it. It is None when Lasair does not know it.

        Raises as `light_curves` does.
        """
        form = {"objectId": object_id, "lite": "true" if served(survey).lite else "false", "lasair_added": "false"}
        try:
            return self._ask(survey, "object", form, again, lambda answer: _one_object(answer.body, survey, object_id))
        except RequestRefused as refusal:
            if _says_unknown(refusal.answer):
                return None
            raise

    def query(
        self,
        survey: str,
        selected: str,
        tables: str,
        conditions: str,
        limit: int,
        again: Callable[[], None] = no_further_call,
    ) -> list[dict[str, Any]]:
        """Rows of Lasair's database by one call of `query`: at most `limit`, fewer where the token may have fewer.

        Raises as `light_curves` does, and AnswerBroken, with Lasair's words, for a query that it cannot run.
        """
        form = {"selected": selected, "tables": tables, "conditions": conditions, "limit": str(limit)}
        try:
            return self._ask(survey, "query", form, again, lambda answer: _rows(answer.body), self._slow_channel)
        except RequestRefused as refusal:
            raise AnswerBroken(f"Lasair could not run the query: {_query_error(refusal.answer)}") from None

    def sherlock_object(
        self, survey: str, object_id: str, again: Callable[[], None] = no_further_call
    ) -> dict[str, Any] | None:
        """Sherlock's answer about an object, as Lasair sent it: `classifications` and the list `crossmatches`.

        It is None when Lasair does not know the object. NaN becomes None. Raises as `light_curves` does, and
        AnswerBroken, with Lasair's words, where Sherlock could not be asked.
        """
        form = {"objectId": object_id, "lite": "false"}  # the lite form has no ranks
        try:
            return self._ask(survey, "sherlock/object", form, again, lambda answer: _crossmatched(answer.body))
        except RequestRefused as refusal:
            if _says_not_found(refusal.answer):
                return None
            raise

    def annotate(
        self, survey: str, object_id: str, content: dict[str, Any], again: Callable[[], None] = no_further_call
    ) -> None:
        """Stores an annotation of an object, in the place of the last one of the same topic.

        `content` has the arguments of Lasair's own client: `topic`, `classification`, `version`, `explanation`,
        `classdict`. Raises as `light_curves` does, and AnswerBroken, with Lasair's words, for a refused annotation.
        """
        for attempt in retrying(self._settings.attempts, self._settings.backoff_max_s):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    again()
                said = self.get_conn(survey).annotate(objectId=object_id, **content)
        # A refusal may come with status 200 (docs/contracts/lasair.md, "annotate").
        if not isinstance(said, dict) or "error" in said:
            reason = quoted(said["error"]) if isinstance(said, dict) else "an answer of another shape"
            raise AnswerBroken(f"Lasair did not take an annotation: {reason}")

    def test_connection(self, survey: str | None = None) -> tuple[bool, str]:
        """Whether Lasair serves us, by one call for no real object. Without a survey it is the first stream's."""
        asked = survey or _first_survey()
        method, key = ("lightcurves", "objectIds") if "bulk" in served(asked).ways else ("object", "objectId")
        try:
            answer = self._post(asked, method, {key: survey_named(asked).unused_id})
            if not _says_unknown(answer):
                self._channel.demand(answer, self._settings.backoff_max_s).json()
        except TidesError as error:
            return False, str(error)
        return True, f"Lasair serves survey {asked} at {self._base(asked)}"

    def _ask(
        self,
        survey: str,
        method: str,
        form: dict[str, str],
        again: Callable[[], None],
        read: Callable[[Answer], Read],
        channel: Channel | None = None,
    ) -> Read:
        """Asks one question, and repeats it where that helps. Reading the answer is part of an attempt."""
        for attempt in retrying(self._settings.attempts, self._settings.backoff_max_s):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    again()
                answer = self._post(survey, method, form, channel)
                return read(self._channel.demand(answer, self._settings.backoff_max_s))
        raise AssertionError("tenacity raises or returns")

    def _post(self, survey: str, method: str, form: dict[str, str], channel: Channel | None = None) -> Answer:
        patience_s = self._settings.read_timeout_s if channel is None else self._settings.query_timeout_s
        return (channel or self._channel).call(
            "POST",
            f"{self._base(survey)}{method}/",
            # In the header and never in the address, since addresses are logged.
            headers={"Authorization": f"Token {self._token(survey)}"},
            data=form,
            read_s=patience_s,
        )

    def _base(self, survey: str) -> str:
        return base_url(self._connection.extra_dejson.get(survey) or self._connection.host, self._conn_id)

    def _token(self, survey: str) -> str:
        token = self._connection.extra_dejson.get(f"{survey}_token") or self._connection.password
        return header_secret(token, self._conn_id, "the token (password)")

    @cached_property
    def _connection(self) -> Any:
        return self.get_connection(self._conn_id)


def _first_survey() -> str:
    return next(iter(load_settings().enabled_streams().values())).survey


class _Client(lasair_client):
    """Lasair's client on our own session: its own opens a connection for each call and hides the status."""

    def __init__(self, token: str, base: str, channel: Channel, settings: LasairSettings):
        super().__init__(token, endpoint=base.rstrip("/"), timeout=settings.read_timeout_s)
        self._channel = channel
        self._patience_s = settings.backoff_max_s

    def fetch_from_server(self, method: str, input: dict[str, Any], use_json: bool = False) -> Any:
        """One call, by the name and arguments that the client's own methods use."""
        answer = self._channel.call(
            "POST",
            f"{self.endpoint}/{method}/",
            headers={**self.headers, **({"Content-Type": "application/json"} if use_json else {})},
            data=json.dumps(input).encode() if use_json else input,
            read_s=self.timeout,
        )
        return self._channel.demand(answer, self._patience_s).json()


def _cut_bulk(body: bytes, survey: str, ids: Sequence[str]) -> Fetched:
    """The answer of `lightcurves`, object by object. Items are matched by their id, never by order alone."""
    items, known = _items(body), survey_named(survey)
    fetched, nameless = Fetched("bulk"), {}
    for place, (item, raw) in enumerate(items):
        object_id = str(item[known.id_key]) if isinstance(item, dict) and known.id_key in item else None
        # An error names no object; only in an answer as long as the question does its place tell whose it is.
        if object_id is None and isinstance(item, dict) and "error" in item and len(items) == len(ids):
            nameless[ids[place]] = f"Lasair answered an error for this object: {quoted(item['error'])}"
        if object_id is None or object_id not in ids:
            continue
        # Which of the two is right cannot be told.
        if object_id in fetched.raw or object_id in fetched.problems:
            fetched.raw.pop(object_id, None)
            fetched.problems[object_id] = "Lasair's answer has this object twice"
        elif reason := _problem(item, known.points_key):
            fetched.problems[object_id] = reason
        else:
            fetched.raw[object_id] = raw
    # Then it is the call that failed, and no object's fault.
    if ids and not fetched.raw and not fetched.problems and not nameless:
        raise AnswerBroken("Lasair's answer says nothing of any object asked for")
    for object_id in ids:
        if object_id not in fetched.raw:
            reason = nameless.get(object_id, "Lasair's answer lacks this object")
            fetched.problems.setdefault(object_id, reason)
    return fetched


def _problem(item: dict[str, Any], points: str) -> str | None:
    """Why an item of `lightcurves` is no light curve."""
    if "error" in item:
        return f"Lasair answered an error for this object: {quoted(item['error'])}"
    if not isinstance(item.get(points), list):
        return f"Lasair's answer has no {points} for this object"
    if not any(part for part in item.values() if isinstance(part, list)):
        return UNKNOWN_OBJECT
    return None


def _crossmatched(body: bytes) -> dict[str, Any]:
    """The answer of `sherlock/object`. NaN becomes None."""
    try:
        item = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise AnswerBroken("Lasair's answer about Sherlock is no JSON, or half of it") from None
    if not isinstance(item, dict):
        raise AnswerBroken("Lasair's answer about Sherlock is no JSON object")
    if "error" in item:
        raise AnswerBroken(f"Lasair answered an error about Sherlock: {quoted(item['error'])}")
    matches = item.get("crossmatches")
    if not isinstance(matches, list) or not all(isinstance(match, dict) for match in matches):
        raise AnswerBroken("Lasair's answer about Sherlock has no list of crossmatches")
    return item


def _rows(body: bytes) -> list[dict[str, Any]]:
    """The answer of `query`. NaN becomes None."""
    try:
        rows = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise AnswerBroken("Lasair's answer to a query is no JSON, or half of it") from None
    if isinstance(rows, dict) and "error" in rows:
        raise AnswerBroken(f"Lasair could not run the query: {_without_query(rows['error'])}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerBroken("Lasair's answer to a query is no list of rows")
    return rows


def _query_error(answer: Answer) -> str:
    try:
        said = answer.json()
    except AnswerBroken:
        return answer.said()
    return _without_query(said["error"]) if isinstance(said, dict) and "error" in said else answer.said()


def _without_query(words: object) -> str:
    """Lasair's reason for a failed query. Ahead of the reason Lasair repeats the whole query, in HTML."""
    return quoted(HTML_TAG.sub(" ", str(words).rpartition("returned the error")[2]))


def _items(body: bytes) -> list[tuple[Any, bytes]]:
    """The items of a JSON list, each with its own bytes as sent. NaN is accepted, since Lasair sends it."""
    try:
        text = body.decode()
        # The bytes are kept as sent: verdicts are keyed by the hash of a light curve.
        decode, items, place = json.JSONDecoder().raw_decode, [], _after_blanks(text, 0)
        if not text.startswith("[", place):
            raise AnswerBroken(f"Lasair answered no list: {_told_instead(text)}")
        place = _after_blanks(text, place + 1)
        while not text.startswith("]", place):
            item, end = decode(text, place)
            items.append((item, text[place:end].encode()))
            place = _after_blanks(text, end)
            if text.startswith(",", place):
                place = _after_blanks(text, place + 1)
            elif not text.startswith("]", place):
                raise AnswerBroken("Lasair's answer is no JSON list, or half of one")
    except (ValueError, RecursionError):
        raise AnswerBroken("Lasair's answer is no JSON list, or half of one") from None
    return items


def _after_blanks(text: str, place: int) -> int:
    found = BLANKS.match(text, place)
    return found.end() if found else place


def _told_instead(text: str) -> str:
    answer = json.loads(text)
    return quoted(answer["error"]) if isinstance(answer, dict) and "error" in answer else type(answer).__name__


def _one_object(body: bytes, survey: str, object_id: str) -> bytes | None:
    """The answer of `object`, if it is about this object. It is None when the answer has no point of it."""
    try:
        item = json.loads(body)
    except (ValueError, RecursionError):
        raise AnswerBroken("Lasair's answer is no JSON, or half of it") from None
    if not isinstance(item, dict):
        raise AnswerBroken("Lasair's answer is no JSON object")
    if "error" in item:
        raise AnswerBroken(f"Lasair answered an error for this object: {quoted(item['error'])}")
    known = survey_named(survey)
    if str(item.get(known.id_key)) != object_id:
        raise AnswerBroken("Lasair's answer is about another object")
    points = item.get(known.points_key)
    if not isinstance(points, list):
        raise AnswerBroken(f"Lasair's answer lacks {known.points_key}")
    return body if points else None


def _says_not_found(answer: Answer) -> bool:
    """Whether Sherlock's 404, or a 400 with its words, means that there is no such object.

    Other errors come as 400, too: Sherlock is down, or a server does not have it.
    """
    try:
        said = answer.json()
    except AnswerBroken:
        return False
    if not isinstance(said, dict):
        return False
    return answer.status == 404 or (answer.status == 400 and "not found" in str(said.get("error")).lower())


def _says_unknown(answer: Answer) -> bool:
    """Whether a 400 or 404 means that there is no such object, and not that our request is wrong."""
    try:
        said = answer.json()
    except AnswerBroken:
        return False
    return answer.status in (400, 404) and isinstance(said, dict) and ("error" in said or "detail" in said)
