"""The catalogue entries near each source of the sky: the host of a supernova, an AGN, a star, or nothing.

Every source has a generator of its own, so that nothing else in the sky depends on what is drawn here.
"""

import zlib
from typing import Any

import numpy as np

from sandbox.sky.crossmatches import offset

OFFSET_ARCSEC = 0.5
"""Scale of the exponential distance from the host; NT is nuclear (docs/science.md, "The sky of the sandbox")."""

CENTRING_ARCSEC = 0.05
"""Scale of the distance between a source and itself in a catalogue; of a nuclear transient from its host's centre."""

GLARE_ARCSEC = 4.0
"""How far from a bright star its artefacts are at least."""

SPECTROSCOPIC_SHARE = 0.3
PHOTOMETRIC_SHARE = 0.4
BANDS_ALONE_SHARE = 0.25
"""Matches whose magnitude stands in its band's column alone, and not under `Mag`."""

MERGED_SHARE = 0.5
"""Sources that all the catalogues of their kind name."""

NEIGHBOURS = (0, 1, 2)
NEIGHBOUR_SHARES = (0.7, 0.2, 0.1)
NEIGHBOUR_ARCSEC = (4.0, 15.0)
FIELD_REDSHIFTS = {"AGN": (0.1, 1.5), "SN": (0.05, 0.4)}
"""Redshifts of a galaxy whose transient has none of its own."""

MAG_AT_Z_01 = 17.8
MAG_SCATTER = 0.8
STAR_MAG = {"VS": (16.0, 20.0), "CV": (19.0, 22.0), "BS": (9.0, 12.0)}
# by class: type in the catalogue, reliability (1 the source itself, 2 something near), catalogues that have it
SOURCES = {
    "SN": ("galaxy", 2, ("SDSS", "PS1")),
    "NT": ("galaxy", 1, ("SDSS", "PS1")),
    "UNCLEAR": ("unknown", 1, ("PS1",)),
    "AGN": ("agn", 1, ("MILLIQUAS", "PS1")),
    "VS": ("star", 1, ("GAIA", "PS1")),
    "CV": ("cb", 1, ("PS1",)),
    "BS": ("star", 2, ("GAIA",)),
}
FULL_NAMES = {
    "SDSS": "SDSS DR12 PhotoObjAll Table",
    "PS1": "PanSTARRS DR1",
    "MILLIQUAS": "Million Quasars (MILLIQUAS) Catalog v8.0",
    "GAIA": "Gaia DR3",
}


def matches_of(key: str, sherlock: str, redshift: float, ra_deg: float, dec_deg: float) -> list[dict[str, Any]]:
    """The catalogue entries near a source at a position (ICRS degrees), the best first.

    `key` is an id of the source: the same one gives the same matches. `redshift` is 0 for a source that has none.
    There is nothing near an ORPHAN.
    """
    if sherlock not in SOURCES:
        return []
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    object_type, reliability, catalogues = SOURCES[sherlock]
    distance_arcsec = rng.exponential(OFFSET_ARCSEC if sherlock == "SN" else CENTRING_ARCSEC)
    if sherlock == "BS":
        distance_arcsec += GLARE_ARCSEC
    said = {
        "association_type": sherlock,
        "catalogue_object_type": object_type,
        "classificationReliability": reliability,
        **(_star(rng, sherlock) if sherlock in STAR_MAG else _galaxy(rng, sherlock, redshift)),
    }
    best = said | _position(rng, ra_deg, dec_deg, distance_arcsec)
    merged = rng.random() < MERGED_SHARE
    found = _ranked(rng, best, 1, catalogues if merged else catalogues[:1])
    if sherlock in ("SN", "NT"):
        count = rng.choice(NEIGHBOURS, p=NEIGHBOUR_SHARES)
        for rank, away_arcsec in enumerate(np.sort(rng.uniform(*NEIGHBOUR_ARCSEC, count)), start=2):
            near = {"association_type": "SN", "catalogue_object_type": "galaxy", "classificationReliability": 2}
            near |= _galaxy(rng, "SN", 0.0) | _position(rng, ra_deg, dec_deg, away_arcsec)
            found += _ranked(rng, near, rank, ("PS1",))
    return found


def _ranked(
    rng: np.random.Generator, source: dict[str, Any], rank: int, catalogues: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The row with the rank, and one a catalogue where there are several."""
    ids = {name: str(rng.integers(10**17, 10**18)) for name in catalogues}
    first = source | {
        "catalogue_table_name": "/".join(catalogues),
        "catalogue_object_id": ids[catalogues[0]],
        "rank": rank,
    }
    if len(catalogues) == 1:
        return [first]
    each = [
        source | {"catalogue_table_name": FULL_NAMES[name], "catalogue_object_id": ids[name], "merged_rank": rank}
        for name in catalogues
    ]
    return [first, *each]


def _position(rng: np.random.Generator, ra_deg: float, dec_deg: float, distance_arcsec: float) -> dict[str, float]:
    angle = rng.uniform(0, 2 * np.pi)
    ra, dec = offset(ra_deg, dec_deg, distance_arcsec * np.cos(angle), distance_arcsec * np.sin(angle))
    return {"raDeg": float(ra), "decDeg": float(dec)}


def _galaxy(rng: np.random.Generator, sherlock: str, redshift: float) -> dict[str, Any]:
    """Redshift (spectroscopic, photometric or none), magnitude and size of a galaxy."""
    true = redshift or rng.uniform(*FIELD_REDSHIFTS["AGN" if sherlock == "AGN" else "SN"])
    known = rng.random()
    columns: dict[str, Any] = {}
    if sherlock == "AGN" or known < SPECTROSCOPIC_SHARE:
        columns["z"] = round(true, 5)
    elif known < SPECTROSCOPIC_SHARE + PHOTOMETRIC_SHARE:
        error = 0.03 * (1 + true)
        columns |= {"photoZ": round(max(0.005, rng.normal(true, error)), 4), "photoZErr": round(error, 4)}
    columns["major_axis_arcsec"] = round(float(np.clip(0.3 / true, 0.5, 20.0)), 2)
    return columns | _magnitude(rng, MAG_AT_Z_01 + 5 * np.log10(true / 0.1) + rng.normal(0, MAG_SCATTER))


def _star(rng: np.random.Generator, sherlock: str) -> dict[str, Any]:
    return _magnitude(rng, rng.uniform(*STAR_MAG[sherlock]))


def _magnitude(rng: np.random.Generator, mag: float) -> dict[str, Any]:
    """An AB magnitude in r, in its band's column and mostly under `Mag`, too."""
    mag, error = round(float(mag), 3), 0.02
    columns: dict[str, Any] = {"_r": mag, "_rErr": error}
    if rng.random() >= BANDS_ALONE_SHARE:
        columns |= {"Mag": mag, "MagErr": error, "MagFilter": "r"}
    return columns
