"""Places on the sky: distances between them, and their distance from the Galactic plane.

The SQL functions `tides.separation_arcsec` and `tides.galactic_latitude` compute the same. A test holds them equal.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

GALACTIC_POLE_DEG = (192.85948, 27.12825)
"""RA and dec (ICRS) of the north Galactic pole (Hipparcos catalogue, vol. 1, sect. 1.5.3)."""

SAME_PLACE_ARCSEC = 1.0
"""A row at 4MOST is a target's only within this of its position (arcsec)."""


def separation_arcsec(ra_1_deg: ArrayLike, dec_1_deg: ArrayLike, ra_2_deg: ArrayLike, dec_2_deg: ArrayLike) -> Floats:
    """Give the great-circle distance (arcsec) of places in ICRS degrees, by the haversine formula. RA may wrap."""
    ra_1, dec_1, ra_2, dec_2 = (np.radians(angle) for angle in (ra_1_deg, dec_1_deg, ra_2_deg, dec_2_deg))
    half = np.sin((dec_2 - dec_1) / 2) ** 2 + np.cos(dec_1) * np.cos(dec_2) * np.sin((ra_2 - ra_1) / 2) ** 2
    # Rounding can lift the root of opposite places above 1, where there is no arcsine.
    return 3600 * np.degrees(2 * np.arcsin(np.minimum(1.0, np.sqrt(half))))


def galactic_latitude_deg(ra_deg: ArrayLike, dec_deg: ArrayLike) -> Floats:
    """Give the Galactic latitude (degrees) of places in ICRS degrees."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    pole_ra, pole_dec = np.radians(GALACTIC_POLE_DEG)
    sine = np.sin(dec) * np.sin(pole_dec) + np.cos(dec) * np.cos(pole_dec) * np.cos(ra - pole_ra)
    return np.degrees(np.arcsin(np.clip(sine, -1, 1)))
