"""Times and nights: JD UTC, MJD TAI and the two surveys' nights, for single values and for arrays."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

TAI_MINUS_UTC_S = 37
"""Seconds; constant since 2017 and never fetched: a leap second would shift our dates by 1 s, no rule notices."""

MJD_EPOCH_JD = 2400000.5
"""JD of MJD 0 (days)."""

UNIX_EPOCH_JD = 2440587.5
"""JD UTC of 1970-01-01T00:00:00Z (days)."""

ZTF_NIGHT_ZERO_JD = 2457754.5
"""JD UTC at which ZTF's night id `nid` is 0 (days): 2017-01-01."""

LSST_NIGHT_OFFSET_D = 0.5
"""A night of Rubin's `day_obs` begins at noon UTC (days)."""

TAI_MINUS_UTC_D = TAI_MINUS_UTC_S / 86400

SAME_DETECTION_D = 1 / 86400
"""Two dates closer than this (days) are those of one detection, written with different digits by message and database.

Both may be rounded to five decimals, so that they differ by up to 0.86 s; the next exposure is 30 s away at least.
"""

Times = TypeVar("Times", float, NDArray[np.float64])


def mjd_tai_to_jd_utc(mjd_tai: Times) -> Times:
    """Turn MJD TAI (LSST) into JD UTC, both in days."""
    return mjd_tai - TAI_MINUS_UTC_D + MJD_EPOCH_JD


def jd_utc_to_mjd_tai(jd_utc: Times) -> Times:
    """Turn JD UTC into MJD TAI (LSST), both in days."""
    return jd_utc - MJD_EPOCH_JD + TAI_MINUS_UTC_D


def _floor(days: float | NDArray[np.float64]) -> int | NDArray[np.int64]:
    whole = np.floor(days)
    return whole.astype(np.int64) if isinstance(whole, np.ndarray) else int(whole)


def ztf_night(jd_utc: float | NDArray[np.float64]) -> int | NDArray[np.int64]:
    """Give ZTF's night id (`nid`) of a time in JD UTC; equal to `nid` on all detections we have seen."""
    return _floor(jd_utc - ZTF_NIGHT_ZERO_JD)


def lsst_night_mjd(mjd_tai: float | NDArray[np.float64]) -> int | NDArray[np.int64]:
    """Give the MJD of the UTC day on which the LSST night of a time in MJD TAI began, at noon UTC."""
    return _floor(mjd_tai - TAI_MINUS_UTC_D - LSST_NIGHT_OFFSET_D)


def day_obs(night_mjd: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
    """Write the MJD of a day as Rubin's day_obs does: YYYYMMDD as a number."""
    day = np.datetime64("1858-11-17", "D") + np.asarray(night_mjd, dtype=np.int64)
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype(np.int64) + 1970
    number = year * 10000 + (month.astype(np.int64) % 12 + 1) * 100 + (day - month).astype(np.int64) + 1
    return number if isinstance(night_mjd, np.ndarray) else int(number)


def lsst_night(mjd_tai: float | NDArray[np.float64]) -> int | NDArray[np.int64]:
    """Give Rubin's day_obs (YYYYMMDD) of a time in MJD TAI; equal to the date in `visit` of all real sources."""
    return day_obs(lsst_night_mjd(mjd_tai))


def jd_utc(moment: datetime) -> float:
    """Give the JD UTC (days) of a moment; ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: a date without one cannot be placed; give it in UTC")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1) + UNIX_EPOCH_JD


def utc(jd_utc: float) -> datetime:
    """Give the moment of a JD UTC, to the millisecond (a JD in double precision holds 0.04 ms)."""
    milliseconds = round((jd_utc - UNIX_EPOCH_JD) * 86_400_000)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def night_of(survey: str, jd_utc: float) -> int:
    """Give a survey's own number of the night that holds a time in JD UTC: ZTF's `nid`, else Rubin's day_obs."""
    return int(ztf_night(jd_utc) if survey == "ztf" else lsst_night(jd_utc_to_mjd_tai(jd_utc)))
