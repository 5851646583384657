"""Samples of simulated transients to order, without files."""

import numpy as np
import pandas as pd

from tides.efficiency.simulations import Points, Sample, a_sample, band_codes, true_values
from tides.surveys.survey import survey as named

JD = 2400000.5


def some_points(*rows):
    """Photometry from rows of event, MJD (UTC), band, AB magnitude, S/N: a detection from S/N 5 on."""
    event, mjd, band, mag, snr = zip(*rows, strict=True) if rows else ([], [], [], [], [])
    flux = 10 ** (0.4 * (27.5 - np.array(mag, dtype=float)))
    return Points(
        event=np.array(event, dtype=np.int32),
        mjd_utc=np.array(mjd, dtype=float),
        band=band_codes(band),
        fluxcal=flux,
        fluxcal_err=flux / np.array(snr, dtype=float),
        photflag=np.zeros(len(flux), dtype=np.int64),
    )


def some_events(number, **values):
    """True values of so many events; those not given are unknown."""
    return true_values({"SNID": [str(place) for place in range(number)], **values}, NAMES)


def a_small_sample(*rows, survey="lsst", number=1, **values) -> Sample:
    """A sample of so many events with photometry as `some_points` takes it."""
    return a_sample(named(survey), some_events(number, **values), some_points(*rows), is_complete=True, files=())


NAMES = {
    "id": ("SNID",), "type": ("type",), "redshift": ("redshift",), "peak_mjd": ("peak_mjd",), "mwebv": ("mwebv",),
    "ra_deg": ("ra_deg",), "dec_deg": ("dec_deg",), "field": ("field",),
    **{name: (name,) for band in "ugrizy" for name in (f"peak_mag_{band}", f"host_mag_{band}")},
}  # fmt: skip


def fates_table(**columns) -> pd.DataFrame:
    """A table of events as the binning takes it: true values and fates."""
    number = len(next(iter(columns.values())))
    rest = {"selected": True, "days_live": 1.0, "stage": 2, "phase": np.nan, "healpix": -1, "weight": 1.0}
    return some_events(number).assign(**rest).assign(**columns)
