"""What a preview says of an edit beforehand is what the bridge does once the edit is made; and it writes nothing."""

import pytest

from tests.builders import AN_ID, an_lsst_message
from tests.integration.test_selection_epochs import with_function
from tides.database import session
from tides.efficiency.lifetimes import nights_live
from tides.evaluation.edits import edit_of
from tides.evaluation.preview import preview
from tides.evaluation.previewed import How

PRESENT = {"minNights": 3, "magLimit": 23}

SKY = [
    {"nights": nights, "mag": mag, "days_ago": days_ago}
    for nights in (2, 3, 5)
    for mag in (20.5, 22.45, 22.55, 22.9)
    for days_ago in (1.0, 9.0, 25.0)
]


@pytest.fixture
def filled(bridge):
    """A bridge that has judged a small sky by a function of three nights: bright and faint, fresh and old."""
    with_function(bridge, **PRESENT)
    messages = [an_lsst_message(AN_ID + n, ra=150.0 + n / 10, **each) for n, each in enumerate(SKY)]
    bridge.take_in("lsst", *messages)
    return bridge


def with_limits(bridge, **limits):
    """The bridge with other limits of `live` on LSST."""
    lsst = bridge.settings.streams["lsst"]
    lsst = lsst.model_copy(update={"live": lsst.live.model_copy(update=limits)})
    bridge.settings = bridge.settings.model_copy(update={"streams": bridge.settings.streams | {"lsst": lsst}})


def previewed(bridge, nights=60):
    """What a preview says of the bridge's settings and functions, in a session that can change nothing."""
    with session.connect(bridge.database_url, bridge.settings.database, "tides-test", read_only=True) as connection:
        edit = edit_of(connection, bridge.settings, bridge.functions)
        return preview(connection, edit, bridge.settings.enabled_streams(), nights, nights_live, lambda words: None)


def selected(bridge):
    """The objects that the functions in use select."""
    return {row["object_id"] for row in bridge.rows("SELECT object_id FROM tides.selected_object()")}


def live(bridge):
    """The live targets' objects."""
    query = "SELECT object_id FROM tides.tides_alias JOIN tides.tides_master USING (tides_id) WHERE active"
    return {row["object_id"] for row in bridge.rows(query)}


def objects(result, how):
    return {change.object_id for change in result.changes if change.how is how}


def edits(bridge, keys, limits):
    with_function(bridge, **keys)
    with_limits(bridge, **limits)


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ({"minNights": 2, "magLimit": 23}, {}),
        ({"minNights": 4, "magLimit": 23}, {}),
        ({"minNights": 2, "magLimit": 22.5}, {}),
        (PRESENT, {"faint_limit": 20.0}),
        (PRESENT, {"faint_limit": 23.0, "current_max_age_days": 30.0}),
        ({"minNights": 2, "magLimit": 23}, {"faint_limit": 22.7, "current_max_age_days": 12.0}),
    ],
    ids=["wider", "narrower", "both ways", "fainter ends", "brighter begins", "function and limits"],
)
def test_what_it_says_beforehand_is_what_the_bridge_then_does(filled, keys, limits):
    selected_before, live_before = selected(filled), live(filled)
    assert 10 < len(live_before) < len(selected_before)
    edits(filled, keys, limits)
    said = previewed(filled)
    filled.evaluate()
    filled.remember()
    selected_after, live_after = selected(filled), live(filled)
    assert (objects(said, How.ENTERS), objects(said, How.LEAVES)) == (
        selected_after - selected_before,
        selected_before - selected_after,
    )
    assert (objects(said, How.BEGINS), objects(said, How.ENDS)) == (
        live_after - live_before,
        live_before - live_after,
    )
    assert said.live == (len(live_before), len(live_after))
    hours = 38 / 60
    assert said.hours == pytest.approx((hours * said.live[0], hours * said.live[1]))
    assert (live_before, selected_before) != (live_after, selected_after)
