"""The address of a list of targets: what it asks for, and the addresses of the same list in other orders and places."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import TypeVar
from urllib.parse import quote, urlencode

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.plausible import MAG
from tides.reports.targets import SCOPES, SORTS, STATES, Cell, Cone, Order, Place, Wanted
from tides.targets.places import read_position
from tides.targets.why import Why

Value = TypeVar("Value")

LONGEST = 200
"""The longest value, in characters."""

FILTERS = (
    "q", "scope", "state", "why", "survey", "subsurvey", "band", "mag_from", "mag_to", "place", "radius", "cell",
    "new_since", "decision", "list", "visit",
)  # fmt: skip
"""What a list can be asked for, by its names in the address."""

DEFAULT_RADIUS = "0.1"
"""The radius around a place where the address has none (deg)."""

CELL = re.compile(r"(\d{1,4})-(\d{1,9})")
"""A cell of HEALPix: its nside and its number (nested)."""


@dataclass
class Asked:
    """What an address asks for, and what in it cannot be read, in words.

    `given` is each filter as it was written. `place` is where the page begins, or ends when it is read `back`.
    """

    given: dict[str, str]
    wanted: Wanted = field(default_factory=Wanted)
    order: Order = field(default_factory=Order)
    place: Place | None = None
    back: bool = False
    faults: list[str] = field(default_factory=list)

    def address(self, **changes: str) -> str:
        """The same list with changes, as the part of an address from the question mark on."""
        kept = {**self.given, "sort": self.sort, **changes}
        return "?" + urlencode({name: value for name, value in kept.items() if value}, quote_via=quote)

    @property
    def sort(self) -> str:
        """The order, as an address has it."""
        return written(self.order)

    def sorted_by(self, by: str) -> str:
        """The same list in another order: by what it is sorted by already, the other way round."""
        upwards = not self.order.upwards if by == self.order.by else by not in ("since", "told")
        return self.address(sort=written(Order(by, upwards)))

    def after(self, place: Place) -> str:
        """Its page after a place."""
        return self.address(after=f"{place.tides_id}~{place.key or ''}")

    def before(self, place: Place) -> str:
        """Its page before a place."""
        return self.address(before=f"{place.tides_id}~{place.key or ''}")


def written(order: Order) -> str:
    """An order as an address has it: `-since` is the newest first."""
    return order.by if order.upwards else f"-{order.by}"


def read_address(given: Mapping[str, str]) -> Asked:
    """What an address asks for. What cannot be read is a fault, and not asked for."""
    asked = Asked({})
    for name in FILTERS:
        value = " ".join(given.get(name, "").split())
        if len(value) > LONGEST or not value.isprintable():
            asked.faults.append(f"{name} is too long, or has characters that cannot be seen")
        elif value:
            asked.given[name] = value
    read = _Reader(asked)
    cone = read.value("place", _place)
    radius = read.value("radius", _number(0, 180, above=True))
    asked.wanted = Wanted(
        scope=read.one_of("scope", tuple(SCOPES)) or Wanted.scope,
        begins=asked.given.get("q"),
        state=read.one_of("state", STATES),
        why=read.one_of("why", tuple(Why)),
        survey=asked.given.get("survey"),
        subsurvey=asked.given.get("subsurvey"),
        band=asked.given.get("band"),
        mag_from=read.value("mag_from", _number(MAG.least, MAG.most)),
        mag_to=read.value("mag_to", _number(MAG.least, MAG.most)),
        cone=cone and Cone(*cone, radius or float(DEFAULT_RADIUS)),
        cell=read.value("cell", _cell),
        new_since=read.value("new_since", moment),
        decision=read.one_of("decision", ("veto", "force")),
        list=asked.given.get("list"),
        visit=asked.given.get("visit"),
    )
    by = given.get("sort", "")
    if by.removeprefix("-") in SORTS:
        asked.order = Order(by.removeprefix("-"), not by.startswith("-"))
    elif asked.wanted.scope != "live":
        asked.order = Order("name", upwards=True)
    asked.back = "before" in given
    asked.place = _place_in(given.get("before" if asked.back else "after", ""), asked.order)
    return asked


@dataclass
class _Reader:
    asked: Asked

    def value(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """A filter by its name, as `read` reads it; None where it is not given, or cannot be read."""
        words = self.asked.given.get(name)
        if words is None:
            return None
        try:
            return read(words)
        except (ValueError, SettingsError) as error:
            self.asked.faults.append(f"{name.replace('_', ' ')} {quoted(words)}: {error}")
            return None

    def one_of(self, name: str, choices: Sequence[str]) -> str | None:
        """A filter that is one of some words."""

        def read(words: str) -> str:
            if words not in choices:
                raise ValueError(f"it is one of {', '.join(choices)}")
            return str(words)

        return self.value(name, read)


def _number(low: float, high: float, *, above: bool = False) -> Callable[[str], float]:
    def read(words: str) -> float:
        try:
            number = float(words)
        except ValueError:
            raise ValueError("it is no number") from None
        if not low <= number <= high or (above and number == low):
            raise ValueError(f"it is from {low:g} to {high:g}")
        return number

    return read


def _place(words: str) -> tuple[float, float]:
    place = read_position(words, 1)
    if place is None:
        raise ValueError("give RA and Dec in degrees, as 150.1234 -30.5678, or in hours and degrees")
    return place.ra, place.dec


def _cell(words: str) -> Cell:
    found = CELL.fullmatch(words)
    nside, number = (int(part) for part in found.groups()) if found else (0, 0)
    if not 0 < nside <= 1024 or nside & (nside - 1) or number >= 12 * nside**2:
        raise ValueError("it is nside-number, HEALPix nested, as 16-1234; nside is a power of 2 up to 1024")
    return Cell(nside, number)


def moment(words: str) -> datetime:
    """A moment in UTC, ISO 8601. Raises ValueError for other words."""
    try:
        found = datetime.fromisoformat(words)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("it is no date, as 2026-11-20") from None


def _place_in(words: str, order: Order) -> Place | None:
    """A place in an order. What is none, as of an address that was cut, is the begin."""
    number, _, key = words.partition("~")
    if not re.fullmatch(r"\d{1,9}", number) or not key.isprintable():
        return None
    try:
        if order.by in ("since", "told") and key:
            moment(key)
        elif order.by != "name" and key and not isfinite(float(key)):
            return None
    except ValueError:
        return None
    return Place(key or None, int(number))
