"""Fibre hours: what targets ask 4MOST for, beside the budget of the survey. They are hours of dark time."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.settings.sections import Budget, TargetTemplate

ALL = "all subsurveys"
"""The subject of the budget of the whole survey."""


def fibre_hours(template: TargetTemplate, mag: float, spectra: int = 1) -> float | None:
    """The fibre hours (dark time) that a target of so many mag (AB) asks for; None where no exposure time is set."""
    exposure = template.exposure_of(mag)
    return None if exposure is None else spectra * exposure.t_exp_d / 60


@dataclass(frozen=True)
class Asked:
    """Of a subsurvey: its live targets, and the hours that they ask for and that good spectra took."""

    subsurvey: str
    targets: int
    asked: float
    spent: float

    @property
    def hours(self) -> float:
        """What is asked for and what was spent, together."""
        return self.asked + self.spent


def asked_for(connection: Connection) -> list[Asked]:
    """What each subsurvey asks for now, by the rows that 4MOST was told or shall be told."""
    with connection.cursor(row_factory=class_row(Asked)) as cursor:
        return cursor.execute(statement("fourmost/fibre_hours")).fetchall()


def over_budget(asked: Sequence[Asked], budget: Budget) -> dict[str, float]:
    """The subsurveys that go beyond their budget, and the whole survey as `ALL`, each with the hours beyond it."""
    hours = {each.subsurvey: each.hours for each in asked}
    beyond = {name: hours.get(name, 0.0) - limit for name, limit in budget.subsurveys.items()}
    beyond[ALL] = sum(hours.values()) - budget.fibre_hours
    return {name: too_much for name, too_much in beyond.items() if too_much > 0}
