"""How far each partition of a stream is read, compared with the broker's log. A person can move the bookmark."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tides.database.session import Connection
from tides.errors import SettingsError
from tides.journal.events import record_event
from tides.journal.kinds import Kind
from tides.runs.context import LIVE
from tides.stream.bookmark import Bookmark, place_bookmark, read_bookmarks
from tides.stream.topic import Topic


@dataclass(frozen=True)
class Position:
    """One partition: its bookmark (None before the first drain), the broker's extent, and how many offsets wait."""

    stream: str
    partition: int
    bookmark: int | None
    low: int
    end: int
    lag: int
    note: str


def positions(connection: Connection, topic: Topic, name: str) -> list[Position]:
    """The live reading of a stream, by partition. Raises ServiceAway when the broker does not answer."""
    partitions = topic.partitions()
    topic_id = topic.topic_id() if partitions else None
    stored = read_bookmarks(connection, LIVE, name)
    found = []
    for partition in partitions:
        extent, bookmark = topic.extent(partition), stored.get(partition)
        first = extent.low if bookmark is None or bookmark.topic_id != topic_id else bookmark.next_offset
        lag = max(0, extent.end - max(first, extent.low))
        place = bookmark.next_offset if bookmark else None
        found.append(
            Position(name, partition, place, extent.low, extent.end, lag, _note(bookmark, topic_id, extent.low))
        )
    return found


def move(connection: Connection, topic: Topic, name: str, to: datetime | str, by: str) -> dict[int, int]:
    """Moves the stream's live bookmarks to the `earliest` message, the `end`, or the first stamped at a time (UTC).

    Records an event with `by`, who asked. A message that is read again counts again in `candidate.messages`, and
    changes nothing else of its object. Gives the new offset of each partition.
    Raises SettingsError when the topic does not exist, ServiceAway when the broker does not answer, and Conflict when a
    drain moves the bookmark at this moment.
    """
    partitions = topic.partitions()
    if not partitions:
        raise SettingsError(f"stream {name}: topic {topic.name} does not exist, so its bookmark cannot be moved")
    topic_id, targets = topic.topic_id(), _targets(topic, partitions, to)
    with connection.transaction():
        stored = read_bookmarks(connection, LIVE, name)
        # Without a hash: the message before the new place is not read, and compare and set still guards the move.
        for partition, target in targets.items():
            place_bookmark(connection, LIVE, name, partition, stored.get(partition), Bookmark(target, topic_id))
        before = {p: stored[p].next_offset if p in stored else None for p in partitions}
        detail = {"by": by, "to": str(to), "before": before, "after": targets}
        record_event(connection, Kind.BOOKMARK_MOVED, name, detail)
    return targets


def _targets(topic: Topic, partitions: list[int], to: datetime | str) -> dict[int, int]:
    extents = {p: topic.extent(p) for p in partitions}
    if to == "earliest":
        return {p: extent.low for p, extent in extents.items()}
    if to == "end":
        return {p: extent.end for p, extent in extents.items()}
    assert isinstance(to, datetime)
    # No stamp at or after the time means that all messages are older: the bookmark goes to the end.
    firsts = topic.first_at(to, partitions)
    return {p: extents[p].end if firsts[p] is None else max(extents[p].low, firsts[p] or 0) for p in partitions}


def _note(bookmark: Bookmark | None, topic_id: str | None, low: int) -> str:
    if bookmark is None:
        return "not read yet"
    if bookmark.topic_id != topic_id:
        return "the topic was made anew since: the next drain begins at its earliest message"
    return f"{low - bookmark.next_offset} messages are gone unread" if bookmark.next_offset < low else ""


def read_target(text: str) -> datetime | str:
    """`earliest`, `end`, or a time in ISO form, which counts as UTC when it names no zone; ValueError otherwise."""
    if text in ("earliest", "end"):
        return text
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
