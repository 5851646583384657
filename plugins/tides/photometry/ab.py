"""AB magnitudes and fluxes (Oke & Gunn 1983, ApJ 266, 713)."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

AB_ZERO_NJY = 31.4
"""AB magnitude of 1 nJy: mag = 31.4 − 2.5 log10(flux/nJy)."""

MAG_ERR_TIMES_SNR = 2.5 / np.log(10)
"""The error of a magnitude is this over the signal to noise of its flux."""


def mag_of(flux: Floats, zero_point: float | Floats = AB_ZERO_NJY) -> Floats:
    """Give the magnitude of a flux. A flux that is not positive has none: NaN.

    The zero point is the magnitude of flux 1. Its default gives AB magnitudes of fluxes in nJy.
    """
    return zero_point - 2.5 * np.log10(np.where(flux > 0, flux, np.nan))


def mag_of_njy(flux_njy: float) -> float | None:
    """Give the AB magnitude of one flux in nJy, None where the flux is not positive."""
    return AB_ZERO_NJY - 2.5 * math.log10(flux_njy) if flux_njy > 0 else None


def njy_of(mag: Floats) -> Floats:
    """Give the flux (nJy) of an AB magnitude."""
    return 10 ** (0.4 * (AB_ZERO_NJY - mag))
