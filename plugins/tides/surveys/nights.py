"""How a survey numbers its nights. The SQL functions `tides.night` and `tides.night_end_jd` follow the same rules."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tides.clock import MJD_EPOCH_JD

MJD_EPOCH_DAY = date(1858, 11, 17).toordinal()
"""The day of MJD 0, as Python's `date` counts days."""


@dataclass(frozen=True)
class Nights:
    """Nights of 24 hours, one after the other. The night of place 0 begins at `zero_jd` (JD UTC).

    The next night has place 1. A night's number is the survey's own: of the kind "counted" it is the place, of the kind
    "dated" the UTC date on which the night begins (YYYYMMDD).
    """

    kind: Literal["counted", "dated"]
    zero_jd: float

    def place(self, jd_utc: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the places of the nights that hold times in JD UTC."""
        return np.floor(jd_utc - self.zero_jd).astype(np.int64)

    def end_of_place(self, place: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the times (JD UTC) at which nights end, by their places."""
        return place.astype(np.float64) + self.zero_jd + 1

    def number(self, jd_utc: float) -> int:
        """Give the survey's own number of the night that holds a time in JD UTC."""
        # `int` alone rounds towards 0, and would join the nights on both sides of the first one's beginning.
        place = int((jd_utc - self.zero_jd) // 1)
        if self.kind == "counted":
            return place
        day = date.fromordinal(place + self._first_day)
        return day.year * 10000 + day.month * 100 + day.day

    def begin_jd(self, day: date) -> float:
        """Give the time (JD UTC) at which the night begins that begins on a UTC date."""
        return day.toordinal() - self._first_day + self.zero_jd

    def end_jd(self, number: int) -> float:
        """Give the time (JD UTC) at which the night of a number ends."""
        if self.kind == "counted":
            return number + self.zero_jd + 1
        day = date(number // 10000, number // 100 % 100, number % 100)
        return day.toordinal() - self._first_day + self.zero_jd + 1

    @property
    def _first_day(self) -> int:
        """The UTC day on which the night of place 0 begins."""
        return MJD_EPOCH_DAY + int((self.zero_jd - MJD_EPOCH_JD) // 1)
