"""Criteria on how a light curve changes: what was there before it, its change, its dips, its colour.

As all criteria they are asked at every detection of a light curve at once (judgement/history.py). Definitions, units
and sources are in docs/selection.md.
"""

import numpy as np

from tides.functions.keys import CHANGE_SIGMA, QUIET_SIGMA, Criterion
from tides.judgement.criteria import UNKNOWN, Judge, Outcome
from tides.judgement.history import History, Rows
from tides.lightcurves.model import Bools, Floats, Indices, once
from tides.photometry.bands import BANDS

DETECTIONS_OF_A_DIP = 3
"""A dip has a detection before, one in it, and one after."""


def quiet_before(history: History, asked: Criterion) -> Outcome:
    """At most so many measurements more than `days` before the first counted detection lie QUIET_SIGMA off zero.

    They are detections of any band, sign and score, one an exposure, and forced photometry. Unknown where nothing was
    measured then.
    """
    seen, fadings = history.detections, history.chunk.fadings
    # The place behind the last row stands for "none counted": date 0, before which nothing lies.
    first_jd = np.append(seen.jd_utc, 0.0)[history.oldest_counted()]
    until = seen.object_index + 1j * (first_jd - (asked.days or 0.0))
    # Complex numbers sort by the real part first: here by object, then by time.
    ends = np.maximum(np.searchsorted(seen.object_index + 1j * seen.jd_utc, until), history.begins)
    active = _between(once(np.abs(seen.snr) >= QUIET_SIGMA, seen.exposure), history.begins, ends)
    known = _between(np.isfinite(seen.snr), history.begins, ends)
    if len(fadings.jd_utc):
        order = np.lexsort((fadings.jd_utc, fadings.object_index))
        places = fadings.object_index[order] + 1j * fadings.jd_utc[order]
        days = history.function.history_days
        since_jd = np.zeros_like(first_jd) if days is None else seen.jd_utc - days
        begins = np.searchsorted(places, seen.object_index + 1j * since_jd)
        ends = np.maximum(np.searchsorted(places, until), begins)
        active += _between(np.abs(fadings.snr[order]) >= QUIET_SIGMA, begins, ends)
        known += ends - begins
    held = np.where(known == 0, UNKNOWN, active <= asked.limit).astype(np.int8)
    return Outcome(history.at_last(active), held, "nothing was measured so long before the first counted detection")


def change(history: History, asked: Criterion) -> Outcome:
    """In some band, counted detections differ by so many mag, each taken CHANGE_SIGMA of its error nearer to others."""
    rows, starts = _by_band(history)
    faint, bright = _edges(history, rows)
    # Of each detection the newest one before it that is so much brighter, or so much fainter.
    fainter_by = _newest_below(faint, bright - asked.limit, starts)
    brighter_by = _newest_below(-bright, -faint - asked.limit, starts)
    newest = np.maximum(fainter_by, brighter_by)
    partner = np.full(len(history.counted), -1)
    partner[rows] = np.where(newest >= 0, rows[newest], -1)
    value = _change_at_last(history, rows, starts, faint, bright)
    return Outcome(value, np.maximum.accumulate(partner) >= history.begins)


def dips(history: History, asked: Criterion) -> Outcome:
    """At most this fraction of the counted detections lies in a dip. Unknown with fewer than three.

    A detection lies in a dip if one before it and one after it, both counted and of its band, are each brighter by so
    many mag. Each is taken CHANGE_SIGMA of its error nearer to the others.
    """
    most, mag = asked.limit
    rows, starts = _by_band(history)
    faint, bright = _edges(history, rows)
    before = _newest_below(faint, bright - mag, starts)
    ends = (len(rows) - np.append(starts, len(rows))[1:])[::-1]
    after = len(rows) - 1 - _newest_below(faint[::-1], (bright - mag)[::-1], ends)[::-1]
    in_dip = (before >= 0) & (after < len(rows))
    number = history.count_spans(rows[before[in_dip]], rows[after[in_dip]])
    counted = history.count(history.counted, history.begins)
    fraction = number / np.maximum(counted, 1)
    held = np.where(counted < DETECTIONS_OF_A_DIP, UNKNOWN, fraction <= most).astype(np.int8)
    return Outcome(
        _value_at_last(history, np.where(counted < DETECTIONS_OF_A_DIP, np.nan, fraction)),
        held,
        "fewer than three detections count",
    )


def colour(history: History, asked: Criterion) -> Outcome:
    """The newest counted detections of two bands, at most `days` apart, have a colour (mag) in the range."""
    colours, _ = _colours(history, asked)
    return _in_range(history, colours, asked, "no counted detections of both bands within the days")


def colour_change(history: History, asked: Criterion) -> Outcome:
    """The colour has changed by so many mag, in the range, since the first one of the history.

    It is unknown while no two detections have a colour of which both are newer than the earlier one of the first pair.
    """
    colours, begin = _colours(history, asked)
    known = np.flatnonzero(np.isfinite(colours))
    if not len(known):
        return _in_range(history, colours, asked, "no colour is known")
    # The rows of a colour only grow, so that the first colour of each history is found by bisection.
    place = np.searchsorted(begin[known], history.begins)
    first = known[np.minimum(place, len(known) - 1)]
    changed = np.where(begin > begin[first], colours - colours[first], np.nan)
    return _in_range(history, changed, asked, "no second colour is known")


def _colours(history: History, asked: Criterion) -> tuple[Floats, Rows]:
    """The colour at each row (mag, NaN unknown), and the earlier of its two detections (-1 where unknown)."""
    seen = history.detections
    one, other = (history.newest(history.counted & (seen.band == BANDS.index(name))) for name in asked.bands)
    apart = np.abs(seen.jd_utc[one] - seen.jd_utc[other])
    earlier = np.minimum(one, other)
    # What is detected in one moment is known together, so that no order of the points tells.
    known = (earlier >= history.begins) & (apart <= (asked.days or 0.0)) & history.ends
    return np.where(known, seen.mag[one] - seen.mag[other], np.nan), np.where(known, earlier, -1)


def _in_range(history: History, values: Floats, asked: Criterion, note: str) -> Outcome:
    low, high = asked.limit
    held = np.where(np.isnan(values), UNKNOWN, (values >= low) & (values <= high)).astype(np.int8)
    return Outcome(_value_at_last(history, values), held, note)


def _value_at_last(history: History, values: Floats) -> Floats:
    at_last = np.full(history.objects, np.nan)
    at_last[history.seen_objects] = values[history.last]
    return at_last


def _between(mask: Bools, begins: Indices, ends: Indices) -> Rows:
    """Count the marked rows of each span from `begins` up to, not with, `ends`."""
    before = np.cumsum(np.append(0, mask))
    return before[ends] - before[begins]


def _by_band(history: History) -> tuple[Indices, Indices]:
    """The counted rows, object by object and band by band in order of time; and where each of these groups starts."""
    rows = np.flatnonzero(history.counted)
    seen = history.detections
    group = seen.object_index[rows].astype(np.int64) * len(BANDS) + seen.band[rows]
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    return rows, np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])


def _edges(history: History, rows: Indices) -> tuple[Floats, Floats]:
    """The faint and the bright end (mag) of each detection's error, CHANGE_SIGMA wide."""
    mag, wide = history.detections.mag[rows], CHANGE_SIGMA * history.detections.mag_err[rows]
    return mag + wide, mag - wide


def _newest_below(values: Floats, limits: Floats, starts: Indices) -> Rows:
    """For each row the newest row before it in its group whose value is at most the limit of this row; -1 for none.

    `starts` has the first row of each group.
    """
    size = len(values)
    first = np.repeat(starts, np.diff(np.append(starts, size)))
    # The least value of 1, 2, 4 … rows, each up to a row. One more row in front stops every search.
    least = [np.append(-np.inf, values)]
    while 1 << len(least) <= (np.arange(size) - first).max(initial=0):
        width, last = 1 << (len(least) - 1), least[-1]
        least.append(np.minimum(last, np.append(np.full(width, -np.inf), last[:-width])))
    place = np.arange(size)
    # A span without such a row is passed over, the long ones first.
    for width, spans in reversed([(1 << level, spans) for level, spans in enumerate(least)]):
        place = np.where(spans[place] > limits, np.maximum(place - width, 0), place)
    return np.where((place - 1 >= first) & (least[0][place] <= limits), place - 1, -1)


def _change_at_last(history: History, rows: Indices, starts: Indices, faint: Floats, bright: Floats) -> Floats:
    """Each object's largest change (mag) in one band over the history of its last row; NaN: none is significant."""
    largest = np.full(history.objects, np.nan)
    if not len(rows):
        return largest
    held = history.is_in_last(history.begins)[rows]
    faintest = np.maximum.reduceat(np.where(held, bright, -np.inf), starts)
    brightest = np.minimum.reduceat(np.where(held, faint, np.inf), starts)
    objects = history.detections.object_index[rows[starts]]
    changed = np.zeros(history.objects)
    np.maximum.at(changed, objects, faintest - brightest)
    return np.where(changed > 0, changed, np.nan)


SHAPE_CRITERIA: dict[str, Judge] = {
    "quietBefore": quiet_before,
    "change": change,
    "dips": dips,
    "colour": colour,
    "colourChange": colour_change,
}
"""The criteria on the shape of a light curve, by their key in the YAML."""
