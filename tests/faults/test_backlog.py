"""A large backlog, drained in bounded runs that are killed every few seconds: counts agree, memory does not grow."""

import hashlib
import time
from dataclasses import dataclass

import psycopg
import pytest

from tests.faults.backlog import Drainer, Journal, write_backlog

MOST_KB = 500 * 1024
PARTITIONS = 4


@dataclass
class Drained:
    """What draining a backlog took, and what it lost and doubled against the journal."""

    kills: int
    peak_kb: int
    seconds: float
    lost: int
    doubled: int


def drain_under_kills(url, bootstrap, topic, journal, chance, every_s) -> Drained:
    """Drains a topic until nothing waits, with kills so many seconds after a process has begun to store."""
    kills = peak_kb = 0
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as watcher:
        while True:
            drainer, stored = Drainer(url, bootstrap, topic), position(watcher)
            life_s, until, code = chance.uniform(*every_s), None, None
            while code is None and (until is None or time.monotonic() < until):
                peak_kb = max(peak_kb, drainer.peak_kb())
                if until is None and position(watcher) > stored:
                    until = time.monotonic() + life_s
                code = drainer.wait(0.05)
            if code is not None:
                assert code == 0
                break
            drainer.kill()
            kills += 1
    return Drained(kills, peak_kb, time.monotonic() - began, *compare(url, journal))


def position(watcher: psycopg.Connection) -> int:
    """How many offsets have been read in all."""
    row = watcher.execute("SELECT coalesce(sum(next_offset), 0)::bigint FROM tides.stream_offset").fetchone()
    return row[0]


def compare(url: str, journal: Journal) -> tuple[int, int]:
    """How many messages are in the journal and not in the database, and the other way round."""
    with psycopg.connect(url) as connection:
        found = dict(connection.execute("SELECT object_id, messages FROM tides.candidate").fetchall())
        letters = connection.execute('SELECT partition, "offset", raw, topic_id FROM tides.dead_letter').fetchall()
    buried = [(partition, offset, hashlib.sha256(raw or b"").digest()) for partition, offset, raw, _ in letters]
    assert len({topic_id for *_, topic_id in letters}) == 1
    wanted = journal.by_object()
    lost = sum(max(0, count - found.get(name, 0)) for name, count in wanted.items())
    doubled = sum(max(0, count - wanted.get(name, 0)) for name, count in found.items())
    return lost + len(journal.broken - set(buried)), doubled + len(buried) - len(set(buried) & journal.broken)


def say(messages: int, drained: Drained) -> None:
    """The line of the table."""
    print(
        f"fault SIGKILL while {messages} messages are drained, times {drained.kills}, lost {drained.lost}, "
        f"doubled {drained.doubled} ({drained.seconds:.0f} s, peak memory {drained.peak_kb // 1024} MB)"
    )


def test_a_backlog_drained_under_kills_agrees_with_the_journal(database, kafka, topic, chance):
    name = topic(PARTITIONS)
    journal = write_backlog(kafka.bootstrap, name, PARTITIONS, 20_000, 2_000, chance)
    drained = drain_under_kills(database, kafka.bootstrap, name, journal, chance, (0, 0.5))
    say(20_000, drained)
    assert (drained.lost, drained.doubled) == (0, 0)
    assert drained.peak_kb < MOST_KB


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_million_messages_agree_with_the_journal_and_need_no_more_memory(
    postgres, migrated_database, kafka, topic, chance
):
    peaks = {}
    for messages, objects in ((300_000, 100_000), (1_000_000, 100_000)):  # both fill the consumer's queue
        name = topic(PARTITIONS)
        journal = write_backlog(kafka.bootstrap, name, PARTITIONS, messages, objects, chance)
        own = postgres.create_database("backlog", template=migrated_database)
        drained = drain_under_kills(postgres.url(own), kafka.bootstrap, name, journal, chance, (2, 8))
        postgres.drop_database(own)
        say(messages, drained)
        assert (drained.lost, drained.doubled) == (0, 0)
        assert drained.peak_kb < MOST_KB
        peaks[messages] = drained.peak_kb
    assert peaks[1_000_000] < 1.5 * peaks[300_000], peaks  # the same backlog has had 253 and 332 MB
