"""Alerts → candidates: the newest alert of each object, with its light curve, its night and its count of messages."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np

from tides.clock import jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.runs.context import LIVE
from tides.settings.streams import Stream
from tides.stream.messages import Alert
from tides.surveys.cells import cells
from tides.surveys.survey import survey

_json = msgspec.json.Encoder()

# The columns of the tables in `stream/incoming.sql`. Binary takes a third of the time that text takes.
ALERT_TYPES = (
    *("text", "text", "text", "text", "text", "bytea", "timestamptz", "float8", "float8", "int4"),
    *("float8", "float8", "float8", "int4", "text", "text", "int8", "text", "bool", "bytea", "bytea"),
)
_NIGHT_TYPES = ("text", "int4", "text", "int4")

Origin = Literal["stream", "audit", "refresh", "hand"]
"""Where an alert came from, as `tides.candidate` names it."""


def fold_alerts(
    connection: Connection,
    lane: str,
    name: str,
    stream: Stream,
    alerts: Sequence[Alert],
    origin: Origin = "stream",
    resting: Collection[str] = (),
) -> None:
    """Folds alerts of the stream `name` into the lane's candidates, in the caller's transaction.

    The alert that the broker sent last counts for an object, and an earlier one never overwrites it. It may take
    detections back, which an event tells. Only alerts of origin `stream` count as messages and, in the live lane, for
    nights. The alerts of the objects in `resting` need no evaluation. Raises
    psycopg.DataError when PostgreSQL refuses a value; nothing is stored then.
    """
    cell = cells_of(stream, alerts)
    connection.execute(statement("stream/incoming"))
    with connection.cursor() as cursor:
        with cursor.copy("COPY incoming_alert FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(ALERT_TYPES)
            for row in incoming_rows(lane, name, stream, alerts, cell, origin, resting):
                copy.write_row(row)
        # The audit and a replay bring alerts of past nights, which must not count as observed once more.
        if lane == LIVE and origin == "stream":
            with cursor.copy("COPY incoming_night FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(_NIGHT_TYPES)
                for night in _nights(stream, alerts, cell):
                    copy.write_row((name, *night))
    connection.execute(statement("stream/fold_alerts"))


def incoming_rows(
    lane: str,
    name: str,
    stream: Stream,
    alerts: Sequence[Alert],
    cell: Sequence[int],
    origin: Origin = "stream",
    resting: Collection[str] = (),
) -> Iterator[tuple[object, ...]]:
    """Gives the rows of `incoming_alert` that `fold_alerts` copies: one an object. `cell` is of each alert."""
    # One row an object: the order of messages, and how they fall into batches, must not change the result.
    newest: dict[str, tuple[Alert, int]] = {}
    # What the batch itself has said before: to take it back is told, too.
    before: dict[str, float] = {}
    for alert, its_cell in zip(alerts, cell, strict=True):
        known = newest.get(alert.object_id)
        if known is None or alert.age_key > known[0].age_key:
            newest[alert.object_id] = alert, its_cell
        if alert.last_jd is not None:
            before[alert.object_id] = max(before.get(alert.object_id, 0.0), alert.last_jd)
    messages = Counter(alert.object_id for alert in alerts if origin == "stream")
    for alert, its_cell in newest.values():
        waits = alert.object_id not in resting
        copied = its_cell, before.get(alert.object_id), messages[alert.object_id], origin, waits
        yield _row(alert, lane, name, stream, *copied)


def cells_of(stream: Stream, alerts: Sequence[Alert]) -> list[int]:
    """Gives the cell of the sky of each alert."""
    position = np.array([(alert.ra, alert.dec) for alert in alerts], dtype=np.float64).reshape(-1, 2)
    found: list[int] = cells(position[:, 0], position[:, 1], survey(stream.survey).cell_nside).tolist()
    return found


def _nights(stream: Stream, alerts: Sequence[Alert], cell: Sequence[int]) -> set[tuple[int, str, int]]:
    """Give the nights in which objects were last detected, each with the object and its cell of the sky."""
    night, column = survey(stream.survey).night, stream.columns.last_detection.column
    # A date that cannot be true says that there was a detection. The message came soon after it.
    dates = (jd_utc(a.known_at) if column in a.implausible else a.last_jd for a in alerts)
    return {(night(jd), a.object_id, c) for jd, a, c in zip(dates, alerts, cell, strict=True) if jd is not None}


def _row(
    alert: Alert,
    lane: str,
    name: str,
    stream: Stream,
    cell: int,
    before_jd: float | None,
    messages: int,
    origin: Origin,
    waits: bool,
) -> tuple[object, ...]:
    raw = alert.light_curve if stream.light_curves == "message" else None
    return (
        lane,
        name,
        alert.object_id,
        stream.survey,
        alert.alert.decode(),
        alert.alert_hash,
        alert.known_at,
        alert.ra,
        alert.dec,
        cell,
        alert.first_jd,
        alert.last_jd,
        before_jd,
        alert.detections,
        alert.sherlock_class,
        _json.encode(alert.bands).decode(),
        messages,
        origin,
        waits,
        zlib.compress(raw, 1) if raw is not None else None,
        hashlib.sha256(raw).digest() if raw is not None else None,
    )
