"""Schema drift: columns of a stream that vanish, appear or change their type. Each change is reported once."""

from collections import Counter
from dataclasses import dataclass, field

from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.events import close_event, note_event, record_event
from tides.journal.kinds import Kind
from tides.settings.streams import Stream
from tides.stream.messages import SENT_TIME, Alert, Implausible


@dataclass
class Tally:
    """The columns of one drain's messages: in how many each was present, with which JSON type, and how often odd."""

    messages: int = 0
    present: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    odd: Counter[str] = field(default_factory=Counter)
    implausible: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Implausible] = field(default_factory=dict)

    def add(self, alert: Alert) -> None:
        """Counts one message's columns."""
        self.messages += 1
        self.odd.update(alert.oddities)
        self.implausible.update(alert.implausible.keys())
        self.examples.update(alert.implausible)
        for name, kind in alert.kinds.items():
            self.present[name] += 1
            if kind is not None:
                self.kinds.setdefault(name, Counter())[kind] += 1

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
            *_implausible(connection, name, stream, tally),
            *_other_columns(connection, name, stream, tally, known),
        ]


def _implausible(connection: Connection, name: str, stream: Stream, tally: Tally) -> list[str]:
    told = []
    for column in sorted([*stream.columns.names(), SENT_TIME]):
        subject, count = f"{name}.{column}", tally.implausible[column]
        if not count:
            close_event(connection, Kind.IMPLAUSIBLE, subject)
            continue
        example = tally.examples[column]
        detail = {"messages": count, "of": tally.messages, "example": example.value, "looks_like": example.unit}
        if note_event(connection, Kind.IMPLAUSIBLE, subject, detail):
            unit = f", which looks like {example.unit}" if example.unit else ""
            told.append(
                f"column {column} implausible in {count} of {tally.messages} messages (as {example.value}{unit});"
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
    told = []
    # A NULL has no type, and one drain can bring several types of a column: the most frequent counts.
    changes = {column: kinds.most_common(1)[0][0] for column, kinds in tally.kinds.items()}
    for column, kind in sorted(changes.items()):
        if known.get(column) == kind or (column in known and column in stream.columns.names()):
            continue
        connection.execute(statement("stream/store_column"), {"stream": name, "name": column, "kind": kind})
        if known:
            told.append(
                f"column {column} {f'turned from {known[column]} to {kind}' if column in known else 'appeared'}"
            )
            _record(connection, name, column, told[-1], tally.kinds[column][kind])
    for column in sorted(known.keys() - tally.present.keys() - stream.columns.names()):
        connection.execute(statement("stream/drop_column"), {"stream": name, "name": column})
        told.append(f"column {column} vanished")
        _record(connection, name, column, told[-1], tally.messages)
    return told


def _record(connection: Connection, name: str, column: str, what: str, messages: int) -> None:
    record_event(connection, Kind.SCHEMA_DRIFT, f"{name}.{column}", {"what": what, "messages": messages, "read": False})
