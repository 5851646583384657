"""Where the sources stand: well inside 4MOST's reach, or well outside it (docs/science.md, "Positions and reach")."""

import numpy as np

NORTH_GALACTIC_POLE_DEG = (192.8595, 27.1284)
UNREACHABLE_SHARE = 0.12
LATTICE_POINTS_A_SOURCE = 24
SAME_SOURCE_ARCSEC = 0.3


def galactic_latitude_deg(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Galactic latitude b (degrees) of ICRS positions, from the pole's place (IAU 1958, J2000)."""
    pole_ra, pole_dec = np.radians(NORTH_GALACTIC_POLE_DEG)
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    sine = np.sin(dec) * np.sin(pole_dec) + np.cos(dec) * np.cos(pole_dec) * np.cos(ra - pole_ra)
    return np.degrees(np.arcsin(np.clip(sine, -1, 1)))


def place(rng: np.random.Generator, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right ascension, declination (ICRS degrees) and reachable or not, one entry a source.

    `group` is "lsst", "ztf" or "both": which survey must be able to see it. The places are points of a Fibonacci
    lattice, no two alike, so that two sources are never within seconds of arc by chance.
    """
    points = LATTICE_POINTS_A_SOURCE * len(group) + 500
    step = np.arange(points) + 0.5
    dec = np.degrees(np.arcsin(1 - 2 * step / points))
    ra = (step * 360 / ((1 + 5**0.5) / 2) + rng.uniform(0, 360)) % 360
    latitude = np.abs(galactic_latitude_deg(ra, dec))
    seen = {
        "lsst": (dec > -88) & (dec < 32),
        "ztf": (dec > -25) & (dec < 80),
        "both": (dec > -25) & (dec < 32),
    }
    inside = (dec > -76) & (dec < 15) & (latitude > 14)
    outside = (dec < -83) | (dec > 25) | ((latitude < 6) & (dec > -76) & (dec < 15))
    free = np.ones(points, bool)
    chosen = np.zeros(len(group), int)
    reachable = rng.random(len(group)) >= UNREACHABLE_SHARE
    for name, visible in seen.items():
        for wanted, zone in ((True, inside), (False, outside)):
            who = np.flatnonzero((group == name) & (reachable == wanted))
            where = rng.permutation(np.flatnonzero(visible & zone & free))[: len(who)]
            chosen[who] = where
            free[where] = False
    return ra[chosen], dec[chosen], reachable


def beside(
    rng: np.random.Generator, ra_deg: np.ndarray, dec_deg: np.ndarray, sigma_arcsec: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positions scattered around others, never more than `SAME_SOURCE_ARCSEC` away when sigma is that or less."""
    angle = rng.uniform(0, 2 * np.pi, len(ra_deg))
    distance_deg = np.minimum(np.abs(rng.normal(0, sigma_arcsec, len(ra_deg))), SAME_SOURCE_ARCSEC) / 3600
    dec = np.clip(dec_deg + distance_deg * np.sin(angle), -90, 90)
    return (ra_deg + distance_deg * np.cos(angle) / np.cos(np.radians(dec_deg))) % 360, dec
