"""The broker keeps messages back and forgets others: one audit brings the candidates to completeness."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from sandbox.sky.archive import Message
from sandbox.sky.clock import UNIX_EPOCH_MJD, mjd_utc_of
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from sandbox.standins.withholding import Withholding
from tests.bridge import Bridge
from tests.limits import LIMIT_S
from tides.clock import utc
from tides.journal.kinds import Kind

OUTAGE_D = (16, 8)
"""Days before now: longer ago than the topic holds, in the end."""

CONTENT = "SELECT stream, object_id, alert, alert_hash, problem FROM tides.candidate ORDER BY stream, object_id"


@pytest.fixture
def now(outside) -> datetime:
    """The stand-in's present."""
    return datetime.fromisoformat(outside.now())


@pytest.fixture
def sky_messages(now) -> list[Message]:
    """All that the stand-in's sky has told until now, in order."""
    return list(SkyArchive(build_sky(now)).messages(mjd_utc_of(now)))


def publish_all(bridge: Bridge, messages: list[Message]) -> None:
    for stream in ("lsst", "ztf"):
        bridge.publish(stream, *(m.body for m in messages if m.stream == stream))


def drain_all(bridge: Bridge) -> list[str]:
    return [note for stream in ("lsst", "ztf") for note in bridge.drain(stream).notes]


def forget_all(bridge: Bridge) -> None:
    """Retention takes all that the topics hold."""
    admin = AdminClient({"bootstrap.servers": bridge.bootstrap})
    ends = [TopicPartition(described.topic, 0, -1) for described in bridge.settings.streams.values()]
    for deleted in admin.delete_records(ends).values():
        deleted.result(LIMIT_S)


def through_a_quota(messages: list[Message], share: float) -> tuple[list[Message], Withholding]:
    """What a byte quota a night lets through that keeps back a share of the messages, or a little more."""
    nights: Counter[tuple[str, int]] = Counter()
    for message in messages:
        nights[message.stream, int(message.utc_mjd)] += len(message.body)
    largest = max(nights.values())
    for percent in range(100, 0, -1):
        withholding = Withholding(night_bytes=largest * percent // 100)
        sent = [message for message in messages if withholding.lets_through(message)]
        if len(messages) - len(sent) >= share * len(messages):
            return sent, withholding
    raise AssertionError("a quota of 1 % keeps something back")


def day_of(message: Message) -> str:
    """The day for which a loss counts: of the row's change, which ZTF's table tells by the last detection alone."""
    if message.stream == "lsst":
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=message.utc_mjd - UNIX_EPOCH_MJD):%Y-%m-%d}"
    return f"{utc(json.loads(message.body)['jdmax']):%Y-%m-%d}"


def test_one_audit_fills_in_what_was_kept_back_and_what_retention_took_and_says_how_much(
    bridge, apart, now, sky_messages
):
    begin, end = (mjd_utc_of(now) - days for days in OUTAGE_D)
    before = [m for m in sky_messages if m.utc_mjd < begin]
    missed = [m for m in sky_messages if begin <= m.utc_mjd < end]
    sent, withholding = through_a_quota([m for m in sky_messages if m.utc_mjd >= end], 0.03)
    publish_all(apart, sky_messages)
    drain_all(apart)
    publish_all(bridge, before)
    drain_all(bridge)
    for stream in ("lsst", "ztf"):  # the last audit before the outage
        audited = "INSERT INTO tides.stream_audit (stream, audited_until) VALUES (%s, %s)"
        bridge.connection.execute(audited, (stream, now - timedelta(days=OUTAGE_D[0])))
    publish_all(bridge, missed)
    forget_all(bridge)
    publish_all(bridge, sent)
    assert any("gap" in note for note in drain_all(bridge))
    assert withholding.withheld.total() >= 0.03 * (len(sent) + withholding.withheld.total())
    assert bridge.rows(CONTENT) != apart.rows(CONTENT)
    nights = bridge.rows("SELECT * FROM tides.survey_night ORDER BY stream, night")

    found = {stream: bridge.complete(stream) for stream in ("lsst", "ztf")}

    assert bridge.rows(CONTENT) == apart.rows(CONTENT)
    assert bridge.rows("SELECT * FROM tides.survey_night ORDER BY stream, night") == nights
    arrived = {id(m) for m in [*before, *sent]}
    newest = {(m.stream, m.key): m for m in sky_messages}
    lost = [m for m in newest.values() if id(m) not in arrived]
    events = bridge.rows("SELECT subject, detail FROM tides.event WHERE kind = %s", Kind.BROKER_LOST)
    by_day = {row["subject"]: row["detail"]["days"] for row in events}
    for stream, done in found.items():
        days = Counter(day_of(m) for m in lost if m.stream == stream)
        assert by_day.get(stream, {}) == days
        assert done.lost == days.total()
    assert sum(row["detail"]["objects"] for row in events) == len(lost) > 0

    again = [bridge.complete(stream).lost for stream in ("lsst", "ztf")]
    assert again == [0, 0]
    assert bridge.rows("SELECT subject, detail FROM tides.event WHERE kind = %s", Kind.BROKER_LOST) == events
    assert bridge.rows(CONTENT) == apart.rows(CONTENT)
