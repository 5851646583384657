"""What a dry run would have done, for its report. Nothing is stored or sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from tides.clock import utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.fourmost.dry_run import would_send
from tides.functions.functions import functions_in_use, load_functions
from tides.runs.context import RunContext
from tides.settings.model import Settings

MOST_ROWS = 100
"""How many rows a report lists; it says how many there are."""


@dataclass(frozen=True)
class WouldDo:
    """What the run would have done: in a sentence, and as rows under their columns."""

    words: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class _Passed:
    """An object that passes in a lane. `target` is None where it would be a new target."""

    survey: str
    object_id: str
    functions: str
    trigger_jd: float | None
    target: str | None


def would_do(connection: Connection, run: RunContext, settings: Settings) -> WouldDo:
    """What a dry run would have done: a live one sends, a replay adds targets.

    Raises Conflict when a run writes the master while a dry live run looks.
    """
    return _would_send(connection, settings) if run.rehearses else _would_add(connection, run, settings)


def _would_send(connection: Connection, settings: Settings) -> WouldDo:
    functions = functions_in_use(settings.enabled_streams(), load_functions())
    found = would_send(connection, settings, functions)
    sent = sum(not row.why_not for row in found)
    words = (
        f"The next live run would send {sent} rows to 4MOST, and not {len(found) - sent} others. What waits to be read"
        f" or judged is not among them. Nothing was sent now.{_more(found)}"
    )
    rows = [(row.name, row.does, row.changes, row.why_not) for row in found[:MOST_ROWS]]
    return WouldDo(words, ("target", "does", "what", "why not"), rows)


def _would_add(connection: Connection, run: RunContext, settings: Settings) -> WouldDo:
    functions = functions_in_use(settings.enabled_streams(), load_functions())
    with connection.cursor(row_factory=class_row(_Passed)) as cursor:
        given = {"lane": run.lane, "functions": json.dumps(functions)}
        found = cursor.execute(statement("reports/would_add"), given).fetchall()
    new = sum(row.target is None for row in found)
    words = (
        f"{len(found)} objects pass: {new} would be new targets, and {len(found) - new} are targets already. The next"
        f" live run would tell 4MOST of those that are live.{_more(found)}"
    )
    rows = [(r.survey, r.object_id, r.functions, _at(r.trigger_jd), r.target or "new") for r in found[:MOST_ROWS]]
    return WouldDo(words, ("survey", "object", "functions", "trigger (UTC)", "target"), rows)


def _at(jd_utc: float | None) -> str:
    return "" if jd_utc is None else f"{utc(jd_utc):%Y-%m-%d %H:%M}"


def _more(found: Sequence[object]) -> str:
    return f" The first {MOST_ROWS} are listed." if len(found) > MOST_ROWS else ""
