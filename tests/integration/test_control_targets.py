"""A control sample on the way to 4MOST: selected like any other, and known as such afterwards."""

from tests.builders import AN_ID, an_lsst_message
from tides.functions.functions import load_functions, read_function

FEW_BANDS, FEW_NIGHTS = AN_ID, AN_ID + 1
KEYS = {"filters": ["g", "r", "i"], "significance": 5, "minBands": 3, "minNights": 2}


def with_sample(bridge, **keys):
    """The bridge with a function that takes into its control sample whatever has too few bands alone."""
    keys = {**KEYS, "control": {"fails": "minBands", "fraction": 1, "seed": 1}, **keys}
    bridge.functions = load_functions() | {"tidesSNLSST": read_function("here", "tidesSNLSST", keys)}


def master(bridge):
    rows = bridge.rows(
        "SELECT a.object_id, m.active, m.control FROM tides.tides_master AS m"
        " JOIN tides.tides_alias AS a USING (tides_id)"
    )
    return {int(row["object_id"]): (row["active"], row["control"]) for row in rows}


def test_an_object_of_the_sample_is_sent_and_marked_on_verdict_target_and_report(bridge):
    with_sample(bridge)
    bridge.take_in(
        "lsst", an_lsst_message(FEW_BANDS, bands="gr"), an_lsst_message(FEW_NIGHTS, bands="gr", nights=1, ra=151.0)
    )
    assert master(bridge) == {FEW_BANDS: (True, True)}
    assert bridge.tell().created == 1
    verdicts = bridge.rows("SELECT object_id, passed, control FROM tides.selection ORDER BY object_id")
    assert [(int(v["object_id"]), v["passed"], v["control"]) for v in verdicts] == [
        (FEW_BANDS, True, True),
        (FEW_NIGHTS, False, False),
    ]
    words = " ".join(bridge.report().split())
    assert "of these in a control sample | 1 |" in words


def test_a_target_that_the_function_passes_later_belongs_to_the_sample_no_more(bridge):
    with_sample(bridge)
    bridge.take_in("lsst", an_lsst_message(FEW_BANDS, bands="gr", days_ago=3))
    assert master(bridge) == {FEW_BANDS: (True, True)}
    bridge.take_in("lsst", an_lsst_message(FEW_BANDS, days_ago=2))
    assert master(bridge) == {FEW_BANDS: (True, False)}


def test_a_target_selected_before_its_function_had_a_sample_is_never_marked(bridge):
    bridge.take_in("lsst", an_lsst_message(FEW_BANDS, days_ago=3))
    with_sample(bridge, minBands=3, filters=["g", "r", "i", "z"], minNights=2, maxAge=365)
    bridge.take_in("lsst", an_lsst_message(FEW_BANDS, bands="gr", days_ago=2))
    assert master(bridge) == {FEW_BANDS: (True, False)}
