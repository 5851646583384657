"""Supernovae with all that was generated: a simulation in SNANA's columns, for `tides efficiency`.

Other than the sky, nothing is left out here: neither what no survey saw nor what is near a limit of a function.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from sandbox.sky.cadence import FUTURE_NIGHTS, HISTORY_NIGHTS, schedule
from sandbox.sky.clock import mjd_utc_of
from sandbox.sky.photometry import Photometry, observe
from sandbox.sky.places import FIELDS_OF, place
from sandbox.sky.sources import KIND_SHARES, KINDS, LIGHT_CURVE_NAMES, Sources, draw_sources, true_flux_njy
from sandbox.sky.templates import BANDS

NJY_A_FLUXCAL = 36.308
DETECTED = 4096
"""SNANA's bit of PHOTFLAG."""

PEAK_STEP_D = 0.5
EVENTS_A_BATCH = 2000


def write_simulation(out: Path, now: datetime, seed: int, events: int, survey: str) -> None:
    """Write so many supernovae and what the survey measured of each in the nights around `now` as Parquet.

    Raises ValueError for less than one.
    """
    if events < 1:
        raise ValueError(f"--events {events}: must be 1 or more")
    rng = np.random.default_rng(seed)
    now_mjd = mjd_utc_of(now)
    plans = schedule(rng, survey, now_mjd)
    shares = np.array(KIND_SHARES[: len(LIGHT_CURVE_NAMES)])
    kind = rng.choice(len(shares), events, p=shares / shares.sum())
    sources = draw_sources(rng, kind, survey, now_mjd, FIELDS_OF[survey])
    ra, dec, _ = place(rng, np.full(events, survey), sources.field)
    photometry = observe(rng, survey, plans, sources)
    peaks = _peak_magnitudes(rng, sources, now_mjd)
    truth = {
        "SNID": [str(number + 1) for number in range(events)],
        "SIM_TYPE_NAME": [KINDS[each] for each in kind],
        "SIM_REDSHIFT_CMB": sources.redshift,
        "SIM_PEAKMJD": sources.peak_mjd_utc,
        **{f"SIM_PEAKMAG_{band}": peaks[:, index] for index, band in enumerate(BANDS)},
        "RA": ra,
        "DEC": dec,
        "FIELD": ["WFD"] * events,
    }
    table = pa.table({**truth, **_lists(photometry, events)})
    parquet.write_table(table.replace_schema_metadata({"events": "generated"}), out)


def _peak_magnitudes(rng: np.random.Generator, sources: Sources, now_mjd_utc: float) -> np.ndarray:
    """The true peak magnitude (AB) of each source in each band, on a grid of half days."""
    days = np.arange(now_mjd_utc - HISTORY_NIGHTS, now_mjd_utc + FUTURE_NIGHTS + 30, PEAK_STEP_D)
    band = np.repeat(np.arange(len(BANDS)), len(days))
    parts = []
    for start in range(0, len(sources), EVENTS_A_BATCH):
        part = sources.take(np.arange(start, min(start + EVENTS_A_BATCH, len(sources))))
        flux, _ = true_flux_njy(rng, part, np.tile(days, len(BANDS)), band)
        parts.append(flux.reshape(len(part), len(BANDS), len(days)).max(axis=2))
    return 31.4 - 2.5 * np.log10(np.concatenate(parts))


def _lists(photometry: Photometry, events: int) -> dict[str, pa.ListArray]:
    """The photometry as lists, one an event."""
    offsets = pa.array(np.searchsorted(photometry.owner, np.arange(events + 1)).astype(np.int32))
    columns = {
        "MJD": photometry.mjd_utc,
        "BAND": np.array(list(BANDS))[photometry.band],
        "FLUXCAL": photometry.flux_njy / NJY_A_FLUXCAL,
        "FLUXCALERR": photometry.flux_err_njy / NJY_A_FLUXCAL,
        "PHOTFLAG": np.where(photometry.detected & (photometry.flux_njy > 0), DETECTED, 0),
    }
    return {name: pa.ListArray.from_arrays(offsets, pa.array(values)) for name, values in columns.items()}
