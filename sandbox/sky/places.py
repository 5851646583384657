"""Where the sources stand: well inside 4MOST's reach, or well outside it (docs/science.md, "Positions and reach")."""

import astropy.units as u
import numpy as np
from astropy_healpix import HEALPix

from sandbox.sky.cadence import FIELDS

# Fields up to this number lie where both surveys look, the others south of ZTF's sky.
FIELDS_OF = {"lsst": FIELDS, "ztf": FIELDS // 2, "both": FIELDS // 2}
FIELD_RADIUS_DEG = 0.6
CELLS_NSIDE = 32
"""A field lies within one cell of this HEALPix grid, and so of each coarser one: its sources share their cell."""

FIELDS_APART_DEG = 14.0
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


def place(rng: np.random.Generator, group: np.ndarray, field: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right ascension, declination (ICRS degrees) and reachable or not, one entry a source.

    `group` is "lsst", "ztf" or "both": which survey must be able to see it. Those within reach lie in their `field`,
    the others anywhere. The places are points of Fibonacci lattices, no two alike, so that two sources are never within
    seconds of arc by chance.
    """
    reachable = rng.random(len(group)) >= UNREACHABLE_SHARE
    ra, dec = np.zeros(len(group)), np.zeros(len(group))
    for centre_ra, centre_dec, members in zip(
        *_centres(rng), (np.flatnonzero((field == f) & reachable) for f in range(FIELDS)), strict=True
    ):
        points = LATTICE_POINTS_A_SOURCE * len(members)
        step = rng.permutation(points)[: len(members)]
        distance_deg = FIELD_RADIUS_DEG * np.sqrt((step + 0.5) / max(points, 1))
        angle = step * 2 * np.pi / ((1 + 5**0.5) / 2)
        dec[members] = centre_dec + distance_deg * np.sin(angle)
        ra[members] = (centre_ra + distance_deg * np.cos(angle) / np.cos(np.radians(dec[members]))) % 360
    far = np.flatnonzero(~reachable)
    ra[far], dec[far] = _out_of_reach(rng, group[far])
    return ra, dec, reachable


def _centres(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination of the fields: centres of cells, far from one another and well within reach."""
    grid = HEALPix(CELLS_NSIDE, order="nested")
    ra, dec = (np.asarray(x.to_value(u.deg)) for x in grid.healpix_to_lonlat(np.arange(grid.npix)))
    clear = np.abs(galactic_latitude_deg(ra, dec)) > 20
    chosen: list[int] = []
    for zone in ((dec > -22) & (dec < 12), (dec > -68) & (dec < -28)):
        left = rng.permutation(np.flatnonzero(zone & clear))
        for _ in range(FIELDS // 2):
            left = left[_apart_deg(ra[left], dec[left], ra[chosen], dec[chosen]) >= FIELDS_APART_DEG]
            chosen.append(int(left[0]))
    return ra[chosen], dec[chosen]


def _apart_deg(ra: np.ndarray, dec: np.ndarray, other_ra: np.ndarray, other_dec: np.ndarray) -> np.ndarray:
    """The distance of each position to the nearest of the others; 180 where there is none."""
    ra, dec, other_ra, other_dec = (np.radians(x) for x in (ra[:, None], dec[:, None], other_ra, other_dec))
    cosine = np.sin(dec) * np.sin(other_dec) + np.cos(dec) * np.cos(other_dec) * np.cos(ra - other_ra)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1))).min(axis=1, initial=180.0)


def _out_of_reach(rng: np.random.Generator, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
    outside = (dec < -83) | (dec > 25) | ((latitude < 6) & (dec > -76) & (dec < 15))
    free = np.ones(points, bool)
    chosen = np.zeros(len(group), int)
    for name, visible in seen.items():
        who = np.flatnonzero(group == name)
        where = rng.permutation(np.flatnonzero(visible & outside & free))[: len(who)]
        chosen[who] = where
        free[where] = False
    return ra[chosen], dec[chosen]


def beside(
    rng: np.random.Generator, ra_deg: np.ndarray, dec_deg: np.ndarray, sigma_arcsec: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positions scattered around others, never more than `SAME_SOURCE_ARCSEC` away when sigma is that or less."""
    angle = rng.uniform(0, 2 * np.pi, len(ra_deg))
    distance_deg = np.minimum(np.abs(rng.normal(0, sigma_arcsec, len(ra_deg))), SAME_SOURCE_ARCSEC) / 3600
    dec = np.clip(dec_deg + distance_deg * np.sin(angle), -90, 90)
    return (ra_deg + distance_deg * np.cos(angle) / np.cos(np.radians(dec_deg))) % 360, dec
