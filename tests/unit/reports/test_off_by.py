"""By how much a failed criterion misses its limit."""

import pytest

from tides.functions.keys import RANGES
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
