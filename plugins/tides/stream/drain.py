"""The drain: from the bookmark to the end of a topic, each message exactly once.

One transaction stores messages and bookmark, and moves the bookmark first, by compare and set. So data and bookmark
agree whenever a process dies, and a second worker at the same place is refused.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import psycopg

from tides.brokers.broker import Unreadable
from tides.clock import utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import ServiceAway, SettingsError, TidesError, ValuesImplausible
from tides.foreign import quoted
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.plausible import MARGIN
from tides.runs.context import OffsetRange, RunContext
from tides.settings.sections import Drain
from tides.settings.streams import Stream
from tides.stream.bookmark import (
    Bookmark,
    Progress,
    mark_caught_up,
    message_hash,
    moved,
    place_bookmark,
    read_bookmarks,
)
from tides.stream.counts import count_messages
from tides.stream.drift import Tally, report_drift
from tides.stream.fold import fold_alerts
from tides.stream.messages import Alert, AlertReader, blames_message
from tides.stream.topic import Read, Topic
from tides.stream.unbelievable import Unbelievable, accepted, unbelievable, withdraw
from tides.stream.window import Window, window_offsets
from tides.surveys.survey import survey

log = logging.getLogger(__name__)

LOST_AT_MOST = 5
"""So often the client may ask for a wrong offset in place of one. Beside a spoilt batch it did so three times."""

REFILLED = (
    "Was the filter at Lasair edited? Saving it there refills the topic. If so, copy it to `streams.{stream}.filter` in"
    " bridge.yaml: the next live run dates the change, and `tides epochs` lists it"
)
"""The question to people when a topic begins anew: a changed filter is a changed selection."""


NOTE_CHARACTERS = 500
"""The longest sentence of a note, with the foreign words in it."""


@dataclass
class Drained:
    """The outcome of one drain, for the run's report. `lag` counts the offsets that are left."""

    stream: str
    messages: int = 0
    objects: int = 0
    dead_letters: int = 0
    batches: int = 0
    lag: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class _Batch:
    """Messages that are read and not yet stored, with the bookmark of each partition after them."""

    messages: list[Read] = field(default_factory=list)
    positions: dict[int, Bookmark] = field(default_factory=dict)
    size: int = 0
    began: float = field(default_factory=time.monotonic)

    def full(self, limits: Drain) -> bool:
        return bool(self.messages) and (
            len(self.messages) >= limits.batch_messages
            or self.size >= limits.batch_bytes
            or time.monotonic() - self.began >= limits.batch_s
        )


def drain(
    connection: Connection,
    topic: Topic,
    name: str,
    stream: Stream,
    limits: Drain,
    run: RunContext,
) -> Drained:
    """Reads a stream from its bookmark to the end that the topic had at the start, or to the time bound.

    A partition at its end counts as read up to the start of the drain, by the database's clock. A replay reads its
    window by broker stamps (`run.start`, `run.end`), or its `run.offsets`. It has a bookmark in its own lane, and
    touches neither the live bookmark nor the group. A topic that does not exist is an empty stream.

    Raises ServiceAway when the broker is away or silent, or when a replay is not read to its end within the bound.
    Raises Conflict when another task drains the same stream. Raises SettingsError when the broker lacks the offsets.
    """
    if run.offsets and run.offsets.stream != name:
        return Drained(name)
    reading = _Reading(connection, topic, name, stream, limits, run)
    # Before the ends are asked for: a message that comes in between may lie beyond them.
    began = reading.clock()
    bookmarks, ends = reading.start()
    for batch in reading.batches(bookmarks, ends):
        reading.store(bookmarks, batch)
        bookmarks.update(batch.positions)
    reached = {p: b for p, b in bookmarks.items() if p in ends and b.next_offset >= ends[p]}
    with connection.transaction():
        for p, bookmark in reached.items():
            # A replay of offsets judges as of its newest message, not as of today.
            moment = bookmark.newest_stamp if run.offsets else None
            mark_caught_up(connection, run.lane, name, {p: bookmark}, moment or began)
    if run.live:
        for text in report_drift(connection, name, stream, reading.tally) + withdraw(connection, name, reading.tally):
            reading.note(text)
    if run.live and bookmarks:
        # For lag monitors alone. A foreign member of the group makes it fail, and the bookmark is safe by then.
        problem = topic.commit({p: b.next_offset for p, b in bookmarks.items() if p in ends})
        if problem:
            reading.note(f"the group's offset was not committed ({problem}); the bookmark is safe")
    reading.done.lag = sum(max(0, ends[p] - bookmarks[p].next_offset) for p in ends)
    # The next live run reads on by itself; a replay has no next run, so its task must be retried.
    if reading.done.lag and not run.live:
        raise ServiceAway(
            f"stream {name}: {reading.done.lag} offsets of this replay were not read within {limits.bound_s:g} s;"
            " nothing is lost, the retry continues from there"
        )
    return reading.done


def _sent_at(place: Read, now: datetime, earliest: datetime) -> datetime:
    """The broker's stamp; the present where it has none, or one that cannot be true."""
    return place.stamp if place.stamp and earliest <= place.stamp <= now + MARGIN else now


class _Reading:
    """One drain under way."""

    def __init__(self, connection: Connection, topic: Topic, name: str, stream: Stream, limits: Drain, run: RunContext):
        self.connection = connection
        self.topic = topic
        self.name = name
        self.stream = stream
        self.reader = AlertReader(stream)
        self.limits = limits
        self.run = run
        self.window = Window(run.start, run.end) if run.start and run.end else None
        self.done = Drained(name)
        self.seen: set[str] = set()
        self.tally = Tally()
        self.doubted: tuple[int, int] | None = None  # partition and offset of a batch found spoilt once
        self.lost: Counter[tuple[int, int]] = Counter()  # how often the client lost its place at partition and offset

    def clock(self) -> datetime:
        """The database's clock (UTC); inside a transaction, of its start."""
        (row,) = self.connection.execute("SELECT now() AS now").fetchall()
        now: datetime = row["now"]
        return now

    def note(self, text: str) -> None:
        """Adds a sentence to the log and to the run's report."""
        said = quoted(text, NOTE_CHARACTERS)
        log.warning("stream %s: %s", self.name, said)
        self.done.notes.append(said)

    def start(self) -> tuple[dict[int, Bookmark], dict[int, int]]:
        """Compares the bookmarks with the broker's topic. Gives the bookmarks to start from, and the ends to reach."""
        stored = read_bookmarks(self.connection, self.run.lane, self.name)
        partitions = self.topic.partitions()
        if self.run.offsets:
            return self._start_in(self._held(self.run.offsets, partitions), stored)
        if not partitions:
            if stored:
                self._event(Kind.TOPIC_MISSING, {"topic": self.topic.name, "partitions": len(stored)})
                self.note(f"topic {self.topic.name} does not exist any more; its bookmark is kept")
            return {}, {}
        close_event(self.connection, Kind.TOPIC_MISSING, self.name)
        if self.window:
            return self._start_in(window_offsets(self.topic, self.window, partitions), stored)
        topic_id = self.topic.topic_id()
        extents = {p: self.topic.extent(p) for p in partitions}
        committed = self.topic.committed([p for p in partitions if p not in stored])
        bookmarks = {}
        for p, extent in extents.items():
            old = stored.get(p)
            if old is None:
                # Only a first start asks the group: after a restore of the database, its offset is ahead.
                first = max(extent.low, min(committed.get(p, extent.low), extent.end))
                bookmarks[p] = self._place(p, None, Bookmark(first, topic_id))
            elif trouble := self._trouble(p, old, topic_id, extent.low, extent.end):
                bookmarks[p] = self._place(p, old, Bookmark(extent.low, topic_id), trouble)
            else:
                bookmarks[p] = old
        return bookmarks, {p: e.end for p, e in extents.items()}

    def _held(self, asked: OffsetRange, partitions: list[int]) -> dict[int, tuple[int, int]]:
        """The offsets [first, last) asked for, as far as the broker still has them."""
        if asked.partition not in partitions:
            raise SettingsError(f"stream {self.name}: topic {self.topic.name} has no partition {asked.partition}")
        extent = self.topic.extent(asked.partition)
        if asked.last < extent.low or asked.last >= extent.end:
            held = f"{extent.low} to {extent.end - 1}" if extent.end > extent.low else "none"
            raise SettingsError(
                f"stream {self.name}, partition {asked.partition}: the broker holds the offsets {held}, this run's form"
                f" asks for {asked.first} to {asked.last}"
            )
        if asked.first < extent.low:
            self.note(f"the offsets {asked.first} to {extent.low - 1} are gone from the broker")
        return {asked.partition: (max(asked.first, extent.low), asked.last + 1)}

    def _start_in(
        self, ranges: dict[int, tuple[int, int]], stored: dict[int, Bookmark]
    ) -> tuple[dict[int, Bookmark], dict[int, int]]:
        """The start of a replay, or its continuation after a failed try, in what the broker still has of its ranges."""
        topic_id, bookmarks = self.topic.topic_id(), {}
        for p, (first, _) in ranges.items():
            old = stored.get(p)
            if old is None or old.topic_id != topic_id or old.next_offset < self.topic.extent(p).low:
                old = self._place(p, old, Bookmark(first, topic_id))
            bookmarks[p] = old
        return bookmarks, {p: end for p, (_, end) in ranges.items()}

    def _trouble(self, partition: int, old: Bookmark, topic_id: str, low: int, end: int) -> Kind | None:
        """Why reading can't go on at the bookmark."""
        if old.topic_id != topic_id:
            return Kind.TOPIC_RECREATED
        if old.next_offset < low:
            return Kind.GAP
        if old.next_offset > end:
            return Kind.LOG_SHORTER
        # A broker that lost its tail uses offsets again for other messages (KIP-320), so the last one is compared.
        if old.last_hash is not None and low < old.next_offset:
            before = self.topic.message_at(partition, old.next_offset - 1)
            if before is not None and message_hash(before.value) != old.last_hash:
                return Kind.LOG_CHANGED
        return None

    def _place(self, partition: int, old: Bookmark | None, new: Bookmark, trouble: Kind | None = None) -> Bookmark:
        with self.connection.transaction():
            place_bookmark(self.connection, self.run.lane, self.name, partition, old, new)
            if trouble and old:
                detail: dict[str, object] = {
                    "partition": partition,
                    "bookmark": old.next_offset,
                    "goes_on_at": new.next_offset,
                }
                note = f"{trouble}: partition {partition}, bookmark {old.next_offset}, on at {new.next_offset}"
                if trouble == Kind.GAP:
                    detail["messages_lost"] = new.next_offset - old.next_offset
                else:
                    detail["question"] = question = REFILLED.format(stream=self.name)
                    note += f". {question}"
                self._event(trouble, detail)
                self.note(note)
        return new

    def _event(self, kind: Kind, detail: dict[str, object]) -> None:
        note_event(self.connection, kind, self.name, {"run": self.run.run_id, **detail})

    def batches(self, bookmarks: dict[int, Bookmark], ends: dict[int, int]) -> Iterator[_Batch]:
        """Polls until each partition's end, or the time bound, and gives what was read in batches."""
        places = {p: Progress(bookmarks[p], end) for p, end in ends.items() if bookmarks[p].next_offset < end}
        if not places:
            return
        self.topic.read_from({p: place.next_offset for p, place in places.items()})
        still_open = set(places)
        started = heard = time.monotonic()
        batch = _Batch()
        while still_open and time.monotonic() - started < self.limits.bound_s:
            # Short polls, so that a batch is stored in time although nothing comes.
            read = self.topic.poll(min(0.5, self.limits.no_progress_s))
            if read is None:
                if time.monotonic() - heard > self.limits.no_progress_s:
                    raise ServiceAway(f"{self.topic.silence()} for {self.limits.no_progress_s:g} s")
            else:
                heard = time.monotonic()
                place = places[read.partition]
                self._take(read, batch, place)
                if place.next_offset >= place.end:
                    still_open.discard(read.partition)
            if batch.full(self.limits):
                batch.positions = moved(places)
                yield batch
                batch = _Batch()
        batch.positions = moved(places)
        if batch.positions:
            yield batch

    def _take(self, read: Read, batch: _Batch, place: Progress) -> None:
        """Adds a message to the batch, or moves on over offsets that hold none (compacted, aborted)."""
        if read.spoilt:
            self._step_over(read, batch, place)
        elif read.lost:
            self._find_place(read, place.next_offset)
        elif read.end or read.offset >= place.end:
            # What came after the start waits for the next drain, or this one would never end.
            place.next_offset = max(place.next_offset, min(read.offset, place.end))
        else:
            place.pass_over(read)
            if self.window is None or (read.stamp and self.window.holds(read.stamp)):
                batch.messages.append(read)
                batch.size += len(read.value or b"")

    def _step_over(self, read: Read, batch: _Batch, place: Progress) -> None:
        """Adds a message without a value for an offset that the client can't unpack twice in a row.

        A spoilt batch is stepped over one offset at a time. After it, the client goes on at an offset of its own,
        taken from the spoilt bytes. So each time it is told where to go on.
        """
        partition, offset = read.partition, place.next_offset
        if self.doubted != (partition, offset):
            self.doubted = (partition, offset)
            self.topic.go_on_at(partition, offset)
            return
        batch.messages.append(msgspec.structs.replace(read, offset=offset))
        place.next_offset, place.last, place.last_hash = offset + 1, None, None
        # The rest of the batch is as bad: its next offset needs no second try.
        self.doubted = (partition, offset + 1)
        self.topic.go_on_at(partition, offset + 1)

    def _find_place(self, read: Read, offset: int) -> None:
        """Goes on where the drain stands, if the broker still has that offset, a few times for one offset.

        The client can ask for a wrong offset after a spoilt batch. Then the log is as it was.
        """
        self.lost[read.partition, offset] += 1
        extent = self.topic.extent(read.partition)
        if self.lost[read.partition, offset] > LOST_AT_MOST or not extent.low <= offset <= extent.end:
            raise ServiceAway(
                f"stream {self.name}, partition {read.partition}: the log moved while it was read ({read.lost});"
                " the next try goes on"
            )
        self.topic.go_on_at(read.partition, offset)

    def store(self, bookmarks: dict[int, Bookmark], batch: _Batch) -> None:
        """Stores a batch and its bookmarks in one transaction.

        Raises ValuesImplausible in place of storing it, when nearly all values of a column cannot be true.
        """
        tally = Tally()
        with self.connection.transaction():
            # The bookmarks come first, so an orphan is refused before it does any work.
            for partition, new in sorted(batch.positions.items()):
                place_bookmark(self.connection, self.run.lane, self.name, partition, bookmarks[partition], new)
            topic_ids = {p: b.topic_id for p, b in batch.positions.items()}
            now = self.clock()
            earliest = utc(survey(self.stream.survey).since_jd)
            sent = [_sent_at(message, now, earliest) for message in batch.messages]
            read = [(m, self._read(m, at, now)) for m, at in zip(batch.messages, sent, strict=True)]
            alerts = [alert for _, alert in read if isinstance(alert, Alert)]
            tally.add(alerts)
            whole = self.tally + tally
            stop = unbelievable(self.stream, (tally, whole), accepted(self.connection, self.name))
            if stop:
                raise psycopg.Rollback
            self._fold(read, topic_ids)
            if self.run.live:
                count_messages(self.connection, self.name, sent, now)
        if stop:
            self._stop(stop)
        # Counted only now: a transaction that failed must not be reported.
        self.done.messages += len(batch.messages)
        self.done.batches += 1
        self.seen.update(alert.object_id for alert in alerts)
        self.tally = whole
        self.done.objects = len(self.seen)

    def _stop(self, stop: Unbelievable) -> None:
        subject, example = f"{self.name}.{stop.column}", stop.example
        detail = {"messages": stop.implausible, "of": stop.values, "example": example.value}
        note_event(self.connection, Kind.IMPLAUSIBLE, subject, {**detail, "looks_like": example.unit, "stopped": True})
        unit = f", which looks like {example.unit}" if example.unit else ""
        raise ValuesImplausible(
            f"stream {self.name}: {stop.implausible} of {stop.values} values of the column {stop.column} are"
            f" implausible (as {example.value}{unit}). This batch was not stored; the bookmark stays. Correct the"
            " filter at Lasair, or `columns` in bridge.yaml. If the messages are as they are:"
            f" tides stream {self.name} --accept-unknown {stop.column} --by NAME"
        )

    def _read(self, place: Read, received: datetime, now: datetime) -> Alert | str:
        if place.spoilt:
            return f"the broker's batch can't be read: {place.spoilt}"
        try:
            return self.reader.read(place.value, received, now)
        except Unreadable as reason:
            return str(reason)
        except TidesError:
            raise
        except Exception as error:  # a bug must not stop the stream: the message can be replayed when it is mended
            what = type(error).__name__
            self._event(Kind.READER_FAULT, {"partition": place.partition, "offset": place.offset, "exception": what})
            self.note(f"the reader failed at partition {place.partition}, offset {place.offset}: {what}")
            return f"the reader failed ({what})"

    def _fold(self, read: list[tuple[Read, "Alert | str"]], topic_ids: dict[int, str | None]) -> None:
        """Stores alerts and dead letters. Halving finds a message that PostgreSQL refuses, and buries it alone."""
        try:
            with self.connection.transaction():
                for place, reason in read:
                    if isinstance(reason, str):
                        self._bury(place, reason, topic_ids)
                alerts = [alert for _, alert in read if isinstance(alert, Alert)]
                fold_alerts(self.connection, self.run.lane, self.name, self.stream, alerts)
        except psycopg.Error as error:
            if not blames_message(error):
                raise
            if len(read) == 1:
                self._bury(read[0][0], f"refused by the database: {error.diag.message_primary}", topic_ids)
                return
            half = len(read) // 2
            self._fold(read[:half], topic_ids)
            self._fold(read[half:], topic_ids)

    def _bury(self, place: Read, reason: str, topic_ids: dict[int, str | None]) -> None:
        letter = {
            "lane": self.run.lane,
            "stream": self.name,
            "topic_id": topic_ids[place.partition],
            "partition": place.partition,
            "offset": place.offset,
            "raw": place.value,
            "reason": quoted(reason),
        }
        buried = self.connection.execute(statement("stream/bury"), letter)
        self.done.dead_letters += buried.rowcount
