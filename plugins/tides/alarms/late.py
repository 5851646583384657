"""Runs that are late: Airflow's deadline alert opens the event, and the watchdog closes it."""

from collections.abc import Callable

from tides.database.session import Connection
from tides.journal.events import close_event
from tides.journal.kinds import Kind


def close_ended(connection: Connection, state_of: Callable[[str, str], str | None]) -> None:
    """Closes the events of late runs that have ended. `state_of` a run and its DAG is None while the run goes on."""
    late = "SELECT subject, detail ->> 'run' AS run FROM tides.event WHERE kind = %s AND closed_at IS NULL"
    for row in connection.execute(late, (Kind.RUN_LATE.value,)).fetchall():
        if state_of(row["run"], row["subject"]):
            close_event(connection, Kind.RUN_LATE, row["subject"])
