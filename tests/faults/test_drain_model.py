"""The drain against a model of it, on logs that are written, spoilt and made anew in between; its crashes are real."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.bridge import LIVE
from tests.builders import NOW, a_ztf_message
from tests.faults.fate import Fate, Process
from tests.faults.logs import KafkaLog, Log, MemoryTopic
from tides.database import session as database
from tides.runs.context import RunContext, replay_of_window
from tides.settings.model import load_settings
from tides.stream.drain import drain

SETTINGS = load_settings()
STREAM = SETTINGS.streams["ztf"]
LIMITS = SETTINGS.drain.model_copy(update={"batch_messages": 3, "no_progress_s": 5.0})
BROKEN = (None, b"not json", b'{"objectId": 7}')
TABLES = (
    "stream_offset",
    "candidate",
    "dead_letter",
    "survey_night",
    "cell_night",
    "night_seen",
    "light_curve",
    "event",
)

Mark = tuple[str, int, bytes | None]
"""A bookmark: the topic's id, the next offset, and the hash of the message before it."""


@dataclass
class Model:
    """What must stand in the database, from what was written and where the bookmarks are."""

    marks: dict[int, Mark] = field(default_factory=dict)
    before: dict[int, bytes | None] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    newest: dict[str, tuple[str, float]] = field(default_factory=dict)
    words: dict[tuple[str, str, float], set[int]] = field(default_factory=dict)
    letters: set[tuple[Any, ...]] = field(default_factory=set)

    def read_up_to(self, log: Log, marks: dict[int, Mark]) -> None:
        """Folds what lies between the marks and the new ones; from the low mark where going on was not possible."""
        for partition, mark in marks.items():
            old, (topic_id, end, _) = self.marks.get(partition), mark
            if mark == old or topic_id != log.topic_id:  # of a topic that was made anew with fewer partitions
                continue
            first = old[1] if old and self.can_go_on(log, partition, old) else log.lows[partition]
            for offset in range(first, end):
                self.fold(topic_id, partition, offset, log.partitions[partition][offset])
            self.marks[partition] = mark

    def can_go_on(self, log: Log, partition: int, mark: Mark) -> bool:
        """Whether the log still has what was read before a mark, and what comes after it."""
        topic_id, offset, _ = mark
        entries = log.partitions[partition]
        if topic_id != log.topic_id or not log.lows[partition] <= offset <= len(entries):
            return False
        if offset == log.lows[partition] or entries[offset - 1] is None:
            return True
        return partition not in self.before or entries[offset - 1][0] == self.before[partition]

    def fold(self, topic_id: str, partition: int, offset: int, entry: Any) -> None:
        if entry is None:
            return
        self.before[partition] = entry[0]
        if entry[0] in BROKEN:
            self.letters.add((topic_id, partition, offset, entry[0]))
            return
        message = json.loads(entry[0])
        object_id = message["objectId"]
        self.messages[object_id] += 1
        # The later word of the broker counts, also where its newest detection is an older one.
        word = (message["UTC"], message["jdmax"])
        self.newest[object_id] = max(self.newest.get(object_id, ("", 0.0)), word)
        self.words.setdefault((object_id, *word), set()).add(message["ncandgp"])


class Drains(RuleBasedStateMachine):
    """One bridge's stream under attack. `make_log`, `url` and `connection` are set by the test."""

    make_log: Callable[[], Log]
    url: str
    connection: database.Connection

    def __init__(self) -> None:
        super().__init__()
        self.log = type(self).make_log()
        self.model = Model()
        self.serial = 0
        self.sent: dict[str, list[dict[str, Any]]] = {}
        self.replays = 0
        self.connection.execute("; ".join(f"DELETE FROM tides.{table}" for table in TABLES))

    def teardown(self) -> None:
        self.drain()
        self.drain()

    @rule(
        where=st.integers(0, 2),
        kinds=st.lists(st.sampled_from(["a", "b", "c", "broken", "hole"]), min_size=1, max_size=8),
        minutes=st.integers(-60, 60),
    )
    def write(self, where: int, kinds: list[str], minutes: int) -> None:
        """Alerts of three objects, among them late ones, repeated ones and some that take detections back."""
        partition = where % len(self.log.partitions)
        for kind in kinds:
            self.serial += 1
            stamp = NOW - timedelta(hours=6) + timedelta(minutes=(minutes * self.serial) % 61 - 30)
            self.log.append(partition, self.entry(kind, stamp))

    def entry(self, kind: str, stamp: datetime) -> Any:
        if kind == "hole" and not isinstance(self.log, KafkaLog):
            return None
        if kind in ("broken", "hole"):
            return BROKEN[self.serial % len(BROKEN)], stamp
        chance = random.Random(self.serial)
        object_id = f"ZTF26aaaaaa{kind}"
        # Sent in any order, with a newest detection of any age; of few moments, so that some are equal.
        sent = f"{NOW - timedelta(hours=7 + chance.randrange(12)):%Y-%m-%d %H:%M:%S}"
        again = self.sent.get(object_id, ())
        if again and chance.random() < 0.25:
            message = {**chance.choice(again), "UTC": sent}
        else:
            age = 1 + chance.randrange(5)
            message = {**a_ztf_message(object_id, days_ago=age, ncandgp=self.serial), "UTC": sent}
        self.sent.setdefault(object_id, []).append(message)
        return json.dumps(message).encode(), stamp

    @rule()
    def drain(self) -> None:
        """A drain that nothing disturbs reads all that there is."""
        with self.log.open() as topic:
            drain(self.connection, topic, "ztf", STREAM, LIMITS, LIVE)
        self.check()
        for partition, entries in enumerate(self.log.partitions):
            assert self.model.marks[partition][:2] == (self.log.topic_id, len(entries))

    @rule(act=st.integers(0, 60), after=st.booleans())
    def crash(self, act: int, after: bool) -> None:
        """A drain that is killed somewhere, or gets to its end."""

        def die() -> None:
            with self.log.open() as topic, database.connect(self.url, SETTINGS.database, "killed") as own:
                drain(own, topic, "ztf", STREAM, LIMITS, LIVE)

        process = Process(die, Fate(act, after))
        if not process.struck():
            process.acts()
        self.wait_for_the_killed_session()
        self.check()

    @rule(hour=st.integers(5, 7))
    def replay(self, hour: int) -> None:
        """A window's replay reads what the broker still has of it, beside and apart from the live reading."""
        self.replays += 1
        start = NOW - timedelta(hours=hour) + timedelta(seconds=self.replays)
        run = replay_of_window("replay", start, start + timedelta(hours=1))
        with self.log.open() as topic:
            drain(self.connection, topic, "ztf", STREAM, LIMITS, run)
        wanted = Counter(
            json.loads(entry[0])["objectId"]
            for partition, entries in enumerate(self.log.partitions)
            for entry in entries[self.log.lows[partition] :]
            if entry is not None and start <= entry[1] < run.end and entry[0] not in BROKEN
        )
        assert self.counted(run) == wanted
        self.check()

    @rule(where=st.integers(0, 2), part=st.integers(1, 4))
    def retain(self, where: int, part: int) -> None:
        """Retention takes a part of a partition, or all."""
        partition = where % len(self.log.partitions)
        low, end = self.log.lows[partition], len(self.log.partitions[partition])
        if end > low:
            self.log.retain(partition, low + (end - low) * part // 4)

    @rule(partitions=st.integers(1, 3))
    def recreate(self, partitions: int) -> None:
        """The topic is made anew, with more or fewer partitions."""
        self.log.recreate(partitions)

    @precondition(lambda self: not isinstance(self.log, KafkaLog))
    @rule(where=st.integers(0, 2), lost=st.integers(1, 5))
    def lose_tail(self, where: int, lost: int) -> None:
        """The broker comes back without its newest messages."""
        partition = where % len(self.log.partitions)
        end = len(self.log.partitions[partition])
        self.log.lose_tail(partition, max(self.log.lows[partition], end - lost))

    def wait_for_the_killed_session(self) -> None:
        """Its server process ends when it notices; until then it may hold its locks."""
        query = "SELECT FROM pg_stat_activity WHERE application_name = 'killed' AND datname = current_database()"
        while self.connection.execute(query).fetchone() is not None:
            pass

    def check(self) -> None:
        """What stands in the database is what lies before the bookmarks, each message once."""
        rows = self.connection.execute(
            "SELECT partition, topic_id, next_offset, last_hash FROM tides.stream_offset WHERE lane = 'live'"
        ).fetchall()
        marks = {r["partition"]: (r["topic_id"], r["next_offset"], r["last_hash"]) for r in rows}
        self.model.read_up_to(self.log, marks)
        assert self.counted(LIVE) == self.model.messages
        rows = self.connection.execute(
            "SELECT object_id, last_jd, detections, to_char(known_at, 'YYYY-MM-DD HH24:MI:SS') AS sent"
            " FROM tides.candidate WHERE lane = 'live'"
        ).fetchall()
        for row in rows:
            assert (row["sent"], row["last_jd"]) == self.model.newest[row["object_id"]]
            assert row["detections"] in self.model.words[row["object_id"], row["sent"], row["last_jd"]]
        letters = self.connection.execute(
            "SELECT topic_id, partition, \"offset\", raw FROM tides.dead_letter WHERE lane = 'live'"
        ).fetchall()
        assert {tuple(row.values()) for row in letters} == self.model.letters
        assert len(letters) == len(self.model.letters)

    def counted(self, run: RunContext) -> Counter[str]:
        rows = self.connection.execute("SELECT object_id, messages FROM tides.candidate WHERE lane = %s", (run.lane,))
        return Counter({row["object_id"]: row["messages"] for row in rows})


def attack(make_log: Callable[[], Log], url: str, seed: int, examples: int, steps: int) -> None:
    """Runs the machine on fresh logs: so many walks of so many steps."""
    with database.connect(url, SETTINGS.database, "tides-test") as connection:
        parts = {"make_log": staticmethod(make_log), "url": url, "connection": connection}
        run_state_machine_as_test(
            with_seed(seed)(type("Attack", (Drains,), parts)),
            settings=settings(
                phases=[Phase.generate],  # to shrink a failing walk takes longer than to read it
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize(("examples", "steps"), [(40, 8), pytest.param(10_000, 20, marks=pytest.mark.soak)])
def test_on_a_log_in_memory_each_message_is_stored_once_whatever_happens(database, seed, examples, steps):
    attack(Log, database, seed, examples, steps)
    print(f"fault walks of the drain on a log in memory, times {examples}, lost 0, doubled 0")


@pytest.fixture
def kafka_log(kafka):
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.delete()


@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize(("examples", "steps"), [(9, 8), pytest.param(2000, 12, marks=pytest.mark.soak)])
def test_on_kafka_each_message_is_stored_once_whatever_happens(database, kafka_log, seed, examples, steps):
    def anew() -> Log:
        kafka_log.recreate(1)
        return kafka_log

    attack(anew, database, seed, examples, steps)
    print(f"fault walks of the drain on Kafka, times {examples}, lost 0, doubled 0")


class Growing(MemoryTopic):
    """A topic to whose first partition one more message comes as soon as it is read."""

    def read_from(self, offsets: Mapping[int, int]) -> None:
        self.log.append(0, (json.dumps(a_ztf_message("ZTF26aaaaaac")).encode(), NOW))
        super().read_from(offsets)


def test_what_comes_while_another_partition_is_read_waits_for_the_next_drain(bridge):
    log = Log()
    log.recreate(2)
    for partition, object_id in enumerate(("ZTF26aaaaaaa", "ZTF26aaaaaab")):
        log.append(partition, (json.dumps(a_ztf_message(object_id)).encode(), NOW))
    assert drain(bridge.connection, Growing(log), "ztf", STREAM, LIMITS, LIVE).messages == 2
    assert drain(bridge.connection, log.open(), "ztf", STREAM, LIMITS, LIVE).messages == 1
