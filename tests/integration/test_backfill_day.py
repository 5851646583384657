"""A day of the sandbox's sky, hour by hour live, and backfilled into an empty database: the same selection.

As in the real streams, most messages of ZTF come hours after their detection and a tenth of all up to days after it;
and every eighth message reaches the log an hour after its stamp, out of order.
"""

import copy
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

import pytest
from confluent_kafka import Producer

from sandbox.sky.archive import Message
from sandbox.sky.clock import TAI_MINUS_UTC_D, UNIX_EPOCH_MJD, mjd_utc_of, start_of_today
from sandbox.standins.world import open_archive
from tests.bridge import Bridge
from tests.limits import LIMIT_S
from tides.runs.context import RunContext, replay_of_window
from tides.stream.positions import move

START = start_of_today() - timedelta(days=4) + timedelta(minutes=35)
HOURS = [START + timedelta(hours=n) for n in range(24)]
HOUR = timedelta(hours=1)
SENT_LATER = 8


@dataclass
class Day:
    """The messages of the day and the hours beside it, in the order in which they reach the log, and when that is."""

    messages: list[tuple[datetime, Message]]

    def arriving(self, start: datetime, end: datetime) -> list[Message]:
        """What reaches the log in [start, end)."""
        return [message for at, message in self.messages if start <= at < end]


@pytest.fixture(scope="module")
def day() -> Day:
    """From six hours before the day to three after it."""
    archive = open_archive(None, start_of_today(), 1, 400, 200)
    first, last = START - 6 * HOUR, START + 27 * HOUR
    messages = [m for m in archive.messages(mjd_utc_of(last)) if m.utc_mjd >= mjd_utc_of(first)]
    held_up = [n % SENT_LATER == 0 and 0 <= hour_of(stamp_of(m)) < 23 for n, m in enumerate(messages)]
    arrivals = [(stamp_of(m) + HOUR * late, m) for late, m in zip(held_up, messages, strict=True)]
    return Day(sorted(arrivals, key=lambda pair: pair[0]))


def stamp_of(message: Message) -> datetime:
    return datetime.fromtimestamp((message.utc_mjd - UNIX_EPOCH_MJD) * 86400, START.tzinfo)


def hour_of(moment: datetime) -> int:
    return floor((moment - START) / HOUR)


def delay(message: Message) -> timedelta:
    """From the newest detection that a message tells of to the message."""
    told = json.loads(message.body)
    seen = told["jdmax"] - 2400000.5 if message.stream == "ztf" else told["lastDiaSourceMjdTai"] - TAI_MINUS_UTC_D
    return timedelta(days=message.utc_mjd - seen)


def publish(bridge: Bridge, messages: list[Message]) -> None:
    producer = Producer({"bootstrap.servers": bridge.bootstrap, "log_level": 2})
    for m in messages:
        topic = bridge.settings.streams[m.stream].topic
        producer.produce(topic, m.body, key=m.key, timestamp=round(stamp_of(m).timestamp() * 1000))
    assert producer.flush(LIMIT_S) == 0


@pytest.fixture
def live(make_bridge, outside, day) -> Bridge:
    """A bridge that has run live after each hour of the day, with Lasair's database as it was then."""
    bridge = make_bridge(partitions=2)
    publish(bridge, day.arriving(START - 6 * HOUR, START))
    for stream in bridge.settings.streams:
        with bridge.topic(stream) as topic:
            move(bridge.connection, topic, stream, "end", "the test")
    for hour in HOURS:
        publish(bridge, day.arriving(hour, hour + HOUR))
        outside.go_to(hour + HOUR)
        do(bridge, RunContext(f"live {hour}"))
    publish(bridge, day.arriving(START + 24 * HOUR, START + 27 * HOUR))
    outside.go_to(start_of_today())
    return bridge


@pytest.fixture
def empty(live, postgres, migrated_database, tmp_path) -> Iterator[Bridge]:
    """Another bridge on the same topics, that knows nothing."""
    name = postgres.create_database("test", template=migrated_database)
    topics = {stream: described.topic for stream, described in live.settings.streams.items()}
    (tmp_path / "empty").mkdir()
    bridge = Bridge(postgres.url(name), live.bootstrap, tmp_path / "empty", topics)
    yield bridge
    bridge.close()
    postgres.drop_database(name)


def do(bridge: Bridge, run: RunContext) -> None:
    for stream in bridge.settings.streams:
        bridge.drain(stream, run)
    bridge.evaluate(run)
    bridge.remember(run)


def replay(bridge: Bridge, hour: datetime) -> None:
    """One backfill run, on a session of its own."""
    alone = copy.copy(bridge)
    alone.connect()
    try:
        do(alone, replay_of_window(f"backfill {hour}", hour, hour + HOUR))
    finally:
        alone.close()


def selected(bridge: Bridge) -> set[tuple]:
    query = "SELECT survey, object_id, function, trigger_jd FROM tides.selection WHERE passed"
    return {tuple(row.values()) for row in bridge.rows(query)}


def test_a_backfilled_day_selects_what_its_hours_selected_live_in_any_order_and_four_at_a_time(live, empty, day):
    of_the_day = [(at, m) for at, m in day.messages if 0 <= hour_of(stamp_of(m)) < 24]
    late = [m for _, m in of_the_day if hour_of(stamp_of(m) - delay(m)) != hour_of(stamp_of(m))]
    out_of_order = [m for at, m in of_the_day if hour_of(at) != hour_of(stamp_of(m))]
    assert len(of_the_day) > 200
    assert max(delay(m) for _, m in of_the_day) > timedelta(hours=23)
    assert min(len(late), len(out_of_order)) >= 0.1 * len(of_the_day)

    group = {}
    for stream in live.settings.streams:
        with live.topic(stream) as topic:
            group[stream] = topic.committed([0, 1])
    hours = random.Random(8).sample(HOURS, len(HOURS))
    with ThreadPoolExecutor(4) as four:
        list(four.map(lambda hour: replay(empty, hour), hours))

    assert len(selected(live)) > 50
    assert selected(empty) - selected(live) == set()
    assert selected(live) - selected(empty) == set()
    for table in ("stream_offset", "candidate", "light_curve", "survey_night"):
        assert empty.rows(f"SELECT FROM tides.{table}") == [], f"{table} of the live lane is left alone, the lanes go"
    for stream in live.settings.streams:
        with live.topic(stream) as topic:
            assert topic.committed([0, 1]) == group[stream]
