"""The current magnitude of each band: a robust straight line through its counted detections, as of its newest one.

Near detections weigh most. A transient fades in all bands alike, so the slope of a band is drawn towards that of its
object, and that of the object towards a usual decline. How far a line is followed: the SQL function
`tides.current_magnitude` and its twin in `tides.targets.live_rule`. (Rules: docs/science.md, "Current magnitude".)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import Floats, Indices
from tides.photometry.bands import BANDS

SCATTER_MAG = 0.05
"""A light curve is no straight line, and calibrations differ: so much is added to each error (mag)."""

USUAL_SLOPE = 0.03
"""The decline of a supernova of which nothing else is known (mag a day)."""

USUAL_SPREAD = 0.15
"""How far an object's slope is from the usual one (mag a day)."""

BAND_SPREAD = 0.02
"""How far a band's slope is from its object's (mag a day)."""

OUTLIER_SIGMA = 2.5
"""Beyond so many errors from the line a detection weighs less, as by Huber."""

ERRORS_BELIEVED = 2.0
"""So many detections that lie as far from the line as their errors say are taken for granted."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A line a group (object and band): magnitude (AB) at its newest detection, slope (mag a day), 1 sigma errors."""

    mag: Floats
    err: Floats
    slope: Floats
    slope_err: Floats


@dataclass(frozen=True, slots=True)
class Groups:
    """Detections sorted by group, then time: the first row of each group, its number of rows, and its object."""

    first: Indices
    number: Indices
    object_index: NDArray[np.integer]

    @property
    def newest(self) -> Indices:
        """The last row of each group."""
        rows: Indices = self.first + self.number - 1
        return rows

    def spread(self, values: Floats) -> Floats:
        """Give each row the value of its group."""
        return np.repeat(values, self.number)

    def of_object(self, values: Floats) -> Floats:
        """Give each group the sum over the groups of its object."""
        total: Floats = np.bincount(self.object_index, weights=values)[self.object_index]
        return total


def by_band(object_index: NDArray[np.int32], band: NDArray[np.int8]) -> tuple[Indices, Groups, NDArray[np.int64]]:
    """Sort rows that are in order of object and time by object, band and time.

    Gives the order, the groups of object and band in it, and the number of each group: the object's times the number of
    bands plus the band's code.
    """
    key = object_index.astype(np.int64) * len(BANDS) + band
    # Stable, since the rows of a band must stay in the order of time.
    order = np.argsort(key, kind="stable")
    first = first_rows(key[order])
    number = np.diff(np.append(first, len(order)))
    return order, Groups(first, number, object_index[order[first]]), key[order[first]]


def first_rows(sorted_groups: NDArray[np.int64]) -> Indices:
    """The place of the first row of each group."""
    new = np.ones(len(sorted_groups), dtype=bool)
    new[1:] = sorted_groups[1:] != sorted_groups[:-1]
    return np.flatnonzero(new)


def fit(groups: Groups, jd_utc: Floats, mag: Floats, mag_err: Floats, window_days: float) -> Lines:
    """Fit a line to each group. A detection `window_days` before the newest one has 1/e of its weight."""
    if not len(groups.first):
        return Lines(*np.empty((4, 0)))
    days, base = jd_utc - groups.spread(jd_utc[groups.newest]), mag[groups.newest]
    # Small numbers keep their digits when sums are subtracted.
    height = mag - groups.spread(base)
    near = np.exp(-((days / window_days) ** 2))
    weight = near / (mag_err**2 + SCATTER_MAG**2)
    lines = _solve(groups, days, height, weight)
    off = np.abs(_residual(groups, lines, days, height)) * np.sqrt(weight)
    weight *= OUTLIER_SIGMA / np.maximum(off, OUTLIER_SIGMA)
    lines = _solve(groups, days, height, weight)
    # What scatters more than its errors say, such as a variable star, is known less well.
    misfit = np.add.reduceat(weight * _residual(groups, lines, days, height) ** 2, groups.first)
    free = np.add.reduceat(near, groups.first) - 1
    ratio = (ERRORS_BELIEVED + groups.of_object(misfit)) / (ERRORS_BELIEVED + groups.of_object(free))
    wider = np.sqrt(np.maximum(ratio, 1.0))
    return Lines(lines.mag + base, lines.err * wider, lines.slope, lines.slope_err * wider)


def _residual(groups: Groups, lines: Lines, days: Floats, height: Floats) -> Floats:
    return height - groups.spread(lines.mag) - groups.spread(lines.slope) * days


def _solve(groups: Groups, days: Floats, height: Floats, weight: Floats) -> Lines:
    weighted = weight * days
    columns = np.stack((weight, weighted, weight * height, weighted * days, weighted * height))
    total, by_days, by_height, days_2, days_height = np.add.reduceat(columns, groups.first, axis=1)
    mean_days, mean_height = by_days / total, by_height / total
    lever = np.maximum(days_2 - by_days * mean_days, 0.0)
    rise = days_height - by_days * mean_height
    usual = USUAL_SPREAD**-2
    object_lever = groups.of_object(lever) + usual
    of_object = (groups.of_object(rise) + usual * USUAL_SLOPE) / object_lever
    alike = BAND_SPREAD**-2
    slope = (rise + alike * of_object) / (lever + alike)
    variance = 1 / (lever + alike) + (alike / (lever + alike)) ** 2 / object_lever
    mag = mean_height - slope * mean_days
    return Lines(mag, np.sqrt(1 / total + mean_days**2 * variance), slope, np.sqrt(variance))
