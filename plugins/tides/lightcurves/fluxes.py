"""Difference-image fluxes in nJy, as detections and as forced photometry."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import (
    Detections,
    Fadings,
    Floats,
    exposures,
    forced_fadings,
    in_order,
    is_placed,
    one_an_exposure,
)
from tides.lightcurves.packets import Columns
from tides.photometry.ab import AB_ZERO_NJY, MAG_ERR_TIMES_SNR, mag_of


def flux_detections(points: Columns, night: Callable[[Floats], NDArray[np.int64]]) -> Detections:
    """Give the detections among the points of a chunk, in order. `night` gives the places of nights (of JD UTC).

    The points' columns are object_index (ascending), jd_utc, flux and flux_err (nJy), reliability, band (code), usable.
    """
    objects, jd_utc, usable = points["object_index"], points["jd_utc"], points["usable"]
    flux, flux_err, band = points["flux"], points["flux_err"], points["band"]
    measured = np.isfinite(flux) & (flux_err > 0) & np.isfinite(flux_err)
    snr = np.divide(flux, flux_err, out=np.full(len(flux), np.nan), where=measured)
    rows = in_order(np.flatnonzero(is_placed(jd_utc)), objects, jd_utc)
    # An unflawed source stays, else the one of higher signal to noise (docs/science.md, "A counted detection").
    preferred = (usable.astype(np.int8), np.nan_to_num(snr, nan=-np.inf), flux)
    rows = one_an_exposure(rows, exposures(objects[rows], jd_utc[rows], band[rows]), preferred)
    flux, snr = flux[rows], snr[rows]
    # The sign of the flux decides: `isNegative` contradicts it for 888 recorded sources.
    positive = snr > 0
    return Detections(
        object_index=objects[rows],
        jd_utc=jd_utc[rows],
        band=band[rows],
        night=night(jd_utc[rows]),
        mag=mag_of(np.where(positive, flux, np.nan)),
        mag_err=np.divide(MAG_ERR_TIMES_SNR, snr, out=np.full(len(rows), np.nan), where=positive),
        snr=snr,
        positive=positive,
        reliability=points["reliability"][rows],
        usable=usable[rows],
        solar_system=np.zeros(len(rows), dtype=bool),
        flux=flux,
    )


def flux_fadings(points: Columns) -> Fadings:
    """Give forced photometry from its columns: object_index, jd_utc, flux and flux_err (nJy), band (code)."""
    return forced_fadings(
        object_index=points["object_index"],
        jd_utc=points["jd_utc"],
        band=points["band"],
        flux=points["flux"],
        flux_err=np.where(points["flux_err"] > 0, points["flux_err"], np.nan),
        zero_point=AB_ZERO_NJY,
    )
