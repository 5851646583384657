"""The runs of the bridge and of reconcile, one row each in `tides.bridge_run`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.version import code_version


@dataclass(frozen=True)
class Finished:
    """A run at its end. Dates are UTC; the window is the time whose messages it read, as far as it had one.

    `counts` are for machines, `report` for people; `good` says that none of its tasks failed.
    """

    run_id: str
    lane: str
    started_at: datetime
    window_start: datetime | None
    window_end: datetime | None
    good: bool
    counts: dict[str, Any]
    report: str


def store_run(connection: Connection, run: Finished) -> None:
    """Writes a run's row with the version of the code; a run that is reported again has its newest report."""
    given = {**vars(run), "counts": Jsonb(run.counts), "code_version": code_version()}
    connection.execute(statement("journal/store_run"), given)
