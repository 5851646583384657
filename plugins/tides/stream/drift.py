"""Schema drift: columns of a stream that vanish, appear or change their type. Each change is reported once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.events import close_event, note_event, record_event
from tides.journal.kinds import Kind
from tides.settings.streams import Stream
from tides.stream.messages import SENT_TIME, Alert, Implausible

MOST_TOLD = 20
"""How many changes of columns that the bridge does not read are told one by one."""


@dataclass(frozen=True)
class Place:
    """Where columns were read: what holds them, in words, and the mark that their event's subject has."""

    things: str
    mark: str


MESSAGES = Place("messages", "")


@dataclass(frozen=True)
class _Change:
    """A change of a column that the bridge does not read, and in how many messages it was seen."""

    column: str
    what: str
    messages: int


_KINDS: dict[type, str | None] = {
    **dict.fromkeys((int, float), "number"),
    str: "text",
    bool: "boolean",
    list: "list",
    dict: "object",
    type(None): None,
}
"""The JSON type of a value, by its type in Python; a null has none."""


@dataclass
class Tally:
    """The columns of one drain's messages: in how many each was present, with which JSON type, and how often odd."""

    messages: int = 0
    present: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    odd: Counter[str] = field(default_factory=Counter)
    implausible: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Implausible] = field(default_factory=dict)

    def add(self, alerts: Iterable[Alert]) -> None:
        """Counts the columns of messages."""
        # Nearly all messages have the same columns and types: each such shape is looked at once.
        shapes: Counter[tuple[tuple[str, ...], tuple[type, ...]]] = Counter()
        for alert in alerts:
            shapes[alert.names, alert.types] += 1
            if alert.oddities:
                self.odd.update(alert.oddities)
            if alert.implausible:
                self.implausible.update(alert.implausible.keys())
                self.examples.update(alert.implausible)
        for (names, types), messages in shapes.items():
            self.messages += messages
            for name, type_ in zip(names, types, strict=True):
                self.present[name] += messages
                if (kind := _KINDS[type_]) is not None:
                    self.kinds.setdefault(name, Counter())[kind] += messages

    def __add__(self, other: "Tally") -> "Tally":
        """The sum of two tallies; the newer examples are the other's."""
        kinds = {n: self.kinds.get(n, Counter()) + other.kinds.get(n, Counter()) for n in self.kinds | other.kinds}
        return Tally(
            self.messages + other.messages,
            self.present + other.present,
            kinds,
            self.odd + other.odd,
            self.implausible + other.implausible,
            self.examples | other.examples,
        )

    def values(self, column: str) -> int:
        """In how many messages a column had a value."""
        return self.kinds.get(column, Counter()).total()


def report_drift(connection: Connection, name: str, stream: Stream, tally: Tally) -> list[str]:
    """Compares a drain's columns with the known columns of the stream `name`; gives in words what is newly odd.

    A column that the bridge reads can be missing or of a wrong type. It becomes NULL then, and its event stays open
    until every message has it again. A change of another column is recorded once, and the new form is the known one
    afterwards. The first messages of a stream set what later ones are compared with.
    """
    if not tally.messages:
        return []
    with connection.transaction():
        rows = connection.execute("SELECT name, kind FROM tides.stream_column WHERE stream = %s", (name,)).fetchall()
        known = {row["name"]: row["kind"] for row in rows}
        return [
            *_read_columns(connection, name, stream, tally),
            *tell_implausible(connection, name, stream, tally),
            *_other_columns(connection, name, stream, tally, known),
        ]


def tell_implausible(
    connection: Connection, name: str, stream: Stream, tally: Tally, place: Place = MESSAGES
) -> list[str]:
    """Opens or closes the event of each column that the bridge reads; gives in words what is newly implausible."""
    told: list[str] = []
    if not tally.messages:
        return told
    for column in sorted([*stream.columns.names(), SENT_TIME]):
        subject, count = f"{name}.{column}{place.mark}", tally.implausible[column]
        if not count:
            close_event(connection, Kind.IMPLAUSIBLE, subject)
            continue
        example = tally.examples[column]
        detail = {"messages": count, "of": tally.messages, "example": example.value, "looks_like": example.unit}
        if note_event(connection, Kind.IMPLAUSIBLE, subject, detail):
            unit = f", which looks like {example.unit}" if example.unit else ""
            told.append(
                f"column {column} implausible in {count} of {tally.messages} {place.things} (as {example.value}{unit});"
                " it is unknown there"
            )
    return told


def _read_columns(connection: Connection, name: str, stream: Stream, tally: Tally) -> list[str]:
    told = []
    for column in sorted(stream.columns.names()):
        subject, odd = f"{name}.{column}", tally.odd[column]
        if not odd:
            close_event(connection, Kind.SCHEMA_DRIFT, subject)
            continue
        what = "of a wrong type" if tally.present[column] else "vanished"
        if note_event(
            connection, Kind.SCHEMA_DRIFT, subject, {"what": what, "messages": odd, "of": tally.messages, "read": True}
        ):
            told.append(f"column {column} {what} in {odd} of {tally.messages} messages; it is NULL there")
    return told


def _other_columns(connection: Connection, name: str, stream: Stream, tally: Tally, known: dict[str, str]) -> list[str]:
    changes: list[_Change] = []
    # A NULL has no type, and one drain can bring several types of a column: the most frequent counts.
    newest = {column: kinds.most_common(1)[0][0] for column, kinds in tally.kinds.items()}
    for column, kind in sorted(newest.items()):
        if known.get(column) == kind or (column in known and column in stream.columns.names()):
            continue
        connection.execute(statement("stream/store_column"), {"stream": name, "name": column, "kind": kind})
        what = f"turned from {known[column]} to {kind}" if column in known else "appeared"
        changes.append(_Change(column, what, tally.kinds[column][kind]))
    for column in sorted(known.keys() - tally.present.keys() - stream.columns.names()):
        connection.execute(statement("stream/drop_column"), {"stream": name, "name": column})
        changes.append(_Change(column, "vanished", tally.messages))
    # The first messages of a stream set what later ones are compared with.
    return _told(connection, name, changes) if known else []


def _told(connection: Connection, name: str, changes: list[_Change]) -> list[str]:
    """Records the changes. One message can bring columns without end, so only the first ones have their own event."""
    told = []
    for change in changes[:MOST_TOLD]:
        told.append(f"column {change.column} {change.what}")
        detail = {"what": told[-1], "messages": change.messages, "read": False}
        record_event(connection, Kind.SCHEMA_DRIFT, f"{name}.{change.column}", detail)
    if more := len(changes) - len(told):
        told.append(f"and {more} more columns appeared, vanished or changed their type")
        record_event(connection, Kind.SCHEMA_DRIFT, name, {"what": told[-1], "columns": more, "read": False})
    return told
