"""Sherlock's cross-matches: what catalogues have near an object, in the columns of `sherlock_crossmatches`.

A match is a source of a catalogue, whoever looks at it; a row is that source as one object sees it. As at Sherlock a
source that several catalogues name has one row with a `rank`, and beneath it one row a catalogue, whose `rank` is
null and whose `merged_rank` is that of the first.
"""

import math
from typing import Any

import numpy as np

COLUMNS = (
    "transient_object_id", "association_type", "catalogue_table_name", "catalogue_object_id", "catalogue_object_type",
    "raDeg", "decDeg", "separationArcsec", "northSeparationArcsec", "eastSeparationArcsec", "physical_separation_kpc",
    "z", "photoZ", "photoZErr", "Mag", "MagErr", "MagFilter", "_r", "_rErr", "major_axis_arcsec",
    "classificationReliability", "rank", "merged_rank", "rankScore",
)  # fmt: skip
NOT_LITE = ("_r", "_rErr", "rank", "merged_rank", "rankScore")
"""Columns that Sherlock leaves out of the lite form."""

USUAL_RELIABILITY = 2
USUAL = {
    "association_type": "SN",
    "catalogue_table_name": "PS1",
    "catalogue_object_type": "galaxy",
    "classificationReliability": USUAL_RELIABILITY,
}
USUAL_MAG = {"Mag": 20.0, "MagErr": 0.05, "MagFilter": "r"}
USUAL_SEPARATION_ARCSEC = 0.5

HUBBLE_DISTANCE_KPC = 299_792.458 / 70 * 1000
OMEGA_MATTER = 0.3
"""Sherlock's cosmology: flat, H0 70 km/s/Mpc."""

ARCSEC_A_RADIAN = 206_264.806
NO_MATCH = "No contexual information is available for this transient"
"""Sherlock's words, and spelling, for an orphan."""


def rows_of(object_id: str, ra_deg: float, dec_deg: float, matches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of an object at a position (ICRS degrees), one a match; columns that a match lacks are filled.

    A match without a position stands `separationArcsec` (0.5 arcsec a place in the list) north of the object; one
    without `rank` and `merged_rank` has its place in the list as its rank.
    """
    return [_row(object_id, ra_deg, dec_deg, place, match) for place, match in enumerate(matches, start=1)]


def lite(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sherlock's lite form of rows: the best match alone, its magnitude under `Mag`, without ranks."""
    best = best_of(rows)
    if best is None:
        return []
    named = best if best["Mag"] is not None else best | _magnitude(best)
    return [{name: value for name, value in named.items() if name not in NOT_LITE}]


def best_of(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The row of rank 1."""
    return next((row for row in rows if row["rank"] == 1), None)


def description(best: dict[str, Any] | None) -> str:
    """Sherlock's sentence about an object, made of its best match."""
    if best is None:
        return NO_MATCH
    synonym = "is synonymous with" if best["classificationReliability"] == 1 else "is possibly associated with"
    source = f"{best['catalogue_object_id']}; a {best['catalogue_object_type']} found in {best['catalogue_table_name']}"
    return f"The transient {synonym} {source}. It's located {best['separationArcsec']:.1f}\" from its centre."


def offset(ra_deg: float, dec_deg: float, north_arcsec: float, east_arcsec: float) -> tuple[float, float]:
    """The position (ICRS degrees) some seconds of arc north and east of another."""
    return (ra_deg + east_arcsec / 3600 / math.cos(math.radians(dec_deg))) % 360, dec_deg + north_arcsec / 3600


def kpc_an_arcsec(redshift: float) -> float:
    """The proper length (kpc) that one second of arc spans at a redshift."""
    steps = np.linspace(0, redshift, 200)
    comoving = np.trapezoid(1 / np.sqrt(OMEGA_MATTER * (1 + steps) ** 3 + 1 - OMEGA_MATTER), steps)
    return float(HUBBLE_DISTANCE_KPC * comoving / (1 + redshift) / ARCSEC_A_RADIAN)


def _row(object_id: str, ra_deg: float, dec_deg: float, place: int, match: dict[str, Any]) -> dict[str, Any]:
    usual_arcsec = _number(match, "separationArcsec", USUAL_SEPARATION_ARCSEC * place)
    usual_ra, usual_dec = offset(ra_deg, dec_deg, usual_arcsec, 0)
    ra, dec = _number(match, "raDeg", usual_ra), _number(match, "decDeg", usual_dec)
    north = (dec - dec_deg) * 3600
    east = ((ra - ra_deg + 180) % 360 - 180) * math.cos(math.radians(dec_deg)) * 3600
    separation_arcsec = _number(match, "separationArcsec", math.hypot(north, east))
    redshift = _number(match, "z", _number(match, "photoZ", 0.0))
    has_magnitude = "Mag" in match or "_r" in match
    return {
        **dict.fromkeys(COLUMNS),
        **USUAL,
        **({} if has_magnitude else USUAL_MAG),
        "transient_object_id": object_id,
        "catalogue_object_id": f"{object_id}-{place}",
        "raDeg": ra,
        "decDeg": dec,
        "separationArcsec": separation_arcsec,
        # text, with ten decimals: so they come from Sherlock
        "northSeparationArcsec": f"{north:.10f}",
        "eastSeparationArcsec": f"{east:.10f}",
        "physical_separation_kpc": kpc_an_arcsec(redshift) * separation_arcsec if redshift else None,
        "rank": None if "merged_rank" in match else place,
        "rankScore": 1000 * _number(match, "classificationReliability", USUAL_RELIABILITY) + 2 + separation_arcsec / 60,
        **match,
    }


def _number(match: dict[str, Any], name: str, usual: float) -> float:
    value = match.get(name)
    return usual if value is None else float(value)


def _magnitude(row: dict[str, Any]) -> dict[str, Any]:
    return {"Mag": row["_r"], "MagErr": row["_rErr"], "MagFilter": "r"}
