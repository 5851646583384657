"""What the words stand for that `trace` is asked for: targets, and objects that never became one."""

from dataclasses import dataclass

from tides.database.session import Connection
from tides.foreign import quoted
from tides.reports.near import KINDS
from tides.reports.objects import Object, seen_objects
from tides.reports.retention import Horizon, horizons
from tides.reports.rows import Read, ask
from tides.reports.screen import moment, table
from tides.reports.trace import targets_named
from tides.retention.kinds import Kept


@dataclass(frozen=True)
class Found:
    """The targets and hosts (`tides_id`) that words stand for, and the objects that are asked for as such."""

    targets: list[int]
    objects: list[Object]

    @property
    def number(self) -> int:
        """How many things the words stand for."""
        return len(self.targets) + len(self.objects)


def look_up(connection: Connection, asked: str) -> Found:
    """What words stand for: any name, object id or key of `targets_named`. Two may be a survey and its object's id.

    One word for an object that is a target stands for the target; two words stand for the object itself.
    """
    survey, _, object_id = asked.rpartition(" ")
    known = seen_objects(connection, object_id, survey) if survey else []
    # A name may hold blanks, too: `SN 2026abc`.
    if known:
        return Found([], known)
    objects = [] if survey else [each for each in seen_objects(connection, asked) if each.tides_id is None]
    return Found(targets_named(connection, asked), objects)


@dataclass(frozen=True)
class Choice:
    """One of the things that words stand for: the words that stand for it alone, what it is, and how it stands."""

    ask_for: str
    what: str
    stands: str


def choices(connection: Connection, found: Found) -> list[Choice]:
    """All that words stand for: targets and hosts first."""
    # A galaxy has a name of ours only once it is wanted.
    targets = connection.execute(
        "SELECT coalesce(m.name, h.catalogue || ' ' || h.catalogue_id) AS name, m.kind, m.active FROM tides.target AS m"
        " LEFT JOIN tides.tides_hosts AS h USING (tides_id) WHERE tides_id = ANY (%s) ORDER BY tides_id",
        (found.targets,),
    )
    rows = [Choice(row["name"], KINDS[row["kind"]], "live" if row["active"] else "not live") for row in targets]
    return rows + [Choice(each.name, KINDS["object"], "no target") for each in found.objects]


def listed(connection: Connection, asked: str, found: Found) -> str:
    """All that ambiguous words stand for, and how each is asked for."""
    rows = [
        {"ask for": quoted(each.ask_for), "what": each.what, "how it stands": each.stands}
        for each in choices(connection, found)
    ]
    return f"{quoted(asked)} stands for {found.number} things; ask for one of them:\n{table(rows)}"


LOOKED_FOR = (
    "an object that a stream has brought, judged or not, or that is a dead letter",
    "a target or host galaxy, by its name, its name at TNS, its entry in a list or a catalogue, or any survey's id",
    "a key at 4MOST",
)
"""What words were compared with that nothing was found for."""


@dataclass(frozen=True)
class NeverSeen:
    """That nothing is known by these words, until when each stream has been read to its end, and what was forgotten."""

    asked: str
    read: list[Read]
    forgotten: list[Horizon]

    def as_text(self) -> str:
        """The screen."""
        until = [f"{r.stream} until {moment(r.as_of)}" if r.as_of else f"{r.stream} never" for r in self.read]
        looked = "\n".join(f"  it is not {what}" for what in LOOKED_FOR)
        gone = "".join(f"\nor it was forgotten: {each.words}" for each in self.forgotten)
        read = ", ".join(until) or "no stream yet"
        return f"never seen: {quoted(self.asked)}\n{looked}\nread to the end: {read}{gone}"


def never_seen(connection: Connection, asked: str) -> NeverSeen:
    """That nothing is known by these words."""
    forgotten = horizons(connection, (Kept.CANDIDATES,))
    return NeverSeen(asked, ask(connection, Read, "page/streams"), forgotten)
