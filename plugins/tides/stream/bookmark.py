"""The bookmark of a stream: the place up to which it has been read.

The bookmark moves by compare and set, in the transaction that stores the data. Only so is each message stored once.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import Conflict
from tides.runs.context import RunContext
from tides.stream.topic import Read


@dataclass(frozen=True)
class Bookmark:
    """The next offset to read of one partition, in the topic with this id.

    `last_hash` is the hash of the message before it. `newest_stamp` (UTC) is the newest broker stamp up to here.
    """

    next_offset: int
    topic_id: str | None
    last_hash: bytes | None = None
    newest_stamp: datetime | None = None


def message_hash(value: bytes | None) -> bytes:
    """The hash of a message, as `last_hash` keeps it."""
    return hashlib.sha256(value or b"").digest()


class Progress:
    """How far one partition is read, from its stored bookmark on to an end."""

    def __init__(self, stored: Bookmark, end: int):
        self.stored = stored
        self.end = end
        self.next_offset = stored.next_offset
        self.newest_stamp = stored.newest_stamp
        self.last_hash = stored.last_hash
        self.last: Read | None = None

    def pass_over(self, read: Read) -> None:
        """Moves on to what is after a message."""
        self.next_offset = read.offset + 1
        self.last = read
        if read.stamp and (self.newest_stamp is None or read.stamp > self.newest_stamp):
            self.newest_stamp = read.stamp

    def bookmark(self) -> Bookmark:
        """The bookmark of this place. Only here a message is hashed: it counts for the last one alone."""
        if self.last:
            self.last_hash = message_hash(self.last.value)
            self.last = None
        return Bookmark(self.next_offset, self.stored.topic_id, self.last_hash, self.newest_stamp)


def moved(places: dict[int, Progress]) -> dict[int, Bookmark]:
    """The bookmarks of the places that have moved since this was last asked."""
    moved = {p: bookmark for p, place in places.items() if (bookmark := place.bookmark()) != place.stored}
    for p, bookmark in moved.items():
        places[p].stored = bookmark
    return moved


def read_bookmarks(connection: Connection, lane: str, stream: str) -> dict[int, Bookmark]:
    """The bookmarks of a lane's stream, by partition."""
    rows = connection.execute(
        "SELECT partition, next_offset, topic_id, last_hash, newest_stamp FROM tides.stream_offset"
        " WHERE (lane, stream) = (%s, %s)",
        (lane, stream),
    )
    return {r["partition"]: Bookmark(r["next_offset"], r["topic_id"], r["last_hash"], r["newest_stamp"]) for r in rows}


def dated(connection: Connection, run: RunContext) -> RunContext:
    """Gives a replay of offsets its `as_of`: None until its offsets are read to the end. Another run stays as it is."""
    if run.offsets is None:
        return run
    row = connection.execute(
        "SELECT max(caught_up_at) AS as_of FROM tides.stream_offset WHERE lane = %s", (run.lane,)
    ).fetchone()
    return replace(run, as_of=row["as_of"] if row else None)


def place_bookmark(
    connection: Connection, lane: str, stream: str, partition: int, old: Bookmark | None, new: Bookmark
) -> None:
    """Places the first bookmark of a partition, or moves one away from `old`, in the caller's transaction.

    The row is locked until the transaction ends, so an orphan waits here. Raises Conflict when the bookmark is not
    where `old` says, or when another task keeps it locked for longer than `database.lock_timeout_s`.
    """
    place = f"stream {stream}, partition {partition}"
    try:
        moved = _move(connection, lane, stream, partition, old, new)
    except psycopg.errors.LockNotAvailable:
        raise Conflict(
            f"{place}: another task holds the bookmark and does not continue (is it stopped?). End it: what it stored"
            " stays, and the next try continues from there"
        ) from None
    if not moved:
        raise Conflict(f"{place}: another task has moved the bookmark; what it stored stays")


def _move(connection: Connection, lane: str, stream: str, partition: int, old: Bookmark | None, new: Bookmark) -> bool:
    given = {"lane": lane, "stream": stream, "partition": partition, **vars(new)}
    if old is None:
        moved = connection.execute(statement("stream/place_bookmark"), given)
    else:
        # A refilled topic starts its offsets anew: an equal offset with another id is another place.
        given |= {"old_offset": old.next_offset, "old_topic_id": old.topic_id}
        moved = connection.execute(statement("stream/move_bookmark"), given)
    return moved.rowcount == 1


def mark_caught_up(
    connection: Connection, lane: str, stream: str, bookmarks: dict[int, Bookmark], moment: datetime
) -> None:
    """Notes that these partitions were read to their ends as of a moment (UTC), unless a bookmark has moved since."""
    for partition, bookmark in sorted(bookmarks.items()):
        given = {"lane": lane, "stream": stream, "partition": partition, "next_offset": bookmark.next_offset}
        connection.execute(statement("stream/mark_caught_up"), {**given, "moment": moment})
