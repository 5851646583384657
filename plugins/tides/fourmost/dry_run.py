"""What the next run would send to 4MOST: the run's own steps, undone again before anything is sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from tides.database.session import Connection, master_lock
from tides.database.statements import statement, whole
from tides.fourmost.breaker import is_open
from tides.fourmost.guard import hold_floods
from tides.fourmost.wanted import (
    Wanted,
    batches_to_create,
    batches_to_update,
    read_wanted,
    stage_4most,
    store_wanted,
    wanted_in_pieces,
)
from tides.functions.functions import InUse
from tides.runs.context import LIVE
from tides.runs.sql_steps import master_parameters
from tides.settings.model import Settings

NAME = "dry run"
"""The run's id in what is undone."""


@dataclass(frozen=True)
class Waiting:
    """A target whose row at 4MOST is not what we want: what the next run does, with what, or why it does not."""

    name: str
    does: str
    why_not: str
    changes: str


@dataclass(frozen=True)
class WouldTell:
    """What the next run makes of a target or host, and what it tells 4MOST of it.

    `active` and `reason` are those that the run gives it. `does` is empty where nothing is to be told. `told` is what
    4MOST holds, None when it holds nothing or that is unknown. `fields` are sent, unless `why_not` says why not.
    """

    name: str
    kind: str
    active: bool
    reason: str
    does: str
    why_not: str
    told: dict[str, Any] | None
    fields: dict[str, Any]


def would_send(connection: Connection, settings: Settings, functions: Sequence[InUse]) -> list[Waiting]:
    """Every target whose row at 4MOST is not what we want: its name, what the next run does, with what, or why not.

    What is judged is merged and the live rule applied first, as the next run does it: by these settings and now.
    `functions` are those in use. All is rolled back. Raises Conflict when a run writes the master meanwhile.
    """
    # The run's own steps are used, so that the answer cannot differ from what the run does.
    with connection.transaction(force_rollback=True), master_lock(connection, settings.database):
        _remember(connection, settings, functions)
        stage_4most(connection, settings, functions, NAME)
        sections = (settings.fourmost, settings.targets, settings.survey_live())
        wanted = [w for piece in wanted_in_pieces(connection, *sections) for w in piece if w.mark or w.row != w.told]
        why_not = _why_not(connection, settings, wanted)
    return [Waiting(target.name, _does(target), why_not[target.id], _changes(target)) for target in wanted]


def would_tell(
    connection: Connection,
    settings: Settings,
    functions: Sequence[InUse],
    ids: Sequence[int],
    act: Callable[[], object],
) -> list[WouldTell]:
    """What the next run makes of some targets and hosts, and of the targets' own hosts, once `act` has been done.

    `act` decides something of them. `functions` are those in use. The steps of the run are taken of these alone, by
    these settings and now; of all others the row that is wanted is that of the last run. What waits to be read or
    judged does not count. All is rolled back. Raises Conflict when a run writes the master meanwhile, and what `act`
    raises.
    """
    with connection.transaction(force_rollback=True), master_lock(connection, settings.database):
        act()
        _take_steps(connection, ("targets/try_decision",), settings, functions, ids=list(ids))
        rows = connection.execute(statement("fourmost/tried_targets"), {"ids": list(ids)}).fetchall()
        sections = (settings.fourmost, settings.targets, settings.survey_live())
        wanted = read_wanted(connection, *sections, [row["tides_id"] for row in rows])
        store_wanted(connection, wanted)
        limits = (settings.guard, settings.budget, settings.fourmost.cut_off)
        hold_floods(connection, *limits, functions, NAME, datetime.now(UTC))
        why_not = _why_not(connection, settings, wanted)
    to_tell = {target.id: target for target in wanted}
    return [_would_tell(row, to_tell[row["tides_id"]], why_not) for row in rows]


def _would_tell(row: dict[str, Any], target: Wanted, why_not: dict[int, str]) -> WouldTell:
    is_told = bool(target.mark) or target.row != target.told
    return WouldTell(
        name=row["name"],
        kind=row["kind"],
        active=row["active"],
        reason=row["words"],
        does=_does(target) if is_told else "",
        why_not=(target.problem or "") if not is_told else why_not[target.id],
        told=target.told,
        fields=target.fields() if is_told and target.row else {},
    )


def _remember(connection: Connection, settings: Settings, functions: Sequence[InUse]) -> None:
    """The tasks `upsert_master` and `deactivate_unobserved` of a live run."""
    _take_steps(connection, ("targets/upsert_master", "targets/deactivate_unobserved"), settings, functions)


def _take_steps(
    connection: Connection, steps: Iterable[str], settings: Settings, functions: Sequence[InUse], **more: object
) -> None:
    facts = {"run_id": NAME, "lane": LIVE, "as_of": "", "live": "true", "dry": "false"}
    parameters = {**master_parameters(settings, functions), **facts, **more}
    cursor = psycopg.ClientCursor(connection)  # it alone takes parameters for several statements at once
    for step in steps:
        cursor.execute(whole(step), parameters)


def _why_not(connection: Connection, settings: Settings, wanted: Sequence[Wanted]) -> dict[int, str]:
    """Of each of these targets why the next run does not send its row; empty where it sends it."""
    due = {
        n
        for batches in (batches_to_create, batches_to_update)
        for ids in batches(connection, settings.fourmost)
        for n in ids
    }
    reasons = _reasons(connection, [target.id for target in wanted])
    otherwise = "4MOST refuses everything: a run tries one batch" if is_open(connection) else ""
    return {w.id: "" if w.id in due else _because(w, reasons.get(w.id, "") or otherwise) for w in wanted}


def _reasons(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    rows = connection.execute(
        "SELECT id, CASE WHEN held IS NOT NULL THEN 'held by the guard: ' || held"
        " WHEN refusal IS NOT NULL THEN '4MOST refused it: ' || refusal"
        " WHEN not_before > now() THEN 'tried again after ' || not_before END AS why"
        " FROM tides.fourmost_target WHERE id = ANY (%s)",
        (list(ids),),
    )
    return {row["id"]: row["why"] for row in rows if row["why"]}


def _does(target: Wanted) -> str:
    if target.mark:
        return "look up" if target.pk is None else "read back"
    if target.pk is None:
        return "create"
    row, told = target.row or {}, target.told or {}
    if row.get("is_active") == told.get("is_active"):
        return "change"
    return "switch on" if row.get("is_active") else "switch off"


def _because(target: Wanted, reason: str) -> str:
    if target.mark:
        return f"under way since {target.mark:%Y-%m-%d %H:%M:%S} UTC"
    return reason or target.problem or "another target has its name at 4MOST"


def _changes(target: Wanted) -> str:
    row, told = target.row, target.told
    if row is None:
        return ""
    if told is not None:
        return ", ".join(f"{key} {told.get(key)} → {value}" for key, value in row.items() if value != told.get(key))
    fields = ("ra", "dec", "mag", "mag_type", "subsurvey", "date_latest", "is_active")
    return ", ".join(f"{key} {row[key]}" for key in fields)
