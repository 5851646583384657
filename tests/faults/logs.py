"""A broker's log that can be spoilt in every way: in memory behind the interface of `Topic`, and the same on Kafka."""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.limits import LIMIT_S
from tides.errors import ServiceAway
from tides.stream.topic import Extent, Read, Topic

Entry = tuple[bytes | None, datetime] | None
"""A message's value and stamp (UTC); None for an offset that holds no message (compacted, aborted)."""


class Log:
    """A topic in memory. `partitions` holds all that was ever written to each, `lows` what retention has left."""

    name = "a log in memory"

    def __init__(self) -> None:
        self.group: dict[int, int] = {}
        self.recreate(1)

    def recreate(self, partitions: int) -> None:
        """The topic is deleted and made anew, as Lasair does when a filter is saved."""
        self.topic_id = uuid.uuid4().hex
        self.partitions: list[list[Entry]] = [[] for _ in range(partitions)]
        self.lows = [0] * partitions
        self.group.clear()

    def append(self, partition: int, entry: Entry) -> None:
        """Writes one message, or an offset without one."""
        self.partitions[partition].append(entry)

    def retain(self, partition: int, low: int) -> None:
        """Retention takes what is before an offset."""
        self.lows[partition] = low

    def lose_tail(self, partition: int, end: int) -> None:
        """An unclean restart: what is after an offset was never written to disk; its offsets are given anew."""
        del self.partitions[partition][end:]

    def open(self) -> "MemoryTopic":
        """As the hook opens a topic."""
        return MemoryTopic(self)


class MemoryTopic:
    """What `Topic` is, on a log in memory."""

    def __init__(self, log: Log):
        self.log = log
        self.name = log.name
        self.position: dict[int, int] = {}
        self.at_end: set[int] = set()

    def __enter__(self) -> "MemoryTopic":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def partitions(self) -> list[int]:
        return list(range(len(self.log.partitions)))

    def topic_id(self) -> str:
        return self.log.topic_id

    def extent(self, partition: int) -> Extent:
        return Extent(self.log.lows[partition], len(self.log.partitions[partition]))

    def committed(self, partitions: list[int]) -> dict[int, int]:
        return {p: self.log.group[p] for p in partitions if p in self.log.group}

    def first_at(self, moment: datetime, partitions: list[int]) -> dict[int, int | None]:
        return {p: self._first_at(moment, p) for p in partitions}

    def read_from(self, offsets: Mapping[int, int]) -> None:
        self.position = dict(offsets)
        self.at_end = set()

    def poll(self, seconds: float) -> Read | None:
        for partition, offset in self.position.items():
            entries = self.log.partitions[partition]
            assert self.log.lows[partition] <= offset <= len(entries), "the log was read where it has nothing"
            while offset < len(entries):
                entry, offset = entries[offset], offset + 1
                if entry is not None:
                    self.position[partition] = offset
                    return Read(partition, offset - 1, *entry)
            self.position[partition] = offset
            if partition not in self.at_end:
                self.at_end.add(partition)
                return Read(partition, offset, end=True)
        return None

    def message_at(self, partition: int, offset: int) -> Read | None:
        entry = self.log.partitions[partition][offset]
        return None if entry is None else Read(partition, offset, *entry)

    def commit(self, offsets: Mapping[int, int]) -> None:
        self.log.group.update(offsets)

    def silence(self) -> str:
        return "silence"

    def _first_at(self, moment: datetime, partition: int) -> int | None:
        low = self.log.lows[partition]
        for offset, entry in enumerate(self.log.partitions[partition][low:], low):
            if entry is not None and entry[1] >= moment:
                return offset
        return None


class KafkaLog(Log):
    """The same on a real broker; what it holds in memory is the journal of what was written."""

    def __init__(self, bootstrap: str):
        self.bootstrap = bootstrap
        self.name = f"test_{uuid.uuid4().hex[:12]}"
        self.group_id = self.name
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        super().__init__()

    def recreate(self, partitions: int) -> None:
        super().recreate(partitions)
        self.delete()
        self._until_done(
            lambda: self.admin.create_topics([NewTopic(self.name, partitions, 1)])[self.name].result(LIMIT_S)
        )
        self._until_done(self._flush_nothing)
        # one that knew the topic before learns of further partitions only by and by
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 0, "log_level": 2})
        self._until_done(self._meet)

    def append(self, partition: int, entry: Entry) -> None:
        assert entry is not None, "Kafka gives no offset away"
        value, stamp_ms = entry[0], round(entry[1].timestamp() * 1000)
        lost: list[KafkaError] = []

        def note(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                lost.append(error)

        self._until_done(
            lambda: self.producer.produce(self.name, value, partition=partition, timestamp=stamp_ms, on_delivery=note)
        )
        assert self.producer.flush(LIMIT_S) == 0
        assert not lost
        super().append(partition, entry)

    def retain(self, partition: int, low: int) -> None:
        where = TopicPartition(self.name, partition, low)
        self.admin.delete_records([where])[where].result(LIMIT_S)
        super().retain(partition, low)

    def open(self) -> Topic:
        return Topic(self.name, self.group_id, {"bootstrap.servers": self.bootstrap}, 5)

    def delete(self) -> None:
        """The topic is no more."""
        try:
            self.admin.delete_topics([self.name])[self.name].result(LIMIT_S)
        except KafkaException:  # the first time there is none
            return

    def _meet(self) -> None:
        """The broker knows the new topic, and each partition has a leader."""
        with self.open() as topic:
            self.topic_id = topic.topic_id()
            for partition in range(len(self.partitions)):
                topic.extent(partition)

    def _flush_nothing(self) -> None:
        metadata = self.admin.list_topics(self.name, timeout=LIMIT_S).topics[self.name]
        if metadata.error is not None or len(metadata.partitions) != len(self.partitions):
            raise KafkaException(metadata.error)

    def _until_done(self, act: Callable[[], object]) -> None:
        until = time.monotonic() + LIMIT_S
        while True:
            try:
                act()
                return
            except (KafkaException, ServiceAway):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
