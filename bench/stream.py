"""What a drain costs beside a bare poll and COPY of the same rows, and beside a file that is written anew each time.

Each drain runs in a process of its own, so that its peak memory is its own. CPU is that of the process and of
PostgreSQL's backend together, which no busy machine changes much; Kafka's own is in neither. `python -m bench.stream
2000 20000` runs both sizes with other numbers of messages.
"""

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from tabulate import tabulate

from sandbox.services.servers import Kafka, PostgreSQL
from tests.bridge import Bridge, bring_schema
from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S
from tides.stream.fold import ALERT_TYPES, cells_of, incoming_rows
from tides.stream.messages import AlertReader

SMALL, LARGE = 20_000, 200_000
MESSAGES_AN_OBJECT = 4
IN_A_FILE = 50_000
BATCH = 5000
"""As `drain.batch_messages` has it."""


@dataclass
class Cost:
    """What a reading cost: seconds of CPU here and in PostgreSQL's backend, wall seconds, and the peak memory in MB."""

    here_s: float = 0.0
    backend_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0
    _begun: list[float] = field(default_factory=list)

    def begin(self, backend: int) -> None:
        """Counts from now on."""
        self._begun = [time.process_time(), _cpu_s(backend), time.perf_counter()]

    def end(self, backend: int) -> None:
        """Counts no further; can begin again."""
        now = (time.process_time(), _cpu_s(backend), time.perf_counter())
        here, back, wall = (after - before for after, before in zip(now, self._begun, strict=True))
        self.here_s, self.backend_s, self.wall_s = self.here_s + here, self.backend_s + back, self.wall_s + wall

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU on both sides."""
        return self.here_s + self.backend_s


def rows(small: int = SMALL, large: int = LARGE) -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql") as postgres, Kafka(place / "kafka") as kafka:
            at = {
                n: (postgres.url(postgres.create_database(f"n{n}")), kafka.bootstrap, place, n) for n in (small, large)
            }
            for each in at.values():
                _publish(kafka.bootstrap, each[-1])
            drained = {n: _apart(_drain, *each) for n, each in at.items()}
            bare = _apart(_bare, *at[large])
    append_s = _append_s()
    ours, peer = drained[large], bare
    return [
        _row(
            f"drain of {large} messages of 2.4 kB with light curves: CPU of reader and backend",
            ours.cpu_s / large * 1e6,
            "µs/message",
            f"bare poll + COPY of the same rows {peer.cpu_s / large * 1e6:.1f} µs",
            ours.cpu_s / peer.cpu_s,
            "≤ 2",
        ),
        _row(
            f"the same: wall (CPU {ours.here_s / large * 1e6:.1f} µs here, {ours.backend_s / large * 1e6:.1f} backend)",
            ours.wall_s / large * 1e6,
            "µs/message",
            f"{peer.wall_s / large * 1e6:.1f} µs (CPU {peer.here_s / large * 1e6:.1f} here,"
            f" {peer.backend_s / large * 1e6:.1f} backend)",
            ours.wall_s / peer.wall_s,
            "≤ 2",
        ),
        _row(
            f"drain of {IN_A_FILE} messages, from the row above",
            ours.wall_s / large * IN_A_FILE,
            "s",
            f"a CSV file read and written anew for each: {append_s * IN_A_FILE / 2:.0f} s, extrapolated from"
            f" {append_s:.2f} s for one at {IN_A_FILE} rows, since the cost grows with the rows",
            append_s * IN_A_FILE / 2 / (ours.wall_s / large * IN_A_FILE),
            "≥ 100",
        ),
        _row(
            f"peak memory of a drain of {large} messages",
            ours.peak_mb,
            "MB",
            f"of {small} messages {drained[small].peak_mb:.0f} MB",
            ours.peak_mb / drained[small].peak_mb,
            "≤ 1.2",
        ),
    ]


def _row(name: str, value: float, unit: str, against: str, ratio: float, goal: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "against": against, "ratio": round(ratio, 2), "goal": goal}


def _messages(number: int) -> Iterator[bytes]:
    objects = number // MESSAGES_AN_OBJECT
    for n in range(number):
        yield json.dumps(an_lsst_message(AN_ID + n % objects, nights=3 + n // objects)).encode()


def _topics(number: int) -> dict[str, str]:
    return {"lsst": f"bench_lsst_{number}", "ztf": f"bench_ztf_{number}"}


def _publish(bootstrap: str, number: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics([NewTopic(name, 1, 1) for name in _topics(number).values()]).values():
        created.result(LIMIT_S)
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2})
    for place, value in enumerate(_messages(number)):
        producer.produce(_topics(number)["lsst"], value)
        if place % BATCH == 0:
            producer.flush(LIMIT_S)
    assert producer.flush(LIMIT_S) == 0


def _apart(work: Any, *given: Any) -> Cost:
    """Gives what a process of its own measures."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        cost: Cost = pool.apply(work, given)
        return cost


def _bridge(url: str, bootstrap: str, place: Path, number: int) -> Bridge:
    limits = {"batch_messages": BATCH, "batch_s": 10, "bound_s": 3000}
    return Bridge(url, bootstrap, place, _topics(number), drain=limits)


def _drain(url: str, bootstrap: str, place: Path, number: int) -> Cost:
    bring_schema(url)
    bridge, cost = _bridge(url, bootstrap, place, number), Cost()
    backend = bridge.connection.info.backend_pid
    cost.begin(backend)
    drained = bridge.drain("lsst")
    cost.end(backend)
    assert (drained.messages, drained.dead_letters) == (number, 0)
    cost.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bridge.close()
    return cost


def _bare(url: str, bootstrap: str, place: Path, number: int) -> Cost:
    """Polls each message, and copies the rows that the drain copies, which were made ready while no clock ran."""
    bridge, cost = _bridge(url, bootstrap, place, number), Cost()
    stream = bridge.settings.streams["lsst"]
    reader, now = AlertReader(stream), datetime.now(UTC)
    with psycopg.connect(url) as connection, bridge.topic("lsst") as topic:
        backend = connection.info.backend_pid
        shape = ", ".join(f"c{n} {kind}" for n, kind in enumerate(ALERT_TYPES))
        connection.execute(f"CREATE TABLE bare ({shape})")
        connection.commit()
        topic.read_from({0: 0})
        polled = 0
        while polled < number:
            values: list[bytes] = []
            cost.begin(backend)
            while len(values) < min(BATCH, number - polled):
                read = topic.poll(1)
                if read and read.value:
                    values.append(read.value)
            cost.end(backend)
            polled += len(values)
            alerts = [reader.read(value, now) for value in values]
            ready = list(incoming_rows("live", "lsst", stream, alerts, cells_of(stream, alerts)))
            cost.begin(backend)
            copied = "COPY bare FROM STDIN (FORMAT BINARY)"
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copied) as copy:
                copy.set_types(ALERT_TYPES)
                for row in ready:
                    copy.write_row(row)
            cost.end(backend)
    bridge.close()
    return cost


def _append_s() -> float:
    """Seconds for one message where a pipeline keeps its alerts in one CSV file, of `IN_A_FILE` rows.

    The pipeline before this one read the whole file, appended the message, and wrote the file again.
    """
    messages = [{**json.loads(value), "alert": None} for value in _messages(IN_A_FILE)]
    file = StringIO(pd.DataFrame(messages).to_csv(index=False))
    begin = time.perf_counter()
    for message in messages[:3]:
        table = pd.concat([pd.read_csv(file), pd.DataFrame([message])])
        file = StringIO(table.to_csv(index=False))
    return (time.perf_counter() - begin) / 3


def _cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    print(tabulate(rows(*map(int, sys.argv[1:])), headers="keys", floatfmt=".3g"))
