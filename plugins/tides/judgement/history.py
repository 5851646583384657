"""A chunk's light curves as they grew: row i stands for a light curve up to and with detection i.

A criterion is asked of every row at once. So the verdict (at an object's last row) and the trigger date (at the first
row that passes) come from the same columns.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tides.clock import SAME_DETECTION_D
from tides.functions.functions import Function
from tides.judgement.counting import uncounted
from tides.lightcurves.model import Bools, Detections, Floats, Indices, LightCurves, once, take
from tides.surveys.survey import Survey

Rows = NDArray[np.intp]


class History:
    """The usable detections of a chunk, those that a function counts, and the alerts' columns.

    Each row has its own history cut: at row i the detections from `begins[i]` to i are judged. `counted` marks the
    counted detections, and `measured` those at which magLimit looks. `contexts` has the alerts' columns: those of now,
    an object each (none: unknown), then what was said earlier. `context_of` gives each row the place of its own.
    """

    def __init__(
        self,
        chunk: LightCurves,
        survey: Survey,
        function: Function,
        columns: Sequence[Mapping[str, object]] = (),
        earlier: Mapping[int, Sequence[tuple[float, Mapping[str, object]]]] = MappingProxyType({}),
    ):
        seen = chunk.detections
        self.detections: Detections = seen if seen.usable.all() else take(seen, seen.usable)
        self.chunk = chunk
        self.objects = chunk.objects
        self.contexts, self.context_of = _contexts(self.detections, columns, earlier)
        self.function = function
        seen = self.detections
        self.counted: Bools = ~np.logical_or.reduce(list(uncounted(seen, function).values()))
        # On ZTF D3.3.3's limit looks at all of them (docs/science.md, "The deliverable's four functions").
        everything = function.as_deliverable and survey.measures_all
        self.measured: Bools = np.isfinite(seen.mag) if everything else self.counted

    @cached_property
    def last(self) -> Indices:
        """The row of the last detection of each object that has one."""
        objects = self.detections.object_index
        return np.flatnonzero(np.append(objects[1:] != objects[:-1], len(objects) > 0)[: len(objects)])

    @cached_property
    def ends(self) -> Bools:
        """The rows at which the light curve up to then is whole: detections of one moment are known together."""
        objects, jd_utc = self.detections.object_index, self.detections.jd_utc
        ends = np.ones(len(objects), dtype=bool)
        ends[:-1] = (objects[1:] != objects[:-1]) | (np.diff(jd_utc) >= SAME_DETECTION_D)
        return ends

    @cached_property
    def seen_objects(self) -> Indices:
        """The objects that have a detection, in the order of `last`."""
        return self.detections.object_index[self.last].astype(np.intp)

    @cached_property
    def _rows_of_object(self) -> Indices:
        """How many rows each of `seen_objects` has."""
        return np.diff(np.append(-1, self.last))

    @cached_property
    def _first_of_object(self) -> Indices:
        return np.repeat(self.last + 1 - self._rows_of_object, self._rows_of_object)

    @cached_property
    def begins(self) -> Indices:
        """For each row the first row that its history still holds."""
        days = self.function.history_days
        return self._first_of_object if days is None else self.since(days)

    def since(self, days: float) -> Indices:
        """For each row the first one at most so many days before it."""
        jd_utc, objects = self.detections.jd_utc, self.detections.object_index
        earliest = jd_utc - days
        # Where nothing is old enough to be cut, the sort is spared.
        if not (jd_utc[self._first_of_object] < earliest).any():
            return self._first_of_object
        # Complex numbers sort by the real part first: here by object, then by time. A detection at the cut is still in.
        return np.searchsorted(objects + 1j * jd_utc, objects + 1j * earliest, side="left")

    def window(self, days: float | None) -> Indices:
        """For each row the first one in its history that is at most so many days before it (None: all of it)."""
        return self.begins if days is None else np.maximum(self.begins, self.since(days))

    @cached_property
    def _leaves(self) -> Indices:
        """For each row the first later row whose history no longer holds it."""
        if self.begins is self._first_of_object:
            return np.repeat(self.last + 1, self._rows_of_object)
        return np.searchsorted(self.begins, np.arange(len(self.begins)), side="right")

    def distinct(self, groups: NDArray[np.integer]) -> Rows:
        """Count at each row the distinct groups (bands, nights) among the counted detections of its history."""
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

    def count(self, mask: Bools, begins: Indices) -> Rows:
        """Count at each row the marked rows from `begins` on."""
        before = np.cumsum(np.append(0, mask))
        return before[1:] - before[begins]

    def count_spans(self, firsts: Indices, lasts: Indices) -> Rows:
        """Count at each row the spans, from a first to a last row, that its history holds as a whole."""
        size = len(self.counted)
        # A span whose first row has left before its last one comes is never held.
        until = np.maximum(self._leaves[firsts], lasts)
        change = np.bincount(lasts, minlength=size + 1) - np.bincount(until, minlength=size + 1)
        return np.cumsum(change[:size])

    def count_exposures(self, mask: Bools, begins: Indices) -> Rows:
        """Count at each row the exposures whose first marked row is `begins` or later."""
        return self.count(once(mask, self.detections.exposure), begins)

    def newest(self, mask: Bools) -> Rows:
        """Give at each row the newest marked row up to it, of any object; -1 where there is none."""
        # Another object's row lies before `begins`, with which each caller compares.
        return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))

    def oldest_counted(self) -> Rows:
        """Give at each row the oldest counted row of its history; the number of rows where there is none up to it."""
        rows = len(self.counted)
        next_one = np.minimum.accumulate(np.where(self.counted, np.arange(rows), rows)[::-1])[::-1]
        oldest = next_one[self.begins]
        return np.where(oldest <= np.arange(rows), oldest, rows)

    def is_in_last(self, begins: Indices) -> Bools:
        """Tell which rows lie between an object's `begins` and its last row."""
        return np.arange(len(begins)) >= np.repeat(begins[self.last], self._rows_of_object)

    def least_at_last(self, values: Floats, begins: Indices) -> Floats:
        """Give each object the least value from `begins` to its last row; NaN where all are infinity."""
        least = np.full(self.objects, np.nan)
        if len(values):
            held = np.where(self.is_in_last(begins), values, np.inf)
            found = np.minimum.reduceat(held, np.append(0, self.last[:-1] + 1))
            least[self.seen_objects] = np.where(np.isfinite(found), found, np.nan)
        return least

    def at_last(self, running: NDArray[np.integer]) -> NDArray[np.integer]:
        """Give each object the value of its last row, 0 where it has no detection."""
        values = np.zeros(self.objects, dtype=running.dtype)
        values[self.seen_objects] = running[self.last]
        return values


def _contexts(
    detections: Detections,
    columns: Sequence[Mapping[str, object]],
    earlier: Mapping[int, Sequence[tuple[float, Mapping[str, object]]]],
) -> tuple[list[Mapping[str, object]], NDArray[np.integer]]:
    """The columns of all contexts, and the one of each detection. `earlier` are an object's, each with its end."""
    contexts, of_row = list(columns), detections.object_index
    if not earlier:
        return contexts, of_row
    of_row = of_row.astype(np.intp)
    for place, said in earlier.items():
        first, end = np.searchsorted(detections.object_index, (place, place + 1))
        dates, own = detections.jd_utc[first:end], of_row[first:end]
        # From the newest to the oldest, so that each detection ends with what was said when it was first judged.
        for until_jd, then in reversed(said):
            own[dates < until_jd + SAME_DETECTION_D] = len(contexts)
            # What was not read then is as it is now.
            contexts.append({**columns[place], **then})
    return contexts, of_row
