"""What the next run would send to 4MOST: the run's own steps, undone again before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from tides.database.session import Connection, master_lock
from tides.database.statements import whole
from tides.fourmost.wanted import Wanted, batches_to_create, batches_to_update, stage_4most, wanted_in_pieces
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
        due = {
            n
            for batches in (batches_to_create, batches_to_update)
            for ids in batches(connection, settings.fourmost)
            for n in ids
        }
        reasons = _reasons(connection)
    return [
        Waiting(
            target.name,
            _does(target),
            "" if target.id in due else _why_not(target, reasons.get(target.id, "")),
            _changes(target),
        )
        for target in wanted
    ]


def _remember(connection: Connection, settings: Settings, functions: Sequence[InUse]) -> None:
    """The tasks `upsert_master` and `deactivate_unobserved` of a live run."""
    facts = {"run_id": NAME, "lane": LIVE, "as_of": "", "live": "true", "dry": "false"}
    parameters = {**master_parameters(settings, functions), **facts}
    cursor = psycopg.ClientCursor(connection)  # it alone takes parameters for several statements at once
    for step in ("targets/upsert_master", "targets/deactivate_unobserved"):
        cursor.execute(whole(step), parameters)


def _reasons(connection: Connection) -> dict[int, str]:
    rows = connection.execute(
        "SELECT id, CASE WHEN held IS NOT NULL THEN 'held by the guard: ' || held"
        " WHEN refusal IS NOT NULL THEN '4MOST refused it: ' || refusal"
        " WHEN not_before > now() THEN 'tried again after ' || not_before END AS why"
        " FROM tides.fourmost_target"
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


def _why_not(target: Wanted, reason: str) -> str:
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
