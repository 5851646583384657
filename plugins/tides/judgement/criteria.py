"""One function a criterion: it measures a value on a chunk's light curves, and tells where the criterion holds.

Definitions, units and sources are in docs/selection.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tides.functions.keys import Criterion
from tides.judgement.history import History
from tides.lightcurves.model import Bools, Floats, Indices
from tides.photometry.bands import BANDS

HELD, FAILED, UNKNOWN = 1, 0, -1
"""A criterion that cannot be judged is unknown, and passes."""

MINUTES_A_DAY = 1440

Held = NDArray[np.int8]


@dataclass(frozen=True)
class Outcome:
    """A criterion's value for each object (NaN: there is none), and whether it holds at each detection.

    `parts` are the outcomes that `all` and `any` combine. `note` names the unknown facts.
    """

    value: NDArray[np.generic]
    held: Held | Bools
    note: str | None = None
    parts: tuple["Outcome", ...] = ()


def min_bands(history: History, asked: Criterion) -> Outcome:
    """At least so many bands with a counted detection (D3.3.3)."""
    bands = history.distinct(history.detections.band)
    return Outcome(history.at_last(bands), bands >= asked.limit)


def min_nights(history: History, asked: Criterion) -> Outcome:
    """At least so many nights with a counted detection (D3.3.3). A night is nid on ZTF, day_obs on LSST."""
    nights = history.distinct(history.detections.night)
    return Outcome(history.at_last(nights), nights >= asked.limit)


def mag_limit(history: History, asked: Criterion) -> Outcome:
    """The brightest detection is at least so bright (AB mag; D3.3.3)."""
    return _reached(history, np.where(history.measured, history.detections.mag, np.inf), asked.limit, history.begins)


def band_mag_limit(history: History, asked: Criterion) -> Outcome:
    """The brightest counted detection of a band is at least so bright (AB mag)."""
    mags = np.where(history.counted & _is_of_band(history, asked), history.detections.mag, np.inf)
    return _reached(history, mags, asked.limit, history.begins)


def current_mag(history: History, asked: Criterion) -> Outcome:
    """The brightest counted detection of the last `days` before the newest detection is at least so bright (AB mag)."""
    mags = np.where(history.counted, history.detections.mag, np.inf)
    return _reached(history, mags, asked.limit, history.window(asked.days))


def min_detections(history: History, asked: Criterion) -> Outcome:
    """At least so many counted detections: of all, of a band, or of the last `days` before the newest detection.

    Several detections of one exposure count once.
    """
    counted = history.counted & _is_of_band(history, asked) if asked.band else history.counted
    number = history.count_exposures(counted, history.window(asked.days))
    return Outcome(history.at_last(number), number >= asked.limit)


def positive_fraction(history: History, asked: Criterion) -> Outcome:
    """At least this fraction of the measured detections, of any band and significance, is positive.

    Several detections of one exposure and sign count once.
    """
    seen = history.detections
    positive = history.count_exposures(np.isfinite(seen.snr) & seen.positive, history.begins)
    measured = positive + history.count_exposures(np.isfinite(seen.snr) & ~seen.positive, history.begins)
    fraction = positive / np.maximum(measured, 1)
    held = np.where(measured > 0, (fraction >= asked.limit).astype(np.int8), UNKNOWN)
    value = np.full(history.objects, np.nan)
    value[history.seen_objects] = np.where(measured > 0, fraction, np.nan)[history.last]
    return Outcome(value, held.astype(np.int8), "no detection has a measured signal")


def rise(history: History, asked: Criterion) -> Outcome:
    """Some counted detection is brighter than its band's last upper limit before it by so many mag a day.

    An upper limit is a non-detection of the survey or forced photometry below 5 sigma, so the true rise is steeper. The
    rise is unknown where no counted detection has an upper limit before it.
    """
    slopes, begins = _slopes(history), history.begins
    risen = (history.newest(slopes >= asked.limit) >= begins).astype(np.int8)
    is_known = history.newest(np.isfinite(slopes)) >= begins
    return Outcome(
        -history.least_at_last(-slopes, begins),
        np.where(is_known, risen, UNKNOWN).astype(np.int8),
        "no upper limit precedes a counted detection in its band",
    )


def max_age(history: History, asked: Criterion) -> Outcome:
    """The first counted detection lies at most so many days before the newest detection."""
    jd_utc = history.detections.jd_utc
    oldest = history.oldest_counted()
    # The place behind the last row stands for "none": NaN, with which no comparison holds.
    age = jd_utc - np.append(jd_utc, np.nan)[oldest]
    value = np.full(history.objects, np.nan)
    value[history.seen_objects] = age[history.last]
    return Outcome(value, age <= asked.limit)


def not_solar_system(history: History, asked: Criterion) -> Outcome:
    """Counted detections in two nights, first and last so many minutes apart: a moving source does not stay that long.

    The function then counts no ZTF detection within 5 arcsec of a known solar-system object. LSST's own (`ssObjectId`)
    never count. A lite light curve lacks that key; there two nights alone leave the criterion unknown.
    """
    jd_utc = history.detections.jd_utc
    newest = np.maximum(history.newest(history.counted), 0)
    span = (jd_utc[newest] - np.append(jd_utc, np.nan)[history.oldest_counted()]) * MINUTES_A_DAY
    value = np.full(history.objects, np.nan)
    value[history.seen_objects] = span[history.last]
    stays = (span >= asked.limit) & (history.distinct(history.detections.night) >= 2)
    by_nights_alone = stays & history.chunk.lite[history.detections.object_index]
    return Outcome(
        value,
        np.where(by_nights_alone, UNKNOWN, stays).astype(np.int8),
        "lite light curve: by its nights alone, ssObjectId is not given",
    )


def usable(history: History, asked: Criterion) -> Outcome:
    """At least so many detections that LSST does not disown. It is unknown where the light curve lacks the keys."""
    detections = history.detections
    # Never FAILED: a history has usable rows only, and an object without a row holds nothing.
    number = np.bincount(detections.object_index, minlength=history.objects)
    unknown = history.chunk.lite[detections.object_index]
    return Outcome(
        number,
        np.where(unknown, UNKNOWN, HELD).astype(np.int8),
        "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given",
    )


def reliable(history: History, asked: Criterion) -> Outcome:
    """The least score of the counted detections, all at the limit or above. Unknown where one has no score."""
    scores = history.detections.reliability
    scored = np.where(history.counted & ~np.isnan(scores), scores, np.inf)
    # Never FAILED: a detection that scores below the limit is not counted in the first place.
    unknown = history.count(history.counted & np.isnan(scores), history.begins) > 0
    return Outcome(
        history.least_at_last(scored, history.begins),
        np.where(unknown, UNKNOWN, HELD).astype(np.int8),
        "detections without a real-bogus score count",
    )


def _reached(history: History, values: Floats, limit: float, begins: Indices) -> Outcome:
    """Hold where a row from `begins` on has at most this value. Infinity stands for none."""
    return Outcome(history.least_at_last(values, begins), history.newest(values <= limit) >= begins)


def _is_of_band(history: History, asked: Criterion) -> Bools:
    return history.detections.band == BANDS.index(asked.band or "")


def _slopes(history: History) -> Floats:
    """Brightening (mag a day) of each counted detection since its band's last upper limit; -infinity without one."""
    seen, faded = history.detections, history.chunk.fadings
    is_limit = np.isfinite(faded.limit_mag)
    rows = np.flatnonzero(history.counted)
    limits = int(is_limit.sum())
    slopes = np.full(len(seen.jd_utc), -np.inf)
    if not limits:
        return slopes
    group = np.concatenate((faded.object_index[is_limit], seen.object_index[rows])).astype(np.int64) * len(BANDS)
    group += np.concatenate((faded.band[is_limit], seen.band[rows]))
    jd_utc = np.concatenate((faded.jd_utc[is_limit], seen.jd_utc[rows]))
    mag = np.concatenate((faded.limit_mag[is_limit], seen.mag[rows]))
    order = np.lexsort((np.arange(len(jd_utc)) < limits, jd_utc, group))  # a limit of the same moment comes after
    before = np.maximum.accumulate(np.where(order < limits, np.arange(len(order)), -1))
    place = np.flatnonzero((order >= limits) & (before >= 0))
    detection, limit = order[place], order[before[place]]
    # The running maximum goes on from one object and band into the next.
    same = group[detection] == group[limit]
    detection, limit = detection[same], limit[same]
    slopes[rows[detection - limits]] = (mag[limit] - mag[detection]) / (jd_utc[detection] - jd_utc[limit])
    return slopes


Judge = Callable[[History, Criterion], Outcome]

LIGHT_CURVE_CRITERIA: dict[str, Judge] = {
    "minBands": min_bands,
    "minNights": min_nights,
    "magLimit": mag_limit,
    "minDetections": min_detections,
    "minBandDetections": min_detections,
    "recentDetections": min_detections,
    "currentMag": current_mag,
    "bandMagLimit": band_mag_limit,
    "positiveFraction": positive_fraction,
    "rise": rise,
    "maxAge": max_age,
    "notSolarSystem": not_solar_system,
    "usable": usable,
    "reliability": reliable,
}
"""The criteria that look at the light curve, by their key in the YAML."""
