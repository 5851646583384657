"""The list of targets: what it can be asked for, and its pages. However many there are, each question is bounded.

A page is found in two steps. First come the targets that are looked at. These are all that one of the filters leaves,
if they are few enough. Otherwise they are the next ones of the order, by its index. Then each is looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import asin, cos, degrees, radians, sin

import numpy as np

from tides.database.session import Connection
from tides.reports.rows import ask
from tides.surveys.cells import cells

FEW = 40_000
"""So many targets are sorted for a page: more than are live at once."""

LOOK = 10_001
"""So many are looked at for a page where an index has the order: one more than are counted."""

COUNTED = 10_000
"""Where no filter leaves few targets, more than so many are not counted."""

CHOICES = 200
"""How many lists, and how many visits, a person can choose from."""

SCOPES = {"live": "live", "ended": "not live", "never": "never sent", "all": "all"}
"""Which targets, in words. What was never sent has no key at 4MOST."""

STATES = (
    "active", "active, its end waits", "active, its end is held", "switched off", "held", "refused", "cannot be sent",
    "unknown", "waiting", "not staged", "never sent",
)  # fmt: skip
"""How a target stands at 4MOST: what tides.state_at_4most says."""

SORTS = {
    "name": "name",
    "since": "live since",
    "mag": "magnitude",
    "ra": "right ascension",
    "dec": "declination",
    "told": "told at 4MOST",
}
"""What the list can be sorted by."""

BY_INDEX = ("name", "ra", "dec", "told")
"""What all targets can be sorted by. The other orders need a filter that leaves at most `FEW`."""

ANY = "any"
"""Any list, or any visit."""


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, a key of `SORTS`, and whether the lowest value comes first."""

    by: str = "since"
    upwards: bool = False


@dataclass(frozen=True)
class Cone:
    """All that lies within `radius` of ra, dec (deg, ICRS)."""

    ra: float
    dec: float
    radius: float

    @property
    def width(self) -> float:
        """How far it reaches in right ascension to each side (deg)."""
        if abs(self.dec) + self.radius >= 90:
            return 360.0
        return degrees(asin(min(1.0, sin(radians(self.radius)) / cos(radians(self.dec)))))


@dataclass(frozen=True)
class Cell:
    """A cell of HEALPix (nested, ICRS). As text it is NSIDE-NUMBER, such as 16-1234."""

    nside: int
    number: int

    def __str__(self) -> str:
        return f"{self.nside}-{self.number}"

    @property
    def cone(self) -> Cone:
        """A cone that holds all of it."""
        # Here, since these take half a second to import.
        import astropy.units as u
        from astropy_healpix import healpix_to_lonlat, nside_to_pixel_resolution

        ra, dec = healpix_to_lonlat(self.number, self.nside, order="nested")
        # A corner is nowhere further away than twice the side of a square of the same area.
        reach = 2 * nside_to_pixel_resolution(self.nside).to_value(u.deg)
        return Cone(float(ra.to_value(u.deg)) % 360, float(dec.to_value(u.deg)), min(180.0, float(reach)))


@dataclass(frozen=True)
class Wanted:
    """What is asked of the list; None or empty: not asked for.

    `begins` begins a name or a survey's id of the object. `mag_from` and `mag_to` (mag AB, in the band that 4MOST calls
    `band`) are about what 4MOST is to be told. `new_since` (UTC) is when it became a target. `decision` is veto or
    force. `list` and `visit` are names, or `ANY`. A visit is named by its tile, too, or exactly: by # and its number in
    `candidate_visit`.
    """

    scope: str = "live"
    begins: str | None = None
    state: str | None = None
    why: str | None = None
    survey: str | None = None
    subsurvey: str | None = None
    band: str | None = None
    mag_from: float | None = None
    mag_to: float | None = None
    cone: Cone | None = None
    cell: Cell | None = None
    new_since: datetime | None = None
    decision: str | None = None
    list: str | None = None
    visit: str | None = None

    @property
    def values(self) -> dict[str, object]:
        """The parameters of the questions."""
        cone = self.cone
        place = {**vars(cone), "width": cone.width} if cone else dict.fromkeys(("ra", "dec", "radius", "width"))
        return {**{name: value for name, value in vars(self).items() if name not in ("cone", "cell")}, **place}

    @property
    def narrow(self) -> Sequence[tuple[str, "Wanted"]]:
        """The filters that may leave few targets, each by its name in targets_among.sql, the narrowest first."""
        given = {
            "visit": self.visit, "list": self.list, "decision": self.decision, "cone": self.cone, "begins": self.begins,
            "new": self.new_since, "live": self.scope == "live",
        }  # fmt: skip
        found = [(by, self) for by, value in given.items() if value]
        return [("cone", replace(self, cone=self.cell.cone)), *found] if self.cell else found


@dataclass(frozen=True)
class Listed:
    """A target of the list. Magnitudes are AB, places degrees ICRS, times UTC.

    `mag`, `mag_err` and `mag_type` (the band, as 4MOST calls it) are what 4MOST is to be told, or was told last.
    `objects` names what the surveys see. `number` is how many of those that were looked at pass.
    """

    tides_id: int
    name: str
    ra: float
    dec: float
    live: bool
    why: str
    reason: str
    live_since: datetime | None
    new_at: datetime
    state: str
    told_at: datetime | None
    pk_4most: int | None
    mag: float | None
    mag_err: float | None
    mag_type: str | None
    subsurvey: str | None
    objects: str | None
    list: str | None
    number: int


@dataclass(frozen=True)
class Place:
    """A place in an order: the target after which it goes on, or before which it ends when it is read backwards.

    `key` is the target's value in the order, None where it has none.
    """

    key: str | None
    tides_id: int


@dataclass(frozen=True)
class Page:
    """Targets in their order, and what is known of the whole.

    `after` and `before` are where the next and the previous page begin; None: there is none. `number` is how many pass
    of those that were looked at; `whole`: these are all. `order` is the one that the page has: `since` and `mag` need
    few targets.
    """

    targets: list[Listed]
    order: Order
    before: Place | None
    after: Place | None
    number: int
    whole: bool


@dataclass(frozen=True)
class _Candidate:
    """A target that is looked at, its place (deg ICRS), and where it stands in the order of a walk."""

    tides_id: int
    ra: float
    dec: float
    key: str | None


def place_of(target: Listed, order: Order) -> Place:
    """Where a target stands in an order."""
    value = {
        "name": target.name, "since": target.live_since, "mag": target.mag, "ra": target.ra, "dec": target.dec,
        "told": target.told_at,
    }[order.by]  # fmt: skip
    if value is None:
        return Place(None, target.tides_id)
    return Place(value.isoformat() if isinstance(value, datetime) else str(value), target.tides_id)


def read_page(
    connection: Connection, wanted: Wanted, order: Order, most: int, place: Place | None = None, *, back: bool = False
) -> Page:
    """The page of at most `most` targets after a place, or before it (`back`); without one the first.

    A page may have fewer targets though more follow: then no more were looked at.
    """
    few = _few(connection, wanted)
    if few is None and order.by not in BY_INDEX:
        order, place, back = Order("name", upwards=True), None, False
    values = {
        **wanted.values, "sort": order.by, "upwards": order.upwards != back, "last_is_high": order.upwards,
        "key": _key(place, order) if place else None, "id": place.tides_id if place else None,
    }  # fmt: skip
    looked_at = ask(connection, _Candidate, "page/targets_walk", values | {"look": LOOK}) if few is None else few
    ids = [each.tides_id for each in _within(wanted.cell, looked_at)]
    found = ask(connection, Listed, "page/targets", values | {"ids": ids, "most": most + 1})
    shown, go_on = found[:most], None
    if len(found) > most:
        go_on = place_of(shown[-1], order)
    elif few is None and len(looked_at) == LOOK:
        go_on = Place(looked_at[-1].key, looked_at[-1].tides_id)
    come_back = (place_of(shown[0], order) if shown else place) if place else None
    number = found[0].number if found else 0
    if back:
        return Page(shown[::-1], order, go_on, come_back, number, few is not None)
    return Page(shown, order, come_back, go_on, number, few is not None)


def read_all(connection: Connection, wanted: Wanted, order: Order, most: int) -> tuple[list[Listed], bool]:
    """All that is asked for, at most `most` targets, in its order; whether there are more."""
    found: list[Listed] = []
    place: Place | None = None
    while True:
        page = read_page(connection, wanted, order, most - len(found) + 1, place)
        found += page.targets
        place = page.after
        if not place or len(found) > most:
            return found[:most], len(found) > most


def read_choices(connection: Connection) -> dict[str, list[str]]:
    """The names of the surveys, lists and visits that a person can choose from, the first ones of each."""
    chosen = ask(connection, _Choice, "page/target_choices", {"most": CHOICES})
    return {what: [each.choice for each in chosen if each.what == what] for what in ("survey", "list", "visit")}


@dataclass(frozen=True)
class _Choice:
    what: str
    choice: str


def _few(connection: Connection, wanted: Wanted) -> list[_Candidate] | None:
    """The targets that one of the filters leaves, or all; None where these are too many."""
    for by, given in wanted.narrow:
        found = ask(connection, _Candidate, "page/targets_among", {**given.values, "by": by, "look": FEW + 1})
        if len(found) <= FEW:
            return list({each.tides_id: each for each in found}.values())
    of_all = {"sort": "name", "upwards": True, "key": None, "id": None, "look": LOOK}
    found = ask(connection, _Candidate, "page/targets_walk", of_all)
    return found if len(found) < LOOK else None


def _within(cell: Cell | None, found: list[_Candidate]) -> list[_Candidate]:
    if not cell or not found:
        return found
    places = np.array([(each.ra, each.dec) for each in found])
    held = cells(places[:, 0], places[:, 1], cell.nside) == cell.number
    return [each for each, inside in zip(found, held.tolist(), strict=True) if inside]


def _key(place: Place, order: Order) -> str:
    """A place's value as the questions compare it: what has none comes last."""
    if place.key is not None:
        return place.key
    if order.by == "mag":
        return "1000" if order.upwards else "-1000"
    return "9000-01-01Z" if order.upwards else "1000-01-01Z"
