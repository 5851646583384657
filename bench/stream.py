"""How fast a topic is drained into PostgreSQL, beside a consumer that only reads the same messages."""

import tempfile
import time
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic

from sandbox.services.servers import Kafka, PostgreSQL
from tests.bridge import Bridge, bring_schema
from tests.builders import AN_ID, an_lsst_message

MESSAGES = 20_000
OBJECTS = 5_000


def rows() -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql") as postgres, Kafka(place / "kafka") as kafka:
            url = postgres.url(postgres.create_database("bench"))
            topics = {"lsst": "bench_lsst", "ztf": "bench_ztf"}
            made = AdminClient({"bootstrap.servers": kafka.bootstrap})
            for created in made.create_topics([NewTopic(name, 1, 1) for name in topics.values()]).values():
                created.result(10)
            bridge = Bridge(url, kafka.bootstrap, place, topics, drain={"batch_s": 10, "bound_s": 300})
            try:
                bring_schema(url)
                return _measure(bridge)
            finally:
                bridge.close()


def _measure(bridge: Bridge) -> list[dict[str, Any]]:
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n % OBJECTS, nights=3 + n // OBJECTS) for n in range(MESSAGES)])
    read_s = _read_alone(bridge)
    begin = time.perf_counter()
    drained = bridge.drain("lsst")
    drain_s = time.perf_counter() - begin
    assert drained.messages == MESSAGES
    return [
        {
            "name": f"drain of {MESSAGES} messages of 1.5 kB with light curves",
            "value": round(MESSAGES / drain_s),
            "unit": "messages/s",
            "against": f"reading alone: {MESSAGES / read_s:.0f} messages/s",
            "ratio": round(read_s / drain_s, 3),
            "goal": "10,000 in a peak hour: > 3 messages/s",
        }
    ]


def _read_alone(bridge: Bridge) -> float:
    begin = time.perf_counter()
    with bridge.topic("lsst") as topic:
        end = topic.extent(0).end
        topic.read_from({0: 0})
        place = 0
        while place < end:
            read = topic.poll(1)
            place = read.offset + 1 if read else place
    return time.perf_counter() - begin
