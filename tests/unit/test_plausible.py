"""Which values can be believed."""

import math

import numpy as np
import pytest

from tides.plausible import DEC_DEG, FLUX_ERR_NJY, FLUX_NJY, MAG, MAG_ERR, wrapped_ra


@pytest.mark.parametrize("sentinel", [-999.0, -99999.0, -9.99e8, math.nan, math.inf, -math.inf])
def test_a_sentinel_is_no_magnitude_and_no_error(sentinel):
    for bounds in (MAG, MAG_ERR, FLUX_ERR_NJY, DEC_DEG):
        assert not bounds.hold(sentinel)


def test_an_error_of_zero_is_no_error():
    assert not MAG_ERR.hold(0.0)
    assert not FLUX_ERR_NJY.hold(0.0)


def test_bounds_are_included_and_hold_for_arrays():
    assert DEC_DEG.hold(np.array([-90.1, -90.0, 0.0, 90.0, 90.1])).tolist() == [False, True, True, True, False]
    assert MAG.hold(np.array([0.0, 12.5, 40.0])).all()
    assert FLUX_NJY.hold(-2631321.0)


@pytest.mark.parametrize(
    ("given", "wrapped"), [(0.0, 0.0), (360.0, 0.0), (-10.0, 350.0), (359.9, 359.9), (540.0, 180.0), (-1e-17, 0.0)]
)
def test_ra_is_wrapped_below_360(given, wrapped):
    assert wrapped_ra(given) == wrapped
