"""Where on the sky our targets lie, by cells, and which of them 4MOST may observe next."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from tides.database.session import Connection
from tides.reports.rows import ask
from tides.reports.targets import Cell

FINEST_NSIDE = 32
"""HEALPix nside of `tides.sky_cell`; cells of it are summed up to those of a lower nside."""

NEW_NIGHTS = 7
"""What became a target in tonight or in the nights before it, so many together, is new."""

MOST_VISITS = 300
"""So many candidate visits are shown, the first of 4MOST's answer. A cut-off has some hundreds at most."""


class Which(StrEnum):
    """Which targets are counted by cell."""

    LIVE = "live"
    NEW = "new"
    ACTIVE = "active"
    EVER = "ever"


PLACES = {
    Which.LIVE: "page/sky_live",
    Which.NEW: "page/sky_new",
    Which.ACTIVE: "page/sky_active",
    Which.EVER: "page/sky_ever",
}
"""The question that counts them."""


@dataclass(frozen=True)
class InCell:
    """How many targets lie in a cell of `tides.sky_cell`."""

    cell: int
    targets: int


@dataclass(frozen=True)
class Reading:
    """When 4MOST's candidate visits were last read (UTC), how many they were, and how many more nobody could read."""

    read_at: datetime
    visits: int
    unreadable: int


@dataclass(frozen=True)
class Visit:
    """A visit that 4MOST may make next, and how many of our targets it may observe, by what 4MOST has now.

    `visit_no` is its place in 4MOST's answer, which is its number here: a name may come twice. The centre of its tile,
    (`ra`, `dec`), is in deg ICRS, None where 4MOST names the targets alone. `planned` is in 4MOST's words.
    """

    visit_no: int
    visit: str | None
    tile: str | None
    ra: float | None
    dec: float | None
    planned: str | None
    targets: int


@dataclass(frozen=True)
class Counted:
    """A cell with targets in it, and how many. Its centre is (`ra`, `dec`), deg ICRS."""

    cell: Cell
    ra: float
    dec: float
    targets: int


@dataclass(frozen=True)
class Sky:
    """Cells with targets in them, the fullest first, and the candidate visits; `reading` is None before the first.

    What became a target after `new_since` (UTC) is new.
    """

    which: Which
    nside: int
    new_since: datetime
    cells: list[Counted]
    reading: Reading | None
    visits: list[Visit]

    @property
    def targets(self) -> int:
        """All targets that are counted."""
        return sum(each.targets for each in self.cells)


def read_sky(connection: Connection, which: Which, nside: int, moment: datetime) -> Sky:
    """What a look at the sky shows. `nside` is a power of two up to `FINEST_NSIDE`."""
    tonight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    since = tonight - timedelta(days=NEW_NIGHTS - 1)
    found = ask(connection, InCell, PLACES[which], {"since": since} if which is Which.NEW else None)
    reading = next(iter(ask(connection, Reading, "page/sky_reading")), None)
    visits = ask(connection, Visit, "page/sky_visits", {"most": MOST_VISITS})
    return Sky(which, nside, since, counted(found, nside), reading, visits)


def counted(found: Iterable[InCell], nside: int) -> list[Counted]:
    """Sums cells of `tides.sky_cell` up to cells of `nside`, the fullest first."""
    # Here, since these take half a second to import.
    import astropy.units as u
    from astropy_healpix import healpix_to_lonlat

    sums: Counter[int] = Counter()
    for each in found:
        sums[each.cell // (FINEST_NSIDE // nside) ** 2] += each.targets
    numbers = sorted(sums, key=lambda number: (-sums[number], number))
    ra, dec = healpix_to_lonlat(np.array(numbers, dtype=np.int64), nside, order="nested")
    places = zip(numbers, ra.to_value(u.deg).tolist(), dec.to_value(u.deg).tolist(), strict=True)
    return [Counted(Cell(nside, number), at_ra, at_dec, sums[number]) for number, at_ra, at_dec in places]
