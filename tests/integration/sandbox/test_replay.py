"""The replayer against a real Kafka: topics, stamps, order, and the future."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from sandbox.services.servers import Kafka
from sandbox.sky.clock import UNIX_EPOCH_MJD, SandboxClock, mjd_utc_of_text, parse_now
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from sandbox.standins.replay import replay, stream_topics
from sandbox.standins.withholding import Withholding
from tests.limits import LIMIT_S

ROOT = Path(__file__).parents[3]
NOW = "2026-11-24"
SKY = ("--now", NOW, "--lsst", "20", "--ztf", "20")


@pytest.fixture(scope="module")
def bootstrap(kafka: Kafka) -> Iterator[str]:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    yield kafka.bootstrap
    for deleted in admin.delete_topics(list(stream_topics().values())).values():
        deleted.result()


@pytest.fixture(scope="module")
def printed(bootstrap) -> str:
    command = [sys.executable, "-m", "sandbox", "replay", "--bootstrap", bootstrap, "--fast", *SKY]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout


@pytest.fixture(scope="module")
def received(bootstrap, printed) -> dict[str, list[Message]]:
    """All messages by topic, each partition in its order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "enable.auto.commit": False})
    found: dict[str, list[Message]] = {}
    for topic in stream_topics().values():
        found[topic] = []
        for partition in consumer.list_topics(topic, timeout=LIMIT_S).topics[topic].partitions:
            at = TopicPartition(topic, partition, 0)
            _, end = consumer.get_watermark_offsets(at, timeout=LIMIT_S)
            consumer.assign([at])
            while sum(m.partition() == partition for m in found[topic]) < end:
                message = consumer.poll(LIMIT_S)
                assert message is not None
                assert message.error() is None
                found[topic].append(message)
    consumer.close()
    return found


def test_topics_have_two_partitions_and_keep_old_stamps(bootstrap, printed):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for topic in stream_topics().values():
        assert len(admin.list_topics(topic, timeout=LIMIT_S).topics[topic].partitions) == 2
        [asked] = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
        settings = asked.result()
        assert settings["retention.ms"].value == "-1"
        assert settings["message.timestamp.type"].value == "CreateTime"


def test_the_counts_by_topic_are_printed_and_true(printed, received):
    lines = {f"{topic}: {len(messages)} messages" for topic, messages in received.items()}
    assert set(printed.splitlines()) == lines
    assert all(received.values())


def test_messages_bear_the_stamp_of_their_own_utc_and_the_object_as_key(received):
    for topic, messages in received.items():
        for message in messages:
            content = json.loads(message.value())
            stamp_ms = (mjd_utc_of_text(content["UTC"]) - UNIX_EPOCH_MJD) * 86_400_000
            assert message.timestamp()[1] == pytest.approx(stamp_ms, abs=500)
            key = content["objectId"] if "ZTF" in topic else content["diaObjectId"]
            assert message.key().decode() == str(key)


def test_each_partition_is_in_order_of_utc(received):
    for messages in received.values():
        for partition in (0, 1):
            stamps = [m.timestamp()[1] for m in messages if m.partition() == partition]
            assert stamps == sorted(stamps)


def test_fast_publishes_nothing_of_the_future(received):
    now_ms = parse_now(NOW).timestamp() * 1000
    assert all(m.timestamp()[1] <= now_ms for messages in received.values() for m in messages)


def test_without_fast_the_future_follows_as_the_clock_comes_to_it(bootstrap, received):
    now = parse_now(NOW)
    archive = SkyArchive(build_sky(now, 1, 20, 20))
    future = len(list(archive.messages(None))) - sum(len(m) for m in received.values())
    a_week_in_two_seconds = SandboxClock(now, 10 * 86400 / 2)
    counts = replay(archive, bootstrap, a_week_in_two_seconds, fast=False)
    assert future > 0
    assert sum(counts.values()) == sum(len(m) for m in received.values()) + future


def test_what_is_withheld_is_counted_and_not_published(bootstrap, received, capsys):
    now = parse_now(NOW)
    withholding = Withholding(share=0.03)
    archive = SkyArchive(build_sky(now, 1, 20, 20))
    counts = replay(archive, bootstrap, SandboxClock(now, 0), fast=True, withholding=withholding)
    withheld = withholding.withheld.total()
    assert withheld > 0
    assert counts.total() + withheld == sum(len(m) for m in received.values())
    assert f"withheld: {withheld} messages" in capsys.readouterr().out


def test_a_kafka_that_is_not_there_is_said_in_one_line():
    command = [sys.executable, "-m", "sandbox", "replay", "--bootstrap", "127.0.0.1:9", "--fast", *SKY]
    soon = os.environ | {"TIDES_WAIT_FACTOR": "0.1"}
    ended = subprocess.run(command, cwd=ROOT, env=soon, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ended.returncode == 1
    assert "127.0.0.1:9" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
