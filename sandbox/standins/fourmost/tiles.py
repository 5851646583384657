"""The tiles of the next night: laid over the active targets, so that every visit has some on it."""

from typing import Any

import numpy as np

from sandbox.standins.fourmost.models import Transient

TILES = 4
RADIUS_DEG = 1.1
"""From the centre of 4MOST's hexagonal field of 4.2 deg² to the middle of a side."""

OFF_CENTRE_DEG = 0.5
"""So far north of the target that a tile is laid for its centre lies."""


def candidate_visits(surveys: tuple[int, ...]) -> list[dict[str, Any]]:
    """The visits that may be observed next, for the targets of these surveys; none when no target is active.

    One a tile, which says where it lies; and a second one of the first tile, which names its targets by their ids.
    The same targets give the same visits.
    """
    active = Transient.objects.filter(is_active=True, uploadedfor_survey_id__in=surveys).order_by("id")
    targets = np.array(list(active.values_list("ra", "dec")), dtype=float).reshape(-1, 2)
    left = np.ones(len(targets), dtype=bool)
    tiles: list[tuple[float, float]] = []
    while left.any() and len(tiles) < TILES:
        ra, dec = targets[np.argmax(left)]
        tiles.append((float(ra), float(min(dec + OFF_CENTRE_DEG, 90.0))))
        left &= _separation_deg(targets, *tiles[-1]) > RADIUS_DEG
    visits: list[dict[str, Any]] = [
        {"visit_id": 1000 + i, "tile_id": 500 + i, "ra": ra, "dec": dec, "pa": 0.0} for i, (ra, dec) in enumerate(tiles)
    ]
    if tiles:
        on_first = _separation_deg(targets, *tiles[0]) <= RADIUS_DEG
        keys = [key for key, lies_on in zip(active.values_list("id", flat=True), on_first, strict=True) if lies_on]
        visits.append({**visits[0], "visit_id": 1000 + len(tiles), "targets": keys})
    return visits


def _separation_deg(targets: np.ndarray, ra: float, dec: float) -> np.ndarray:
    """Great-circle distances (deg) of targets (rows of ra, dec in deg) from a place, by the haversine formula."""
    ra_rad, dec_rad = np.radians(targets).T
    half = np.sin((dec_rad - np.radians(dec)) / 2) ** 2
    half += np.cos(dec_rad) * np.cos(np.radians(dec)) * np.sin((ra_rad - np.radians(ra)) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.minimum(1, np.sqrt(half))))
