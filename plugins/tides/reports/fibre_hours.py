"""The fibre hours in a run's report: what each subsurvey asks for, beside its budget, and in the nights before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tides.database.session import Connection
from tides.fourmost.fibre_hours import ALL, Asked
from tides.reports.rows import ask
from tides.settings.sections import Budget

NIGHTS = 7
"""So many nights before tonight stand in the report."""

COLUMNS = ("subsurvey", "live targets", "asked for (h)", "spent (h)", "budget (h)", "share of it")


def by_subsurvey(asked: Sequence[Asked], budget: Budget) -> list[list[Any]]:
    """The rows of the table with `COLUMNS`; the last one is the whole survey. Without a target there is none."""
    if not asked:
        return []
    whole = Asked(ALL, sum(a.targets for a in asked), sum(a.asked for a in asked), sum(a.spent for a in asked))
    limits = {**budget.subsurveys, ALL: budget.fibre_hours}
    rows = [(each, limits.get(each.subsurvey)) for each in (*asked, whole)]
    return [
        [
            each.subsurvey,
            each.targets,
            round(each.asked, 1),
            round(each.spent, 1),
            "" if limit is None else limit,
            "" if limit is None else f"{each.hours / limit:.2%}",
        ]
        for each, limit in rows
    ]


@dataclass(frozen=True)
class FibreNight(Asked):
    """What a subsurvey asked for and had spent at the end of a night (UTC day), by the run that ended then (UTC)."""

    night: date
    ended_at: datetime


def hours_by_night(connection: Connection, first: date, last: date) -> list[FibreNight]:
    """What each subsurvey asked for at the end of each night that had a live run, the newest night first."""
    return ask(connection, FibreNight, "reports/fibre_hours_by_night", {"first": first, "last": last})


def by_night(connection: Connection, now: datetime) -> list[str]:
    """A line for each of the last nights before a moment (UTC) that had a live run; tonight is left out."""
    today = now.date()
    nights: dict[str, list[str]] = {}
    for each in hours_by_night(connection, today - timedelta(days=NIGHTS), today - timedelta(days=1)):
        nights.setdefault(f"{each.night}", []).append(f"{each.subsurvey} {each.asked:.1f} h")
    return [f"- {night}: {', '.join(words)}" for night, words in nights.items()]
