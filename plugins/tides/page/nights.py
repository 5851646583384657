"""The last 90 nights: what was new, what went to 4MOST and how soon, and what the broker lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tides.database.session import Connection
from tides.reports.rows import LostNight, NightSums, ask
from tides.reports.words import span

NIGHTS = 90
"""How many nights (UTC days) are shown, tonight among them."""

HIGH = 100
"""The height of the highest bar, in units of the picture."""


@dataclass(frozen=True)
class NightRow:
    """A night as the table has it. A time is the span from the alert to 4MOST; a dash: nothing was created."""

    night: date
    new: int
    sent: int
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


_over: dict[str, dict[date, NightSums]] = {}
"""The nights that are over, by database: they change no more, and their times take many look-ups."""


def read_nights(connection: Connection, now: datetime) -> Nights:
    """Asks for the nights up to a moment (UTC). Those that are over are asked for once a process."""
    first = now.date() - timedelta(days=NIGHTS - 1)
    nights = [first + timedelta(days=n) for n in range(NIGHTS)]
    sums = _sums(connection, nights, now)
    found = ask(connection, LostNight, "page/lost_by_night", {"since": datetime.combine(first, time(), UTC)})
    lost = {each.night: each.objects for each in found}
    rows = [_row(sums[night], lost.get(night, 0)) for night in nights]
    pictures = [
        _bars("New targets", nights, [sums[night].new for night in nights]),
        _bars("Created at 4MOST", nights, [sums[night].sent for night in nights]),
        _waits([sums[night] for night in nights]),
        _bars("Objects that the broker lost messages of", nights, [lost.get(night, 0) for night in nights]),
    ]
    return Nights(rows[::-1], pictures)


def _sums(connection: Connection, nights: Sequence[date], now: datetime) -> dict[date, NightSums]:
    over = _over.setdefault(connection.info.dsn, {})
    missing = [night for night in nights if night not in over]
    since = datetime.combine(missing[0], time(), UTC)
    found = ask(connection, NightSums, "page/nights", {"since": since, "until": now + timedelta(days=1)})
    asked = {night: NightSums(night, 0, 0, None, None) for night in missing} | {each.night: each for each in found}
    # What is stored shortly after midnight may have begun before it.
    ended = (now - timedelta(hours=1)).date()
    for night in set(over) - set(nights):
        over.pop(night, None)
    over.update({night: asked[night] for night in missing if night < ended})
    return over | asked


def _row(sums: NightSums, lost: int) -> NightRow:
    return NightRow(sums.night, sums.new, sums.sent, _hours(sums.median_h), _hours(sums.late_h), lost)


def _hours(hours: float | None) -> str:
    return "–" if hours is None else span(timedelta(hours=hours))


def _bars(title: str, nights: Sequence[date], numbers: Sequence[int]) -> Bars:
    most = max(numbers)
    bars = [
        Bar(place, HIGH * number / (most or 1), 0, f"{night}: {number}")
        for place, (night, number) in enumerate(zip(nights, numbers, strict=True))
    ]
    return Bars(title, f"{most}", bars)


def _waits(nights: Sequence[NightSums]) -> Bars:
    most = max((night.late_h or 0 for night in nights), default=0)
    bars = [
        Bar(
            place,
            HIGH * (night.late_h or 0) / (most or 1),
            HIGH * (night.median_h or 0) / (most or 1),
            f"{night.night}: median {_hours(night.median_h)}, 90 % within {_hours(night.late_h)}",
        )
        for place, night in enumerate(nights)
    ]
    return Bars("From the alert to 4MOST: median, and 90 % in grey", _hours(most), bars)
