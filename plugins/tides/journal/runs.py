"""The runs of the bridge and of reconcile, one row each attempt in `tides.bridge_run`.

Airflow gives a run that is cleared or processed again the same run id, and another start. Each start is an attempt. It
has an id of its own: RUN for the first one, RUN#2 for the second. All tables name the attempt by it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import Conflict
from tides.version import code_version

NUMBERED = re.compile(r"(?P<run>.+)#(?P<attempt>\d+)")
"""An attempt's id with its number. Airflow allows no # in a run id."""


@dataclass(frozen=True)
class Begun:
    """An attempt of a run: what its first task knows. Dates are UTC.

    `run_id` is Airflow's, or the attempt's own. The window is the time whose messages it reads, as far as it has one.
    `dag_id` is None outside of Airflow.
    """

    run_id: str
    lane: str
    started_at: datetime
    window_start: datetime | None = None
    window_end: datetime | None = None
    dag_id: str | None = None


@dataclass(frozen=True)
class Finished:
    """A run at its end. Dates are UTC. The window is the time whose messages it read, as far as it had one.

    `counts` are for machines, `report` for people. `good` says that none of its tasks failed.
    """

    run_id: str
    lane: str
    started_at: datetime
    window_start: datetime | None
    window_end: datetime | None
    good: bool
    counts: dict[str, Any]
    report: str


@dataclass(frozen=True)
class Attempt:
    """An attempt of a run. `ended_at` (UTC) is None while it has no row in `bridge_run`."""

    run_id: str
    attempt: int
    lane: str
    started_at: datetime
    ended_at: datetime | None


def begin(connection: Connection, begun: Begun) -> tuple[str, bool]:
    """Gives the attempt's own id, and whether this call is the first to note it. All its tasks get the same id.

    Raises Conflict when two attempts of a run begin at the same moment; a retry then finds its own.
    """
    given = {**vars(begun), "code_version": code_version()}
    find, note = statement("journal/find_attempt"), statement("journal/begin_attempt")
    for query, new in ((find, False), (note, True), (find, False)):
        if row := connection.execute(query, given).fetchone():
            return str(row["run_id"]), new
    raise Conflict(f"two attempts of run {begun.run_id} begin at once; try again")


def store_run(connection: Connection, run: Finished) -> None:
    """Writes an attempt's row with the version of the code. One that is reported again gets its newest report.

    What another attempt of the run wrote stays as it is.
    """
    noted = "SELECT FROM tides.run_attempt WHERE run_id = %s AND dag_id IS NOT NULL"
    run_id = run.run_id
    # The tasks of a run in Airflow have noted it. Any other report is noted here, and tells itself by its start.
    if connection.execute(noted, (run_id,)).fetchone() is None:
        begun = Begun(run_id, run.lane, run.started_at, run.window_start, run.window_end)
        run_id, _ = begin(connection, begun)
    given = {**vars(run), "run_id": run_id, "counts": Jsonb(run.counts), "code_version": code_version()}
    connection.execute(statement("journal/store_run"), given)


def good_run_within(connection: Connection, hours: float) -> bool:
    """Whether a live run has ended well within so many hours."""
    row = connection.execute(statement("journal/good_run_within"), {"hours": hours}).fetchone()
    return bool(row and row["good"])


def attempts_of(connection: Connection, name: str) -> list[Attempt]:
    """The attempts that a person means by RUN (all), RUN#1 (the first one) or RUN#2, the oldest first."""
    numbered = NUMBERED.fullmatch(name)
    run, number = (numbered["run"], int(numbered["attempt"])) if numbered else (name, None)
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        return cursor.execute(statement("journal/attempts_of"), {"dag_run_id": run, "attempt": number}).fetchall()
