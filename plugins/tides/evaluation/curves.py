"""Which light curve of a candidate is judged, and what it is held against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from psycopg.rows import class_row

from tides.clock import SAME_DETECTION_D, jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.evaluation import store
from tides.evaluation.workers import PackedSubject
from tides.functions.keys import CLASS, DEC, RA
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.judgement.doubts import Contradiction, Doubt, Moved, Told
from tides.judgement.judge import Context, Subject

FAR = "the position lies far from its points"
"""The subject of the event about positions that contradict the points' own."""

CONFIRMED = frozenset({Contradiction.SCALE, Contradiction.DATES})
"""What the API's own light curve may say, too: then the message was right, and what was measured before was wrong."""


class Said(TypedDict):
    """What the broker said of an object when the detections up to `until_jd` (JD UTC) were first judged."""

    until_jd: float
    columns: dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A candidate that waits, as `evaluation/candidates_to_judge.sql` gives it. Dates JD UTC, places ICRS degrees.

    `contexts` are what the broker said when its detections were first judged, the oldest first.
    """

    object_id: str
    alert: Mapping[str, Any]
    alert_hash: bytes
    known_at: datetime
    last_jd: float | None
    detections: int | None
    bands: Mapping[str, Mapping[str, float]]
    ra: float | None
    dec: float | None
    sherlock_class: str | None
    contexts: Sequence[Said]


@dataclass(frozen=True)
class Curve:
    """A light curve, with the moment at which it was sent (UTC).

    `own` tells that it came in the candidate's message; `measured` is known from the one before. `trusted` is one that
    is judged although its message says that more should be there: no better one is to be had.
    """

    packed: store.Packed
    own: bool
    measured: Mapping[str, Any]
    sent: datetime
    trusted: bool = False


def waiting(connection: Connection, lane: str, stream: str, ids: list[str]) -> dict[str, Candidate]:
    """Those of these candidates that still wait, by object id."""
    with connection.cursor(row_factory=class_row(Candidate)) as cursor:
        given = {"lane": lane, "stream": stream, "ids": ids}
        rows = cursor.execute(statement("evaluation/candidates_to_judge"), given).fetchall()
    return {row.object_id: row for row in rows}


def subject_of(candidate: Candidate, curve: Curve, live: bool) -> PackedSubject:
    """One object to judge. In a replay a light curve from the API is cut at the last detection that the newest message
    named.

    So is one that the API gave in place of a message without a light curve. A message that names no detection cuts
    at its own time.
    """
    named = candidate.last_jd
    known = jd_utc(candidate.known_at) if named is None else named + SAME_DETECTION_D
    # A replay judges by what was known then, and the API knows what came later.
    cut = None if live or curve.own else known
    told = None if curve.trusted else Told(named, candidate.detections, candidate.bands, curve.measured, curve.own)
    content, sent_jd = curve.packed.hash, jd_utc(curve.sent)
    earlier = tuple(Context(said["until_jd"], said["columns"]) for said in candidate.contexts)
    subject = Subject(candidate.object_id, b"", _columns(candidate), cut, content, sent_jd, told, earlier)
    return PackedSubject(subject, curve.packed.data)


def _columns(candidate: Candidate) -> dict[str, Any]:
    return {**candidate.alert, CLASS: candidate.sherlock_class, RA: candidate.ra, DEC: candidate.dec}


def contexts_of(candidate: Candidate, read: Sequence[str], newest_jd: float | None) -> Sequence[Said]:
    """What was said when the detections of a candidate up to its newest one (JD UTC) were first judged.

    `read` are the columns that functions read. The position is none of them: it is measured anew with each alert, and
    is no word of the broker's.
    """
    if newest_jd is None:
        return candidate.contexts
    columns = _columns(candidate)
    now: Said = {"until_jd": newest_jd, "columns": {name: columns.get(name) for name in read if name not in (RA, DEC)}}
    if not now["columns"] or (candidate.contexts and newest_jd <= candidate.contexts[-1]["until_jd"]):
        return candidate.contexts
    *before, last = candidate.contexts or [now]
    return [*before, now] if last["columns"] == now["columns"] else [*before, last, now]


def second_curves(
    curves: Mapping[str, Curve], doubts: Mapping[str, Doubt], fetched: Mapping[str, store.Packed], now: datetime
) -> dict[str, Curve]:
    """What is judged in place of light curves that came in messages and were not believed.

    That is the API's, sent `now` (UTC). Where it has none, it is the message's own, if that is right as far as it goes.
    """
    second = {}
    for object_id, curve in curves.items():
        doubt = doubts.get(object_id)
        if object_id in fetched:
            measured = {} if doubt and doubt.cause in CONFIRMED else curve.measured
            second[object_id] = Curve(fetched[object_id], False, measured, now)
        elif doubt and doubt.cause.stale:
            second[object_id] = Curve(curve.packed, True, {}, curve.sent, trusted=True)
    return second


def tell(connection: Connection, stream: str, doubts: Iterable[Doubt], moved: Iterable[Moved]) -> None:
    """Notes what was not believed: an event for each cause of a stream, with one of its objects as an example."""
    told: dict[str, list[dict[str, Any]]] = {}
    for doubt in doubts:
        told.setdefault(doubt.cause.value, []).append({"object_id": doubt.object_id, **doubt.detail})
    for one in moved:
        told.setdefault(FAR, []).append({"object_id": one.object_id, "arcsec": one.separation_arcsec})
    # In one order, so that two tasks do not wait for each other.
    for what, examples in sorted(told.items()):
        note_event(connection, Kind.CONTRADICTION, f"{stream}: {what}", {"objects": len(examples), **examples[0]})
