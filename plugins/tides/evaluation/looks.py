"""Which stored objects a preview looks at: all that the streams spoke of lately, or so many of the newest."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement, whole
from tides.evaluation.curves import Candidate

OBJECTS_A_CHUNK = 200
"""So many light curves are in memory at a time."""


@dataclass(frozen=True)
class Stored(Candidate):
    """An object with its newest alert; `waiting` for the functions in use; `tides_id` where it is a target's."""

    waiting: bool
    tides_id: int | None
    cell: int | None


@dataclass(frozen=True)
class Bound:
    """Where a look ends: after so many objects of each stream, and so many seconds."""

    objects: int
    seconds: float


@dataclass(frozen=True)
class Look:
    """The objects of a stream that are looked at: how many, and their chunks.

    `older` ones are not, since nobody spoke of them lately. `more` says that a bound leaves out some that would be.
    """

    number: int
    older: int
    more: bool
    chunks: Callable[[], Iterator[list[Stored]]]


@dataclass(frozen=True)
class Looks:
    """What is looked at, by stream, and the targets and cells of it; None: all of them."""

    of: dict[str, Look]
    targets: list[int] | None = None
    cells: list[int] | None = None


@dataclass(frozen=True)
class _Newest:
    """An object as `newest_objects.sql` gives it."""

    object_id: str
    tides_id: int | None
    cell: int | None


def all_looks(connection: Connection, streams: Iterable[str], since: datetime) -> Looks:
    """The objects that these streams spoke of since then, and those of live targets."""
    names = list(streams)
    about = {"streams": names, "since": since}
    counted = {row["stream"]: row for row in connection.execute(statement("evaluation/count_stored"), about)}

    def look(name: str) -> Look:
        row = counted.get(name, {"objects": 0, "older": 0})
        return Look(row["objects"], row["older"], False, lambda: _in_order(connection, name, since))

    return Looks({name: look(name) for name in names})


def newest_looks(connection: Connection, streams: Iterable[str], since: datetime, most: int) -> Looks:
    """The same objects, but `most` of each stream: those that it spoke of last."""
    looks, targets, cells = {}, set[int](), set[int]()
    for name in streams:
        given = {"stream": name, "since": since, "most": most + 1}
        with connection.cursor(row_factory=class_row(_Newest)) as cursor:
            found = cursor.execute(statement("evaluation/newest_objects"), given).fetchall()
        newest = found[:most]
        looks[name] = _named(connection, name, sorted(each.object_id for each in newest), len(found) > most)
        targets |= {each.tides_id for each in newest if each.tides_id is not None}
        cells |= {each.cell for each in newest if each.cell is not None}
    return Looks(looks, sorted(targets), sorted(cells))


def _in_order(connection: Connection, stream: str, since: datetime) -> Iterator[list[Stored]]:
    after = ""
    given = {"stream": stream, "since": since, "most": OBJECTS_A_CHUNK}
    while chunk := _ask(connection, "evaluation/stored_objects", given | {"after": after}):
        yield chunk
        after = chunk[-1].object_id


def _named(connection: Connection, stream: str, ids: list[str], more: bool) -> Look:
    def chunks() -> Iterator[list[Stored]]:
        for start in range(0, len(ids), OBJECTS_A_CHUNK):
            given = {"stream": stream, "ids": ids[start : start + OBJECTS_A_CHUNK]}
            if chunk := _ask(connection, "evaluation/objects_named", given):
                yield chunk

    return Look(len(ids), 0, more, chunks)


def _ask(connection: Connection, place: str, given: Mapping[str, object]) -> list[Stored]:
    with connection.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(whole(place), given).fetchall()
