"""A broker's topic, read by explicit assignment.

The reader joins no group, and the client commits nothing on its own: the bookmark alone says what was read.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import msgspec
import tenacity
from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from tides.errors import AccessRefused, ServiceAway, SettingsError, TidesError
from tides.foreign import Secrets

CONSUMER = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    # The end of a partition is told, since its last offset may hold a control marker and no message.
    "enable.partition.eof": True,
    "auto.offset.reset": "error",  # librdkafka's own default jumps to the end in silence
    # Also sets what the end offset means: the last stable one, as in what is read.
    "isolation.level": "read_committed",
    "check.crcs": True,
    "allow.auto.create.topics": False,
    "fetch.wait.max.ms": 10,
    "queued.max.messages.kbytes": 32768,
    "fetch.message.max.bytes": 16_000_000,
}
"""The settings of librdkafka that reading exactly once needs. They override the connection's own."""

LOT = 100
"""How many messages are taken from the client at once. Each can have 290 kB."""

LONGEST_WORDS = 320
"""How many characters of the client's words are told: its sentence about a certificate is that long."""

_SPOILT = {KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION}
_SETTLING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
}
"""Errors of a broker that has just started, and of a topic that was just made. They end by themselves."""

_NO_LOGIN = {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}
_NO_ACCESS = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
}
_AWAY = {
    KafkaError._SSL: "no TLS with the broker, or no trust in its certificate; is ssl.ca.location right?",
    KafkaError._RESOLVE: "the broker's name does not resolve",
    KafkaError._TRANSPORT: "no connection to the broker",
    # A closed port has an error of its own.
    KafkaError._ALL_BROKERS_DOWN: "the brokers hang up; is security.protocol right?",
}
"""What the client's errors mean, the most telling first. While it is away, a question itself only times out."""

_TELLING = (*_NO_LOGIN, *_AWAY)
_ABSENT = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}


@dataclass(frozen=True)
class Extent:
    """A partition's first offset that is still there, and the offset after its last committed message."""

    low: int
    end: int


class Read(msgspec.Struct, frozen=True):
    """One result of a poll: a message with the broker's stamp (UTC; None when it has none), or the mark of an end.

    `spoilt` says why the client can't give the messages from here on. `offset` is then the first of their batch.
    `lost` says why the client lost its place: it asked for an offset that the broker does not have.
    """

    partition: int
    offset: int
    value: bytes | None = None
    stamp: datetime | None = None
    end: bool = False
    spoilt: str = ""
    lost: str = ""

    def __repr__(self) -> str:
        # The value is anything, and long: it belongs into no log.
        return f"Read({self.partition}, {self.offset}, {self.stamp}, {self.end}, {self.spoilt!r}, {self.lost!r})"


class Topic:
    """One topic of a broker. Make it after a fork, and close it in the same process.

    `config` is librdkafka's, with `bootstrap.servers`. `timeout_s` bounds every question to the broker.
    All methods raise ServiceAway when the broker does not answer, and AccessRefused when it refuses our login or does
    not let us read. They repeat a question to a broker that just started. Raises SettingsError when the client refuses
    the settings.
    """

    def __init__(self, name: str, group_id: str, config: Mapping[str, Any], timeout_s: float):
        self.name = name
        self.group_id = group_id
        self.timeout_s = timeout_s
        self._secrets = Secrets.of(None, config.get("sasl.username"), config)
        self.servers = self._secrets.quoted(config["bootstrap.servers"])
        # librdkafka delays its first connection by half of this.
        shared = {"reconnect.backoff.ms": 100, **config, "error_cb": self._note}
        self._errors: dict[int, KafkaError] = {}
        self._committed: list[str | None] = []
        self._taken: deque[Message] = deque()  # from the client, and not given yet
        try:
            self._consumer = Consumer({**shared, **CONSUMER, "group.id": group_id, "on_commit": self._note_commit})
        except (KafkaException, TypeError, ValueError) as error:
            said = self._said(error.args[0] if error.args else error)
            raise SettingsError(f"{self._place()}: Kafka's client refuses the connection's settings: {said}") from None
        self._admin_config = {k: v for k, v in shared.items() if k not in ("group.id", "error_cb")}

    def __enter__(self) -> "Topic":
        return self

    def __exit__(self, *_: object) -> None:
        # Close can take 45 s with an unanswered commit, and never returns while the broker is frozen.
        closing = Thread(target=self._consumer.close, daemon=True)
        closing.start()
        closing.join(self.timeout_s)

    def brokers(self) -> tuple[int, int]:
        """How many brokers and how many topics there are."""
        found = self._ask(lambda: self._consumer.list_topics(timeout=self.timeout_s))
        return len(found.brokers), len(found.topics)

    def partitions(self) -> list[int]:
        """The topic's partitions; none when the broker has no such topic."""
        topics = self._ask(lambda: self._consumer.list_topics(self.name, timeout=self.timeout_s)).topics
        metadata = topics[self.name]
        if metadata.error is not None:
            if metadata.error.code() in _ABSENT:
                return []
            raise self._failure(metadata.error)
        return sorted(metadata.partitions)

    def topic_id(self) -> str:
        """Kafka's own id of the topic: another one after the topic was made anew."""
        admin = AdminClient(self._admin_config)
        asked = admin.describe_topics(TopicCollection([self.name]), request_timeout=self.timeout_s)
        return str(self._ask(lambda: asked[self.name].result(self.timeout_s * 2)).topic_id)

    def extent(self, partition: int) -> Extent:
        """What the broker holds of a partition now."""
        where = TopicPartition(self.name, partition)
        return Extent(*self._ask(lambda: self._consumer.get_watermark_offsets(where, timeout=self.timeout_s)))

    def committed(self, partitions: list[int]) -> dict[int, int]:
        """The group's committed offsets by partition; a partition without one is left out."""
        where = [TopicPartition(self.name, p) for p in partitions]
        found = self._ask(lambda: self._consumer.committed(where, timeout=self.timeout_s))
        return {f.partition: f.offset for f in self._sound(found) if f.offset >= 0}

    def first_at(self, moment: datetime, partitions: list[int]) -> dict[int, int | None]:
        """The first offset whose stamp is at or after a moment; None when there is none.

        Stamps need not be in order: messages further on can be older.
        """
        milliseconds = int(moment.timestamp() * 1000)
        where = [TopicPartition(self.name, p, milliseconds) for p in partitions]
        found = self._ask(lambda: self._consumer.offsets_for_times(where, timeout=self.timeout_s))
        return {f.partition: f.offset if f.offset >= 0 else None for f in self._sound(found)}

    def read_from(self, offsets: Mapping[int, int]) -> None:
        """Reads on from these offsets."""
        self._taken.clear()
        # A new assignment, since a seek is not enough after a failed offset reset (librdkafka issue 2961).
        self._ask(lambda: self._consumer.assign([TopicPartition(self.name, p, o) for p, o in offsets.items()]))

    def poll(self, seconds: float) -> Read | None:
        """The next message or mark of a partition's end; None for silence."""
        message: Any = self._taken.popleft() if self._taken else self._take(seconds)
        if message is None:
            return None
        error = message.error()
        if error is None:
            return Read(message.partition(), message.offset(), message.value(), _stamp(message))
        if error.code() == KafkaError._PARTITION_EOF:
            return Read(message.partition(), message.offset(), end=True)
        if error.code() in _SPOILT:
            return Read(message.partition(), message.offset(), spoilt=self._said(error))
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            return Read(message.partition(), -1, lost=self._said(error))
        raise self._failure(error)

    def _take(self, seconds: float) -> Message | None:
        """The next message from the client, with those after it that it already has."""
        try:
            # One by one they would cost twice as much. Without a time, since it would wait until the lot is full.
            lot = self._consumer.consume(LOT, 0)
        except KafkaException:  # the poll below tells it, with patience
            lot = []
        if not lot:
            one: Message | None = self._ask(lambda: self._consumer.poll(seconds))
            return one
        self._errors.clear()
        self._taken.extend(lot[1:])
        return lot[0]

    def go_on_at(self, partition: int, offset: int) -> None:
        """Reads one partition on from this offset; the others stay where they are."""
        self._taken = deque(m for m in self._taken if m.partition() != partition)
        # Assigned anew: a seek is refused while the client resets its place.
        where = TopicPartition(self.name, partition, offset)
        self._ask(lambda: self._consumer.incremental_unassign([where]))
        self._ask(lambda: self._consumer.incremental_assign([where]))

    def message_at(self, partition: int, offset: int) -> Read | None:
        """The message at an offset, if the broker still has it."""
        self.read_from({partition: offset})
        read = self.poll(self.timeout_s)
        return None if read is None or read.end or read.spoilt or read.offset != offset else read

    def commit(self, offsets: Mapping[int, int]) -> str | None:
        """Commits offsets to the group, for lag monitors; gives the reason if it fails. Never raises or waits long."""
        # A synchronous commit has no time limit in librdkafka, and a frozen broker never answers. So the wait is here.
        self._committed.clear()
        where = [TopicPartition(self.name, p, o) for p, o in offsets.items()]
        try:
            self._consumer.commit(offsets=where, asynchronous=True)
            until = time.monotonic() + self.timeout_s
            while not self._committed and time.monotonic() < until:
                self._consumer.poll(0.05)
        except KafkaException as error:
            return self._said(error.args[0])
        return self._committed[0] if self._committed else f"no answer within {self.timeout_s:g} s"

    def silence(self) -> str:
        """The message for a read that stands still, with the client's last error."""
        telling = self._telling()
        return f"{self._place()}: no message and no end of the topic" + (
            f"; the client says: {self._said(telling)}" if telling else ""
        )

    def _note(self, error: KafkaError) -> None:
        self._errors[error.code()] = error

    def _telling(self) -> KafkaError | None:
        """The client's error since the last answer that says most."""
        known = [self._errors[code] for code in _TELLING if code in self._errors]
        return next(iter([*known, *self._errors.values()]), None)

    def _failure(self, error: object) -> TidesError:
        """What a failed question is told as."""
        if isinstance(error, KafkaError) and error.code() in _NO_ACCESS:
            return AccessRefused(
                f"{self._place()}: our login may not read it as group {self.group_id} ({self._said(error)}); ask the"
                " broker's owner, or correct the connection"
            )
        # Without an assignment no message can be lost here. The client tells its errors only when it is polled.
        if not self._consumer.assignment():
            self._consumer.poll(0)
        asked = isinstance(error, KafkaError) and error.code() in _NO_LOGIN
        telling = error if asked else self._telling()
        if isinstance(telling, KafkaError) and telling.code() in _NO_LOGIN:
            return AccessRefused(
                f"{self._place()}: it refuses our login ({self._said(telling)}): correct the connection"
            )
        said = self._said(error)
        if isinstance(telling, KafkaError):
            said = f"{_AWAY.get(telling.code(), said)} ({self._said(telling)})"
        return ServiceAway(f"{self._place()}: {said}; nothing is lost, the next run continues from the bookmark")

    def _note_commit(self, error: KafkaError | None, offsets: list[TopicPartition]) -> None:
        refused = [self._said(one.error) for one in offsets if one.error is not None]
        self._committed.append(self._said(error) if error is not None else next(iter(refused), None))

    def _said(self, error: object) -> str:
        """The client's or the broker's words, without the connection's secrets."""
        return self._secrets.quoted(error.str() if isinstance(error, KafkaError) else str(error), LONGEST_WORDS)

    def _place(self) -> str:
        return f"{f'topic {self.name}' if self.name else 'Kafka'} at {self.servers}"

    def _sound(self, found: list[TopicPartition]) -> list[TopicPartition]:
        # The call as a whole succeeds; a failure is an attribute of its partition.
        for one in found:
            if one.error is not None:
                raise self._failure(one.error)
        return found

    def _ask(self, question: Callable[[], Any]) -> Any:
        patience = tenacity.Retrying(
            stop=tenacity.stop_after_delay(self.timeout_s),
            wait=tenacity.wait_fixed(0.1),
            retry=tenacity.retry_if_exception(_is_settling),
            reraise=True,
        )
        try:
            answer = patience(question)
        except (KafkaException, TimeoutError) as error:
            kafkas = error.args[0] if error.args and isinstance(error.args[0], KafkaError) else error
            raise self._failure(kafkas) from None
        # Silence is no answer.
        if answer is not None:
            self._errors.clear()
        return answer


def _is_settling(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in _SETTLING


def _stamp(message: Message) -> datetime | None:
    kind, milliseconds = message.timestamp()
    if kind == TIMESTAMP_NOT_AVAILABLE:
        return None
    # The producer may have written any 64 bits.
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
