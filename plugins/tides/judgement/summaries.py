"""Summaries of light curves, the same for every function: extent in time, and magnitudes band by band.

The rules are those of "live or not". A detection counts in a band that counts, when it is positive, at S/N ≥ 5. How
bright a band is at its newest detection, and how fast it fades: current.py.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.judgement.current import by_band, fit
from tides.lightcurves.model import NIGHT_RANGE, Detections, Fadings, Indices, LightCurves, is_in, once, take
from tides.photometry.bands import BANDS, COUNTED

BandSummary = dict[str, dict[str, float] | None]


@dataclass(frozen=True)
class SummaryLimits:
    """The limits of a summary. A detection `current_window_days` before its band's newest one has 1/e of its weight."""

    current_window_days: float
    silence_days: float = 100.0
    filters: str = COUNTED
    significance: float = 5.0


class Summary(msgspec.Struct, frozen=True, gc=False):
    """The summary of a target's light curve; times JD UTC, magnitudes AB.

    `detections`, `nights`, `first_jd` and `last_jd` are of counted detections, of which those of one exposure count
    once; `newest_jd` is of any usable one.
    `resumed_jd` is the first counted detection after the newest silence of more than `silence_days`, None without one.
    `bands` has an entry for each band with a counted detection or an upper limit:

    - `newest` and `brightest`: counted detections ({"jd", "mag", "err"} or None);
    - `current`: the line through the counted detections, as of the newest one ({"jd", "mag", "err", "slope",
      "slope_err"} or None; slopes in mag a day);
    - `limit`: the newest upper limit ({"jd", "mag"} or None);
    - `forced`: the newest forced measurement where it is newer than `newest` ({"jd", "mag", "err"} or None).
    """

    object_id: str
    detections: int
    nights: int
    first_jd: float | None
    last_jd: float | None
    newest_jd: float | None
    resumed_jd: float | None
    bands: dict[str, BandSummary]


def summarise(chunk: LightCurves, object_ids: list[str], limits: SummaryLimits) -> list[Summary]:
    """Summarise each light curve of a chunk, in order."""
    seen = chunk.detections
    counted = counted_detections(seen, limits)
    single = once(np.ones(len(counted.jd_utc), dtype=bool), counted.exposure)
    number = np.bincount(counted.object_index[single], minlength=chunk.objects)
    newest = _of_last(seen.object_index[seen.usable], seen.jd_utc[seen.usable], chunk.objects)
    last = _of_last(counted.object_index, counted.jd_utc, chunk.objects)
    first = _of_last(counted.object_index[::-1], counted.jd_utc[::-1], chunk.objects)
    resumed = _resumed(counted, chunk.objects, limits.silence_days)
    nights, bands = _nights(counted, chunk.objects), _bands(chunk, counted, limits)
    rows = zip(object_ids, number.tolist(), nights, first, last, newest, resumed, bands, strict=True)
    return [Summary(*row) for row in rows]


def counted_detections(seen: Detections, limits: SummaryLimits) -> Detections:
    """Give the detections that count for "live or not", the same for every function."""
    return take(
        seen,
        seen.usable
        & seen.positive
        & (seen.snr >= limits.significance)
        & np.isfinite(seen.mag)
        & np.isfinite(seen.mag_err)
        & is_in(seen.band, limits.filters),
    )


def _of_last(objects: NDArray[np.int32], jd_utc: NDArray[np.float64], size: int) -> list[float | None]:
    """Give each object the time of its last row, None where it has no row."""
    values = np.full(size, np.nan)
    values[objects] = jd_utc  # of several assignments to one object the last one stays
    return [None if value != value else value for value in values.tolist()]


def _resumed(counted: Detections, size: int, silence_days: float) -> list[float | None]:
    """Give each object the time of the first row after its newest silence."""
    is_same = counted.object_index[1:] == counted.object_index[:-1]
    after = np.flatnonzero(is_same & (np.diff(counted.jd_utc) > silence_days)) + 1
    return _of_last(counted.object_index[after], counted.jd_utc[after], size)


def _nights(counted: Detections, size: int) -> list[int]:
    # One number for object and night; the added range keeps the night from reaching the object's bits.
    nights = np.unique((counted.object_index.astype(np.int64) << 32) + counted.night + NIGHT_RANGE)
    return np.bincount(nights >> 32, minlength=size).tolist()


def _bands(chunk: LightCurves, counted: Detections, limits: SummaryLimits) -> list[dict[str, BandSummary]]:
    order, groups, keys = by_band(counted.object_index, counted.band)
    jd_utc, mag, mag_err = counted.jd_utc[order], counted.mag[order], counted.mag_err[order]
    lines = fit(groups, jd_utc, mag, mag_err, limits.current_window_days)
    fitted = (lines.mag, lines.err, lines.slope, lines.slope_err)
    newest_points, brightest_points = (
        list(map(_point, jd_utc[rows].tolist(), mag[rows].tolist(), mag_err[rows].tolist()))
        for rows in (groups.newest, _brightest(mag, groups.first, groups.number))
    )
    current = list(map(_line, jd_utc[groups.newest].tolist(), *(np.round(column, 5).tolist() for column in fitted)))
    upper_limits, forced = _newest_fadings(chunk.fadings, limits)
    bands: list[dict[str, BandSummary]] = [{} for _ in range(chunk.objects)]
    for key, newest_point, current_point, brightest_point in zip(
        keys.tolist(), newest_points, current, brightest_points, strict=True
    ):
        measured = forced.get(key)
        bands[key // len(BANDS)][BANDS[key % len(BANDS)]] = {
            "newest": newest_point,
            "current": current_point,
            "brightest": brightest_point,
            "limit": upper_limits.pop(key, None),
            # Forced photometry tells no more than that a band has faded since its newest detection.
            "forced": measured if measured and measured["jd"] > newest_point["jd"] else None,
        }
    # These bands were observed and never detected: `pop` has taken the others.
    for key, limit in upper_limits.items():
        unseen: dict[str, Any] = dict.fromkeys(("newest", "current", "brightest", "forced"))
        bands[key // len(BANDS)][BANDS[key % len(BANDS)]] = {**unseen, "limit": limit}
    return bands


def _point(jd_utc: float, mag: float, mag_err: float) -> dict[str, float]:
    return {"jd": jd_utc, "mag": mag, "err": mag_err}


def _line(jd_utc: float, mag: float, err: float, slope: float, slope_err: float) -> dict[str, float]:
    return {"jd": jd_utc, "mag": mag, "err": err, "slope": slope, "slope_err": slope_err}


def _brightest(mag: NDArray[np.float64], firsts: Indices, number: Indices) -> Indices:
    """Give the first of the brightest rows of each group. Rows are sorted by group, and groups begin at `firsts`."""
    if not len(firsts):
        return firsts
    rows = np.flatnonzero(mag == np.repeat(np.minimum.reduceat(mag, firsts), number))[::-1]
    brightest = np.empty(len(firsts), dtype=np.intp)
    brightest[np.repeat(np.arange(len(firsts)), number)[rows]] = rows  # of several the earliest is written last
    return brightest


def _newest_fadings(
    fadings: Fadings, limits: SummaryLimits
) -> tuple[dict[int, dict[str, float]], dict[int, dict[str, float]]]:
    """Give the newest upper limit and the newest forced measurement, by group."""
    is_wanted, is_limit = is_in(fadings.band, limits.filters), np.isfinite(fadings.limit_mag)
    unseen, measured = take(fadings, is_wanted & is_limit), take(fadings, is_wanted & ~is_limit)
    return (
        {key: {"jd": jd_utc, "mag": mag} for key, jd_utc, mag in _newest(unseen, unseen.jd_utc, unseen.limit_mag)},
        {key: _point(*point) for key, *point in _newest(measured, measured.jd_utc, measured.mag, measured.mag_err)},
    )


def _newest(fadings: Fadings, *columns: NDArray[np.float64]) -> list[tuple[Any, ...]]:
    in_time = np.argsort(fadings.jd_utc, kind="stable")
    order, groups, keys = by_band(fadings.object_index[in_time], fadings.band[in_time])
    rows = in_time[order[groups.newest]]
    return list(zip(keys.tolist(), *(column[rows].tolist() for column in columns), strict=True))
