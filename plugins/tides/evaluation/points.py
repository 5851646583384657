"""What is wrong with the points of a stream's light curves, as events: one of a stream and a fault."""

import logging

from tides.database.session import Connection
from tides.journal.events import close_event_of_other_run, note_event
from tides.journal.kinds import Kind
from tides.lightcurves.faults import Fault, Tally

log = logging.getLogger(__name__)

ENOUGH_POINTS = 100
"""So many points without a fault show that it is gone."""


def report_points(connection: Connection, run_id: str, stream: str, tally: Tally) -> None:
    """Opens an event for each fault that more points of a task have than is usual; closes that of a fault that is gone.

    The tasks of a run work side by side, so that a task closes only what no task of its own run has seen.
    """
    told = tally.told()
    for fault in Fault:
        subject = f"{stream}: {fault}"
        if fault in told:
            detail = {"run": run_id, "points": told[fault], "of": tally.points, "example": tally.examples[fault]}
            if note_event(connection, Kind.LIGHT_CURVE_DRIFT, subject, detail):
                log.warning("stream %s: %d of %d points: %s", stream, told[fault], tally.points, fault)
        elif tally.points >= ENOUGH_POINTS:
            close_event_of_other_run(connection, Kind.LIGHT_CURVE_DRIFT, subject, run_id)
