"""Times: JD UTC and MJD TAI, for single values and for arrays."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

TAI_MINUS_UTC_S = 37
"""Seconds; constant since 2017. It is never fetched: a leap second would shift our dates by 1 s, which no rule notices.
"""

MJD_EPOCH_JD = 2400000.5
"""JD of MJD 0 (days)."""

UNIX_EPOCH_JD = 2440587.5
"""JD UTC of 1970-01-01T00:00:00Z (days)."""

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)

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


def jd_utc(moment: datetime) -> float:
    """Give the JD UTC (days) of a moment. Raises ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: a date without one cannot be placed; give it in UTC")
    return (moment - _UNIX_EPOCH) / _DAY + UNIX_EPOCH_JD


def utc(jd_utc: float) -> datetime:
    """Give the moment of a JD UTC, to the millisecond."""
    # A JD in double precision holds 0.04 ms, so that finer digits would be noise.
    milliseconds = round((jd_utc - UNIX_EPOCH_JD) * 86_400_000)
    return _UNIX_EPOCH + timedelta(milliseconds=milliseconds)


class DateUnit(StrEnum):
    """A unit in which a date can be written."""

    JD = "JD"
    MJD = "MJD"
    UNIX_S = "Unix seconds"
    UNIX_MS = "Unix milliseconds"
    UNIX_US = "Unix microseconds"
    UNIX_NS = "Unix nanoseconds"
    MJD_S = "MJD in seconds"


_TO_JD: dict[DateUnit, tuple[float, float]] = {
    DateUnit.JD: (1.0, 0.0),
    DateUnit.MJD: (1.0, MJD_EPOCH_JD),
    DateUnit.UNIX_S: (86400.0, UNIX_EPOCH_JD),
    DateUnit.UNIX_MS: (86400.0e3, UNIX_EPOCH_JD),
    DateUnit.UNIX_US: (86400.0e6, UNIX_EPOCH_JD),
    DateUnit.UNIX_NS: (86400.0e9, UNIX_EPOCH_JD),
    DateUnit.MJD_S: (86400.0, MJD_EPOCH_JD),
}
"""The number of units in a day, and the JD (days) of zero."""


def unit_of(date: float, least_jd: float, most_jd: float) -> DateUnit | None:
    """Recognise the unit of a date: the one in which it lies between two dates (JD, days). None where there is none."""
    fitting = [unit for unit, (a_day, zero) in _TO_JD.items() if least_jd <= date / a_day + zero <= most_jd]
    return fitting[0] if len(fitting) == 1 else None


def utc_moment(text: object) -> datetime | None:
    """The moment (UTC) of a text like `2026-11-20 03:00:00`, which is UTC without a zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]  # what is no text raises TypeError
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    # A zone can shift a moment out of the years 1 to 9999.
    except (TypeError, ValueError, OverflowError):
        return None
