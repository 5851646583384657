"""The columnar chunk: the light curves of many objects, one array a column, whatever the survey.

A light curve is made of detections, which are judged, and of what only tells that a band has faded: upper limits and
forced photometry. The two are kept apart, because only detections need to be in order of time.
"""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

BANDS = "ugrizy"
"""A band's code is its place in this string; NO_BAND stands for any other."""

NO_BAND = -1

JD_RANGE = (2440000.0, 2500000.0)
"""JD UTC (days) between which a point has a usable time: 1968 to 2132. A point outside is left out."""

DETECTION_LIMIT_SNR = 5.0
"""Below this signal to noise forced photometry is an upper limit, of this many sigma (as ZTF's `diffmaglim`)."""

MAG_ERR_TIMES_SNR = 2.5 / np.log(10)

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
    `reliability` is ZTF's drb, LSST's reliability (NaN unknown). `usable` is false for what the survey itself
    disowns: psfFlux_flag, withdrawn, or a known solar-system object.
    """

    night: NDArray[np.int64]
    mag: Floats
    mag_err: Floats
    snr: Floats
    positive: Bools
    reliability: Floats
    usable: Bools


@dataclass(frozen=True, slots=True)
class Fadings(_Columns):
    """Upper limits and forced photometry, in no order: they may make a band fainter, never brighter.

    `mag` and `mag_err` are of a forced measurement (NaN for a limit), `limit_mag` of an upper limit (NaN for a
    measurement); `forced` tells forced photometry from a survey's own non-detection.
    """

    mag: Floats
    mag_err: Floats
    limit_mag: Floats
    forced: Bools


@dataclass(frozen=True, slots=True)
class LightCurves:
    """A chunk of light curves; `object_index` of each column is the object's place in the chunk.

    `lite` (one an object) tells that the light curve lacks the keys by which a detection could be disowned.
    """

    objects: int
    detections: Detections
    fadings: Fadings
    lite: Bools

    def until(self, jd_utc: Floats) -> "LightCurves":
        """Cut each object's light curve to the points at or before its own time (JD UTC, one an object)."""
        seen, faded = self.detections, self.fadings
        return LightCurves(
            self.objects,
            take(seen, seen.jd_utc <= jd_utc[seen.object_index]),
            take(faded, faded.jd_utc <= jd_utc[faded.object_index]),
            self.lite,
        )


AnyColumns = TypeVar("AnyColumns", bound=_Columns)


def take(columns: AnyColumns, rows: Bools | Indices) -> AnyColumns:
    """Give the same columns with the given rows only, in the given order."""
    return type(columns)(*[getattr(columns, field.name)[rows] for field in fields(columns)])


def join(one: AnyColumns, other: AnyColumns) -> AnyColumns:
    """Give the rows of both, one after the other."""
    return type(one)(*[np.concatenate((getattr(one, f.name), getattr(other, f.name))) for f in fields(one)])


def is_placed(jd_utc: Floats) -> Bools:
    """Tell which times (JD UTC) can be placed at all."""
    return (jd_utc > JD_RANGE[0]) & (jd_utc < JD_RANGE[1])


def ab_mag(flux: Floats, zero_point: float | Floats) -> Floats:
    """Give the magnitude of a flux, NaN where the flux is not positive: such a magnitude does not exist."""
    return zero_point - 2.5 * np.log10(np.where(flux > 0, flux, np.nan))


def forced_fadings(
    object_index: NDArray[np.int32],
    jd_utc: Floats,
    band: NDArray[np.int8],
    flux: Floats,
    flux_err: Floats,
    zero_point: float | Floats,
) -> Fadings:
    """Turn forced photometry into measurements and upper limits; the zero point is the magnitude of flux 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        snr = flux / flux_err
    seen = snr >= DETECTION_LIMIT_SNR
    forced = Fadings(
        object_index=object_index,
        jd_utc=jd_utc,
        band=band,
        mag=np.where(seen, ab_mag(flux, zero_point), np.nan),
        mag_err=np.divide(MAG_ERR_TIMES_SNR, snr, out=np.full(len(snr), np.nan), where=seen),
        limit_mag=np.where(seen, np.nan, ab_mag(DETECTION_LIMIT_SNR * flux_err, zero_point)),
        forced=np.ones(len(jd_utc), dtype=bool),
    )
    return take(forced, is_placed(jd_utc) & (np.isfinite(forced.mag) | np.isfinite(forced.limit_mag)) & ~np.isnan(snr))


def in_order(detections: Detections, doubled_by: tuple[str, ...]) -> Detections:
    """Sort detections by object, then time, and keep one of those that agree in object, time and `doubled_by`.

    Which one is kept does not depend on the order in which they came: the usable one, then the one of highest S/N.
    """
    order = np.arange(len(detections.jd_utc))
    if not _is_sorted(detections):
        order = np.lexsort((detections.jd_utc, detections.object_index))
    objects, times = detections.object_index[order], detections.jd_utc[order]
    tied = (objects[1:] == objects[:-1]) & (times[1:] == times[:-1])
    if not tied.any():
        return take(detections, order)
    in_tie = np.zeros(len(order), dtype=bool)
    in_tie[1:] |= tied
    in_tie[:-1] |= tied
    ties = order[in_tie]
    columns = [getattr(detections, name)[ties] for name in doubled_by]
    preference = (-np.nan_to_num(detections.snr[ties], nan=-np.inf), ~detections.usable[ties])
    by_content = np.lexsort((detections.mag_err[ties], *preference, *columns, times[in_tie], objects[in_tie]))
    ties = ties[by_content]
    order[in_tie] = ties
    double = np.ones(len(ties) - 1, dtype=bool)
    for name in ("object_index", "jd_utc", *doubled_by):
        values = getattr(detections, name)[ties]
        double &= values[1:] == values[:-1]
    keep = np.ones(len(order), dtype=bool)
    keep[np.flatnonzero(in_tie)[1:][double]] = False
    return take(detections, order[keep])


def _is_sorted(detections: Detections) -> bool:
    later = detections.jd_utc[1:] >= detections.jd_utc[:-1]
    return bool((later | (detections.object_index[1:] != detections.object_index[:-1])).all())
