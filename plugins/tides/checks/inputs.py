"""What a file for a check may hold: light curves as the API answers them, or messages, in any form of JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from tides.brokers.broker import Unreadable
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
    """The id of an object, under the key of its survey, and the light curve of a message."""
    ids = [(key, str | int | None, None) for key in id_keys()]
    return msgspec.defstruct("Line", [*ids, (LIGHT_CURVE, msgspec.Raw, msgspec.Raw())])


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


def subject_of(line: bytes) -> tuple[str | None, Subject]:
    """Give survey and subject of an object's JSON. The survey is None where there is no id.

    A message brings its columns, and the time at which it was sent. In a file of light curves, criteria on an alert's
    columns are unknown.
    """
    try:
        found = msgspec.structs.asdict(msgspec.json.decode(line, type=_line()))
    except ValueError:  # not as a whole: its id may be found all the same
        found = {}
    name, object_id = _identified(found, line)
    if name is None or (found and not found[LIGHT_CURVE]):
        return name, Subject(object_id, line, {}, None)
    try:
        message = decode(line)
    except Unreadable:
        return name, Subject(object_id, line, {}, None)
    if message.light_curve is None:
        return name, Subject(object_id, line, {}, None)
    sent = None if message.sent is None else jd_utc(message.sent)
    columns = {**message.columns, **_own_columns(name, message.columns)}
    return name, Subject(object_id, message.light_curve, columns, None, sent_jd=sent)


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
            return {own: lower.get(name.lower()) for own, name in named.items()}
    return {}
