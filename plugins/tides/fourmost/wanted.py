"""What we want of each target at 4MOST beside what 4MOST was last told. It is level-triggered: there is no queue."""

import dataclasses
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.fourmost.breaker import close_when_nothing_waits, is_open
from tides.fourmost.exchange import drop_old
from tides.fourmost.fields import AFTER_INGESTION, IDENTITY, BandMagnitude, Target
from tides.fourmost.guard import hold_floods
from tides.fourmost.payload import Unsendable, keep_noise_out, wanted_row
from tides.functions.functions import InUse
from tides.settings.model import Settings
from tides.settings.sections import FourMost

FACTS = tuple(fact.name for fact in dataclasses.fields(Target))


@dataclass(frozen=True)
class Wanted:
    """What we want of a target, and what is known of it.

    `row` is the whole row wanted at 4MOST, None while there is none. `problem` says why it cannot be told. `told` is
    what 4MOST holds, None when unknown. `mark` is the time since when a request is under way, or its outcome unknown.
    `settled`: so long ago that the request can have no further effect. `blocked` has four causes: 4MOST refused this
    very row, the name belongs to another row there, the guard holds it, or its next try is later.
    """

    id: int
    name: str
    state: Literal["live", "inactive", "absent"]
    row: dict[str, Any] | None
    problem: str | None
    told: dict[str, Any] | None
    ingested: bool
    mark: datetime | None
    settled: bool
    blocked: bool
    pk: int | None

    def fields(self, *, flag_only: bool = False) -> dict[str, Any]:
        """The fields that are sent: before ingestion all, after it the flag. A change leaves name and survey out."""
        row = self.row or {}
        if self.ingested or flag_only:
            return {k: row.get(k) for k in AFTER_INGESTION}
        return row if self.pk is None else {k: v for k, v in row.items() if k not in IDENTITY}

    def as_json(self) -> dict[str, Any]:
        """As `store_wanted.sql` takes it."""
        return {"id": self.id, "name": self.name, "state": self.state, "wanted": self.row, "problem": self.problem}


def wanted_of(row: dict[str, Any], settings: Settings) -> Wanted:
    """Decides what we want of one target; `row` is of `targets_to_tell.sql`.

    Of a live target that is the whole row before ingestion, and only the flag after it. Of one that is not live any
    more it is the row at 4MOST, switched off. Of one that is not live and was never told it is nothing. Such a target
    is created when it first becomes live.
    """
    told = row["told"]
    state, wanted, problem = _decide(row, settings)
    return Wanted(
        id=row["tides_id"],
        name=row["name"],
        state=state,
        row=wanted,
        problem=problem,
        told=told,
        ingested=row["date_ingested"] is not None,
        mark=row["sending_since"],
        settled=row["settled"],
        blocked=row["name_taken"]
        or row["too_early"]
        or row["held"] is not None
        or (wanted is not None and wanted == row["refused"]),
        pk=row["pk"],
    )


def _decide(
    row: dict[str, Any], settings: Settings
) -> tuple[Literal["live", "inactive", "absent"], dict[str, Any] | None, str | None]:
    told = row["told"]
    if not row["active"]:
        if row["pk"] is None and row["sending_since"] is None:
            return "absent", None, None
        # While the outcome is unknown, the row that was last wanted may be there.
        held = told or row["wanted"]
        return "inactive", {**held, "is_active": False} if held else None, None
    # After ingestion 4MOST takes the flag alone. Another wish would stay a difference for ever.
    if told and row["date_ingested"] is not None:
        return "live", {**told, "is_active": True}, None
    try:
        wanted = _live_row(row, settings)
    except Unsendable as reason:
        # A target that is at 4MOST stays observable there, though its new values cannot be sent.
        return "live", {**told, "is_active": True} if told else None, str(reason)
    return "live", keep_noise_out(wanted, told, settings.fourmost) if told else wanted, None


def _live_row(row: dict[str, Any], settings: Settings) -> dict[str, Any]:
    template = settings.targets.get(row["template"])
    if template is None:
        raise Unsendable(f"its target template {row['template']!r} is not in the settings any more")
    magnitudes = tuple(BandMagnitude(**m) for m in row["magnitudes"])
    target = Target(**{fact: row[fact] for fact in FACTS} | {"magnitudes": magnitudes})
    return wanted_row(target, template, row["now_jd"])


def read_wanted(connection: Connection, settings: Settings, ids: list[int] | None = None) -> list[Wanted]:
    """What we want now, of these targets or of all whose row at 4MOST may have to change."""
    surveys = [{"survey": s, "current_max_age_days": v.current_max_age_days} for s, v in settings.survey_live().items()]
    rows = connection.execute(
        statement("fourmost/targets_to_tell"),
        {"surveys": json.dumps(surveys), "ids": ids, "settle_s": settings.fourmost.settle_s},
    )
    return [wanted_of(row, settings) for row in rows]


def store_wanted(connection: Connection, wanted: list[Wanted]) -> None:
    """Writes what we want where it changed."""
    connection.execute(statement("fourmost/store_wanted"), {"wanted": json.dumps([w.as_json() for w in wanted])})


def stage_4most(connection: Connection, settings: Settings, functions: Sequence[InUse], run_id: str) -> dict[str, int]:
    """Computes what we want of every target whose row may have to change. The guard holds floods.

    `functions` are those in use. Gives counts by state, of problems and of what is held.
    """
    with master_lock(connection, settings.database):
        wanted = read_wanted(connection, settings)
        store_wanted(connection, wanted)
        held = hold_floods(connection, settings.guard, settings.fourmost.cut_off, functions, run_id, datetime.now(UTC))
    close_when_nothing_waits(connection)
    drop_old(connection, settings.fourmost.exchange_days)
    counts: Counter[str] = Counter(w.state for w in wanted)
    return {**counts, "cannot_be_sent": sum(w.problem is not None for w in wanted), "held": held.total()}


def batches_to_create(connection: Connection, limits: FourMost) -> list[list[int]]:
    """The targets to create, or to look up after an unknown outcome, in batches of at most 50.

    While 4MOST refuses everything, one batch is tried in each run.
    """
    return _batches(connection, "fourmost/targets_to_create", limits.objects_a_create, limits.settle_s)


def batches_to_update(connection: Connection, limits: FourMost) -> list[list[int]]:
    """The targets whose row at 4MOST is not what we want, in batches."""
    return _batches(connection, "fourmost/targets_to_update", limits.objects_an_update_batch, limits.settle_s)


def _batches(connection: Connection, query: str, size: int, settle_s: float) -> list[list[int]]:
    rows = connection.execute(statement(query), {"settle_s": settle_s})
    ids = [row["id"] for row in rows]
    batches = [ids[i : i + size] for i in range(0, len(ids), size)]
    # A random batch, so that one bad batch is not the one that is tried in every run.
    return [random.choice(batches)] if batches and is_open(connection) else batches  # noqa: S311 no cryptography
