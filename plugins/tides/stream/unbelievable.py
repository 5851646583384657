"""The stop: a stream of which nearly all values of a column cannot be true is not stored, until a person accepts it."""

from collections.abc import Collection
from dataclasses import dataclass

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.journal.events import record_event
from tides.journal.kinds import Kind
from tides.settings.streams import Stream
from tides.stream.drift import Tally
from tides.stream.messages import Implausible

NEARLY_ALL = 0.9
ENOUGH_VALUES = 20
"""So many values, and this share of them implausible, show a change of the column and no single broken object."""


@dataclass(frozen=True)
class Unbelievable:
    """A column of which nearly all values are implausible, with an example."""

    column: str
    implausible: int
    values: int
    example: Implausible


def unbelievable(stream: Stream, tallies: Collection[Tally], accepted: Collection[str]) -> Unbelievable | None:
    """The first column that the bridge reads of which one of these tallies can believe nearly nothing."""
    for column in sorted(stream.columns.names() - set(accepted)):
        for tally in tallies:
            bad, values = tally.implausible[column], tally.values(column)
            if values >= ENOUGH_VALUES and bad >= NEARLY_ALL * values:
                return Unbelievable(column, bad, values, tally.examples[column])
    return None


def accepted(connection: Connection, name: str) -> set[str]:
    """The columns of the stream `name` whose implausible values are taken as unknown."""
    rows = connection.execute("SELECT name FROM tides.accepted_unknown WHERE stream = %s", (name,))
    return {row["name"] for row in rows}


def accept(connection: Connection, name: str, stream: Stream, column: str, by: str) -> None:
    """Lets a column's implausible values through as unknown; an event records who accepted it. Can be repeated.

    Raises SettingsError when the bridge reads no such column.
    """
    if column not in stream.columns.names():
        raise SettingsError(
            f"stream {name} reads no column {column!r}; it reads {', '.join(sorted(stream.columns.names()))}"
        )
    with connection.transaction():
        given = {"stream": name, "name": column, "by": by}
        connection.execute(statement("stream/accept_unknown"), given)
        record_event(connection, Kind.UNKNOWN_ACCEPTED, f"{name}.{column}", {"by": by})


def withdraw(connection: Connection, name: str, tally: Tally) -> list[str]:
    """Withdraws the acceptance of each column that is mostly plausible again; gives in words which."""
    told = []
    for column in sorted(accepted(connection, name)):
        values = tally.values(column)
        if values and tally.implausible[column] * 2 < values:
            connection.execute(statement("stream/withdraw_unknown"), {"stream": name, "name": column})
            told.append(f"column {column} is plausible again; its implausible values are not accepted any more")
    return told
