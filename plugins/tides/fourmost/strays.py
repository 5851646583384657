"""Rows at 4MOST whose key we do not know: ours from before a restore, a double, or somebody else's.

A row is taken for a target of ours only where survey and position agree, and the target has no row yet. It is found by
name, or by position alone when the target was named anew after a restore. Then the target takes the name that 4MOST
knows. A target that was never sent takes another name when 4MOST has its name elsewhere. Nothing is created.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.fourmost.api import Row
from tides.fourmost.payload import as_told
from tides.journal.events import note_event, record_event
from tides.journal.kinds import Kind
from tides.photometry.sky import SAME_PLACE_ARCSEC
from tides.settings.sections import Database, FourMost, TargetTemplate
from tides.targets.names import rename


@dataclass(frozen=True)
class _Ours:
    """A target of ours that a row may be, as `targets_of_stray.sql` gives it; `pk` is the key that we know of it."""

    tides_id: int
    kind: Literal["sn", "host"]
    name: str
    ra: float
    dec: float
    template: str
    active: bool
    pk: int | None
    by_name: bool
    separation_arcsec: float
    under_way: bool
    never_sent: bool


Met = Literal["adopted", "double", "of another target", "stray", "left alone"]


def meet(
    connection: Connection,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    row: Row,
) -> Met:
    """Finds out what a row is whose key we do not know, and does what is safe. `row` was just read by its key."""
    where = {
        "name": row["name"],
        "ra": row["ra"],
        "dec": row["dec"],
        "radius_arcsec": SAME_PLACE_ARCSEC,
        "kind": "host" if row["name"].startswith(limits.host_prefix) else "sn",
    }
    # Names are given under the same lock: none may be drawn between the look and the rename.
    with master_lock(connection, database):
        candidates = _candidates(connection, where)
        if connection.execute("SELECT pk FROM tides.fourmost_key WHERE pk = %s", (row["id"],)).fetchone():
            return "left alone"  # its create was answered since the list was read
        named = next((c for c in candidates if c.by_name), None)
        if named is not None and named.never_sent and not _agrees(templates, row, named):
            # Nobody was told of the target, so that its name can still change.
            ours = rename(connection, named.tides_id, _prefix(limits, named), None)
            record_event(connection, Kind.RENAMED, ours, {"was": row["name"], "taken_by_pk": row["id"]})
        elif named is not None:
            return _meet_by_name(connection, templates, row, named)
        free = [c for c in candidates if c.never_sent and _agrees(templates, row, c)]
        # Of two candidates nobody knows which one it is: then the row stays a stray.
        if len(free) == 1:
            rename(connection, free[0].tides_id, _prefix(limits, free[0]), row["name"])
            _adopt(connection, row, free[0], "reconcile, by position")
            return "adopted"
        _keep_stray(connection, row)
        return "stray"


def _candidates(connection: Connection, where: dict[str, object]) -> list[_Ours]:
    with connection.cursor(row_factory=class_row(_Ours)) as cursor:
        return cursor.execute(statement("fourmost/targets_of_stray"), where).fetchall()


def _prefix(limits: FourMost, target: _Ours) -> str:
    return limits.host_prefix if target.kind == "host" else limits.name_prefix


def _meet_by_name(connection: Connection, templates: Mapping[str, TargetTemplate], row: Row, target: _Ours) -> Met:
    # The Tell protocol looks this name up itself when the settle time is over.
    if target.under_way:
        return "left alone"
    if not _agrees(templates, row, target):
        note_event(connection, Kind.ANOTHER_TARGET, row["name"], {"name": row["name"], "pk": row["id"]})
        _learn(connection, row, target, "reconcile", foreign=True)
        return "of another target"
    if target.pk is None:
        _adopt(connection, row, target, "reconcile, by name")
        return "adopted"
    _learn(connection, row, target, "reconcile", foreign=False)
    return "double"


def _agrees(templates: Mapping[str, TargetTemplate], row: Row, target: _Ours) -> bool:
    template = templates.get(target.template)
    same_survey = template is not None and template.uploadedfor_survey_id == row.get("uploadedfor_survey_id")
    return same_survey and target.separation_arcsec <= SAME_PLACE_ARCSEC


def _adopt(connection: Connection, row: Row, target: _Ours, how: str) -> None:
    _learn(connection, row, target, how, foreign=False)
    connection.execute(
        statement("fourmost/adopt_row"),
        {
            "id": target.tides_id,
            "name": row["name"],
            "active": target.active,
            "told": Jsonb(as_told(row)),
            "date_latest": row.get("date_latest"),
            "date_ingested": row.get("date_ingested"),
        },
    )
    record_event(connection, Kind.KEY_LEARNT_AGAIN, row["name"], {"pk": row["id"], "how": how})
    connection.execute(statement("fourmost/drop_stray"), {"pk": row["id"]})


def _learn(connection: Connection, row: Row, target: _Ours, how: str, *, foreign: bool) -> None:
    known = {"pk": row["id"], "id": target.tides_id, "name": row["name"], "how": how, "foreign": foreign}
    connection.execute(statement("fourmost/learn_key"), known)


def _keep_stray(connection: Connection, row: Row) -> None:
    kept = {k: row.get(k) for k in ("id", "name", "uploadedfor_survey_id", "ra", "dec", "date_submitted")}
    connection.execute(statement("fourmost/keep_stray"), kept)
    note_event(
        connection, Kind.UNKNOWN_ROW, row["name"], {"pk": row["id"], "date_submitted": row.get("date_submitted")}
    )
