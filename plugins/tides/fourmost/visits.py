"""4MOST's candidate visits, read daily: which of our targets may be observed next.

4MOST does not document the columns of a visit. So each is taken under any of the spellings below, in upper or lower
case. A visit is readable when it names itself or its tile, and either names its targets or gives the place of its tile.
In its list of targets a number is a primary key at 4MOST, a text a name there. The list may be empty, or hold targets
of other surveys.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from psycopg.rows import class_row
from tabulate import tabulate

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import AnswerBroken, LoginMissing
from tides.foreign import quoted
from tides.fourmost.api import FourMostApi, Row
from tides.fourmost.exchange import storable
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.plausible import DEC_DEG, RA_DEG, Bounds, wrapped_ra
from tides.settings.sections import FourMost

VISIT = ("visit_id", "visit", "visit_name", "id", "name")
TILE = ("tile_id", "tile", "tile_name")
RA = ("ra", "tile_ra")
"""Centre of the tile (deg ICRS), as `DEC`."""
DEC = ("dec", "tile_dec")
TARGETS = ("targets", "transients", "target_ids", "transient_ids", "target_names", "transient_names")
"""Of these only a list names the targets; a count does not."""
PLANNED = ("planned", "date", "night", "jd", "mjd")

EXAMPLES = 5
"""So many unreadable visits are described in the event."""

SHOWN = 30
"""So many targets are in the report, the brightest: the rest is in `tides.observable_next`."""


@dataclass(frozen=True)
class Observable:
    """A target of ours that may be observed next, as `observable_next.sql` gives it.

    `mag` is AB. `visits` names the visits and their tiles, `planned` when 4MOST plans them, None when it does not say.
    """

    name: str
    mag: float | None
    visits: str
    planned: str | None


class _Visit(TypedDict):
    """A visit as it is kept. `keys` and `names` are the targets that it names, None when it names none.

    The centre of its tile, (`ra`, `dec`), is in deg ICRS. `content` is 4MOST's own JSON.
    """

    visit_no: int
    visit: str | None
    tile: str | None
    ra: float | None
    dec: float | None
    planned: str | None
    keys: list[int] | None
    names: list[str] | None
    content: Row


@dataclass(frozen=True)
class VisitsRead:
    """What one reading found; `targets` are ours that may be observed next, the brightest first.

    `closed` says why 4MOST could not be asked: then the last reading stays as it is.
    """

    visits: int = 0
    unreadable: int = 0
    targets: list[Observable] = field(default_factory=list)
    closed: str | None = None

    def as_text(self) -> str:
        """The report, for people."""
        if self.closed:
            return f"Not read: {self.closed}."
        found = f"{self.visits} candidate visits; {len(self.targets)} of our targets may be observed next."
        if self.unreadable:
            found += f" Unreadable and set aside: {self.unreadable} visits."
        if not self.targets:
            return found
        rows = [
            [t.name, t.mag, *(quoted(words) if words else "not said" for words in (t.visits, t.planned))]
            for t in self.targets[:SHOWN]
        ]
        table = tabulate(rows, ["name", "mag", "visits", "when"], "simple", maxcolwidths=[None, None, 60, 30])
        more = len(self.targets) - SHOWN
        return "\n\n".join([found, table, *([f"And {more} more."] if more > 0 else [])])


def read_visits(connection: Connection, client: FourMostApi, limits: FourMost) -> VisitsRead:
    """Reads 4MOST's candidate visits, and puts them and our targets on them in the place of those read before.

    An unreadable visit is set aside, and counted in an event. With a token only 4MOST is not asked, which is an event,
    too. Raises AnswerBroken when there are visits and none can be read. Raises ServiceAway, AnswerBroken or
    AccessRefused as the client does. Then the last reading stays.
    """
    try:
        answered = client.visits()
    except LoginMissing as missing:
        note_event(connection, Kind.VISITS_CLOSED, "4MOST", {"words": str(missing)})
        return VisitsRead(closed=str(missing))
    close_event(connection, Kind.VISITS_CLOSED, "4MOST")
    visits, problems = [], []
    for place, content in enumerate(answered):
        try:
            visits.append(_read(place, content))
        except ValueError as error:
            problems.append(f"visit {place + 1} of the answer: {error}")
    if problems and not visits:
        raise AnswerBroken(f"none of 4MOST's {len(problems)} candidate visits can be read; {problems[0]}")
    with connection.transaction():
        # A reader must see one reading whole, never half of two.
        _replace(connection, visits, len(problems), limits.visit_radius_deg)
        _note_unreadable(connection, problems)
    with connection.cursor(row_factory=class_row(Observable)) as cursor:
        targets = cursor.execute(statement("fourmost/observable_next")).fetchall()
    return VisitsRead(len(visits), len(problems), targets)


def _replace(connection: Connection, visits: Sequence[_Visit], unreadable: int, radius_deg: float) -> None:
    connection.execute(statement("fourmost/store_reading"), {"visits": len(visits), "unreadable": unreadable})
    connection.execute(statement("fourmost/drop_visits"))
    connection.execute(statement("fourmost/store_visits"), {"visits": storable(visits)})
    named = [{"visit_no": v["visit_no"], "keys": v["keys"], "names": v["names"]} for v in visits]
    connection.execute(statement("fourmost/targets_of_visits"), {"named": storable(named), "radius_deg": radius_deg})


def _note_unreadable(connection: Connection, problems: Sequence[str]) -> None:
    if problems:
        detail = {"visits": len(problems), "first": list(problems[:EXAMPLES])}
        note_event(connection, Kind.VISITS_UNREADABLE, "4MOST", json.loads(storable(detail)))
    else:
        close_event(connection, Kind.VISITS_UNREADABLE, "4MOST")


def _read(place: int, content: Row) -> _Visit:
    """A visit as it is kept, numbered by its place in the answer; raises ValueError with what is wrong with it."""
    # PostgreSQL refuses NaN in JSON, and with it the whole reading.
    json.dumps(content, allow_nan=False)
    columns = {name.lower(): value for name, value in content.items()}
    visit, tile = _words(columns, VISIT), _words(columns, TILE)
    if visit is None and tile is None:
        raise ValueError(f"it names neither visit nor tile; its columns are {quoted(', '.join(content)) or 'none'}")
    targets = next((columns[name] for name in TARGETS if isinstance(columns.get(name), list)), None)
    ra, dec = _angle(columns, RA, RA_DEG), _angle(columns, DEC, DEC_DEG)
    if ra is None or dec is None:
        if targets is None:
            raise ValueError(
                f"it has neither targets nor a place in the sky; its columns are {quoted(', '.join(content))}"
            )
        ra = dec = None
    return {
        "visit_no": place,
        "visit": visit,
        "tile": tile,
        "ra": None if ra is None else wrapped_ra(ra),
        "dec": dec,
        "planned": _words(columns, PLANNED),
        "keys": None if targets is None else [t for t in targets if _is_key(t)],
        "names": None if targets is None else [t for t in targets if isinstance(t, str)],
        "content": content,
    }


def _words(columns: Row, spellings: Sequence[str]) -> str | None:
    """What a column says, as text: the first of its spellings that holds a text or a number."""
    found = (columns.get(name) for name in spellings)
    return next(
        (str(value) for value in found if value != "" and type(value) in (str, int, float)),
        None,
    )


def _angle(columns: Row, spellings: Sequence[str], bounds: Bounds) -> float | None:
    """An angle (deg) within its bounds, also one that comes as text; None when there is none."""
    words = _words(columns, spellings)
    try:
        angle = math.nan if words is None else float(words)
    except ValueError:
        return None
    return angle if angle in bounds else None


def _is_key(target: Any) -> bool:
    """Whether an entry is a primary key at 4MOST; raises ValueError when it is no name either."""
    # A bool is an int in Python, but no key. The bound is that of a bigint in PostgreSQL.
    if type(target) is int and 0 < target < 2**63:
        return True
    if isinstance(target, str):
        return False
    raise ValueError(f"it names a target by {str(target)[:30]!r}, which is neither a key nor a name")
