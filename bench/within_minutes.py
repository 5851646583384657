"""How long an alert takes from its topic to a row at 4MOST, while runs start on alerts and a busy night is played.

A scheduler runs the bridge, `watch` is enabled with the settings of bridge.yaml, and each request to Lasair and 4MOST
takes LATENCY_S longer. Half of the sandbox's objects are known before; the other half's alerts come at random moments
of the night, and so do further alerts of the known ones. `python -m bench.within_minutes 5` plays for five minutes.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Producer
from psycopg.rows import dict_row
from tabulate import tabulate

from sandbox.desk.comparison import Difference, compare
from sandbox.desk.demo import MASTER
from sandbox.services.stack import Stack
from sandbox.sky.archive import Archive, Message
from sandbox.sky.clock import UNIX_EPOCH_MJD, mjd_utc_of, start_of_today
from sandbox.standins.replay import make_topics, stream_topics
from sandbox.standins.world import open_archive
from tests.standins import Standins
from tides.reports.trace import targets_named, trace

MINUTES = 60.0
"""The length of the night (minutes)."""
GOAL_S = 120.0
LATENCY_S = 0.1
PATIENCE_S = 900.0
"""How long the last alerts of the night are waited for (s). What has not come then counts as lost."""
LOOK_S = 1.0
SEED = 1
LSST, ZTF = 400, 200  # the objects of the sandbox's own sky

FIRST_RUN = "SELECT FROM tides.bridge_run WHERE lane = 'live' AND good"
MADE = """
SELECT alias.survey, alias.object_id, master.name, run.started_at
FROM tides.tides_alias AS alias
JOIN tides.tides_master AS master USING (tides_id)
JOIN tides.tides_history AS history ON history.tides_id = master.tides_id AND history.step = 'selected'
LEFT JOIN tides.bridge_run AS run ON run.run_id = history.by
"""


@dataclass(frozen=True)
class Night:
    """What is published before the first run, and what at which moment of the night (as a share of its length)."""

    before: list[Message]
    during: list[tuple[float, list[Message]]]
    new: list[dict[str, Any]]


@dataclass(frozen=True)
class Arrival:
    """An alert that made a new target: from its stamp to the start of the run that read it, and then to 4MOST (s).

    The run may have started before, and read it all the same: it has then waited for less than nothing.
    """

    waited_s: float
    worked_s: float

    @property
    def in_all_s(self) -> float:
        """From the alert's stamp on the topic to the row at 4MOST (s)."""
        return self.waited_s + self.worked_s


def rows(minutes: float = MINUTES) -> list[dict[str, Any]]:
    """Play a night of this length; each row is {name, value, unit, against, ratio, goal}. Raises RuntimeError when an
    alert of a live object has made no row at 4MOST.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        ways = play(place, minutes)
    longest = max(ways, key=lambda way: way.in_all_s)
    half = statistics.median(way.in_all_s for way in ways)
    return [
        {
            "name": f"alert on the topic to row at 4MOST, runs start on alerts, {minutes:g} busy minutes: the longest",
            "value": round(longest.in_all_s, 1),
            "unit": "s",
            "against": f"{len(ways)} new targets: half in {half:.0f} s; the longest waited {longest.waited_s:.0f} s for"
            f" its run, which told it after {longest.worked_s:.0f} s",
            "ratio": round(longest.in_all_s / GOAL_S, 2),
            "goal": f"≤ 1 ({GOAL_S:g} s, each alert)",
        }
    ]


def play(folder: Path, minutes: float) -> list[Arrival]:
    """Play a night on a whole stack in `folder`; gives what became of each alert that made a new target."""
    watch = folder / "watch.yaml"
    watch.write_text("watch: {enabled: true}\n", encoding="utf-8")
    with Stack(folder / "run", settings=[watch]) as stack:
        outside = Standins(stack.sandbox)
        outside.fault({"match": {"path": "/api/|/QFSwi/"}, "kind": "latency", "seconds": LATENCY_S, "times": None})
        truth = outside.truth()
        archive = open_archive(None, start_of_today(), SEED, LSST, ZTF)
        night = night_of(archive, truth, random.Random(SEED))  # noqa: S311 a seeded sky, not cryptography
        make_topics(stack.kafka.bootstrap, list(stream_topics().values()))
        publish(stack, night.before)
        stack.start_airflow()
        database = stack.postgres.url(stack.tides_database)
        with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
            while connection.execute(FIRST_RUN).fetchone() is None:
                time.sleep(LOOK_S)
            begin, said_at = time.monotonic(), dict[tuple[str, str], float]()
            for share, messages in night.during:
                time.sleep(max(0.0, begin + share * minutes * 60 - time.monotonic()))
                said_at |= publish(stack, messages, now=time.time())
            return arrivals(connection, outside, truth, night.new, said_at)


def night_of(archive: Archive, truth: Sequence[dict[str, Any]], chance: random.Random) -> Night:
    """Half of the sources are new in the night, by the newest message of each of their objects, at one moment. All
    messages but the newest of the other half's objects come before it.
    """
    of_object: dict[tuple[str, str], list[Message]] = {}
    for message in archive.messages(mjd_utc_of(start_of_today())):
        of_object.setdefault((message.stream, message.key.decode()), []).append(message)
    before: list[Message] = []
    during: list[tuple[float, list[Message]]] = []
    new: list[dict[str, Any]] = []
    for source in truth:
        told = [of_object[key] for key in objects_of(source) if key in of_object]
        if chance.random() < 0.5:
            new.append(source)
            during.append((chance.random(), [messages[-1] for messages in told]))
        else:
            before += [message for messages in told for message in messages[:-1]]
            during += [(chance.random(), [messages[-1]]) for messages in told]
    return Night(
        sorted(before, key=lambda message: message.utc_mjd),
        sorted((moment for moment in during if moment[1]), key=lambda moment: moment[0]),
        new,
    )


def objects_of(source: dict[str, Any]) -> list[tuple[str, str]]:
    """The objects of a source of the truth, as survey and id."""
    return [(survey, str(source[survey])) for survey in ("lsst", "ztf") if source[survey] is not None]


def publish(stack: Stack, messages: Iterable[Message], now: float | None = None) -> dict[tuple[str, str], float]:
    """Publish messages with the stamp `now` (Unix time, s), by default with their own; gives the stamp by object."""
    producer, topics = Producer({"bootstrap.servers": stack.kafka.bootstrap}), stream_topics()
    stamps: dict[tuple[str, str], float] = {}
    for message in messages:
        stamp = (message.utc_mjd - UNIX_EPOCH_MJD) * 86400 if now is None else now
        producer.produce(topics[message.stream], message.body, key=message.key, timestamp=round(stamp * 1000))
        stamps[message.stream, message.key.decode()] = stamp
        producer.poll(0)
    if producer.flush(60):
        raise RuntimeError(f"{stack.kafka.bootstrap} did not take all messages")
    return stamps


def arrivals(
    connection: psycopg.Connection[dict[str, Any]],
    outside: Standins,
    truth: Sequence[dict[str, Any]],
    new: Sequence[dict[str, Any]],
    said_at: dict[tuple[str, str], float],
) -> list[Arrival]:
    """Wait until both sides agree with the truth of the sky, and give the way of each new source that is at 4MOST."""
    until = time.monotonic() + PATIENCE_S
    while found := compare(list(truth), connection.execute(MASTER).fetchall(), outside.rows())[0]:
        if time.monotonic() > until:
            known = "\n\n".join(screens(connection, found))
            raise RuntimeError(f"{len(found)} sources differ {PATIENCE_S:g} s after the night: {found}\n\n{known}")
        time.sleep(LOOK_S)
    made = connection.execute(MADE).fetchall()
    while any(row["started_at"] is None for row in made):  # a run that goes on has no row yet
        time.sleep(LOOK_S)
        made = connection.execute(MADE).fetchall()
    by_object = {(row["survey"], row["object_id"]): row for row in made}
    submitted = {row["name"]: datetime.fromisoformat(row["date_submitted"]).timestamp() for row in outside.rows()}
    ways = []
    for source in new:
        key = next((key for key in objects_of(source) if key in by_object), None)
        if key and (row := by_object[key])["name"] in submitted:
            started = row["started_at"].timestamp()
            ways.append(Arrival(started - said_at[key], submitted[row["name"]] - started))
    return ways


def screens(connection: psycopg.Connection[dict[str, Any]], found: Iterable[Difference]) -> list[str]:
    """What `tides trace` says of each target that a difference names, by an object or by a row at 4MOST."""
    named = {tides_id for each in found for word in each.source.split() for tides_id in targets_named(connection, word)}
    return [trace(connection, tides_id).as_text() for tides_id in sorted(named)]


if __name__ == "__main__":
    print(tabulate(rows(*map(float, sys.argv[1:])), headers="keys"))
