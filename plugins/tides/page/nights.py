"""The last 90 nights: what was new, what went to 4MOST and how soon, and what the broker lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from tides.database.session import Connection
from tides.reports.nights import NIGHTS, first_night, steps_since
from tides.reports.rows import LostNight, Steps, ask
from tides.reports.words import hours

HIGH = 100
"""The height of the highest bar, in units of the picture."""


@dataclass(frozen=True)
class NightSums:
    """What a night (UTC day) brought: new targets, targets created at 4MOST, and the hours from alert to 4MOST.

    None: no report has counted it yet, or nothing was created.
    """

    night: date
    new: int | None = None
    sent: int | None = None
    median_h: float | None = None
    late_h: float | None = None


@dataclass(frozen=True)
class NightRow:
    """A night as the table has it. A time is the span from the alert to 4MOST; a dash: nothing was created.

    A number is None while no report has counted the night.
    """

    night: date
    new: int | None
    sent: int | None
    median: str
    late: str
    lost: int


@dataclass(frozen=True)
class Bar:
    """A night in a picture: its place from the left, how high it is, and what it says in words.

    `part` is the height of its lower part, and what is above it is grey; 0: it has none.
    """

    place: int
    high: float
    part: float
    words: str


@dataclass(frozen=True)
class Bars:
    """A picture: a bar a night, the oldest first. `most` is what the highest bar stands for, in words."""

    title: str
    most: str
    bars: list[Bar]


@dataclass(frozen=True)
class Nights:
    """The nights, the newest first, and their pictures."""

    rows: list[NightRow]
    pictures: list[Bars]


def read_nights(connection: Connection, now: datetime) -> Nights:
    """Asks for the nights up to a moment (UTC)."""
    first = first_night(now)
    nights = [first + timedelta(days=n) for n in range(NIGHTS)]
    sums = _sums(nights, steps_since(connection, first, now))
    found = ask(connection, LostNight, "page/lost_by_night", {"since": datetime.combine(first, time(), UTC)})
    lost = {each.night: each.objects for each in found}
    rows = [_row(sums[night], lost.get(night, 0)) for night in nights]
    pictures = [
        bars_of("New targets", nights, [sums[night].new for night in nights]),
        bars_of("Created at 4MOST", nights, [sums[night].sent for night in nights]),
        waits_of([(night, sums[night].median_h, sums[night].late_h) for night in nights]),
        bars_of("Objects that the broker lost messages of", nights, [lost.get(night, 0) for night in nights]),
    ]
    return Nights(rows[::-1], pictures)


def _sums(nights: Sequence[date], found: Sequence[Steps]) -> dict[date, NightSums]:
    sums = {night: NightSums(night) for night in nights}
    for steps in found:
        night = sums[steps.night]
        if steps.what == "new":
            sums[steps.night] = replace(night, new=steps.targets)
        elif steps.what == "created":
            sums[steps.night] = replace(night, sent=steps.targets, median_h=steps.median_h, late_h=steps.late_h)
    return sums


def _row(sums: NightSums, lost: int) -> NightRow:
    return NightRow(sums.night, sums.new, sums.sent, hours(sums.median_h), hours(sums.late_h), lost)


def bars_of(title: str, nights: Sequence[date], numbers: Sequence[float | None]) -> Bars:
    """A picture of a number a night, the oldest first. None: it was not counted."""
    most = max(number or 0 for number in numbers)
    bars = [
        Bar(place, HIGH * (number or 0) / (most or 1), 0, f"{night}: {'not counted' if number is None else number}")
        for place, (night, number) in enumerate(zip(nights, numbers, strict=True))
    ]
    return Bars(title, f"{most}", bars)


def waits_of(nights: Sequence[tuple[date, float | None, float | None]]) -> Bars:
    """A picture of the hours from the alert to 4MOST: each night, the oldest first, with its median and nine in ten."""
    most = max((late or 0 for _, _, late in nights), default=0)
    bars = [
        Bar(
            place,
            HIGH * (late or 0) / (most or 1),
            HIGH * (median or 0) / (most or 1),
            f"{night}: median {hours(median)}, 90 % within {hours(late)}",
        )
        for place, (night, median, late) in enumerate(nights)
    ]
    return Bars("From the alert to 4MOST: median, and 90 % in grey", hours(most), bars)
