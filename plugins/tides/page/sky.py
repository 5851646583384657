"""The view *Sky*: targets by cell, what 4MOST reaches, and the tiles of the visits that it may make next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from tides.foreign import quoted
from tides.page import skymap
from tides.page.frame import READ, reading, view
from tides.reports.now import standing
from tides.reports.rows import LastRun, ask
from tides.reports.sky import NEW_NIGHTS, Counted, Sky, Visit, Which, read_sky
from tides.reports.words import span
from tides.settings.model import load_settings
from tides.settings.sections import Reach

views = APIRouter(dependencies=[READ])

NSIDES = {"8": "7.3°", "16": "3.7°"}
"""The choices of nside, and how wide a cell of it is."""

MOST_CELLS = 30
"""So many cells are listed, the fullest: the picture has all."""

SHADES = 6
"""So many colours tell numbers of targets apart."""

OLD = timedelta(days=2)
"""A reading of the candidate visits that is older is marked: `tides_reconcile` reads them daily."""

WORDS = {
    Which.LIVE: "live",
    Which.NEW: f"new in {NEW_NIGHTS} nights",
    Which.ACTIVE: "active at 4MOST",
    Which.EVER: "all ever",
}


@dataclass(frozen=True)
class Shade:
    """A colour of the map, for cells with `low` to `high` targets. `cells` are so many."""

    colour: int
    low: int
    high: int
    cells: int

    @property
    def words(self) -> str:
        """The numbers that it stands for."""
        return f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"


@dataclass(frozen=True)
class Shape:
    """A shape on the map that leads somewhere: its path, where to, its words, and its colour."""

    path: str
    href: str
    words: str
    colour: int = 0


@dataclass(frozen=True)
class Picture:
    """All that is drawn."""

    cells: list[Shape]
    tiles: list[Shape]
    shades: list[Shade]
    beyond: str
    lines: dict[str, str]
    grid: str
    by_ra: Sequence[skymap.Label]
    by_dec: Sequence[skymap.Label]


@views.get("/sky")
def sky(request: Request, of: str = Which.LIVE, nside: str = "16") -> Response:
    """The view. `of` is one of `Which`, `nside` one of `NSIDES`."""
    if of not in [each.value for each in Which] or nside not in NSIDES:
        raise HTTPException(404, f"There is no sky of {quoted(of, 40)} with nside {quoted(nside, 40)}.")
    settings, moment = load_settings(), datetime.now(UTC)
    with reading() as connection:
        found = read_sky(connection, Which(of), int(nside), moment)
        run = next(iter(ask(connection, LastRun, "page/last_run", {"until": moment})), None)
        stands = standing(connection, run, settings.alarms.no_good_run_h)
    data = {"sky": found, "targets": found.targets, "reach": settings.reach.model_dump()}
    age = moment - found.reading.read_at if found.reading else timedelta()
    return view(
        request, "sky.html", data, moment=moment, standing=stands, nsides=NSIDES, which=WORDS, leads_to=leads_to,
        age=span(age), old=age > OLD, most=MOST_CELLS, radius=settings.fourmost.visit_radius_deg,
        picture=picture(found, settings.reach, settings.fourmost.visit_radius_deg),
    )  # fmt: skip


def leads_to(sky: Sky, each: Counted) -> str:
    """The address of the targets of a cell: those that are counted."""
    more = {
        Which.LIVE: "",
        Which.NEW: f"&scope=all&new_since={sky.new_since:%Y-%m-%d}",
        Which.ACTIVE: "&scope=all&state=active",
        Which.EVER: "&scope=all",
    }[sky.which]
    return f"targets?cell={each.cell}{more}"


def picture(sky: Sky, reach: Reach, radius_deg: float) -> Picture:
    """What is drawn of the sky; a tile lies over what is within `radius_deg` of its centre."""
    shades = shades_of(sky.cells)
    paths = skymap.cell_paths(sky.nside) if sky.cells else []
    cells = [
        Shape(paths[each.cell.number], leads_to(sky, each), in_words(each), shade_of(shades, each.targets).colour)
        for each in sky.cells
    ]
    placed = [visit for visit in sky.visits if visit.ra is not None and visit.dec is not None]
    centres = [(visit.ra or 0.0, visit.dec or 0.0) for visit in placed]
    tiles = [
        Shape(path, f"targets?visit=%23{visit.visit_no}", visit_in_words(visit))
        for visit, path in zip(placed, skymap.tile_paths(centres, radius_deg), strict=True)
    ]
    grid, by_ra, by_dec = skymap.graticule()
    return Picture(cells, tiles, shades, skymap.beyond_reach(reach), skymap.lines(), grid, by_ra, by_dec)


def shades_of(cells: Sequence[Counted]) -> list[Shade]:
    """Up to `SHADES` ranges of numbers from 1 on, which grow by about the same factor; the last is the strongest."""
    if not cells:
        return []
    most = max(each.targets for each in cells)
    if most <= SHADES:
        lows = list(range(1, most + 1))
    else:
        lows = sorted({1, *(ceil(most ** (step / SHADES)) for step in range(1, SHADES))})
    highs = [*(low - 1 for low in lows[1:]), most]
    return [
        Shade(
            round(place * SHADES / len(lows)), low, high, sum(low <= each.targets <= high for each in cells)
        )
        for place, (low, high) in enumerate(zip(lows, highs, strict=True), start=1)
    ]  # fmt: skip


def shade_of(shades: Sequence[Shade], targets: int) -> Shade:
    """The colour of a cell with so many targets."""
    return next(shade for shade in shades if shade.low <= targets <= shade.high)


def in_words(each: Counted) -> str:
    """A cell, its centre and its targets, for people."""
    return f"{_number(each.targets)} around RA {each.ra:.1f}°, Dec {each.dec:+.1f}° (cell {each.cell})"


def visit_in_words(visit: Visit) -> str:
    """A visit and what it may observe of ours, for people. The names are 4MOST's own."""
    named = [quoted(words, 80) for words in (visit.visit, visit.tile and f"tile {visit.tile}") if words]
    return f"visit {', '.join(named)}: {_number(visit.targets)} may be observed"


def _number(targets: int) -> str:
    return f"{targets} target{'' if targets == 1 else 's'}"
