"""Withdraws what was sent by mistake: each target gets a veto, which the next run tells 4MOST.

A row is switched off and never deleted, whether it is ingested or not. An inactive row takes no fibre, and what was
sent stays traceable.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.journal.events import record_event
from tides.journal.kinds import Kind
from tides.journal.runs import attempts_of
from tides.targets.decisions import decide, undo_all

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Cause:
    """Why targets are at 4MOST: the run that made them, the function's hash that alone selected them, or since when."""

    run_id: str | None = None
    function_hash: str | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        if self.run_id:
            return f"sent by run {self.run_id}"
        if self.function_hash:
            return f"selected by {self.function_hash} alone"
        return f"sent since {self.since:{MOMENT}}"

    def as_json(self) -> dict[str, str]:
        """As the decision keeps it, to be undone by."""
        since = f"{self.since:{MOMENT}}" if self.since else None
        values = {"run_id": self.run_id, "function_hash": self.function_hash, "since": since}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class Sent:
    """A target that has a row at 4MOST: its key there, when 4MOST ingested it, and why it stands as it does now."""

    tides_id: int
    name: str
    pk: int
    ingested: datetime | None
    now: str | None
    vetoed: bool


def sent_by(connection: Connection, cause: Cause) -> list[Sent]:
    """The targets that have a row at 4MOST for this cause, with whether each is vetoed already."""
    runs = runs_of(connection, cause)
    with connection.cursor(row_factory=class_row(Sent)) as cursor:
        return cursor.execute(statement("fourmost/sent_by"), {**asdict(cause), "runs": runs}).fetchall()


def runs_of(connection: Connection, cause: Cause) -> list[str]:
    """The ids of the runs that a cause names. RUN means all its attempts, RUN#1 and RUN#2 one of them."""
    if cause.run_id is None:
        return []
    # What a run did before it reported is known by its id alone.
    return [attempt.run_id for attempt in attempts_of(connection, cause.run_id)] or [cause.run_id]


def withdraw(connection: Connection, cause: Cause, by: str) -> int:
    """Vetoes all that was sent for a cause and is not vetoed yet. Gives how many. The next run switches them off."""
    with connection.transaction():
        # An earlier veto stays as it is: the undo of this withdrawal must not lift it.
        targets = [target for target in sent_by(connection, cause) if not target.vetoed]
        for target in targets:
            decide(connection, "veto", target.tides_id, f"withdrawn: {cause}", by, cause.as_json())
        record_event(connection, Kind.WITHDRAWN, str(cause), {"by": by, "targets": len(targets)})
    return len(targets)


def give_back(connection: Connection, cause: Cause, by: str) -> int:
    """Undoes a withdrawal; gives for how many targets. Raises SettingsError when there was none for this cause."""
    with connection.transaction():
        undone = undo_all(connection, cause.as_json(), by)
        if not undone:
            raise SettingsError(f"nothing that was {cause} is withdrawn: see `tides decide list`")
        record_event(connection, Kind.WITHDRAWN, f"undone: {cause}", {"by": by, "targets": undone})
    return undone
