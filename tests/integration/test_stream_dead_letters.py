"""Dead letters, listed and replayed once their cause is mended."""

import json

import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.settings.streams import Columns
from tides.stream import dead_letters

RENAMED = json.dumps({("objectNumber" if k == "diaObjectId" else k): v for k, v in an_lsst_message().items()}).encode()


@pytest.fixture
def mended(bridge):
    """Settings that name the id column as the broker now calls it."""
    stream = bridge.settings.streams["lsst"]
    columns = Columns.model_validate(stream.columns.model_dump(by_alias=True) | {"id": "objectNumber"})
    stream = stream.model_copy(update={"columns": columns})
    return bridge.settings.model_copy(update={"streams": bridge.settings.streams | {"lsst": stream}})


def test_a_message_is_folded_in_once_its_cause_is_mended_and_is_then_no_dead_letter(bridge, mended):
    bridge.publish("lsst", RENAMED)
    assert bridge.drain("lsst").dead_letters == 1
    outcomes = dead_letters.replay(bridge.connection, mended.streams, "ann")
    assert vars(outcomes["lsst"]) == {"folded": 1, "woken": 0, "left": 0}
    candidate = bridge.row("SELECT object_id, messages, waiting, origin FROM tides.candidate")
    assert candidate == {"object_id": str(AN_ID), "messages": 1, "waiting": True, "origin": "stream"}
    assert bridge.rows("SELECT FROM tides.dead_letter") == []
    assert dead_letters.replay(bridge.connection, mended.streams, "ann") == {}
    assert bridge.row("SELECT messages FROM tides.candidate")["messages"] == 1


def test_what_still_cannot_be_read_stays_and_takes_nothing_along(bridge, mended):
    bridge.publish("lsst", b"not json", RENAMED, None)
    bridge.drain("lsst")
    outcomes = dead_letters.replay(bridge.connection, mended.streams, "ann")
    assert vars(outcomes["lsst"]) == {"folded": 1, "woken": 0, "left": 2}
    left = bridge.rows('SELECT "offset", raw, reason FROM tides.dead_letter ORDER BY "offset"')
    assert [(row["offset"], row["raw"], row["reason"]) for row in left] == [
        (0, b"not json", "not JSON"),
        (2, None, "no value"),
    ]


def test_an_object_that_was_set_aside_waits_again_with_all_its_attempts(bridge):
    bridge.publish("lsst", an_lsst_message(light_curve=False))
    bridge.drain("lsst")
    for _ in range(bridge.settings.evaluation.attempts):
        bridge.evaluate()
    letter = bridge.row("SELECT kind, object_id FROM tides.dead_letter")
    assert letter == {"kind": "object", "object_id": str(AN_ID)}
    assert dead_letters.replay(bridge.connection, bridge.settings.streams, "ann")["lsst"].woken == 1
    assert bridge.row("SELECT waiting, attempts FROM tides.candidate") == {"waiting": True, "attempts": 0}
    assert bridge.rows("SELECT FROM tides.dead_letter") == []


def test_a_replay_leaves_a_trace_that_says_who_asked(bridge):
    bridge.publish("lsst", b"not json")
    bridge.drain("lsst")
    dead_letters.replay(bridge.connection, bridge.settings.streams, "ann")
    event = bridge.row("SELECT kind, subject, detail, closed_at FROM tides.event")
    assert (event["kind"], event["subject"], event["closed_at"] is not None) == ("dead letters replayed", "lsst", True)
    assert event["detail"] == {"by": "ann", "folded": 0, "woken": 0, "left": 1}


def test_a_crash_in_the_middle_of_a_replay_leaves_each_message_either_folded_or_dead(bridge, mended, monkeypatch):
    bridge.publish("lsst", RENAMED, RENAMED.replace(str(AN_ID).encode(), str(AN_ID + 1).encode()))
    bridge.drain("lsst")
    plain, folded = dead_letters.fold_alerts, []

    def once(*arguments):
        plain(*arguments)
        folded.append(arguments)
        if len(folded) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(dead_letters, "fold_alerts", once)
    with pytest.raises(KeyboardInterrupt):
        dead_letters.replay(bridge.connection, mended.streams, "ann")
    counts = bridge.row(
        "SELECT (SELECT count(*) FROM tides.candidate) AS folded, (SELECT count(*) FROM tides.dead_letter) AS dead"
    )
    assert counts == {"folded": 1, "dead": 1}


def test_the_command_lists_what_and_why_and_replays(bridge, capsys):
    assert main(["dead-letters"]) == 0
    assert "No dead letters." in capsys.readouterr().out
    bridge.publish("lsst", b"not json")
    bridge.drain("lsst")
    assert main(["dead-letters", "list", "--stream", "lsst"]) == 0
    told = capsys.readouterr().out
    assert "partition 0 offset 0" in told
    assert "not JSON" in told
    assert main(["dead-letters", "replay"]) == 0
    assert "lsst: 0 messages folded in and 0 objects waiting again" in capsys.readouterr().out


def test_two_messages_at_one_offset_after_an_unclean_restart_are_both_kept(bridge):
    """The broker lost its tail and gave the offset anew; the topic is the same."""
    bridge.publish("lsst", b"not json")
    bridge.drain("lsst")
    bridge.connection.execute("UPDATE tides.dead_letter SET raw = 'what was there before'")
    bridge.connection.execute("UPDATE tides.stream_offset SET last_hash = 'of what was there before'")
    bridge.drain("lsst")
    raws = {row["raw"] for row in bridge.rows("SELECT raw FROM tides.dead_letter")}
    assert raws == {b"what was there before", b"not json"}
