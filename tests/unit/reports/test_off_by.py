"""By how much a failed criterion misses its limit, and how far from it one that holds is."""

import pytest

from tides.functions.keys import CRITERION_KEYS, RANGES, UNITS
from tides.reports.objects import Outcome


@pytest.mark.parametrize(
    "name", [*sorted(RANGES - {"colour", "colourChange"}), "colour g-r in 1 d", "colourChange g-r in 1 d"]
)
def test_a_range_is_missed_by_the_distance_to_its_nearer_end(name):
    def off_by(value):
        return Outcome(name, value, [0.5, 2], False, None, 0).off_by

    assert (off_by(0.2), off_by(5)) == (pytest.approx(0.3), 3)
    assert off_by(None) is None


def test_a_count_is_missed_by_the_difference_and_what_holds_by_nothing():
    assert Outcome("quietBefore in 30 d", 3, 0, False, None, 0).off_by == 3
    assert Outcome("quietBefore in 30 d", 3, 3, True, None, 0).off_by is None
    assert Outcome("dips", 0.4, [0.1, 0.2], False, None, 0).off_by is None


def test_what_holds_has_a_margin_and_what_is_unknown_has_none():
    assert Outcome("magLimit", 20.5, 22.5, True, None, 0).margin == 2
    assert Outcome("colour g-r in 1 d", 0.25, [0, 2], True, None, 0).margin == 0.25
    assert Outcome("minNights", 1, 2, None, "why", 0).margin is None
    assert Outcome("classes", "SN", ["SN", "NT"], True, None, 0).margin is None


def test_a_failed_criterion_tells_its_unit():
    assert Outcome("bandMagLimit g", 23.0, 22.5, False, None, 1).in_words == "bandMagLimit g by 0.5 mag"
    assert Outcome("minNights", 1, 2, False, None, 0).in_words == "minNights by 1"
    assert Outcome("classes", "AGN", ["SN"], False, None, 0).in_words == "classes"


def test_each_unit_is_that_of_a_criterion():
    assert CRITERION_KEYS.keys() > UNITS.keys()
