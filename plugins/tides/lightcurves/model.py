"""The columnar chunk: the light curves of many objects, one array a column, the same for every survey.

A light curve has detections, which are judged, and upper limits and forced photometry, which only show that a band has
faded. The two kinds are kept apart, because only detections need to be in order of time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tides.clock import SAME_DETECTION_D
from tides.lightcurves.faults import Tally
from tides.photometry.ab import MAG_ERR_TIMES_SNR, mag_of
from tides.photometry.bands import BANDS

NO_BAND = -1
"""The code of any band that is not in BANDS; the code of the others is their place there."""

JD_RANGE = (2440000.0, 2500000.0)
"""JD UTC (days) between which a point has a usable time: 1968 to 2132. A point outside is left out."""

NIGHT_RANGE = 1_000_000
"""Nights are numbered from minus to plus this. A number beyond is no night."""

DETECTION_LIMIT_SNR = 5.0
"""Below this signal to noise, forced photometry is an upper limit of so many sigma (as ZTF's `diffmaglim`)."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Columns:
    object_index: NDArray[np.int32]
    jd_utc: Floats
    band: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Detections(_Columns):
    """Detections, sorted by object, then time; times in JD UTC, magnitudes AB (NaN where there is none).

    `night` is ZTF's nid, on LSST the MJD of the day on which the night began. `snr` is ZTF's 1.09/sigmapsf, on LSST
    psfFlux/psfFluxErr (negative with the flux). `positive` is false for a source that is fainter than its reference.
    `reliability` is ZTF's drb, LSST's reliability (NaN unknown). `usable` is false for a detection that the survey
    disowns: it has psfFlux_flag, was withdrawn, or is a known solar-system object. `solar_system` marks a detection of
    ZTF near a known solar-system object (LSST's are not usable). Rows of one `exposure` are of one object, time and
    band; None: each row has its own. `flux` is in nJy; None: the survey sends magnitudes.
    """

    night: NDArray[np.int64]
    mag: Floats
    mag_err: Floats
    snr: Floats
    positive: Bools
    reliability: Floats
    usable: Bools
    solar_system: Bools
    exposure: Indices | None = None
    flux: Floats | None = None


@dataclass(frozen=True, slots=True)
class Fadings(_Columns):
    """Upper limits and forced photometry, in no order. They may make a band fainter, never brighter.

    `mag` and `mag_err` are of a forced measurement (NaN for a limit), `limit_mag` of an upper limit (NaN for a
    measurement). `forced` distinguishes forced photometry from a survey's own non-detection. `snr` is that of forced
    photometry, negative with its flux (NaN for a non-detection).
    """

    mag: Floats
    mag_err: Floats
    limit_mag: Floats
    forced: Bools
    snr: Floats


@dataclass(frozen=True, slots=True)
class LightCurves:
    """A chunk of light curves. The `object_index` of a row is the object's place in the chunk.

    `lite` (one an object) marks a light curve without the keys by which a detection could be disowned. `tally` counts
    the points as they were read.
    """

    objects: int
    detections: Detections
    fadings: Fadings
    lite: Bools
    tally: Tally = field(default_factory=Tally)

    def until(self, jd_utc: Floats) -> "LightCurves":
        """Cut each object's light curve to the points at or before its own time (JD UTC, one an object)."""
        seen, faded = self.detections, self.fadings
        return LightCurves(
            self.objects,
            take(seen, seen.jd_utc <= jd_utc[seen.object_index]),
            take(faded, faded.jd_utc <= jd_utc[faded.object_index]),
            self.lite,
            self.tally,
        )


def is_in(band: NDArray[np.int8], names: Iterable[str]) -> Bools:
    """Tell which band codes are among the named bands. NO_BAND never is."""
    wanted = np.zeros(len(BANDS) + 1, dtype=bool)  # NO_BAND, -1, is the last
    wanted[[BANDS.index(name) for name in names]] = True
    return wanted[band]


AnyColumns = TypeVar("AnyColumns", bound=_Columns)


def take(columns: AnyColumns, rows: Bools | Indices) -> AnyColumns:
    """Give the same columns with the given rows only, in the given order."""
    values = [getattr(columns, each.name) for each in fields(columns)]
    make: Any = type(columns)
    made: AnyColumns = make(*[None if column is None else column[rows] for column in values])
    return made


def join(one: AnyColumns, other: AnyColumns) -> AnyColumns:
    """Give the rows of both, one after the other."""
    return type(one)(*[np.concatenate((getattr(one, f.name), getattr(other, f.name))) for f in fields(one)])


def is_placed(jd_utc: Floats) -> Bools:
    """Tell which times (JD UTC) can be placed at all."""
    return (jd_utc > JD_RANGE[0]) & (jd_utc < JD_RANGE[1])


def forced_fadings(
    object_index: NDArray[np.int32],
    jd_utc: Floats,
    band: NDArray[np.int8],
    flux: Floats,
    flux_err: Floats,
    zero_point: float | Floats,
) -> Fadings:
    """Turn forced photometry into measurements and upper limits. The zero point is the magnitude of flux 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        snr = flux / flux_err
    seen = snr >= DETECTION_LIMIT_SNR
    forced = Fadings(
        object_index=object_index,
        jd_utc=jd_utc,
        band=band,
        mag=np.where(seen, mag_of(flux, zero_point), np.nan),
        mag_err=np.divide(MAG_ERR_TIMES_SNR, snr, out=np.full(len(snr), np.nan), where=seen),
        limit_mag=np.where(seen, np.nan, mag_of(DETECTION_LIMIT_SNR * flux_err, zero_point)),
        forced=np.ones(len(jd_utc), dtype=bool),
        snr=snr,
    )
    return take(forced, is_placed(jd_utc) & (np.isfinite(forced.mag) | np.isfinite(forced.limit_mag)) & ~np.isnan(snr))


def in_order(rows: Indices, object_index: NDArray[np.int32], jd_utc: Floats) -> Indices:
    """Sort rows by object and time. They come object by object."""
    objects, times = object_index[rows], jd_utc[rows]
    # A server's list can be out of order (docs/contracts/lasair.md, "lightcurves"); one that is not needs no sort.
    if ((times[1:] >= times[:-1]) | (objects[1:] != objects[:-1])).all():
        return rows
    return rows[np.lexsort((times, objects))]


def exposures(object_index: NDArray[np.int32], jd_utc: Floats, band: NDArray[np.int8]) -> Indices | None:
    """Number the exposures of rows that are sorted by object and time, each by its first row.

    None: each row has an exposure of its own.

    Rows are of one exposure when object and band are the same, and times differ by less than SAME_DETECTION_D from one
    to the next (docs/science.md, "One exposure counts once").
    """
    near = (object_index[1:] == object_index[:-1]) & (np.diff(jd_utc) < SAME_DETECTION_D)
    if not near.any():
        return None
    numbers = np.arange(len(jd_utc))
    # Only rows near another one need a sort.
    ties = np.flatnonzero(np.append(near, False) | np.append(False, near))
    order = ties[np.lexsort((jd_utc[ties], band[ties], object_index[ties]))]
    objects, times, bands = object_index[order], jd_utc[order], band[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (objects[1:] != objects[:-1]) | (bands[1:] != bands[:-1]) | (np.diff(times) >= SAME_DETECTION_D)
    numbers[order] = order[begins][np.cumsum(begins) - 1]
    return numbers


def once(mask: Bools, exposure: Indices | None) -> Bools:
    """Mark of the marked rows the first one of each exposure."""
    if exposure is None:
        return mask
    rows = np.flatnonzero(mask)
    _, firsts = np.unique(exposure[rows], return_index=True)
    first = np.zeros(len(mask), dtype=bool)
    first[rows[firsts]] = True
    return first


def one_an_exposure(rows: Indices, exposure: Indices | None, prefer: Sequence[NDArray[Any]]) -> Indices:
    """Keep one row of each exposure (as `exposures` numbers the given rows), in the order of the rows.

    The row with the highest `prefer` stays, so that the choice does not depend on the order of the points.
    """
    if exposure is None:
        return rows
    # An exposure has the number of its first row, so that a row with another number than its own is one more.
    more = np.flatnonzero(exposure != np.arange(len(rows)))
    ties = np.unique(np.concatenate((more, exposure[more])))
    ties = ties[np.lexsort((*[-values[rows[ties]] for values in reversed(prefer)], exposure[ties]))]
    return np.delete(rows, ties[1:][exposure[ties[1:]] == exposure[ties[:-1]]])


def without_doubles(rows: Indices, same: Sequence[NDArray[Any]]) -> Indices:
    """Keep one of those rows that agree in all of `same`. Rows are sorted by its first two columns: object and time."""
    objects, times = same[0][rows], same[1][rows]
    tied = (objects[1:] == objects[:-1]) & (times[1:] == times[:-1])
    if not tied.any():
        return rows
    in_tie = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    # Only tied rows need a sort: all others are in order.
    ties = rows[in_tie]
    ties = ties[np.lexsort([key[ties] for key in reversed(same)])]
    double = np.logical_and.reduce([key[ties[1:]] == key[ties[:-1]] for key in same])
    ordered = rows.copy()
    ordered[in_tie] = ties
    return np.delete(ordered, in_tie[1:][double])
