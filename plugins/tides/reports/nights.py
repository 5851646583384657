"""The sums of nights: what was new, came back, ended, and was created at 4MOST."""

from datetime import date, datetime, timedelta

from tides.database.session import Connection
from tides.database.statements import whole
from tides.reports.rows import Steps, ask

NIGHTS = 90
"""So many nights (UTC days) are shown, tonight among them."""

AT_ONCE = 30
"""So many nights a report counts at most: after an upgrade, a few reports count all."""

WAITS_H = (1, 2, 3, 6, 12, 24, 48, 96, 168)
"""The edges (h) between which waits from the alert to 4MOST are counted. The sums that are kept are by these."""


def first_night(now: datetime) -> date:
    """The first of the nights that are shown at a moment (UTC)."""
    return now.date() - timedelta(days=NIGHTS - 1)


def steps_since(connection: Connection, first: date, now: datetime) -> list[Steps]:
    """What targets did by night, from a first one to a moment (UTC), as the newest report has counted them."""
    return ask(connection, Steps, "page/night_steps", {"first": first, "last": now.date()})


def keep_nights(connection: Connection, now: datetime) -> None:
    """Counts the night of a moment (UTC) so far, and those before it that have not been counted since their end.

    Can be repeated.
    """
    given = {"first": first_night(now), "last": now.date(), "most": AT_ONCE, "edges": list(WAITS_H)}
    connection.execute(whole("reports/keep_nights"), given)
