"""The conditions of a filter at Lasair, on the columns that follow from a simulated light curve."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tides import clock
from tides.brokers.lasair import served
from tides.efficiency.simulations import Sample
from tides.errors import SettingsError
from tides.functions.conditions import comparison_of, parts_of
from tides.functions.keys import Criteria, nearest, read_criteria
from tides.judgement.alert_criteria import COMPARE
from tides.lightcurves.model import Bools, Detections, Floats
from tides.photometry.ab import njy_of
from tides.photometry.bands import BANDS
from tides.surveys.survey import Survey


@dataclass(frozen=True)
class Alerts:
    """The detections of a sample's events, one alert each, and the events' positions."""

    seen: Detections
    events: pd.DataFrame

    def numbered(self, mask: Bools) -> Floats:
        """Count for each alert the marked detections of its event up to it."""
        before = np.cumsum(np.append(0, mask))
        first = np.searchsorted(self.seen.object_index, self.seen.object_index)
        return (before[1:] - before[first]).astype(np.float64)

    def nights(self, mask: Bools) -> Floats:
        """Count for each alert the nights with a marked detection of its event up to it."""
        rows = np.flatnonzero(mask)
        events, night = self.seen.object_index[rows], self.seen.night[rows]
        is_new = np.ones(len(rows), dtype=bool)
        is_new[1:] = (events[1:] != events[:-1]) | (night[1:] != night[:-1])
        begins = np.zeros(len(mask), dtype=bool)
        begins[rows[is_new]] = True
        return self.numbered(begins)

    def newest(self, mask: Bools, values: Floats) -> Floats:
        """Give for each alert the value of its event's newest marked detection up to it, NaN where there is none."""
        row = np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))
        # The running maximum goes on from one event into the next.
        is_own = (row >= 0) & (self.seen.object_index[row] == self.seen.object_index)
        return np.where(is_own, values[row], np.nan)

    def brightest(self, mask: Bools) -> Floats:
        """Give for each alert the magnitude of its event's brightest marked detection up to it, else NaN."""
        mags = pd.Series(np.where(mask, self.seen.mag, np.inf)).groupby(self.seen.object_index).cummin().to_numpy()
        return np.where(np.isfinite(mags), mags, np.nan)

    def first_jd(self) -> Floats:
        """Give for each alert the time (JD UTC) of its event's first detection."""
        return self.seen.jd_utc[np.searchsorted(self.seen.object_index, self.seen.object_index)]

    def place(self, name: str) -> Floats:
        """Give for each alert a coordinate of its event."""
        return self.events[name].to_numpy()[self.seen.object_index]

    def is_of(self, band: str) -> Bools:
        """Mark the detections in a band."""
        return self.seen.band == BANDS.index(band)


Column = Callable[[Alerts], Floats]


def _all(alerts: Alerts) -> Bools:
    return np.ones(len(alerts.seen.jd_utc), dtype=bool)


def _flux_njy(alerts: Alerts) -> Floats:
    return njy_of(alerts.seen.mag)


def _mjd_tai(alerts: Alerts) -> Floats:
    return clock.jd_utc_to_mjd_tai(alerts.seen.jd_utc)


# These are functions, since a lambda in a loop over the bands would know the last band only.
def _of_band(band: str, values: Column) -> Column:
    return lambda alerts: alerts.newest(alerts.is_of(band), values(alerts))


def _number_in(band: str) -> Column:
    return lambda alerts: alerts.numbered(alerts.is_of(band))


def _brightest_in(band: str) -> Column:
    return lambda alerts: alerts.brightest(alerts.is_of(band))


COLUMNS: dict[str, Column] = {
    "nDiaSources": lambda alerts: alerts.numbered(_all(alerts)),
    "nPosDiaSources": lambda alerts: alerts.numbered(alerts.seen.positive),
    "nPosDiaSourcesNights": lambda alerts: alerts.nights(alerts.seen.positive),
    "firstDiaSourceMjdTai": lambda alerts: clock.jd_utc_to_mjd_tai(alerts.first_jd()),
    "lastDiaSourceMjdTai": _mjd_tai,
    "latest_psfFlux": _flux_njy,
    **{f"n{band}Sources": _number_in(band) for band in BANDS},
    **{f"{band}_psfFlux": _of_band(band, _flux_njy) for band in BANDS},
    **{f"{band}_latestMJD": _of_band(band, _mjd_tai) for band in BANDS},
    "ra": lambda alerts: alerts.place("ra_deg"),
    "decl": lambda alerts: alerts.place("dec_deg"),
    # From here on the names are Lasair-ZTF's, above they are Lasair-LSST's.
    "ncandgp": lambda alerts: alerts.numbered(alerts.seen.positive),
    "jdmin": lambda alerts: alerts.first_jd(),
    "jdmax": lambda alerts: alerts.seen.jd_utc,
    **{f"{band}mag": _of_band(band, lambda alerts: alerts.seen.mag) for band in BANDS},
    **{f"mag{band}min": _brightest_in(band) for band in BANDS},
    **{f"jd{band}max": _of_band(band, lambda alerts: alerts.seen.jd_utc) for band in BANDS},
    "ramean": lambda alerts: alerts.place("ra_deg"),
    "decmean": lambda alerts: alerts.place("dec_deg"),
}
"""Columns of Lasair's `objects` (docs/contracts/lasair.md, "Messages"), as each alert's message has them."""


def read_conditions(text: str, survey: Survey) -> Criteria:
    """Read conditions such as "nPosDiaSources >= 3 AND objects.decl < 20".

    Raises SettingsError for anything but comparisons with numbers joined by AND. Raises it also for a column that does
    not follow from a simulated light curve, and then names the columns that do.
    """
    known = dict.fromkeys(served(survey.name).columns)
    if not known:
        raise SettingsError(f"--filter: nothing is known of what Lasair has of survey {survey.name}; leave it out")
    comparisons = []
    for part in parts_of(text) or [text]:
        named = re.search(r"[A-Za-z_][\w.]*", part)
        column = named[0].removeprefix("objects.") if named else part
        if column not in known:
            raise SettingsError(
                f"--filter: {column} cannot be computed from a simulated light curve; these can: {', '.join(known)}; "
                f"the nearest is {nearest(column, known)}; leave the condition out"
            )
        read = comparison_of(part)
        if not read or not isinstance(read.value, float) or read.column.removeprefix("objects.") != column:
            raise SettingsError(f"--filter: {part!r} compares no column with a number; join conditions by AND")
        comparisons.append({"column": column, "op": read.op, "value": read.value})
    # A filter's comparisons are judged as a function's are, by the criterion `column`.
    return read_criteria("--filter", {"column": comparisons})


def held_by(sample: Sample, conditions: Criteria) -> list[Bools]:
    """Tell for each condition at which alerts it holds. An unknown value passes no condition, as in SQL."""
    alerts = Alerts(sample.light_curves.detections, sample.events)
    held = []
    for condition in conditions:
        values = COLUMNS[condition.columns[0]](alerts)
        held.append(np.isfinite(values) & np.asarray(COMPARE[condition.op](values, condition.limit)))
    return held
