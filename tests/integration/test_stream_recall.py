"""A manual run on a list of objects judges them again by what is known, in a lane of its own."""

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.runs.context import replay_of_objects
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


def test_a_list_that_is_recalled_twice_is_there_once(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    run = replay_of_objects("by-hand", ASKED, NOW)
    assert recall(bridge.connection, "lsst", run).objects == 1
    assert recall(bridge.connection, "lsst", run).objects == 0
