"""The drain on a real Kafka and a real PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from tests.bridge import LIVE
from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tests.limits import LIMIT_S, SHORT
from tides.errors import Conflict, ServiceAway, TidesError
from tides.runs.context import replay_of_window
from tides.stream.bookmark import Bookmark, place_bookmark
from tides.stream.drain import drain
from tides.stream.topic import Topic


@pytest.fixture
def admin(kafka):
    return AdminClient({"bootstrap.servers": kafka.bootstrap})


def test_every_message_is_folded_into_its_object_once_and_counted(bridge):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n % 3, nights=2 + n) for n in range(9)])
    assert bridge.drain("lsst").messages == 9
    assert bridge.drain("lsst").messages == 0
    rows = bridge.rows("SELECT object_id, messages, waiting FROM tides.candidate ORDER BY object_id")
    assert [(r["messages"], r["waiting"]) for r in rows] == [(3, True)] * 3


def test_the_light_curve_in_a_message_is_stored_with_it(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    row = bridge.row("SELECT source, alert_hash FROM tides.light_curve")
    assert row["source"] == "message"
    assert row["alert_hash"] == bridge.row("SELECT alert_hash FROM tides.candidate")["alert_hash"]


def test_an_older_alert_never_overwrites_a_newer_one_however_they_fall_into_batches(make_bridge):
    alerts = [an_lsst_message(days_ago=d, nPosDiaSources=100 - d) for d in (5, 1, 3, 2, 4)]
    outcomes = []
    for batch in (1, 2, 5):
        bridge = make_bridge(drain={"batch_messages": batch})
        bridge.connection.execute("TRUNCATE tides.candidate, tides.light_curve, tides.stream_offset")
        bridge.publish("lsst", *alerts)
        bridge.drain("lsst")
        query = "SELECT c.detections, messages, encode(hash, 'hex') AS light_curve FROM tides.candidate AS c"
        outcomes.append(bridge.row(f"{query} JOIN tides.light_curve USING (lane, object_id)"))
    assert outcomes[0]["detections"] == 99
    assert outcomes[0]["messages"] == 5
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_an_unchanged_alert_that_comes_again_does_not_wait_for_evaluation(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.connection.execute("UPDATE tides.candidate SET waiting = false")
    bridge.publish("lsst", an_lsst_message(sent=NOW - timedelta(days=1, hours=12)))
    bridge.drain("lsst")
    assert bridge.row("SELECT waiting, messages FROM tides.candidate") == {"waiting": False, "messages": 2}
    bridge.publish("lsst", an_lsst_message(days_ago=1))
    bridge.drain("lsst")
    assert bridge.row("SELECT waiting FROM tides.candidate")["waiting"] is True


def test_a_bad_message_is_buried_alone_and_the_rest_goes_on(bridge):
    bad = [b"not json", b'{"diaObjectId": 1.5}', None, b'{"diaObjectId": "a"}', json.dumps({"ra": 1}).encode()]
    bridge.publish("lsst", an_lsst_message(), *bad, an_lsst_message(AN_ID + 1))
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.objects, drained.dead_letters) == (7, 2, 5)
    letters = bridge.rows('SELECT "offset", raw, reason FROM tides.dead_letter ORDER BY "offset"')
    assert [letter["raw"] for letter in letters] == bad
    assert all(letter["reason"] for letter in letters)
    assert [letter["offset"] for letter in letters] == [1, 2, 3, 4, 5]


def test_messages_count_once_in_the_night_of_reading_and_in_that_of_the_brokers_stamp(bridge):
    counts = "SELECT stream, night, read, sent, rows FROM tides.night_stream ORDER BY night"
    today, before = datetime.now(UTC), datetime.now(UTC) - timedelta(days=2)
    bridge.publish("lsst", an_lsst_message(), b"no JSON", stamp_ms=int(before.timestamp() * 1000))
    bridge.publish("lsst", an_lsst_message(AN_ID + 1))
    bridge.connection.execute(
        "CREATE FUNCTION die() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON tides.night_stream"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"
    )
    with pytest.raises((TidesError, psycopg.Error)):
        bridge.drain("lsst")
    bridge.connect()
    assert bridge.rows(counts) == []
    bridge.connection.execute("DROP TRIGGER die ON tides.night_stream")
    for run in (LIVE, LIVE, replay_of_window("backfill", before - timedelta(hours=1), today)):
        bridge.drain("lsst", run)
        assert [tuple(row.values()) for row in bridge.rows(counts)] == [
            ("lsst", before.date(), 0, 2, 0), ("lsst", today.date(), 3, 1, 0)
        ]  # fmt: skip


def test_a_message_that_only_the_database_refuses_is_found_and_buried_alone(bridge):
    """A number that jsonb cannot hold passes our own reading: 1e131072 has too many digits for `numeric`."""
    poison = json.dumps(an_lsst_message(AN_ID + 5)).encode()[:-1] + b', "big": 1e200000}'
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(4)], poison)
    drained = bridge.drain("lsst")
    assert drained.messages == 5
    assert drained.objects + drained.dead_letters >= 5
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE object_id <> %s", str(AN_ID + 5))["n"] == 4


def test_a_topic_that_does_not_exist_is_an_empty_stream(bridge, admin):
    name = bridge.settings.streams["ztf"].topic
    admin.delete_topics([name])[name].result(LIMIT_S)
    drained = bridge.drain("ztf")
    assert (drained.messages, drained.notes) == (0, [])
    assert bridge.rows("SELECT * FROM tides.event") == []
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(LIMIT_S)


def test_an_empty_topic_counts_as_read_until_now(bridge):
    before = bridge.row("SELECT now() AS now")["now"]
    bridge.drain("lsst")
    assert bridge.row("SELECT caught_up_at FROM tides.stream_offset WHERE stream = 'lsst'")["caught_up_at"] >= before


def test_the_first_start_is_at_the_groups_committed_offset(bridge, kafka):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(5)])
    stream = bridge.settings.streams["lsst"]
    config = {"bootstrap.servers": kafka.bootstrap}
    with Topic(stream.topic, stream.group_id, config, 5) as topic:
        topic._consumer.commit(offsets=[TopicPartition(stream.topic, 0, 3)], asynchronous=False)
    assert bridge.drain("lsst").messages == 2


def test_once_a_bookmark_exists_only_it_counts_and_the_group_follows(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    with bridge.topic("lsst") as topic:
        assert topic.committed([0]) == {0: 1}
        topic.commit({0: 0})
    bridge.publish("lsst", an_lsst_message(AN_ID + 1))
    assert bridge.drain("lsst").messages == 1


def test_what_retention_took_is_an_event_and_reading_goes_on_at_the_earliest(bridge, admin):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(1, 6)])
    name = bridge.settings.streams["lsst"].topic
    place = TopicPartition(name, 0, 4)
    admin.delete_records([place])[place].result(LIMIT_S)
    drained = bridge.drain("lsst")
    assert drained.messages == 2
    event = bridge.row("SELECT kind, detail FROM tides.event")
    assert event["kind"] == "gap"
    assert event["detail"]["messages_lost"] == 3
    assert any("gap" in note for note in drained.notes)


@pytest.mark.parametrize("messages_after", [1, 8], ids=["shorter", "longer than the bookmark"])
def test_a_recreated_topic_is_read_from_its_start(bridge, admin, messages_after):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(4)])
    bridge.drain("lsst")
    name = bridge.settings.streams["lsst"].topic
    admin.delete_topics([name])[name].result(LIMIT_S)
    for _ in range(50):
        try:
            admin.create_topics([NewTopic(name, 1, 1, config={"retention.ms": "-1"})])[name].result(LIMIT_S)
            break
        except Exception:
            continue
    bridge.publish("lsst", *[an_lsst_message(AN_ID + 10 + n) for n in range(messages_after)])
    drained = bridge.drain("lsst")
    assert drained.messages == messages_after
    event = bridge.row("SELECT kind, detail FROM tides.event")
    assert event["kind"] == "topic recreated"
    for words in (event["detail"]["question"], *drained.notes):
        assert "Was the filter at Lasair edited?" in words
        assert "`streams.lsst.filter` in bridge.yaml" in words
    assert bridge.drain("lsst").messages == 0


def test_another_message_before_the_bookmark_means_that_the_log_was_changed(bridge):
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1))
    bridge.drain("lsst")
    bridge.connection.execute("UPDATE tides.stream_offset SET last_hash = %s", (b"other",))
    drained = bridge.drain("lsst")
    assert drained.messages == 2
    event = bridge.row("SELECT kind, detail FROM tides.event")
    assert event["kind"] == "log changed"
    assert "Was the filter at Lasair edited?" in event["detail"]["question"]


def test_all_partitions_are_read_and_new_ones_noticed(make_bridge, admin):
    bridge = make_bridge(partitions=3)
    for partition in range(3):
        bridge.publish("lsst", an_lsst_message(AN_ID + partition), partition=partition)
    assert bridge.drain("lsst").objects == 3
    name = bridge.settings.streams["lsst"].topic
    admin.create_partitions([NewPartitions(name, 4)])[name].result(LIMIT_S)
    bridge.publish("lsst", an_lsst_message(AN_ID + 9), partition=3)
    assert bridge.drain("lsst").objects == 1


def test_an_object_in_two_partitions_is_one_candidate_with_its_newest_alert(make_bridge):
    bridge = make_bridge(partitions=2)
    bridge.publish("lsst", an_lsst_message(days_ago=1, nPosDiaSources=9), partition=0)
    bridge.publish("lsst", an_lsst_message(days_ago=3, nPosDiaSources=5), partition=1)
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.objects) == (2, 1)
    assert bridge.row("SELECT detections, messages FROM tides.candidate") == {"detections": 9, "messages": 2}


def test_a_log_that_changed_in_one_partition_leaves_the_bookmark_of_the_other(make_bridge):
    bridge = make_bridge(partitions=2)
    for partition in range(2):
        bridge.publish("lsst", an_lsst_message(AN_ID + partition), partition=partition)
    bridge.drain("lsst")
    bridge.connection.execute("UPDATE tides.stream_offset SET last_hash = %s WHERE partition = 1", (b"other",))
    assert bridge.drain("lsst").messages == 1
    assert bridge.row("SELECT detail -> 'partition' AS partition FROM tides.event") == {"partition": 1}
    counted = bridge.rows("SELECT object_id, messages FROM tides.candidate ORDER BY object_id")
    assert [(row["object_id"], row["messages"]) for row in counted] == [(str(AN_ID), 1), (str(AN_ID + 1), 2)]


def test_aborted_transactions_are_read_over(bridge, kafka):
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": "test-aborted", "log_level": 2})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(bridge.settings.streams["lsst"].topic, json.dumps(an_lsst_message(AN_ID + 7)).encode())
    producer.flush(LIMIT_S)
    producer.abort_transaction(10)
    bridge.publish("lsst", an_lsst_message())
    while not (drained := bridge.drain("lsst")).messages:  # the broker marks the abort in its own time
        assert drained.lag == 0
    assert (drained.messages, drained.lag) == (1, 0)
    assert bridge.drain("lsst").messages == 0


def test_a_second_drain_at_the_same_place_is_refused_before_it_does_any_work(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    stale = Bookmark(0, "another topic")
    with pytest.raises(Conflict, match="another task has moved the bookmark"), bridge.connection.transaction():
        place_bookmark(bridge.connection, "live", "lsst", 0, stale, Bookmark(1, "another topic"))


def test_a_bookmark_that_another_task_keeps_locked_is_a_failure_that_says_what_to_do(make_bridge):
    bridge = make_bridge(database={"lock_timeout_s": 1})
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", an_lsst_message(AN_ID + 1))
    with psycopg.connect(bridge.database_url) as holder:
        holder.execute("SELECT FROM tides.stream_offset FOR UPDATE")
        with pytest.raises(Conflict, match="another task holds the bookmark and does not continue"):
            bridge.drain("lsst")
    assert bridge.drain("lsst").messages == 1


def test_a_broker_that_is_away_is_a_failure_that_says_where_and_loses_nothing(bridge):
    stream = bridge.settings.streams["lsst"]
    with (
        Topic(stream.topic, stream.group_id, {"bootstrap.servers": "127.0.0.1:1"}, 1) as topic,
        pytest.raises(ServiceAway, match=r"at 127\.0\.0\.1:1: .*nothing is lost"),
    ):
        topic.partitions()


def frozen_before(verb, topic, kafka, monkeypatch):
    """Freezes the broker right before one of the topic's verbs."""
    plain = getattr(topic, verb)

    def freeze_first(*arguments):
        kafka.freeze()
        return plain(*arguments)

    monkeypatch.setattr(topic, verb, freeze_first)


def test_a_frozen_broker_is_noticed_by_its_silence(make_bridge, kafka, monkeypatch):
    bridge = make_bridge(drain=SHORT["drain"])
    bridge.publish("lsst", an_lsst_message())
    stream, limits = bridge.settings.streams["lsst"], bridge.settings.drain
    with bridge.topic("lsst") as topic:
        frozen_before("read_from", topic, kafka, monkeypatch)
        try:
            with pytest.raises(ServiceAway, match="no message and no end of the topic"):
                drain(bridge.connection, topic, "lsst", stream, limits, LIVE)
        finally:
            kafka.thaw()
    assert bridge.drain_with_retries("lsst").messages == 1


def test_a_broker_that_freezes_before_the_group_is_told_costs_a_note_and_no_message(make_bridge, kafka, monkeypatch):
    bridge = make_bridge(drain=SHORT["drain"])
    bridge.publish("lsst", an_lsst_message())
    stream, limits = bridge.settings.streams["lsst"], bridge.settings.drain
    with bridge.topic("lsst") as topic:
        frozen_before("commit", topic, kafka, monkeypatch)
        try:
            drained = drain(bridge.connection, topic, "lsst", stream, limits, LIVE)
        finally:
            kafka.thaw()
    assert drained.messages == 1
    assert "the bookmark is safe" in drained.notes[0]
    assert bridge.drain_with_retries("lsst").messages == 0


@pytest.mark.timeout(60)
def test_a_commit_that_is_never_answered_does_not_keep_the_topic_from_closing(make_bridge, kafka):
    bridge = make_bridge(drain=SHORT["drain"])
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    topic = bridge.topic("lsst")
    assert topic.committed([0]) == {0: 1}
    kafka.freeze()
    try:
        assert "no answer" in topic.commit({0: 1})
        topic.__exit__()
    finally:
        kafka.thaw()


def test_a_drain_that_reaches_its_time_bound_leaves_the_rest_to_the_next(make_bridge):
    bridge = make_bridge(drain={"bound_s": 0.000001})
    bridge.publish("lsst", an_lsst_message())
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.lag) == (0, 1)
    assert bridge.row("SELECT caught_up_at FROM tides.stream_offset")["caught_up_at"] is None


class TestReplay:
    """A backfill run reads its own hour."""

    start = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    run = replay_of_window("backfill-1", start, start + timedelta(hours=1))

    def stamped(self, minutes: float) -> int:
        return int((self.start + timedelta(minutes=minutes)).timestamp() * 1000)

    def test_a_replay_reads_what_the_broker_stamped_in_its_hour_even_out_of_order(self, bridge):
        for n, minutes in enumerate([-30, 5, 70, 59, 65, 30, 120, 10]):
            bridge.publish("ztf", a_ztf_message(f"ZTF26aaaaaa{chr(97 + n)}"), stamp_ms=self.stamped(minutes))
        drained = bridge.drain("ztf", self.run)
        assert drained.messages == 4
        lanes = bridge.rows("SELECT DISTINCT lane FROM tides.candidate")
        assert [row["lane"] for row in lanes] == ["replay/20261120T030000Z/20261120T040000Z"]

    def test_a_replay_leaves_bookmark_group_and_nights_alone(self, bridge):
        bridge.publish("ztf", a_ztf_message(), stamp_ms=self.stamped(10))
        bridge.drain("ztf", self.run)
        assert bridge.rows("SELECT * FROM tides.stream_offset WHERE lane = 'live'") == []
        assert bridge.rows("SELECT * FROM tides.survey_night") == []
        with bridge.topic("ztf") as topic:
            assert topic.committed([0]) == {}
        assert bridge.drain("ztf").messages == 1

    def test_a_replay_that_is_run_again_reads_nothing_twice(self, bridge):
        bridge.publish("ztf", a_ztf_message(), stamp_ms=self.stamped(10))
        assert bridge.drain("ztf", self.run).messages == 1
        assert bridge.drain("ztf", self.run).messages == 0
        assert bridge.row("SELECT messages FROM tides.candidate")["messages"] == 1

    def test_an_hour_without_messages_is_an_empty_replay(self, bridge):
        bridge.publish("ztf", a_ztf_message(), stamp_ms=self.stamped(300))
        assert bridge.drain("ztf", self.run).messages == 0

    def test_a_replay_that_is_run_again_after_retention_or_a_new_topic_reads_what_is_there(self, bridge, admin):
        name = bridge.settings.streams["ztf"].topic
        bridge.publish("ztf", a_ztf_message(), stamp_ms=self.stamped(10))
        assert bridge.drain("ztf", self.run).messages == 1
        bridge.publish("ztf", *[a_ztf_message("ZTF26aaaaaab")] * 2, stamp_ms=self.stamped(20))
        where = TopicPartition(name, 0, 2)
        admin.delete_records([where])[where].result(LIMIT_S)
        assert bridge.drain("ztf", self.run).messages == 1
        admin.delete_topics([name])[name].result(LIMIT_S)
        admin.create_topics([NewTopic(name, 1, 1, config={"retention.ms": "-1"})])[name].result(LIMIT_S)
        bridge.publish("ztf", a_ztf_message("ZTF26aaaaaac"), stamp_ms=self.stamped(30))
        assert bridge.drain("ztf", self.run).messages == 1
