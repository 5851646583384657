"""The rule "live or not" in NumPy, for data that no database holds: simulated light curves and rows of the broker.

The rule itself is the SQL function `tides.live_verdict`. This is its only twin: a test holds the two equal on random
targets. Rows of the arrays are targets. Times are JD UTC (days), magnitudes AB, unknown values NaN. (Rules:
docs/science.md, "Live or not".)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import NIGHT_RANGE, Bools, Floats, Indices
from tides.settings.sections import Live, Reach
from tides.settings.streams import StreamLive

DECLINE_DAYS = 10.0
"""A decline is followed for so long after the newest detection (days)."""

RISE_DAYS = 1.0
"""A rise is followed for so long (days), since every rise ends."""

GROWTH = 0.02
"""How fast the error of a magnitude grows with its age, beside that of its slope (mag a day)."""

UNKNOWN_ERR = 0.2
"""The error (mag) of a magnitude that came without one: a detection has a signal to noise of at least 5."""

UNKNOWN_SLOPE_ERR = 0.1
"""The error of a slope that is not known, and is taken to be 0 (mag a day)."""


@dataclass(frozen=True)
class LiveRules:
    """The settings of one survey that decide whether a target is live."""

    survey: StreamLive
    live: Live
    reach: Reach


@dataclass(frozen=True)
class Line:
    """Of each band the magnitude at a time (JD UTC) and the slope from there on (mag a day), with 1 sigma errors."""

    jd_utc: Floats
    mag: Floats
    err: Floats
    slope: Floats
    slope_err: Floats


def current_mag(
    line: Line, newest_jd: Floats, limit_jd: Floats, limit_mag: Floats, now_jd: Floats
) -> tuple[Floats, Floats]:
    """Give the current magnitude of each band and its 1 sigma error: its line at `now_jd`, as far as it is followed.

    A later upper limit can make a band fainter, never brighter. `newest_jd` is of its newest detection, `limit_mag` of
    the upper limit or forced photometry at `limit_jd`.
    """
    age = np.maximum(now_jd[:, None] - line.jd_utc, 0.0)
    slope = np.nan_to_num(line.slope)
    followed = np.minimum(age, np.where(slope > 0, DECLINE_DAYS, RISE_DAYS))
    mag = line.mag + slope * followed
    err = np.where(np.isnan(line.err), UNKNOWN_ERR, line.err)
    slope_err = np.where(np.isnan(line.slope_err), UNKNOWN_SLOPE_ERR, line.slope_err)
    error = np.sqrt(err**2 + (slope_err * followed) ** 2 + (GROWTH * age) ** 2)
    # fmax ignores NaN: without a limit the line counts, without a line the limit.
    return np.where(limit_jd > newest_jd, np.fmax(mag, limit_mag), mag), error


def is_faint(
    was_faint: Bools, newest_jd: Floats, mag: Floats, now_jd: Floats, limits: StreamLive, hysteresis_mag: float
) -> Bools:
    """Tell which targets a survey finds faint. `newest_jd` and `mag` (from `current_mag`) have a column a band.

    Faint is fainter than limit and hysteresis in every band that is known. A faint target stays so until one known band
    is at the limit or brighter.
    """
    known = (newest_jd >= now_jd[:, None] - limits.current_max_age_days) & np.isfinite(mag)
    bright = (known & (mag <= limits.faint_limit)).any(axis=1)
    fainter = known.any(axis=1) & (~known | (mag > limits.faint_limit + hysteresis_mag)).all(axis=1)
    # Between the limit and the hysteresis nothing changes, so that noise does not switch a target in each run.
    return np.where(was_faint, ~bright, fainter)


def silent_visits(
    last_night: NDArray[np.int64], until_night: NDArray[np.int64], target: Indices, night: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the visits of each target's place after the night in which it was last seen, up to `until_night`.

    `target` and `night` are the visits, each pair once, in ascending order. Nights are places (`Nights.place`).
    """
    visits = _of_night(target, night)
    targets = np.arange(len(last_night))
    since, until = (np.searchsorted(visits, _of_night(targets, n), side="right") for n in (last_night, until_night))
    visits_since: NDArray[np.int64] = np.maximum(until - since, 0).astype(np.int64)
    return visits_since


def _of_night(target: Indices, night: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for target and night; the added range keeps the night from reaching the target's bits."""
    return (target.astype(np.int64) << 32) + night + NIGHT_RANGE


def is_unobserved(visits: NDArray[np.int64], days: Floats, limits: StreamLive, live: Live) -> Bools:
    """Tell which targets a survey has not seen for long: in so many visits of the place, or days until it was read."""
    return np.asarray((visits >= limits.unobserved_visits) | (days >= live.unobserved_days))


def is_off(says_off: Bools, last_jd: Floats, has_object: Bools, now_jd: Floats, live: Live) -> Bools:
    """Tell which targets are off by what the surveys say; a column a survey.

    Each survey that detected the target lately must say so. If none did, all surveys are asked that have an object of
    the target (`has_object`).
    """
    has_say = has_object & (last_jd >= now_jd[:, None] - live.other_survey_days)
    is_asked = np.where(has_say.any(axis=1, keepdims=True), has_say, has_object)
    return np.asarray(is_asked.any(axis=1) & (says_off | ~is_asked).all(axis=1))
