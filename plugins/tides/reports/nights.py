"""The sums of the nights that are over: what was new, live again, ended, and created at 4MOST."""

from datetime import date, datetime, timedelta

from tides.database.session import Connection
from tides.database.statements import statement
from tides.reports.rows import Steps, ask

NIGHTS = 90
"""So many nights (UTC days) are shown, tonight among them."""


def first_night(now: datetime) -> date:
    """The first of the nights that are shown at a moment (UTC)."""
    return now.date() - timedelta(days=NIGHTS - 1)


def steps_since(connection: Connection, first: date, now: datetime) -> list[Steps]:
    """What targets did by night, from a first one to a moment (UTC). What is not over, PostgreSQL counts now."""
    return ask(connection, Steps, "page/night_steps", {"first": first, "last": now.date()})


def keep_nights(connection: Connection, now: datetime) -> None:
    """Keeps the sums of the nights that are over at a moment (UTC), so that nobody counts them again.

    Can be repeated: it counts what is not kept.
    """
    # What is stored shortly after midnight may have begun before it.
    last = (now - timedelta(hours=1)).date() - timedelta(days=1)
    connection.execute(statement("reports/keep_nights"), {"first": first_night(now), "last": last})
