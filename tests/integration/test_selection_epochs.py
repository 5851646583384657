"""What a change of the selection does: it is dated, named by later verdicts, and judged from what is stored."""

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.functions.functions import load_functions, read_function
from tides.runs.context import RunContext


def changes(bridge):
    rows = bridge.rows("SELECT kind, subject FROM tides.selection_epoch ORDER BY selection_epoch_id")
    return [(row["kind"], row["subject"]) for row in rows]


def with_function(bridge, **keys):
    """The bridge with other content behind the function that the stream uses."""
    keys = {"filters": ["g", "r", "i"], "significance": 5, **keys}
    bridge.functions = load_functions() | {"tidesSNLSST": read_function("here", "tidesSNLSST", keys)}


def verdicts(bridge):
    return bridge.rows("SELECT function_hash, passed, selection_epoch_id FROM tides.selection ORDER BY selection_id")


def test_the_first_run_records_what_the_selection_is_made_of_and_the_second_nothing(bridge):
    bridge.evaluate()
    first = changes(bridge)
    assert ("function", "lsst/tidesSNLSST") in first
    assert ("filter", "ztf") in first
    assert ("template", "tides-sn") in first
    assert ("limits", "live of lsst") in first
    bridge.evaluate()
    assert changes(bridge) == first


def test_a_changed_function_is_dated_and_judges_what_is_stored_without_a_call(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.evaluate()
    known = len(changes(bridge))
    with_function(bridge, minNights=100)
    bridge.evaluate()
    assert changes(bridge)[known:] == [("function", "lsst/tidesSNLSST")]
    before, after = verdicts(bridge)
    assert (before["passed"], after["passed"]) == (True, False)
    assert after["function_hash"] == bridge.functions["tidesSNLSST"].hash
    assert after["selection_epoch_id"] > before["selection_epoch_id"]
    assert bridge.rows("SELECT calls FROM tides.lasair_call") == []


def test_an_edit_keeps_what_an_earlier_part_of_the_light_curve_passes_under_it(bridge):
    """A target that would not pass now stays live when the function is edited; it is judged by what it passed then."""
    stands = "SELECT active, why FROM tides.tides_master"
    with_function(bridge, minNights=2, maxAge=3)
    bridge.take_in("lsst", an_lsst_message(nights=3, days_ago=5))
    assert bridge.row(stands) == {"active": True, "why": "live"}
    bridge.take_in("lsst", an_lsst_message(nights=8, days_ago=2))
    assert bridge.row("SELECT passed, passes_now FROM tides.selection ORDER BY selection_id DESC LIMIT 1") == {
        "passed": True,
        "passes_now": False,
    }
    with_function(bridge, minNights=2, maxAge=3.5)
    bridge.run()
    assert len({row["function_hash"] for row in verdicts(bridge)}) == 2
    assert bridge.row(stands) == {"active": True, "why": "live"}


STANDS = "SELECT active, why, why_detail FROM tides.tides_master ORDER BY tides_id"
LIVE = {"active": True, "why": "live", "why_detail": {}}


def test_a_target_stays_selected_until_the_edited_function_has_judged_it(make_bridge):
    """One run has room for one object of three: the others wait for their verdict, and stay live meanwhile."""
    bridge = make_bridge(evaluation={"objects_a_run": 1})
    ids = [AN_ID + n for n in range(3)]
    bridge.publish("lsst", *(an_lsst_message(i, ra=150 + n, nights=3 + n) for n, i in enumerate(ids)))
    bridge.drain("lsst")
    for _ in ids:
        bridge.evaluate()
    bridge.remember()
    assert bridge.rows(STANDS) == [LIVE] * 3
    kept = LIVE | {"why_detail": {"to_judge": ["tidesSNLSST"]}}
    gone = {"active": False, "why": "unselected", "why_detail": {}}
    with_function(bridge, minNights=4)
    bridge.evaluate()
    bridge.remember()
    stands = bridge.rows(STANDS)
    assert stands.count(kept) == 2
    said = bridge.rows("SELECT words FROM tides.reason_in_words")
    assert {"words": "live; to be judged again by the edited tidesSNLSST"} in said
    bridge.evaluate()
    bridge.evaluate()
    bridge.remember()
    assert bridge.rows(STANDS) == [gone, LIVE, LIVE]
    assert bridge.rows("SELECT reason FROM tides.tides_history WHERE step = 'reactivated'") == []


def test_an_edit_taken_back_before_all_is_judged_leaves_each_target_as_it_was(make_bridge):
    bridge = make_bridge(evaluation={"objects_a_run": 1})
    bridge.publish("lsst", an_lsst_message(nights=3), an_lsst_message(AN_ID + 1, ra=151.0, nights=4))
    bridge.drain("lsst")
    for keys in ({"minNights": 4}, {"minNights": 3}, {"minNights": 4}, {"minNights": 3}):
        with_function(bridge, **keys)
        bridge.evaluate()
        bridge.evaluate()
        bridge.remember()
    assert bridge.rows(STANDS) == [LIVE, LIVE]
    with_function(bridge, minNights=4)
    bridge.evaluate()
    bridge.evaluate()
    bridge.remember()
    assert [row["why"] for row in bridge.rows(STANDS)] == ["live", "unselected"]


def test_a_replay_changes_no_record_and_judges_nothing_again(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.evaluate()
    known = changes(bridge)
    with_function(bridge, minNights=100)
    bridge.evaluate(RunContext("replay-1", lane="replay/1"))
    assert changes(bridge) == known
    assert bridge.rows("SELECT 1 FROM tides.candidate WHERE waiting") == []


def with_filter(bridge, conditions):
    """The bridge with other conditions in the LSST stream's filter, as its settings say them."""
    lsst = bridge.settings.streams["lsst"]
    lsst = lsst.model_copy(update={"filter": lsst.filter.model_copy(update={"conditions": conditions})})
    streams = bridge.settings.streams | {"lsst": lsst}
    bridge.settings = bridge.settings.model_copy(update={"streams": streams})


def test_the_command_lists_each_change_with_its_date_and_what_changed_in_words(bridge, capsys):
    assert main(["epochs"]) == 0
    assert "Nothing is recorded yet" in capsys.readouterr().out
    conditions = "objects.ra > 0 AND objects.nPosDiaSources >= 3"
    with_filter(bridge, conditions)
    bridge.evaluate()
    with_function(bridge, minNights=100)
    bridge.evaluate()
    with_function(bridge, minNights=3, maxAge=20)
    with_filter(bridge, conditions.replace(">= 3", ">= 4"))
    bridge.evaluate()
    assert main(["epochs"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "first recorded" in said
    assert "minNights 100 → 3; maxAge 20 is new" in said
    assert "conditions: after “AND objects.nPosDiaSources >=” “3” → “4”" in said
    assert main(["epochs", "--kind", "filter"]) == 0
    assert "maxAge" not in capsys.readouterr().out
