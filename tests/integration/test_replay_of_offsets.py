"""A manual run that names offsets: read, judged as of the newest stamp among them, merged, and nothing else touched."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S
from tides.errors import ServiceAway, SettingsError
from tides.runs.context import OffsetRange, replay_of_offsets

SENT = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def filled(make_bridge):
    """A bridge whose LSST topic holds six objects, one a minute, the newest stamp in the middle."""

    def fill(**changes):
        bridge = make_bridge(**changes)
        for n, minutes in enumerate([0, 1, 9, 3, 4, 20]):
            stamp_ms = int((SENT + timedelta(minutes=minutes)).timestamp() * 1000)
            bridge.publish("lsst", an_lsst_message(AN_ID + n, ra=150.0 + n), stamp_ms=stamp_ms)
        return bridge

    return fill


def a_run(first, last, partition=0):
    return replay_of_offsets("by-hand", OffsetRange("lsst", partition, first, last))


def test_the_offsets_asked_for_are_judged_as_of_the_newest_stamp_among_them(filled):
    bridge, run = filled(), a_run(1, 3)
    assert bridge.drain("lsst", run).messages == 3
    assert bridge.drain("ztf", run).messages == 0
    bridge.evaluate(run)
    bridge.remember(run)
    verdicts = bridge.rows("SELECT object_id, as_of, passed FROM tides.selection ORDER BY object_id")
    newest = SENT + timedelta(minutes=9)
    assert [tuple(v.values()) for v in verdicts] == [(str(AN_ID + n), newest, True) for n in (1, 2, 3)]
    assert bridge.row("SELECT count(*) AS n FROM tides.tides_master WHERE NOT active")["n"] == 3
    assert bridge.rows("SELECT FROM tides.stream_offset") == [], "neither the bookmark nor the lane's own is left"
    with bridge.topic("lsst") as topic:
        assert topic.committed([0]) == {}


def test_only_the_partition_that_is_named_is_read(make_bridge):
    bridge = make_bridge(partitions=2)
    for partition in range(2):
        bridge.publish("lsst", an_lsst_message(AN_ID + partition), partition=partition)
    assert bridge.drain("lsst", a_run(0, 0, partition=1)).messages == 1
    assert bridge.row("SELECT object_id FROM tides.candidate") == {"object_id": str(AN_ID + 1)}


def test_what_a_broken_off_try_has_read_is_judged_only_when_the_retry_has_read_the_rest(filled):
    bridge, run = filled(drain={"batch_messages": 1}), a_run(1, 3)
    bridge.connection.execute(f"ALTER TABLE tides.candidate ADD CONSTRAINT broken CHECK (object_id <> '{AN_ID + 3}')")
    with pytest.raises(psycopg.errors.CheckViolation):
        bridge.drain("lsst", run)
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate")["n"] == 2
    assert bridge.plan(run) == []
    bridge.connection.execute("ALTER TABLE tides.candidate DROP CONSTRAINT broken")
    assert bridge.drain("lsst", run).messages == 1
    bridge.evaluate(run)
    as_of = bridge.rows("SELECT DISTINCT as_of FROM tides.selection")
    assert [row["as_of"] for row in as_of] == [SENT + timedelta(minutes=9)]


def test_a_replay_that_the_time_bound_cuts_is_red_so_that_its_retry_goes_on(filled):
    bridge = filled(drain={"bound_s": 1e-9})
    with pytest.raises(ServiceAway, match=r"3 offsets of this replay were not read .* the retry continues from there"):
        bridge.drain("lsst", a_run(1, 3))


@pytest.mark.parametrize(
    ("offsets", "what"),
    [((4, 6), "holds the offsets 0 to 5"), ((0, 1, 7), "has no partition 7")],
)
def test_offsets_that_the_broker_does_not_hold_are_refused_in_words(filled, offsets, what):
    with pytest.raises(SettingsError, match=what):
        filled().drain("lsst", a_run(*offsets))


def test_offsets_that_retention_took_are_said_and_the_rest_is_replayed(filled, kafka):
    bridge = filled()
    where = TopicPartition(bridge.settings.streams["lsst"].topic, 0, 2)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.delete_records([where])[where].result(LIMIT_S)
    drained = bridge.drain("lsst", a_run(1, 3))
    assert (drained.messages, drained.notes) == (2, ["the offsets 1 to 1 are gone from the broker"])


def test_a_dry_replay_can_be_asked_for_again(filled):
    bridge = filled()
    run = replay_of_offsets("by-hand", OffsetRange("lsst", 0, 1, 3), dry=True)
    for _ in range(2):
        assert bridge.drain("lsst", run).messages == 3
        bridge.evaluate(run)
        bridge.remember(run)
    assert bridge.rows("SELECT FROM tides.tides_master") == []
    assert bridge.row("SELECT count(*) AS n FROM tides.selection WHERE passed")["n"] == 3
