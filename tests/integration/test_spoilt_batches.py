"""Batches that the Kafka client can't give: each is stepped over, and named, and blocks nothing."""

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.builders import AN_ID, an_lsst_message

MARK = b"a mark that is easily found on the disk"


@pytest.fixture
def publish_as_one_batch(bridge, kafka):
    """Publishes messages compressed together, of any size."""
    topic = bridge.settings.streams["lsst"].topic

    def publish(*messages: bytes, codec: str) -> None:
        producer = Producer(
            {
                "bootstrap.servers": kafka.bootstrap,
                "log_level": 2,
                "compression.codec": codec,
                "linger.ms": 2000,
                "message.max.bytes": 1_000_000_000,
                "batch.size": 2_147_483_647,
            }
        )
        refused = []
        for message in messages:
            producer.produce(topic, message, callback=lambda error, _: refused.append(error))
        assert producer.flush(60) == 0
        assert refused == [None] * len(messages)

    return publish


def test_a_batch_that_unpacks_to_more_than_the_client_takes_is_stepped_over(bridge, publish_as_one_batch):
    """zstd packs 12 messages of 9 MB into some kilobytes; librdkafka takes 100 MB at most."""
    bridge.publish("lsst", an_lsst_message())
    publish_as_one_batch(*[b" " * 9_000_000] * 12, codec="zstd")
    bridge.publish("lsst", an_lsst_message(AN_ID + 1))
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.objects, drained.dead_letters, drained.lag) == (14, 2, 12, 0)
    letters = bridge.rows('SELECT "offset", raw, reason FROM tides.dead_letter ORDER BY "offset"')
    assert [letter["offset"] for letter in letters] == list(range(1, 13))
    assert all("Decompression" in letter["reason"] for letter in letters)
    assert bridge.drain("lsst").messages == 0


def test_batches_that_the_brokers_disk_has_spoilt_are_stepped_over(bridge, kafka):
    """After such a batch, librdkafka goes on at an offset taken from the spoilt bytes. Several drains show it."""
    if kafka.named:
        pytest.skip("TIDES_KAFKA names a server whose disk is not ours to spoil")
    for n in range(8):
        bridge.publish("lsst", an_lsst_message(AN_ID + 2 * n))
        bridge.publish("lsst", json.dumps({"note": MARK.decode()}).encode())
        bridge.publish("lsst", an_lsst_message(AN_ID + 2 * n + 1))
        topic = bridge.settings.streams["lsst"].topic
        (log,) = Path(kafka.folder, "data").glob(f"{topic}-0/*.log")
        content = log.read_bytes()
        with log.open("r+b") as file:
            file.seek(content.index(MARK))
            file.write(b"A")
        drained = bridge.drain_with_retries("lsst")
        assert (drained.messages, drained.objects, drained.dead_letters, drained.lag) == (3, 2, 1, 0)
    letters = bridge.rows('SELECT "offset", reason FROM tides.dead_letter ORDER BY "offset"')
    assert [letter["offset"] for letter in letters] == list(range(1, 24, 3))
    assert all("can't be read" in letter["reason"] for letter in letters)
