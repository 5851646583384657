"""Publishes an archive's messages to Kafka, as Lasair does."""

import time
from collections import Counter
from pathlib import Path

import yaml
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # imported there, not listed

from sandbox.services.leash import patient
from sandbox.sky.archive import Archive, Message
from sandbox.sky.clock import UNIX_EPOCH_MJD, SandboxClock, mjd_utc_of
from sandbox.standins.withholding import Withholding

BRIDGE = Path(__file__).parents[2] / "include" / "config" / "bridge.yaml"
PARTITIONS = 2
KAFKA_TIMEOUT_S = patient(30)
# Kafka deletes messages by their own stamps, and refuses stamps more than an hour ahead. With an accelerated clock it
# must keep old messages and accept future ones.
TOPIC_CONFIG = {
    "retention.ms": "-1",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
}


def replay(
    archive: Archive, bootstrap: str, clock: SandboxClock, *, fast: bool, withholding: Withholding | None = None
) -> Counter[str]:
    """Publishes in order of `UTC`, stamped with it, keyed by object id; prints and returns the count by topic.

    The past goes out at once. With `fast` that is all; otherwise the rest follows as the clock comes to it.
    What `withholding` keeps back is not published, only counted and printed.
    Raises OSError when Kafka cannot be reached or refuses a message.
    """
    topics = stream_topics()
    make_topics(bootstrap, list(topics.values()))
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "enable.idempotence": True})
    counts: Counter[str] = Counter(dict.fromkeys(topics.values(), 0))
    refused: list[str] = []
    until = mjd_utc_of(clock.now) if fast else None
    for message in archive.messages(until):
        _wait(producer, clock, message)
        if withholding and not withholding.lets_through(message):
            continue
        _produce(producer, topics[message.stream], message, refused)
        counts[topics[message.stream]] += 1
    left = producer.flush(KAFKA_TIMEOUT_S)
    if left or refused:
        raise OSError(f"{bootstrap} did not take {left + len(refused)} messages: {refused[:1] or 'no answer'}")
    for topic, count in counts.items():
        print(f"{topic}: {count} messages", flush=True)
    if withholding and (withheld := withholding.withheld.total()):
        print(f"withheld: {withheld} messages", flush=True)
    return counts


def stream_topics() -> dict[str, str]:
    """Topic by stream, from bridge.yaml."""
    streams = yaml.safe_load(BRIDGE.read_text())["streams"]
    return {name: stream["topic"] for name, stream in streams.items()}


def make_topics(bootstrap: str, topics: list[str]) -> None:
    """Makes the topics that do not exist yet. Raises OSError when Kafka does not answer within KAFKA_TIMEOUT_S."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    wanted = [NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1, config=TOPIC_CONFIG) for topic in topics]
    for topic, made in admin.create_topics(wanted, request_timeout=KAFKA_TIMEOUT_S).items():
        try:
            made.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise OSError(f"topic {topic} could not be made at {bootstrap}: {error}") from error


def _wait(producer: Producer, clock: SandboxClock, message: Message) -> None:
    """Waits until the message is due, and flushes earlier ones meanwhile."""
    while (wait_s := (message.utc_mjd - clock.mjd_utc()) * 86400 / max(clock.speed, 1e-9)) > 0:
        producer.flush(KAFKA_TIMEOUT_S)
        time.sleep(min(wait_s, 1.0))


def _produce(producer: Producer, topic: str, message: Message, refused: list[str]) -> None:
    stamp_ms = round((message.utc_mjd - UNIX_EPOCH_MJD) * 86_400_000)

    def delivered(error: KafkaError | None, _: object) -> None:
        if error is not None:
            refused.append(str(error))

    while True:
        try:
            producer.produce(topic, message.body, key=message.key, timestamp=stamp_ms, on_delivery=delivered)
            producer.poll(0)
            return
        except BufferError:  # the queue is full, and polling empties a part of it
            producer.poll(0.5)
