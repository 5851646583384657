"""A manual run on a list of objects judges them again by what is known, in a lane of its own."""

from tests.builders import AN_ID, NOW, an_lsst_message
from tests.state import dump
from tides.runs.context import rehearsal, replay_of_objects
from tides.stream.recall import recall

ASKED = [str(AN_ID), str(AN_ID + 7)]


def test_the_objects_are_judged_again_and_a_target_that_is_missing_is_added(bridge):
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1, ra=160.0))
    bridge.drain("lsst")
    run = replay_of_objects("by-hand", ASKED, NOW)
    done = recall(bridge.connection, "lsst", run)
    assert (done.objects, done.notes) == (1, ["1 of the 2 objects asked for have never come in this stream"])
    bridge.evaluate(run)
    bridge.remember(run)
    assert bridge.row("SELECT object_id FROM tides.tides_alias")["object_id"] == str(AN_ID)
    live = bridge.rows("SELECT waiting FROM tides.candidate WHERE lane = 'live'")
    assert [row["waiting"] for row in live] == [True, True]
    assert bridge.rows("SELECT FROM tides.candidate WHERE lane <> 'live'") == []


def test_a_dry_run_judges_and_leaves_the_master_alone(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    run = replay_of_objects("by-hand", ASKED, NOW, dry=True)
    recall(bridge.connection, "lsst", run)
    bridge.evaluate(run)
    bridge.remember(run)
    assert bridge.row("SELECT passed FROM tides.selection")["passed"] is True
    assert bridge.rows("SELECT FROM tides.tides_master") == []
    said = bridge.report(run)
    assert "1 objects pass: 1 would be new targets, and 0 are targets already" in said
    assert f"| {AN_ID} |" in " ".join(said.split())
    bridge.evaluate()
    bridge.remember()
    assert "1 objects pass: 0 would be new targets, and 1 are targets already" in bridge.report(run)


def test_a_dry_live_run_says_what_the_next_one_would_send_and_reads_judges_and_sends_nothing(bridge, outside):
    bridge.take_in("lsst", an_lsst_message())
    bridge.publish("lsst", an_lsst_message(AN_ID + 1, ra=160.0))
    before, calls = dump(bridge.database_url, []), outside.calls("")
    run = rehearsal("dry-1")
    drained = [recall(bridge.connection, stream, run) for stream in bridge.settings.enabled_streams()]
    assert [(each.objects, each.notes) for each in drained] == [(0, []), (0, [])]
    assert bridge.plan(run) == []
    bridge.remember(run)
    said = bridge.report(run, drained=drained)
    assert said.startswith("# TiDES bridge: dry live run")
    assert "The next live run would send 1 rows to 4MOST, and not 0 others" in said
    assert (dump(bridge.database_url, []), outside.calls("")) == (before, calls)
    assert bridge.run().created == 2


def test_a_list_that_is_recalled_twice_is_there_once(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    run = replay_of_objects("by-hand", ASKED, NOW)
    assert recall(bridge.connection, "lsst", run).objects == 1
    assert recall(bridge.connection, "lsst", run).objects == 0
