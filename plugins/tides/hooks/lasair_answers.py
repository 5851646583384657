"""What Lasair's answers say: light curves by their id, rows, cross-matches, and why there are none."""

import json
import re
from collections.abc import Sequence
from typing import Any

from tides.brokers.source import UNKNOWN_OBJECT, Fetched
from tides.errors import AnswerBroken
from tides.foreign import quoted
from tides.hooks.http import Answer
from tides.surveys.survey import survey as survey_named

BLANKS = re.compile(r"[ \t\r\n]*")

HTML_TAG = re.compile(r"</?\w+/?>")


def light_curves_of(body: bytes, survey: str, ids: Sequence[str]) -> Fetched:
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


def _decoded(body: bytes, what: str) -> Any:
    """The JSON of an answer, with None for NaN. Raises AnswerBroken, which names the answer by `what`."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise AnswerBroken(f"{what} is no JSON, or half of it") from None


def _problem(item: dict[str, Any], points: str) -> str | None:
    """Why an item of `lightcurves` is no light curve."""
    if "error" in item:
        return f"Lasair answered an error for this object: {quoted(item['error'])}"
    if not isinstance(item.get(points), list):
        return f"Lasair's answer has no {points} for this object"
    if not any(part for part in item.values() if isinstance(part, list)):
        return UNKNOWN_OBJECT
    return None


def crossmatched(body: bytes) -> dict[str, Any]:
    """The answer of `sherlock/object`."""
    item = _decoded(body, "Lasair's answer about Sherlock")
    if not isinstance(item, dict):
        raise AnswerBroken("Lasair's answer about Sherlock is no JSON object")
    if "error" in item:
        raise AnswerBroken(f"Lasair answered an error about Sherlock: {quoted(item['error'])}")
    matches = item.get("crossmatches")
    if not isinstance(matches, list) or not all(isinstance(match, dict) for match in matches):
        raise AnswerBroken("Lasair's answer about Sherlock has no list of crossmatches")
    return item


def rows_of(body: bytes) -> list[dict[str, Any]]:
    """The answer of `query`."""
    rows = _decoded(body, "Lasair's answer to a query")
    if isinstance(rows, dict) and "error" in rows:
        raise AnswerBroken(f"Lasair could not run the query: {_without_query(rows['error'])}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerBroken("Lasair's answer to a query is no list of rows")
    return rows


def query_error(answer: Answer) -> str:
    """Lasair's reason why a query could not be run."""
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


def one_object(body: bytes, survey: str, object_id: str) -> bytes | None:
    """The answer of `object`, if it is about this object. It is None when the answer has no point of it."""
    item = _decoded(body, "Lasair's answer")
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


def says_not_found(answer: Answer) -> bool:
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


def says_unknown(answer: Answer) -> bool:
    """Whether a 400 or 404 means that there is no such object, and not that our request is wrong."""
    try:
        said = answer.json()
    except AnswerBroken:
        return False
    return answer.status in (400, 404) and isinstance(said, dict) and ("error" in said or "detail" in said)
