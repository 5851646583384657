"""Bands, magnitudes and places: each rule in its one place."""

import math

import numpy as np
import pytest

from tides.photometry.ab import mag_of, mag_of_njy, njy_of
from tides.photometry.bands import BANDS, COUNTED, TABLE, TOLD_FIRST
from tides.photometry.sky import galactic_latitude_deg, separation_arcsec


def test_the_bands_are_those_of_rubin_in_order_of_wavelength():
    assert BANDS == "ugrizy"
    assert len(TABLE) == len(set(BANDS))


def test_g_r_i_and_z_count_and_r_is_told_first():
    assert COUNTED == "griz"
    assert TOLD_FIRST == ("r", "i", "g", "z")


def test_a_flux_of_one_microjansky_is_23_9_mag_ab():
    assert mag_of_njy(1000.0) == pytest.approx(23.9)
    assert mag_of(np.array([1000.0, 0.0, -1.0])) == pytest.approx(np.array([23.9, np.nan, np.nan]), nan_ok=True)


@pytest.mark.parametrize("flux", [0.0, -5.0])
def test_a_flux_that_is_not_positive_has_no_magnitude(flux):
    assert mag_of_njy(flux) is None


def test_a_magnitude_and_its_flux_say_the_same():
    mags = np.array([15.0, 20.5, 31.4])
    assert mag_of(njy_of(mags)) == pytest.approx(mags)


def test_a_separation_is_measured_across_the_wrap_of_right_ascension_and_at_the_poles():
    assert separation_arcsec(359.9999, 0.0, 0.0001, 0.0) == pytest.approx(0.72)
    assert separation_arcsec(10.0, 90.0, 200.0, 90.0) == pytest.approx(0.0, abs=1e-9)
    assert separation_arcsec(0.0, 0.0, 180.0, 0.0) == pytest.approx(180 * 3600)


def test_the_galactic_pole_is_at_90_degrees_and_the_centre_at_0():
    assert galactic_latitude_deg(192.85948, 27.12825) == pytest.approx(90)
    assert galactic_latitude_deg(12.85948, -27.12825) == pytest.approx(-90)
    assert abs(galactic_latitude_deg(266.40500, -28.93617)) < 0.001
    assert math.isfinite(galactic_latitude_deg(0.0, 90.0))
