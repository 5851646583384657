"""Times of the sandbox: MJD UTC inside; each survey's own scale (ZTF: JD UTC, LSST: MJD TAI) only in what is served.

Every date of the sandbox is relative to its `now`, by default today at 00:00 UTC, so that a server and a replayer
started at different hours of one day serve the same sky.
"""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike

TAI_MINUS_UTC_D = 37 / 86400
JD_MINUS_MJD = 2400000.5
UNIX_EPOCH_MJD = 40587
ZTF_NIGHT_ZERO_JD = 2457754.5


def start_of_today() -> datetime:
    """Today at 00:00 UTC: the default `now` of serve and replay."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def parse_now(text: str) -> datetime:
    """An ISO 8601 date or time as an aware time in UTC (UTC where it names no zone).

    Raises ValueError when the text is not ISO 8601.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def mjd_utc_of(moment: datetime) -> float:
    """MJD (UTC) of an aware time."""
    return moment.timestamp() / 86400 + UNIX_EPOCH_MJD


def utc_text(mjd_utc: float) -> str:
    """An MJD (UTC) as Lasair writes it in `UTC`: "YYYY-MM-DD HH:MM:SS"."""
    moment = datetime(1858, 11, 17, tzinfo=UTC) + timedelta(seconds=round(mjd_utc * 86400))
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def mjd_utc_of_text(text: str) -> float:
    """MJD (UTC) of Lasair's `UTC` text. Raises ValueError when it is not such a text."""
    return mjd_utc_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def ztf_night(mjd_utc: ArrayLike) -> np.ndarray:
    """ZTF's night id `nid` (docs/science.md, "Times and nights")."""
    return np.floor(np.asarray(mjd_utc) + JD_MINUS_MJD - ZTF_NIGHT_ZERO_JD).astype(int)


def lsst_night(mjd_utc: ArrayLike) -> np.ndarray:
    """LSST's night as the MJD of its evening (docs/science.md, "Times and nights")."""
    return np.floor(np.asarray(mjd_utc) - 0.5).astype(int)


def day_obs(night_mjd: int) -> int:
    """Rubin's day_obs YYYYMMDD of a night given as MJD."""
    day = datetime(1858, 11, 17, tzinfo=UTC) + timedelta(days=int(night_mjd))
    return int(day.strftime("%Y%m%d"))


class SandboxClock:
    """The sandbox's time: it runs at `speed` times the real one (0: it stands), from `begin` on.

    The sky is made about `now`, so it is the same whenever that day the clock begins; by default it begins at `now`.
    """

    def __init__(self, now: datetime, speed: float, begin: datetime | None = None) -> None:
        self.now = now
        self.speed = speed
        self.go_to(begin or now)

    def go_to(self, moment: datetime) -> None:
        """Goes on from another moment; `now`, of which the truth is told, stays."""
        self._from_mjd = mjd_utc_of(moment)
        self._started_s = time.monotonic()

    def mjd_utc(self) -> float:
        """The sandbox's present as MJD (UTC)."""
        return self._from_mjd + (time.monotonic() - self._started_s) * self.speed / 86400
