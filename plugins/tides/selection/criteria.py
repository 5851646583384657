"""One function a criterion: what it measures on the light curves of a chunk, and where it holds.

A criterion is asked of every prefix of a light curve at once, the light curve up to and with each detection, so that
the verdict (at the last detection) and the trigger date (at the first that passes) come from the same columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import Bools, Detections, Indices, LightCurves, is_in, take
from tides.selection.functions import Function

HELD, FAILED, UNKNOWN = 1, 0, -1
"""What cannot be judged is unknown, and passes."""

Held = NDArray[np.int8]


@dataclass(frozen=True)
class Outcome:
    """A criterion's value for each object (NaN: there is none), and whether it holds at each detection."""

    value: NDArray[np.floating] | NDArray[np.integer]
    held: Held | Bools
    note: str | None = None


class History:
    """The usable detections of a chunk as they came in: row i stands for a light curve up to and with detection i.

    The function's history cut belongs to each row: at row i the detections from `begins[i]` to i are judged.
    `counted` marks what counts towards bands and nights, `measured` what magLimit looks at.
    """

    def __init__(self, chunk: LightCurves, survey: str, function: Function):
        seen = chunk.detections
        self.detections: Detections = seen if seen.usable.all() else take(seen, seen.usable)
        self.objects = chunk.objects
        self.lite = chunk.lite
        self.survey = survey
        self._history_days = function.history_days
        seen = self.detections
        self.counted: Bools = (
            (seen.snr >= function.significance)
            & np.isfinite(seen.mag)
            & np.isfinite(seen.mag_err)
            & is_in(seen.band, function.filters)
        )
        if function.positive_only:
            self.counted &= seen.positive
        # On ZTF D3.3.3 compares its limit with the brightest detection of any band, sign and significance.
        everything = function.as_deliverable and survey == "ztf"
        self.measured: Bools = np.isfinite(seen.mag) if everything else self.counted

    @cached_property
    def last(self) -> Indices:
        """The row of the last detection of each object that has one."""
        objects = self.detections.object_index
        return np.flatnonzero(np.append(objects[1:] != objects[:-1], len(objects) > 0)[: len(objects)])

    @cached_property
    def seen_objects(self) -> Indices:
        """The objects that have a detection, in the order of `last`."""
        return self.detections.object_index[self.last].astype(np.intp)

    @cached_property
    def _first_of_object(self) -> Indices:
        firsts = np.append(0, self.last[:-1] + 1) if len(self.last) else self.last
        return np.repeat(firsts, np.diff(np.append(firsts, len(self.counted))))

    @cached_property
    def begins(self) -> Indices:
        """For each row the first row that its history still holds."""
        if self._history_days is None:
            return self._first_of_object
        jd_utc, objects = self.detections.jd_utc, self.detections.object_index
        earliest = jd_utc - self._history_days
        if not (jd_utc[self._first_of_object] < earliest).any():
            return self._first_of_object
        rows = len(jd_utc)
        merged = np.lexsort(
            (
                np.repeat((0, 1), rows),  # a detection exactly at the cut is still in
                np.concatenate((earliest, jd_utc)),
                np.tile(objects, 2),
            )
        )
        is_cut = merged < rows
        begins = np.empty(rows, dtype=np.intp)
        begins[merged[is_cut]] = np.cumsum(~is_cut)[is_cut]
        return begins

    @cached_property
    def _leaves(self) -> Indices:
        """For each row the first later row whose history no longer holds it."""
        if self.begins is self._first_of_object:
            return np.repeat(self.last + 1, np.diff(np.append(-1, self.last)))
        return np.searchsorted(self.begins, np.arange(len(self.begins)), side="right")

    def distinct(self, groups: NDArray[np.integer]) -> NDArray[np.intp]:
        """Count at each row the different groups (bands, nights) among the counted detections of its history."""
        rows = np.flatnonzero(self.counted)
        size = len(self.counted)
        if not len(rows):
            return np.zeros(size, dtype=np.intp)
        group = groups[rows].astype(np.int64)
        group -= group.min()
        key = self.detections.object_index[rows] * (group.max() + 1) + group
        order = np.argsort(key.astype(np.min_scalar_type(key.max())), kind="stable")  # short keys sort in linear time
        # A detection speaks for its group until the next one of that group comes, or until it leaves the history.
        until = self._leaves[rows]
        again = key[order[1:]] == key[order[:-1]]
        earlier, later = order[:-1][again], order[1:][again]
        until[earlier] = np.minimum(until[earlier], rows[later])
        change = self.counted.astype(np.intp)
        change -= np.bincount(until, minlength=size + 1)[:size]
        return np.cumsum(change)

    def at_last(self, running: NDArray[np.integer]) -> NDArray[np.integer]:
        """Give each object the value of its last row, 0 where it has no detection."""
        values = np.zeros(self.objects, dtype=running.dtype)
        values[self.seen_objects] = running[self.last]
        return values


def min_bands(history: History, limit: float) -> Outcome:
    """At least so many bands with a counted detection (D3.3.3)."""
    bands = history.distinct(history.detections.band)
    return Outcome(history.at_last(bands), bands >= limit)


def min_nights(history: History, limit: float) -> Outcome:
    """At least so many nights with a counted detection (D3.3.3); a night is nid on ZTF, day_obs on LSST."""
    nights = history.distinct(history.detections.night)
    return Outcome(history.at_last(nights), nights >= limit)


def mag_limit(history: History, limit: float) -> Outcome:
    """The brightest detection is at least so bright (AB mag; D3.3.3)."""
    mag = np.where(history.measured, history.detections.mag, np.inf)
    rows = np.arange(len(mag))
    bright_enough = np.maximum.accumulate(np.where(mag <= limit, rows, -1))
    value = np.full(history.objects, np.nan)
    if len(rows):
        in_last_history = rows >= np.repeat(history.begins[history.last], np.diff(np.append(-1, history.last)))
        brightest = np.minimum.reduceat(np.where(in_last_history, mag, np.inf), np.append(0, history.last[:-1] + 1))
        value[history.seen_objects] = np.where(np.isfinite(brightest), brightest, np.nan)
    return Outcome(value, bright_enough >= history.begins)


def usable(history: History, limit: float) -> Outcome:
    """At least so many detections that LSST does not disown; unknown where the light curve has not the keys for it."""
    detections = history.detections
    number = np.bincount(detections.object_index, minlength=history.objects)
    unknown = history.lite[detections.object_index]
    return Outcome(
        number,
        np.where(unknown, UNKNOWN, HELD).astype(np.int8),
        "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given",
    )


CRITERIA: dict[str, Callable[[History, float], Outcome]] = {
    "minBands": min_bands,
    "minNights": min_nights,
    "magLimit": mag_limit,
}
"""The criteria that a function can name, by the key in its YAML."""

SURVEY_CRITERIA: dict[str, tuple[tuple[str, float, Callable[[History, float], Outcome]], ...]] = {
    "lsst": (("usable", 1, usable),),
    "ztf": (),
}
"""What every function asks on a survey, with its limit, whatever its YAML says."""
