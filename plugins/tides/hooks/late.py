"""What Airflow calls when a run has not ended by its deadline (`tasks.late_s`): an event, of which an alarm is made."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tides.hooks.database import open_database
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.runs.airflow import ENDED
from tides.settings.model import load_settings

BY_ITSELF = ("scheduled", "asset_triggered")
"""The types of runs that nobody starts by hand: a long replay is meant to be long."""


def note_late(context: dict[str, Any]) -> None:
    """Notes that a run is late. Airflow gives the run and the deadline. Raises as `open_database` does."""
    run = context["dag_run"]
    # Airflow calls for a run that has failed, too, at its deadline: its report and its red tasks tell of it.
    if run["state"] in ENDED or run["run_type"] not in BY_ITSELF:
        return
    limit = timedelta(seconds=load_settings().tasks.late_s)
    # Airflow counted by the setting as it was when the run was made.
    if datetime.now(UTC) - datetime.fromisoformat(run["queued_at"]) < limit:
        return
    how = "has not begun" if run["start_date"] is None else "has not ended"
    words = f"run {run['dag_run_id']} of {run['dag_id']} {how} {limit / timedelta(minutes=1):.0f} min after it was due"
    with open_database("deadline") as database:
        note_event(database, Kind.RUN_LATE, run["dag_id"], {"run": run["dag_run_id"], "words": words})
