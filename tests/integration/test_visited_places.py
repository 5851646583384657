"""Which places a survey visited, as the stream shows it: counted by the drain, and once for what was stored before."""

import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.evaluation.surveys import note_surveys

COUNTED = "SELECT night, cell, objects FROM tides.cell_night ORDER BY night, cell"
OBJECTS = "SELECT object_id, cell FROM tides.candidate ORDER BY object_id"
ALIASES = "SELECT object_id, cell FROM tides.tides_alias ORDER BY object_id"


@pytest.fixture
def bridge(make_bridge):
    """Three objects: two neighbours, and one far from them that has a further alert of the night before."""
    bridge = make_bridge()
    far = {"ra": 30.0, "dec": -50.0}
    for days_ago in (3, 2):
        bridge.publish("lsst", an_lsst_message(AN_ID + 2, days_ago=days_ago, **far))
    bridge.publish("lsst", an_lsst_message(AN_ID), an_lsst_message(AN_ID + 1, dec=-30.01))
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember()
    return bridge


def test_each_object_counts_once_a_night_in_its_cell(bridge):
    counted = bridge.rows(COUNTED)
    (here, beside, far) = (row["cell"] for row in bridge.rows(OBJECTS))
    assert here == beside != far
    night = counted[-1]["night"]
    assert sorted((row["night"] - night, row["cell"], row["objects"]) for row in counted[-2:]) == sorted(
        [(0, here, 2), (0, far, 1)]
    )
    assert [(row["cell"], row["objects"]) for row in counted[:-2]] == [(far, 1)]
    bridge.publish("lsst", an_lsst_message(AN_ID, mag=21.1))
    bridge.drain("lsst")
    assert bridge.rows(COUNTED) == counted


def test_a_new_target_has_its_cell_in_the_run_that_makes_it(bridge):
    assert bridge.rows(ALIASES) == bridge.rows(OBJECTS)


def test_an_object_without_a_position_shows_no_visit(bridge):
    counted = bridge.rows(COUNTED)
    bridge.publish("lsst", an_lsst_message(AN_ID + 3, ra=None))
    bridge.drain("lsst")
    assert bridge.rows(COUNTED) == counted
    assert bridge.rows(OBJECTS)[-1]["cell"] == -1


def test_what_code_without_cells_has_stored_is_placed_once(bridge):
    counted, objects = bridge.rows(COUNTED), bridge.rows(OBJECTS)
    for change in (
        "DELETE FROM tides.cell_night",
        "UPDATE tides.candidate SET cell = NULL",
        "UPDATE tides.tides_alias SET cell = NULL",
        "UPDATE tides.night_seen SET cell = NULL",
    ):
        bridge.connection.execute(change)
    for _ in range(2):
        note_surveys(bridge.connection)
        assert (bridge.rows(COUNTED), bridge.rows(OBJECTS), bridge.rows(ALIASES)) == (counted, objects, objects)


def test_the_mean_of_the_points_has_a_cell(bridge):
    away = an_lsst_message(AN_ID + 4, ra=60.0)
    points = [{**point, "ra": 150.0, "decl": -30.02} for point in away["alert"]["diaSourcesList"]]
    away["alert"]["diaSourcesList"] = points
    bridge.publish("lsst", away)
    bridge.drain("lsst")
    bridge.evaluate()
    found = bridge.row("SELECT ra, cell FROM tides.candidate WHERE object_id = %s", str(AN_ID + 4))
    assert (found["ra"], found["cell"]) == (150.0, bridge.rows(OBJECTS)[0]["cell"])
