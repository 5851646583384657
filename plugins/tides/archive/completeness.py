"""Completeness: finds the rows that a stream's filter should have sent and never did, and makes them candidates.

The broker keeps back whatever exceeds a filter's bytes. It cuts batches, loses some, and deletes all after seven days.
It tells these numbers nowhere that we could read. So its database is asked for the rows, and missing ones are counted.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from psycopg.rows import class_row

from tides.archive.rows import FilterRows, Row, RowClient
from tides.brokers.broker import broker
from tides.clock import SAME_DETECTION_D, jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.kinds import Kind
from tides.runs.context import LIVE
from tides.settings.sections import Audit, Lasair
from tides.settings.streams import Stream
from tides.stream.fold import fold_alerts
from tides.stream.messages import Alert


@dataclass
class Completed:
    """The result of one stream's audit, for its report. Rows were compared up to the time `until` (UTC, ISO)."""

    stream: str
    rows: int = 0
    lost: int = 0
    calls: int = 0
    until: str | None = None
    notes: list[str] = field(default_factory=list)


def complete(
    connection: Connection,
    lasair: RowClient,
    name: str,
    stream: Stream,
    audit: Audit,
    limits: Lasair,
    run_id: str,
) -> Completed:
    """Folds in the rows that the stream of this name should have brought since the last audit, and counts them as lost.

    A row is compared only when it had settled before the stream was last read to its end; a message that still waits is
    not lost. A second audit knows the rows that the first one folded in. Raises as `FilterRows` does; the pages before
    the error stay done.
    """
    done = Completed(name)
    if not broker(stream.broker).has_database:
        done.notes.append(f"broker {stream.broker} has no database to compare with: what it did not send stays unknown")
        return done
    span = _span(connection, name, stream, audit)
    if span.until is None:
        done.notes.append("it has not been read to its end yet: nothing to compare with")
        return done
    rows = FilterRows(connection, lasair, name, stream, audit, limits)
    changed: Counter[date] = Counter()
    for page in rows.since(jd_utc(span.since)):
        # A younger row may still be on its way in the stream: it is not lost yet.
        settled = [row for row in page if row.changed_at is None or row.changed_at <= span.until]
        changed += _changed_since(span.before, settled)
        lost = _never_brought(connection, name, settled)
        if lost:
            # Counted in the transaction that takes the rows in, so that no repeated audit counts a row twice.
            with connection.transaction():
                fold_alerts(connection, LIVE, name, stream, [row.alert for row in lost], "audit")
                _count(connection, name, lost, run_id)
        done.rows += len(page)
        done.lost += len(lost)
    # Only after all pages: an audit that broke off compares its whole span again.
    nights = json.dumps([{"night": night.isoformat(), "rows": number} for night, number in changed.items()])
    given = {"stream": name, "until": span.until, "before": span.before, "nights": nights}
    connection.execute(statement("archive/store_audit"), given)
    done.calls, done.until = rows.calls, span.until.isoformat(timespec="seconds")
    done.notes += rows.notes("completeness")
    return done


@dataclass(frozen=True)
class _Span:
    """From which last detection on an audit looks, and up to which change of a row it and the one before compare."""

    since: datetime
    until: datetime | None
    before: datetime | None


def _span(connection: Connection, name: str, stream: Stream, audit: Audit) -> _Span:
    parameters = {
        "stream": name,
        "settle_hours": stream.audit.settle_hours,
        "first_days": audit.first_days,
        "overlap_days": audit.overlap_days,
    }
    with connection.cursor(row_factory=class_row(_Span)) as cursor:
        (span,) = cursor.execute(statement("archive/audit_span"), parameters).fetchall()
    return span


def _changed_since(before: datetime | None, rows: Sequence[Row]) -> Counter[date]:
    """How many objects have changed after a moment, by night; what the audit before has counted is left out."""
    changed = {row.alert.object_id: row.changed_at for row in rows if row.changed_at is not None}
    return Counter(at.astimezone(UTC).date() for at in changed.values() if before is None or at > before)


def _never_brought(connection: Connection, name: str, rows: Sequence[Row]) -> list[Row]:
    """The rows, one an object, that know a detection which no candidate of the stream knows."""
    by_object = {row.alert.object_id: row for row in rows}  # a join in the filter can repeat an object
    found = connection.execute(
        "SELECT object_id, last_jd, detections FROM tides.candidate"
        " WHERE (lane, stream) = (%s, %s) AND object_id = ANY (%s)",
        (LIVE, name, list(by_object)),
    )
    known = {candidate["object_id"]: candidate for candidate in found}
    return [row for object_id, row in by_object.items() if _tells_more(row.alert, known.get(object_id))]


def _tells_more(alert: Alert, known: dict[str, Any] | None) -> bool:
    """Whether an alert has a newer last detection, or more detections up to the same one (some are processed late)."""
    if known is None:
        return True
    last_jd, known_jd = alert.last_jd or 0.0, known["last_jd"] or 0.0
    # A message and the database may write one date with different digits (docs/science.md, "Times and nights").
    if last_jd > known_jd + SAME_DETECTION_D:
        return True
    # 14 % of real LSST sources are processed more than a day late, behind the newest detection.
    return last_jd >= known_jd and (alert.detections or 0) > (known["detections"] or 0)


def _count(connection: Connection, name: str, lost: Sequence[Row], run_id: str) -> None:
    days = Counter(f"{row.changed_at:%Y-%m-%d}" if row.changed_at else "unknown" for row in lost)
    parameters = {
        "kind": Kind.BROKER_LOST.value,
        "stream": name,
        "run_id": run_id,
        "objects": len(lost),
        "days": json.dumps(days),
    }
    connection.execute(statement("archive/count_losses"), parameters)
