"""What we want of each target at 4MOST beside what 4MOST was last told. It is level-triggered: there is no queue."""

import dataclasses
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg.rows import class_row

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.fourmost.breaker import close_when_nothing_waits, is_open
from tides.fourmost.fields import AFTER_INGESTION, IDENTITY, BandMagnitude, Target
from tides.fourmost.guard import hold_floods
from tides.fourmost.payload import Unsendable, in_the_band_told, keep_noise_out, wanted_row
from tides.functions.functions import InUse
from tides.journal.kinds import Kind
from tides.settings.model import Settings
from tides.settings.sections import FourMost, TargetTemplate
from tides.settings.streams import StreamLive

FACTS = tuple(fact.name for fact in dataclasses.fields(Target))

AT_ONCE = 1000
"""So many targets pass through the memory of a task at a time, however many there are."""


@dataclass(frozen=True)
class Wanted:
    """What we want of a target, and what is known of it.

    `row` is the whole row wanted at 4MOST, None while there is none. `problem` says why it cannot be told. `told` is
    what 4MOST holds, None when unknown. `mark` is the time since when a request is under way, or its outcome unknown.
    `settled`: so long ago that the request can have no further effect. `blocked` has four causes: 4MOST refused this
    very row, the name belongs to another row there, the guard holds it, or its next try is later. `before` is what
    4MOST held when the request was sent. `failed_in`: the rows of its last request that had no clear answer and did
    nothing. Of several the highest `priority` goes first.
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
    before: dict[str, Any] | None = None
    failed_in: int | None = None
    priority: int = 0

    def fields(self, *, flag_only: bool = False) -> dict[str, Any]:
        """The fields that are sent: before ingestion all, after it the flag. A change leaves name and survey out."""
        row = self.row or {}
        if self.ingested or flag_only:
            return {k: row.get(k) for k in AFTER_INGESTION}
        return row if self.pk is None else {k: v for k, v in row.items() if k not in IDENTITY}

    def as_json(self) -> dict[str, Any]:
        """As `store_wanted.sql` takes it."""
        told = {"id": self.id, "name": self.name, "state": self.state, "wanted": self.row, "problem": self.problem}
        return {**told, "priority": self.priority}


@dataclass(frozen=True)
class ToTell:
    """What is known of a target, and of what 4MOST holds of it, as `targets_to_tell.sql` gives it.

    `wanted` is the row that was last wanted, `told` what 4MOST holds, `refused` the row that it refused. The columns
    that `Target` names are the facts of the row, with their units there. `magnitudes` are the `BandMagnitude` as JSON.
    """

    tides_id: int
    kind: Literal["sn", "host"]
    name: str
    ra: float
    dec: float
    template: str
    active: bool
    wanted: dict[str, Any] | None
    told: dict[str, Any] | None
    refused: dict[str, Any] | None
    date_latest: float | None
    date_ingested: datetime | None
    sending_since: datetime | None
    held: str | None
    settled: bool
    too_early: bool
    pk: int | None
    name_taken: bool
    before_told: dict[str, Any] | None
    failed_in: int | None
    now_jd: float
    magnitudes: list[dict[str, Any]]
    radius_arcsec: float | None
    redshift: float | None

    def facts(self) -> Target:
        """What the row for 4MOST is made from."""
        magnitudes = tuple(BandMagnitude(**m) for m in self.magnitudes)
        return Target(**{fact: getattr(self, fact) for fact in FACTS} | {"magnitudes": magnitudes})


def wanted_of(target: ToTell, limits: FourMost, templates: Mapping[str, TargetTemplate]) -> Wanted:
    """Decides what we want of one target.

    Of a live target that is the whole row before ingestion, and only the flag after it. Of one that is not live any
    more it is the row at 4MOST, switched off. Of one that is not live and was never told it is nothing. Such a target
    is created when it first becomes live.
    """
    state, wanted, problem = _decide(target, limits, templates)
    template = templates.get(target.template)
    return Wanted(
        id=target.tides_id,
        name=target.name,
        state=state,
        row=wanted,
        problem=problem,
        told=target.told,
        ingested=target.date_ingested is not None,
        mark=target.sending_since,
        settled=target.settled,
        blocked=target.name_taken
        or target.too_early
        or target.held is not None
        or (wanted is not None and wanted == target.refused),
        pk=target.pk,
        before=target.before_told,
        failed_in=target.failed_in,
        priority=template.priority if template else 0,
    )


def _decide(
    target: ToTell, limits: FourMost, templates: Mapping[str, TargetTemplate]
) -> tuple[Literal["live", "inactive", "absent"], dict[str, Any] | None, str | None]:
    told = target.told
    if not target.active:
        if target.pk is None and target.sending_since is None:
            return "absent", None, None
        # While the outcome is unknown, the row that was last wanted may be there.
        held = told or target.wanted
        return "inactive", {**held, "is_active": False} if held else None, None
    # After ingestion 4MOST takes the flag alone. Another wish would stay a difference for ever.
    if told and target.date_ingested is not None:
        return "live", {**told, "is_active": True}, None
    facts = target.facts()
    try:
        template = _template(target, templates)
        wanted = wanted_row(facts, template, target.now_jd)
    except Unsendable as reason:
        # A target that is at 4MOST stays observable there, though its new values cannot be sent.
        return "live", {**told, "is_active": True} if told else None, str(reason)
    if told:
        wanted = keep_noise_out(wanted, told, limits, in_the_band_told(facts, template, told.get("mag_type")))
    return "live", wanted, None


def _template(target: ToTell, templates: Mapping[str, TargetTemplate]) -> TargetTemplate:
    template = templates.get(target.template)
    if template is None:
        raise Unsendable(f"its target template {target.template!r} is not in the settings any more")
    return template


def read_wanted(
    connection: Connection,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    live: Mapping[str, StreamLive],
    ids: Sequence[int],
) -> list[Wanted]:
    """What we want now of these targets, in the order of their ids. `live` are the live limits of each survey."""
    surveys = [v.model_dump(include={"current_max_age_days", "faint_limit"}) | {"survey": s} for s, v in live.items()]
    where = {"surveys": json.dumps(surveys), "ids": list(ids), "settle_s": limits.settle_s}
    with connection.cursor(row_factory=class_row(ToTell)) as cursor:
        found = cursor.execute(statement("fourmost/targets_to_tell"), where)
        return [wanted_of(target, limits, templates) for target in found]


def wanted_in_pieces(
    connection: Connection,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    live: Mapping[str, StreamLive],
) -> Iterator[list[Wanted]]:
    """What we want now of every target whose stored wanted row may not be that any more, `AT_ONCE` targets at a time.

    `live` are the live limits of each survey.
    """
    priorities = {name: template.priority for name, template in templates.items()}
    where = {"priorities": json.dumps(priorities)}
    row = connection.execute(statement("fourmost/targets_to_stage"), where).fetchone()
    ids: list[int] = row["ids"] if row else []
    for start in range(0, len(ids), AT_ONCE):
        yield read_wanted(connection, limits, templates, live, ids[start : start + AT_ONCE])


def store_wanted(connection: Connection, wanted: list[Wanted]) -> None:
    """Writes what we want where it changed."""
    connection.execute(statement("fourmost/store_wanted"), {"wanted": json.dumps([w.as_json() for w in wanted])})


def stage_4most(connection: Connection, settings: Settings, functions: Sequence[InUse], run_id: str) -> dict[str, int]:
    """Computes what we want of every target whose row may have to change. The guard holds floods.

    `functions` are those in use. Gives counts by state of what was computed, of problems and of what is held.
    """
    counts: Counter[str] = Counter()
    with master_lock(connection, settings.database):
        for wanted in wanted_in_pieces(connection, settings.fourmost, settings.targets, settings.survey_live()):
            store_wanted(connection, wanted)
            counts.update(w.state for w in wanted)
            counts["cannot_be_sent"] += sum(w.problem is not None for w in wanted)
        limits = (settings.guard, settings.budget, settings.fourmost.cut_off)
        held = hold_floods(connection, *limits, functions, run_id, datetime.now(UTC))
    close_when_nothing_waits(connection)
    connection.execute(statement("fourmost/close_failing"), {"kind": Kind.FAILS_AT_TARGET.value})
    return {**counts, "held": held.total()}


def batches_to_create(connection: Connection, limits: FourMost) -> list[list[int]]:
    """The targets to create, or to look up after an unknown outcome, in batches: a mapped task each.

    The highest priority goes first.
    """
    return _batches(connection, "fourmost/targets_to_create", limits.objects_a_create, limits)


def batches_to_update(connection: Connection, limits: FourMost) -> list[list[int]]:
    """The targets whose row at 4MOST is not what we want, in batches: a mapped task each."""
    return _batches(connection, "fourmost/targets_to_update", limits.objects_an_update_batch, limits)


def _batches(connection: Connection, query: str, size: int, limits: FourMost) -> list[list[int]]:
    """Batches of `size` targets, or, where these would be too many, so many larger ones."""
    row = connection.execute(statement(query), {"settle_s": limits.settle_s}).fetchone()
    ids: list[int] = row["ids"] if row else []
    if ids and is_open(connection):
        # While 4MOST refuses everything, one batch is tried in each run, and not the same one each time.
        start = random.randrange(0, len(ids), size)  # noqa: S311 no cryptography
        return [ids[start : start + size]]
    # In order: the first batches have the most urgent.
    size = max(size, -(-len(ids) // limits.mapped_tasks))
    return [ids[start : start + size] for start in range(0, len(ids), size)]
