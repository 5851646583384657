"""The lists of targets, as a table."""

from dataclasses import dataclass

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement


@dataclass(frozen=True)
class Listed:
    """An entry of a list: the name of its target, how many of its epochs it has, and how it stands."""

    list: str
    entry: str
    name: str
    template: str
    epochs: str
    cadence_days: float
    live: bool
    reason: str


def listed(connection: Connection, name: str | None) -> list[Listed]:
    """The entries of a list, or of all lists, by name."""
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(statement("reports/listed"), {"list": name}).fetchall()
