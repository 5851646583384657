"""How long a simulated transient would be live, by those rules of "live or not" that need its light curve only."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tides.efficiency.simulations import Sample
from tides.judgement.current import by_band, fit
from tides.judgement.summaries import SummaryLimits, counted_detections
from tides.lightcurves.model import Bools, Detections, Floats, Indices, LightCurves, is_in, take
from tides.photometry.bands import BANDS
from tides.photometry.sky import galactic_latitude_deg
from tides.settings.sections import Reach
from tides.surveys.survey import Survey
from tides.targets import live_rule
from tides.targets.live_rule import LiveRules

Visits = tuple[Indices, NDArray[np.int64]]
"""The nights in which each event's place was visited: ascending pairs of the event's row and the place of the night."""

STEP_DAYS = 1.0
"""The rule of "live or not" is asked once a day (days)."""


def reachable(sample: Sample, reach: Reach) -> Bools:
    """Tell which events 4MOST reaches; one without a position counts as within reach."""
    ra, dec = (sample.events[name].to_numpy() for name in ("ra_deg", "dec_deg"))
    within = (dec >= reach.dec_min_deg) & (dec <= reach.dec_max_deg)
    within &= np.abs(galactic_latitude_deg(ra, dec)) >= reach.galactic_latitude_min_deg
    return within | ~np.isfinite(ra) | ~np.isfinite(dec)


def days_live(
    sample: Sample, trigger_jd: Floats, rules: LiveRules, from_jd: Floats | None = None, until_jd: float = np.inf
) -> Floats:
    """Count the days on which each event is live, at 0, 1, 2 … days after its trigger (JD UTC; NaN: never).

    Only days from `from_jd` on (an event each; None: the trigger) and before `until_jd` count (JD UTC).
    An event is live while it is within reach, not faint and not unobserved (`tides.targets.live_rule`). Its place was
    visited in the nights of its own photometry. Upper limits are known up to the newest detection, as messages bring
    them.
    """
    days = np.zeros(len(sample.events))
    events = np.flatnonzero(np.isfinite(trigger_jd) & reachable(sample, rules.reach))
    counts_from = trigger_jd[events] if from_jd is None else from_jd[events]
    visits = _visits(sample, events)
    for now, live in _followed(sample, events, trigger_jd[events], trigger_jd[events], rules, visits):
        days[events] += STEP_DAYS * (live & (now >= counts_from) & (now < until_jd))
    return days


def nights_live(
    survey: Survey, light_curves: LightCurves, places: Sequence[tuple[float | None, float | None]],
    visited: Sequence[Sequence[int]], trigger_jd: Floats, rules: LiveRules, until_jd: float, nights: int,
    first: bool = False,
) -> Bools:  # fmt: skip
    """Tell of observed light curves whether each is live at `until_jd` (JD UTC) and on the days before.

    The rules are those of `days_live`. `places` are ICRS degrees; `visited` are the nights in which each place was
    visited, ascending, in the survey's own numbers. There are `nights` columns, the oldest first, each one day after
    the one before. The last is `until_jd`. With `first` the rule is asked for the first time in the first column, as of
    a target that has just been made.
    """
    table = pd.DataFrame(places, columns=["ra_deg", "dec_deg"], dtype=np.float64)
    sample = Sample(survey, table, light_curves, True, ())
    grid = np.zeros((len(sample.events), nights), dtype=bool)
    events = np.flatnonzero((trigger_jd <= until_jd) & reachable(sample, rules.reach))
    ago = np.floor(until_jd - trigger_jd[events])
    start = until_jd - (np.minimum(ago, nights - 1) if first else ago)
    numbers = [visited[event] for event in events.tolist()]
    row = np.repeat(np.arange(len(events)), [len(of_event) for of_event in numbers])
    ends = np.array([survey.night_end(night) for of_event in numbers for night in of_event], dtype=np.float64)
    visits = row, survey.nights.place(ends - 0.5)
    for now, live in _followed(sample, events, start, trigger_jd[events], rules, visits):
        column = np.rint(now - until_jd).astype(np.int64) + nights - 1
        shown = (column >= 0) & (column < nights)
        grid[events[shown], column[shown]] = live[shown]
        if (column >= nights - 1).all():
            break
    return grid


def _followed(
    sample: Sample, events: Indices, start: Floats, trigger_jd: Floats, rules: LiveRules, visits: Visits
) -> Iterator[tuple[Floats, Bools]]:
    """Ask the rule of events day by day, of each from its own `start` on (JD UTC). Gives the times, and who is live."""
    if not len(events):
        return
    bands = _Bands(sample, events, rules.survey.current_window_days)
    faint = np.zeros(len(events), dtype=bool)
    seen = sample.light_curves.detections
    ends = np.full(len(sample.events), -np.inf)
    ends[seen.object_index] = seen.jd_utc  # of several assignments to one event the last one stays
    # Later than this no event can be live: it has not been seen for `unobserved_days`.
    longest = (np.maximum(ends[events], trigger_jd) - start).max() + rules.live.unobserved_days
    for step in range(int(np.ceil(longest / STEP_DAYS)) + 1):
        now = start + step * STEP_DAYS
        newest_jd, mag = bands.at(now)
        # The day before decides too, since the hysteresis keeps a faint target faint.
        faint = live_rule.is_faint(faint, newest_jd, mag, now, rules.survey, rules.live.hysteresis_mag)
        # The function may count detections that "live or not" does not: at the trigger the event was seen.
        last_jd = np.maximum(newest_jd.max(axis=1), trigger_jd)
        nights = sample.survey.nights
        # Of the night of `now` nothing is known before it has ended.
        silent = live_rule.silent_visits(nights.place(last_jd), nights.place(now) - 1, *visits)
        off = faint | live_rule.is_unobserved(silent, now - last_jd, rules.survey, rules.live)
        # A simulation is of one survey, so that the rule of several surveys gets one column.
        yield (
            now,
            ~live_rule.is_off(off[:, None], last_jd[:, None], np.ones((len(events), 1), dtype=bool), now, rules.live),
        )


def _visits(sample: Sample, events: Indices) -> Visits:
    """Give the nights in which each event's place was visited, as ascending pairs of the event's row and the night."""
    seen, faded = sample.light_curves.detections, sample.light_curves.fadings
    place = np.full(sample.light_curves.objects, -1)
    place[events] = np.arange(len(events))
    event = place[np.concatenate([seen.object_index, faded.object_index])]
    night = sample.survey.nights.place(np.concatenate([seen.jd_utc, faded.jd_utc]))
    pairs = np.unique(np.stack([event, night])[:, event >= 0], axis=1)
    return pairs[0], pairs[1]


class _Bands:
    """The known state of each event's bands at a time. Callers must ask in ascending order of time."""

    def __init__(self, sample: Sample, events: Indices, window_days: float):
        chunk = sample.light_curves
        place = np.full(chunk.objects, -1)
        place[events] = np.arange(len(events))
        shape = (len(events), len(BANDS))
        limits = SummaryLimits(window_days)
        self._seen = _Lines(counted_detections(chunk.detections, limits), place, shape, window_days)
        faded = take(chunk.fadings, is_in(chunk.fadings.band, limits.filters))
        # A limit makes a band fainter as a measurement does.
        mag = np.where(np.isfinite(faded.mag), faded.mag, faded.limit_mag)
        self._faded = _Track(place[faded.object_index], faded.band, faded.jd_utc, mag, shape)
        told = chunk.detections
        one_band = np.zeros(len(told.band), dtype=np.int8)
        self._told = _Track(place[told.object_index], one_band, told.jd_utc, told.jd_utc, (len(events), 1))

    def at(self, jd_utc: Floats) -> tuple[Floats, Floats]:
        """Give each event's and band's newest detection (JD UTC) and current magnitude (AB) at the event's own time."""
        line = self._seen.at(jd_utc)
        # Upper limits come with messages, and a message comes with a detection of any band.
        limit_jd, limit_mag = self._faded.at(self._told.at(jd_utc)[0][:, 0])
        mag, _ = live_rule.current_mag(line, line.jd_utc, limit_jd, limit_mag, jd_utc)
        return line.jd_utc, mag


class _Lines:
    """The lines through the counted detections of each event, followed forward in time."""

    def __init__(self, counted: Detections, place: Indices, shape: tuple[int, int], window_days: float):
        self._seen = take(counted, place[counted.object_index] >= 0)
        self._event = place[self._seen.object_index].astype(np.int32)
        bounds = np.searchsorted(self._event, np.arange(shape[0] + 1))
        self._first, self._end, self._known = bounds[:-1], bounds[1:], bounds[:-1].copy()
        self._window_days = window_days
        never, unknown = np.full(shape, -np.inf), (np.full(shape, np.nan) for _ in range(4))
        self._line = live_rule.Line(never, *unknown)

    def at(self, jd_utc: Floats) -> live_rule.Line:
        """Give the line of each event and band from what is known up to the event's own time."""
        before = self._known.copy()
        waiting = np.flatnonzero(self._known < self._end)
        # Each event goes on from where the last question left it, so that a line is fitted only where one is new.
        while len(waiting := waiting[self._seen.jd_utc[self._known[waiting]] <= jd_utc[waiting]]):
            self._known[waiting] += 1
            waiting = waiting[self._known[waiting] < self._end[waiting]]
        changed = np.flatnonzero(self._known > before)
        if len(changed):
            number = self._known[changed] - self._first[changed]
            starts = np.repeat(self._first[changed] - np.cumsum(number) + number, number)
            self._fit(starts + np.arange(number.sum()))
        return self._line

    def _fit(self, rows: Indices) -> None:
        seen = take(self._seen, rows)
        order, groups, keys = by_band(self._event[rows], seen.band)
        jd_utc = seen.jd_utc[order]
        lines = fit(groups, jd_utc, seen.mag[order], seen.mag_err[order], self._window_days)
        fitted = (jd_utc[groups.newest], lines.mag, lines.err, lines.slope, lines.slope_err)
        line = self._line
        for known, values in zip((line.jd_utc, line.mag, line.err, line.slope, line.slope_err), fitted, strict=True):
            known.ravel()[keys] = values


class _Track:
    """Values over time, a track for each event and band, followed forward in time."""

    def __init__(self, event: Indices, band: NDArray[np.int8], jd_utc: Floats, values: Floats, shape: tuple[int, int]):
        kept = np.flatnonzero(event >= 0)
        group = event[kept].astype(np.int64) * shape[1] + band[kept]
        order = np.lexsort((jd_utc[kept], group))
        self._group, rows = group[order], kept[order]
        self._jd_utc, self._values = jd_utc[rows], values[rows]
        bounds = np.searchsorted(self._group, np.arange(shape[0] * shape[1] + 1))
        self._first, self._end = bounds[:-1], bounds[1:]
        self._row = self._first - 1
        self._shape = shape

    def at(self, jd_utc: Floats) -> tuple[Floats, Floats]:
        """Give each track's newest time (JD UTC) and value up to its event's own time, else -infinity and NaN."""
        now = np.repeat(jd_utc, self._shape[1])
        waiting = np.flatnonzero(self._row + 1 < self._end)
        # Each track goes on from where the last question left it, so that no point is passed twice.
        while len(waiting := waiting[self._jd_utc[self._row[waiting] + 1] <= now[waiting]]):
            self._row[waiting] += 1
            waiting = waiting[self._row[waiting] + 1 < self._end[waiting]]
        has = self._row >= self._first
        newest_jd, value = np.full(len(now), -np.inf), np.full(len(now), np.nan)
        newest_jd[has], value[has] = self._jd_utc[self._row[has]], self._values[self._row[has]]
        return newest_jd.reshape(self._shape), value.reshape(self._shape)
