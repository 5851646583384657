"""The fibre hours in a run's report: what each subsurvey asks for, beside its budget, and in the nights before."""

from collections.abc import Sequence
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.fourmost.fibre_hours import ALL, Asked
from tides.settings.sections import Budget

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


def by_night(connection: Connection) -> list[str]:
    """A line for each of the last seven nights that had a live run: what each subsurvey asked for at its end."""
    nights: dict[str, list[str]] = {}
    for row in connection.execute(statement("reports/fibre_hours_by_night")):
        nights.setdefault(f"{row['night']}", []).append(f"{row['subsurvey']} {row['asked']:.1f} h")
    return [f"- {night}: {', '.join(words)}" for night, words in nights.items()]
