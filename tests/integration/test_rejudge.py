"""Verdicts are made again from what was kept beside the first pass and the last failure."""

import hashlib
import json
import zlib
from datetime import timedelta

import pytest

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.__main__ import main
from tides.hooks.lasair import LasairHook
from tides.runs.context import RunContext, replay_of_window
from tides.sample.rejudge import Outcome, rejudge

GOOD, BAD = AN_ID, AN_ID + 1


def kept(bridge, object_id):
    """Which verdicts of an object have their input kept, and how many have not."""
    rows = bridge.rows(
        "SELECT s.passed, i.selection_id IS NOT NULL AS kept FROM tides.selection AS s"
        " LEFT JOIN tides.selection_input AS i USING (selection_id) WHERE s.object_id = %s::text"
        " ORDER BY s.selection_id",
        object_id,
    )
    return [(row["passed"], row["kept"]) for row in rows]


def curves(bridge):
    return bridge.row("SELECT count(*) AS n FROM tides.judged_curve")["n"]


@pytest.fixture
def three_nights(bridge):
    """One object that passes from the second night on, and one that never does, seen in three nights."""
    for ago, nights in ((4, 1), (3, 4), (2, 5)):
        messages = [
            an_lsst_message(GOOD, days_ago=ago, nights=nights),
            an_lsst_message(BAD, days_ago=ago, nights=nights, mag=24.5, ra=151.0),
        ]
        bridge.take_in("lsst", *messages)
    return bridge


def test_the_first_pass_and_the_last_failure_are_kept_with_their_light_curves_and_nothing_else(three_nights):
    assert kept(three_nights, GOOD) == [(False, True), (True, True), (True, False)]
    assert kept(three_nights, BAD) == [(False, False), (False, False), (False, True)]
    assert curves(three_nights) == 3
    for row in three_nights.rows("SELECT raw, hash FROM tides.judged_curve"):
        assert hashlib.sha256(zlib.decompress(row["raw"])).digest() == row["hash"], "as it was sent"


def test_a_run_that_comes_twice_keeps_nothing_more(three_nights):
    before = three_nights.rows("SELECT * FROM tides.selection_input ORDER BY 1")
    three_nights.connection.execute("UPDATE tides.candidate SET waiting = true")
    three_nights.evaluate()
    assert three_nights.rows("SELECT * FROM tides.selection_input ORDER BY 1") == before


def test_a_dry_run_keeps_nothing(bridge):
    dry = RunContext("dry-1", lane="dry/replay", dry=True)
    bridge.publish("lsst", an_lsst_message(GOOD))
    bridge.drain("lsst", dry)
    bridge.evaluate(dry)
    assert curves(bridge) == 0


def test_all_verdicts_agree_when_they_are_made_again(three_nights, capsys):
    again = list(rejudge(three_nights.connection, None, None))
    assert [one.outcome for one in again] == [Outcome.AGREED] * 3, again
    assert main(["rejudge", "--all"]) == 0
    said = capsys.readouterr().out
    assert "agreed 3, differs 0, cannot 0" in said
    assert "3 further verdicts" in said


def test_a_word_that_changed_is_judged_again_as_it_stood(bridge):
    bridge.take_in(
        "lsst", an_lsst_message(GOOD, days_ago=3), an_lsst_message(BAD, days_ago=3, ra=160.0, sherlock="AGN")
    )
    bridge.take_in("lsst", an_lsst_message(GOOD, days_ago=2, nights=5, sherlock="AGN"))
    bridge.take_in("lsst", an_lsst_message(BAD, days_ago=2, nights=5, ra=160.0))
    again = list(rejudge(bridge.connection, None, None))
    assert {one.outcome for one in again} == {Outcome.AGREED}, again
    assert bridge.row("SELECT max(jsonb_array_length(contexts)) AS n FROM tides.selection_input")["n"] > 0


def test_a_verdict_of_a_replay_is_made_again_with_its_cut(bridge, outside):
    bridge.evaluate()  # a live run records the functions
    known = next(s["lsst"] for s in outside.truth() if s["lsst"] and s["functions"].get("tidesSNLSST") == "yes")
    whole = json.loads(LasairHook().object("lsst", str(known), lambda: None) or b"")
    times = sorted(source["midpointMjdTai"] for source in whole["diaSourcesList"])
    message = an_lsst_message(known, light_curve=False, lastDiaSourceMjdTai=times[len(times) // 2])
    bridge.publish("lsst", message, stamp_ms=int(NOW.timestamp() * 1000))
    run = replay_of_window("backfill", NOW, NOW + timedelta(hours=1))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    assert bridge.row("SELECT min(known_until_jd) AS jd FROM tides.selection_input")["jd"] is not None
    again = list(rejudge(bridge.connection, None, None))
    assert [one.outcome for one in again] == [Outcome.AGREED] * len(again) != [], again


def test_a_verdict_that_was_changed_by_hand_differs(three_nights, capsys):
    three_nights.connection.execute("UPDATE tides.selection SET trigger_jd = trigger_jd - 1 WHERE passed")
    assert main(["rejudge", str(GOOD)]) == 1
    said = capsys.readouterr().out
    assert "agreed 1, differs 1, cannot 0" in said
    assert "trigger_jd was" in said


def test_a_light_curve_that_was_changed_by_hand_differs(three_nights):
    other = zlib.compress(json.dumps(an_lsst_message(BAD, mag=19.0)).encode())
    three_nights.connection.execute("UPDATE tides.judged_curve SET raw = %s WHERE object_id = %s", (other, str(BAD)))
    (one,) = rejudge(three_nights.connection, "tidesSNLSST", [str(BAD)])
    assert one.outcome is Outcome.DIFFERS


def test_without_the_text_of_the_function_it_says_that_it_cannot(three_nights, capsys):
    three_nights.connection.execute("DELETE FROM tides.selection_epoch WHERE kind = 'function'")
    assert main(["rejudge", "--all", "--function", "tidesSNLSST"]) == 0
    assert "the text of its function is not kept" in capsys.readouterr().out


def test_what_nobody_judged_is_no_agreement(bridge, capsys):
    assert main(["rejudge", "nothing"]) == 1
    assert main(["rejudge"]) == 1
    assert "--all" in capsys.readouterr().err
