"""Takes away what is too old, piece by piece: each piece is a short transaction of its own, and a day has a limit.

A piece looks at so many rows in the order of an index, from its mark on, and takes those that nothing reads any more.
What it leaves is not looked at again, so that a day costs what a day has brought. A task that is killed loses one
piece, which the next one does again. No piece waits for the lock on the master.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement, whole
from tides.journal.events import close_event, note_event, record_event
from tides.journal.kinds import FOR_THE_RECORD, Kind
from tides.retention.kinds import Kept
from tides.settings.sections import Retention

NO_REPORT = "The report of this run is older than `retention.reports`, and is gone. Its times and counts are kept."
"""What stands in place of a report that has gone."""

SUBJECT = "retention"
"""The subject of its events."""


@dataclass(frozen=True)
class Mark:
    """How far retention has come with a setting and a part of it: the place of the last row that it looked at."""

    what: str
    part: str
    at: datetime | None = None
    jd: float | None = None
    key: str = ""
    gone: int = 0
    moved_at: datetime | None = None


@dataclass(frozen=True)
class Pruned:
    """What became of one kind in a day: rows that were looked at and that went, and whether all of that age is done.

    `days` is its setting; None: for ever.
    """

    what: Kept
    days: float | None
    looked_at: int = 0
    gone: int = 0
    done: bool = True


def marks(connection: Connection) -> dict[tuple[str, str], Mark]:
    """The marks, by setting and part."""
    with connection.cursor(row_factory=class_row(Mark)) as cursor:
        return {(mark.what, mark.part): mark for mark in cursor.execute(statement("retention/marks")).fetchall()}


def prune(
    connection: Connection, limits: Retention, streams: Sequence[str], surveys: Sequence[str], *, dry: bool = False
) -> list[Pruned]:
    """Takes away what is too old, within the limits of a day. `dry`: each piece is undone, and no mark moves.

    A kind that has little to do leaves its share of the rows and of the time to those after it.
    """
    known, found = marks(connection), []
    rows, ends = limits.rows_a_day, time.monotonic() + limits.seconds_a_day
    ages: dict[Kept, float | None] = {what: getattr(limits, what) for what in Kept}
    left = sum(days is not None for days in ages.values())
    for what, days in ages.items():
        if days is None:
            found.append(Pruned(what, None))
            continue
        share = _Share(max(rows // left, 1), time.monotonic() + (ends - time.monotonic()) / left)
        parts = {"stream": streams, "survey": surveys}.get(what.part, ("",))
        done = Pruned(what, days)
        for part in parts:
            mark = known.get((what, part), Mark(what, part))
            done = _prune_part(connection, limits, done, mark, share, dry)
        rows, left = rows - done.looked_at - done.gone, left - 1
        found.append(done)
    return found


@dataclass
class _Share:
    """What one kind may still do: so many rows, until a moment of the clock."""

    rows: int
    until: float

    @property
    def is_spent(self) -> bool:
        return self.rows <= 0 or time.monotonic() >= self.until


def _prune_part(
    connection: Connection, limits: Retention, done: Pruned, mark: Mark, share: _Share, dry: bool
) -> Pruned:
    for looked_at, gone in _pieces(connection, limits, done, mark, dry):
        share.rows -= looked_at + gone
        done = replace(done, looked_at=done.looked_at + looked_at, gone=done.gone + gone)
        if looked_at < limits.rows_a_piece:
            return done
        if share.is_spent:
            return replace(done, done=False)
    return done


def _pieces(connection: Connection, limits: Retention, of: Pruned, mark: Mark, dry: bool) -> Iterator[tuple[int, int]]:
    """Piece after piece, each with how many rows it looked at and how many went."""
    while True:
        with connection.transaction(force_rollback=dry):
            ended = _piece(connection, limits, of, mark)
            moved = replace(mark, at=ended["at"], jd=ended["jd"], key=ended["key"]) if ended else mark
            if ended:
                connection.execute(statement("retention/move_mark"), vars(moved) | {"gone": ended["gone"]})
        # A dry run of a kind without a place to go on from would meet the same rows again.
        repeats = dry and of.what in (Kept.DEAD_LETTERS, Kept.RED_TASKS)
        mark = moved
        yield (ended["walked"], ended["gone"]) if ended else (0, 0)
        if repeats:
            return


def _piece(connection: Connection, limits: Retention, of: Pruned, mark: Mark) -> Mapping[str, Any] | None:
    assert of.days is not None, "what is kept for ever has no pieces"
    given = {"age_s": of.days * 86400, "most": limits.rows_a_piece, "part": mark.part}
    given |= {"at": mark.at, "jd": mark.jd, "key": mark.key}
    given |= {"kept": [kind.value for kind in FOR_THE_RECORD], "words": NO_REPORT}
    ended = connection.execute(whole(of.what.statement), given).fetchone()
    if not ended or not ended["walked"]:
        return None
    if ended.get("objects"):
        connection.execute(statement("retention/uncount_objects"), ended)
    return ended


def tell(connection: Connection, pruned: Sequence[Pruned]) -> None:
    """Records what went as an event, and keeps one open while a day is not enough for what is too old."""
    gone = {str(each.what): each.gone for each in pruned if each.gone}
    if gone:
        record_event(connection, Kind.PRUNED, SUBJECT, {"rows": gone})
    if late := [str(each.what) for each in pruned if not each.done]:
        note_event(connection, Kind.RETENTION_BEHIND, SUBJECT, {"words": ", ".join(late)})
    else:
        close_event(connection, Kind.RETENTION_BEHIND, SUBJECT)
