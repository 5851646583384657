"""What can be wrong with a light curve and its points, as counts. Sentences are made of them where they are told."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.clock import DateUnit, unit_of
from tides.plausible import Bounds, Floats

Bools = NDArray[np.bool_]

EXAMPLE_CHARACTERS = 120
"""An example is cut to so many characters."""

FEW_POINTS = 10
"""So many points without a value are told at least; a survey may well leave out one."""


class Cause(StrEnum):
    """Why bytes are no light curve."""

    NO_JSON = "not a light curve: no JSON object"
    NO_LIST = "no light curve: its list of points is missing, as for an object that the server does not know"
    NOT_A_LIST = "not a light curve: its points are no list"
    NO_USABLE_POINT = "not a light curve: no point has time, band and flux"


class Fault(StrEnum):
    """What a point lacks, or what cannot be true of it."""

    NO_TIME = "no date"
    ODD_TIME = "implausible date"
    NO_BAND = "no known band"
    NO_FLUX = "no flux or magnitude"
    ODD_FLUX = "implausible flux or magnitude"
    NO_ERROR = "no error"
    ODD_ERROR = "implausible error"
    ODD_SCALE = "error of an unusual size"
    ODD_SIGN = "unknown sign"
    NO_ID = "magnitude without candid"
    UNREADABLE = "not readable"


TOLD_FROM = {
    **dict.fromkeys(Fault, 0.01),
    # What cannot be true is told from the first point on: none of 120,000 recorded points has it.
    **dict.fromkeys((Fault.ODD_TIME, Fault.ODD_FLUX, Fault.ODD_ERROR, Fault.ODD_SIGN), 0.0),
    Fault.ODD_SCALE: 0.5,
}
"""A fault is told when more than this fraction of the points has it (docs/science.md, "Plausible values")."""


class Tally(msgspec.Struct):
    """The points that were read, how many have which fault, and an example of each."""

    points: int = 0
    faults: dict[Fault, int] = {}
    examples: dict[Fault, str] = {}

    def count(self, fault: Fault, number: int, example: str) -> None:
        """Counts points with a fault. The first example stays; it is quoted, so that it can be shown anywhere."""
        self.faults[fault] = self.faults.get(fault, 0) + number
        self.examples.setdefault(fault, ascii(example)[1:-1][:EXAMPLE_CHARACTERS])

    def add(self, other: "Tally") -> None:
        """Adds the counts of another chunk."""
        self.points += other.points
        for fault, number in other.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + number
            self.examples.setdefault(fault, other.examples[fault])

    def told(self) -> Mapping[Fault, int]:
        """The faults that an operator should know of: more points than is usual."""
        return {
            fault: number
            for fault, number in self.faults.items()
            if number > TOLD_FROM[fault] * self.points and (not TOLD_FROM[fault] or number >= FEW_POINTS)
        }


def plausible(
    values: Floats, bounds: Bounds, tally: Tally, missing: Fault, odd: Fault, marks: frozenset[float]
) -> Floats:
    """Give the values with NaN in place of those that are implausible, and count both.

    `marks` are the survey's own numbers for "not measured". They are missing values, no odd ones.
    """
    if bounds.hold_all(values):
        return values
    held = bounds.hold(values)
    others = values[~held]
    is_missing = np.isnan(others) | np.isin(others, list(marks))
    if is_missing.any():
        tally.count(missing, int(is_missing.sum()), str(others[is_missing][0]))
    if not is_missing.all():
        tally.count(odd, int((~is_missing).sum()), str(others[~is_missing][0]))
    return np.where(held, values, np.nan)


def count_bands(band: NDArray[np.int8], tally: Tally, example: Callable[[int], object]) -> None:
    """Count the points whose band is not known (NO_BAND is the only negative code). `example` gives a row's band."""
    unknown = np.flatnonzero(band < 0)
    if len(unknown):
        tally.count(Fault.NO_BAND, len(unknown), str(example(int(unknown[0]))))


def count_times(times: Floats, placed: Bools, tally: Tally) -> None:
    """Count the points that cannot be placed. `times` are the numbers as sent, whatever their unit."""
    if placed.all():
        return
    others = times[~placed]
    missing = np.isnan(others)
    if missing.any():
        tally.count(Fault.NO_TIME, int(missing.sum()), "nan")
    if not missing.all():
        tally.count(Fault.ODD_TIME, int((~missing).sum()), date_in_words(float(others[~missing][0])))


LOOKS_LIKE = {
    DateUnit.JD: "a JD",
    DateUnit.MJD: "an MJD",
    DateUnit.MJD_S: "an MJD in seconds",
    DateUnit.UNIX_S: "seconds since 1970",
    DateUnit.UNIX_MS: "milliseconds since 1970",
    DateUnit.UNIX_US: "microseconds since 1970",
    DateUnit.UNIX_NS: "nanoseconds since 1970",
}

OF_A_SURVEY = (2451544.5, 2480000.0)
"""JD UTC (days) of 2000 and 2077. Between them, the size of a date tells its unit."""


def date_in_words(value: float) -> str:
    """A date as it was sent, and the unit that it looks like."""
    unit = unit_of(value, *OF_A_SURVEY)
    return f"{value!r} (looks like {LOOKS_LIKE[unit]})" if unit else repr(value)


def unusable(
    objects: int, object_index: NDArray[np.int32], usable: Callable[[], Bools], tally: Tally
) -> dict[int, str]:
    """By place the objects that have points, but none with time, band and flux."""
    # Without a fault every point has all three, so that nothing need be computed.
    if not tally.faults:
        return {}
    given = np.bincount(object_index, minlength=objects)
    good = np.bincount(object_index[usable()], minlength=objects)
    return dict.fromkeys(np.flatnonzero((given > 0) & (good == 0)).tolist(), Cause.NO_USABLE_POINT)
