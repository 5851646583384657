"""What a file for a check may hold: light curves as the API answers them, or messages, in any form of JSON."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec

from tides.brokers.broker import Message, Unreadable
from tides.brokers.lasair import LIGHT_CURVE, decode
from tides.clock import jd_utc
from tides.functions.keys import CLASS, DEC, RA
from tides.judgement.judge import Subject
from tides.settings.model import load_settings
from tides.surveys.survey import surveys

BLANKS_AND_COMMAS = re.compile(r"[\s,]*")


@cache
def id_keys() -> dict[str, str]:
    """The surveys' names by the key of an object's id in their light curves."""
    return {known.id_key: known.name for known in surveys()}


@cache
def _line() -> type[msgspec.Struct]:
    """The id of an object, under the key of its survey, the light curve of a message, and what the API says beside."""
    ids = [(key, str | int | None, None) for key in id_keys()]
    parts = [(key, msgspec.Raw, msgspec.Raw()) for key in (LIGHT_CURVE, "lasairData", "diaObject")]
    return msgspec.defstruct("Line", [*ids, *parts])


def objects_in(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Give the JSON of each object: one a line, or the objects of a list, or objects over several lines each.

    Blank lines are left out. A file that is no JSON as a whole is taken line by line.
    """
    lines = (line.strip() for line in lines)
    first = next((line for line in lines if line), b"").removeprefix(b"\xef\xbb\xbf")
    if not first:
        return
    if first.startswith((b"{", b"[")) and not (first.startswith(b"{") and first.endswith(b"}")):
        everything = [first, *lines]
        try:
            yield from _whole(b"\n".join(everything))
            return
        except (ValueError, RecursionError):
            lines = iter(everything[1:])
    yield from (line for line in chain([first], lines) if line)


def _whole(text: bytes) -> Iterator[bytes]:
    """Split one JSON text, a list or objects one after the other. Raises ValueError before it gives any of them."""
    words = text.decode()
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    found, place = [], 0
    while (place := BLANKS_AND_COMMAS.match(words, place).end()) < len(words):  # type: ignore[union-attr]  # may be empty
        item, place = decoder.raw_decode(words, place)
        found += item if isinstance(item, list) else [item]
    return (msgspec.json.encode(item) for item in found)


Columns = Mapping[str, Mapping[str, object]]
"""The columns of alerts, by the object's id."""

NONE_KNOWN: Columns = MappingProxyType({})


def columns_in(lines: Iterable[bytes]) -> dict[str, dict[str, object]]:
    """Read columns of alerts: JSON as `objects_in` takes it, or CSV with a header. Each row has the object's id.

    Of several rows of an object the last one counts. Raises ValueError for a row that is no JSON object, or has no id.
    """
    content = [line for line in lines if line.strip()]
    rows = _json_rows(content) if content and content[0].lstrip()[:1] in (b"{", b"[") else _csv_rows(content)
    found: dict[str, dict[str, object]] = {}
    for number, row in enumerate(rows, 1):
        ids = [row[key] for key in id_keys() if row.get(key) is not None]
        if not ids:
            raise ValueError(f"row {number} has no {' or '.join(id_keys())}")
        found[str(ids[0])] = row
    return found


def _json_rows(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    for text in objects_in(lines):
        row = json.loads(text, parse_constant=lambda _: None)
        if not isinstance(row, dict):
            raise ValueError("a row is no JSON object")
        yield row


def _csv_rows(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    for row in csv.DictReader(line.decode("utf-8-sig") for line in lines):
        # An id stays a text: its digits may be more than a float holds.
        yield {name: text if name in id_keys() else _value(text) for name, text in row.items() if name}


def _value(text: str | None) -> object:
    try:
        return float(text) if text else None
    except ValueError:
        return text


Read = tuple[str | None, Subject]
"""Survey and subject of an object. The survey is None where there is no id."""


def subjects_in(lines: Iterable[bytes], known: Columns = NONE_KNOWN) -> Iterator[Read]:
    """Read the objects of a file, with the columns of their alerts, as far as these are known elsewhere."""
    return (subject_of(line, known) for line in objects_in(lines))


def subject_of(line: bytes, known: Columns = NONE_KNOWN) -> Read:
    """Give survey and subject of an object's JSON.

    A message brings its columns, and the time at which it was sent. Beside a light curve stands what the API says of
    the object: Sherlock's class in `lasairData`, the position in `diaObject`. The columns of `known` count before both.
    Without columns, criteria on them are unknown.
    """
    try:
        found = msgspec.structs.asdict(msgspec.json.decode(line, type=_line()))
    except ValueError:  # not as a whole: its id may be found all the same
        found = {}
    name, object_id = _identified(found, line)
    if name is None:
        return None, Subject(object_id, line, {}, None)
    given = known.get(object_id, {})
    if (found and not found[LIGHT_CURVE]) or (message := _message(line)) is None:
        columns = {**_of_the_api(found), **given, **_own_columns(name, given)}
        return name, Subject(object_id, line, columns, None)
    sent = None if message.sent is None else jd_utc(message.sent)
    columns = {**message.columns, **given}
    columns |= _own_columns(name, columns)
    return name, Subject(object_id, message.light_curve or b"", columns, None, sent_jd=sent)


def _message(line: bytes) -> Message | None:
    try:
        message = decode(line)
    except Unreadable:
        return None
    return None if message.light_curve is None else message


def _of_the_api(found: Mapping[str, Any]) -> dict[str, object]:
    """What the API's answer says of an object beside its light curve, under the bridge's own names."""
    said: dict[str, object] = {}
    with suppress(ValueError):
        said[CLASS] = msgspec.json.decode(found.get("lasairData") or b"{}", type=_Said).sherlock.classification
        place = msgspec.json.decode(found.get("diaObject") or b"{}", type=_Place)
        said |= {RA: place.ra, DEC: place.decl}
    return {column: value for column, value in said.items() if value is not None}


class _Sherlock(msgspec.Struct):
    classification: str | None = None


class _Said(msgspec.Struct):
    sherlock: _Sherlock = msgspec.field(default_factory=_Sherlock)


class _Place(msgspec.Struct):
    ra: float | None = None
    decl: float | None = None


def _identified(found: Mapping[str, Any], line: bytes) -> tuple[str | None, str]:
    for key, name in id_keys().items():
        if found.get(key) is not None:
            return name, str(found[key])
    # Without regard to case, and in what is no JSON, too.
    match = re.search(rb'"(%b)"\s*:\s*(?:"([^"]+)"|(\d+))' % "|".join(id_keys()).encode(), line, re.IGNORECASE)
    if match is None:
        return None, ""
    names = {key.lower(): name for key, name in id_keys().items()}
    return names[match[1].decode().lower()], (match[2] or match[3]).decode("utf-8", errors="replace")


def _own_columns(survey: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Class and position under the bridge's own names, by the columns of the survey's first stream."""
    lower = {name.lower(): value for name, value in columns.items()}
    for stream in load_settings().streams.values():
        if stream.survey == survey:
            named = {CLASS: stream.columns.sherlock_class, RA: stream.columns.ra, DEC: stream.columns.dec}
            return {own: lower[name.lower()] for own, name in named.items() if name.lower() in lower}
    return {}
