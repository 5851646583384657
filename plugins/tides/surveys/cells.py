"""The cells of the sky by which the bridge knows which places a survey has visited in a night."""

import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import Floats

NO_CELL = -1
"""Stands for the cell of what has no position."""


def cells(ra_deg: Floats, dec_deg: Floats, nside: int) -> NDArray[np.int64]:
    """Give the HEALPix cells (nested) that hold positions (ICRS degrees); NO_CELL where a position is unknown (NaN)."""
    # Here, since these take half a second to import.
    import astropy.units as u
    from astropy_healpix import lonlat_to_healpix

    found = np.full(len(ra_deg), NO_CELL, dtype=np.int64)
    known = np.isfinite(ra_deg) & np.isfinite(dec_deg)
    if known.any():
        found[known] = lonlat_to_healpix(ra_deg[known] * u.deg, dec_deg[known] * u.deg, nside, order="nested")
    return found


def cells_within(ra_deg: float, dec_deg: float, radius_arcsec: float, nside: int) -> list[int]:
    """Give the HEALPix cells (nested) that a circle on the sky (ICRS) touches."""
    import astropy.units as u
    from astropy_healpix import HEALPix

    grid = HEALPix(nside, order="nested")
    return sorted(grid.cone_search_lonlat(ra_deg * u.deg, dec_deg * u.deg, radius_arcsec * u.arcsec).tolist())
