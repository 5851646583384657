"""Where the streams stand, and the bookmark moved by hand."""

from datetime import UTC, datetime

import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.errors import SettingsError
from tides.stream import positions
from tides.stream.positions import read_target
from tides.stream.topic import Topic


def stand(bridge):
    with bridge.topic("lsst") as topic:
        return positions.positions(bridge.connection, topic, "lsst")


def move(bridge, to):
    with bridge.topic("lsst") as topic:
        return positions.move(bridge.connection, topic, "lsst", to, "ann")


def test_the_lag_is_what_the_next_drain_will_read(bridge):
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1))
    (before,) = stand(bridge)
    assert (before.bookmark, before.lag, before.note) == (None, 2, "not read yet")
    bridge.drain("lsst")
    bridge.publish("lsst", an_lsst_message(AN_ID + 2))
    (position,) = stand(bridge)
    assert (position.bookmark, position.end, position.lag, position.note) == (2, 3, 1, "")
    assert bridge.drain("lsst").messages == position.lag


@pytest.mark.parametrize(
    ("to", "offset"),
    [
        ("earliest", 0),
        ("end", 3),
        ("1970-01-01T00:01:00", 1),
        ("1970-01-01T00:01:30+00:00", 2),
        ("2026-01-01", 3),
    ],
)
def test_a_bookmark_goes_where_it_is_asked_to_and_the_drain_goes_on_there(bridge, to, offset):
    for minute in range(3):
        bridge.publish("lsst", an_lsst_message(AN_ID + minute), stamp_ms=minute * 60_000 + 1)
    bridge.drain("lsst")
    assert move(bridge, read_target(to)) == {0: offset}
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.notes) == (3 - offset, [])


def test_a_move_leaves_a_trace_of_who_moved_it_from_where_to_where(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    move(bridge, "earliest")
    event = bridge.row("SELECT kind, subject, detail, closed_at IS NOT NULL AS over FROM tides.event")
    detail = {"by": "ann", "to": "earliest", "before": {"0": 1}, "after": {"0": 0}}
    assert event == {"kind": "bookmark moved", "subject": "lsst", "detail": detail, "over": True}


def test_what_is_read_again_changes_nothing_but_its_count(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.connection.execute("UPDATE tides.candidate SET waiting = false")
    before = bridge.row("SELECT alert, known_at, waiting FROM tides.candidate")
    move(bridge, "earliest")
    bridge.drain("lsst")
    assert bridge.row("SELECT alert, known_at, waiting FROM tides.candidate") == before
    assert bridge.row("SELECT messages FROM tides.candidate")["messages"] == 2


def test_the_command_shows_and_moves(bridge, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TIDES_SETTINGS", str(tmp_path / "bridge.yaml"))
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    assert main(["stream", "lsst", "--move", "earliest"]) == 0
    assert "the bookmark is moved" in capsys.readouterr().out
    assert main(["stream"]) == 0
    assert "lag" in capsys.readouterr().out
    assert bridge.drain("lsst").messages == 1


@pytest.mark.parametrize("arguments", [["stream", "lst"], ["stream", "--move", "end"]])
def test_a_wrong_argument_is_refused_with_what_to_do(bridge, capsys, arguments):
    assert main(arguments) == 1
    assert "stream" in capsys.readouterr().err


def test_a_topic_that_does_not_exist_cannot_be_moved_in(bridge, kafka):
    with (
        Topic("there_is_none", "group", {"bootstrap.servers": kafka.bootstrap}, 2) as topic,
        pytest.raises(SettingsError, match="there_is_none does not exist"),
    ):
        positions.move(bridge.connection, topic, "lsst", "end", "ann")


def test_a_time_without_a_zone_is_utc():
    assert read_target("2026-11-20T03:00") == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert read_target("2026-11-20T03:00+01:00") == datetime(2026, 11, 20, 2, tzinfo=UTC)
