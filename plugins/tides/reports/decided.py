"""Decisions of people, for who looks at them: the newest of all, and what was ever decided of a target or a place."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tides.database.session import Connection
from tides.reports.rows import ask
from tides.reports.trace import find_one
from tides.reports.words import at
from tides.targets.decisions import Verb
from tides.targets.places import Position, read_position

MOST = 50
"""So many decisions are listed, the newest first."""

MOST_MET = 20
"""So many targets of a place are named, and tried."""


@dataclass(frozen=True)
class Decided:
    """A decision, also one that was undone. It is on the target `name`, or on a place (deg ICRS, arcsec).

    `targets` are the names of those that it meets, `MOST_MET` at most. `undone_at` (UTC), `undone_by` and
    `undone_reason` are None while it stands. Of all that were asked for, `newest` is the highest number, and `undone`
    how many are undone.
    """

    decision_id: int
    verb: Verb
    name: str | None
    ra: float | None
    dec: float | None
    radius_arcsec: float | None
    targets: list[str]
    reason: str
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None
    newest: int
    undone: int

    @property
    def asked(self) -> str:
        """What it is on, as one asks for it: a name, or RA and Dec in degrees."""
        return self.name if self.name is not None else f"{self.ra} {self.dec}"


@dataclass(frozen=True)
class Subject:
    """What is decided on, as it was asked for: a target or host (`ids` has its own), or a place.

    `ids` are the targets and hosts that it meets, `MOST_MET` at most; `more` says that there are others.
    """

    asked: str
    ids: list[int]
    place: Position | None
    more: bool = False

    @property
    def where(self) -> int | Position:
        """As a decision takes it."""
        return self.place or self.ids[0]

    @property
    def words(self) -> str:
        """The subject as a command takes it."""
        if self.place:
            return f"{self.place.ra} {self.place.dec} --radius {self.place.radius_arcsec:g}"
        return shlex.quote(self.asked)


@dataclass(frozen=True)
class _Id:
    tides_id: int


def subject_of(connection: Connection, asked: str, radius_arcsec: float) -> Subject:
    """What words stand for: a target's name, a survey's object id, a key at 4MOST, or a position.

    Raises SettingsError for words that stand for nothing or for several targets, and for a position outside the sky.
    """
    asked = " ".join(asked.split())
    place = read_position(asked, radius_arcsec)
    if place:
        rows = ask(connection, _Id, "page/targets_at", {**vars(place), "most": MOST_MET + 1})
        return Subject(asked, [row.tides_id for row in rows[:MOST_MET]], place, more=len(rows) > MOST_MET)
    return Subject(asked, [find_one(connection, asked)], None)


def decided(connection: Connection) -> list[Decided]:
    """The newest decisions, also those that were undone."""
    return ask(connection, Decided, "page/decisions", {"most": MOST, "met": MOST_MET})


def decided_on(connection: Connection, subject: Subject) -> list[Decided]:
    """What was decided of a target, or of a place and the targets there, the newest first."""
    place = subject.place
    asked = {
        "ids": subject.ids,
        "ra": place and place.ra,
        "dec": place and place.dec,
        "radius_arcsec": place and place.radius_arcsec,
        "most": MOST,
        "met": MOST_MET,
    }
    return ask(connection, Decided, "page/decisions_on", asked)


def state_of(found: Sequence[Decided]) -> str:
    """What `decided_on` found, so that it can be told whether anybody has decided or undone anything since."""
    return f"{found[0].newest}.{found[0].undone}" if found else "0.0"


def newest_act(found: Sequence[Decided]) -> str:
    """Who decided or undid something last, when and why, as a sentence."""
    if not found:
        return "What was decided is on another target now."
    new = max(found, key=lambda each: each.at)
    gone = max((each for each in found if each.undone_at), key=lambda each: each.undone_at or each.at, default=None)
    if gone and gone.undone_at and gone.undone_at >= new.at:
        why = f" ({gone.undone_reason})" if gone.undone_reason else ""
        return f"{gone.undone_by} undid decision {gone.decision_id} at {at(gone.undone_at)} UTC{why}."
    done = {"veto": "vetoed", "force": "forced"}[new.verb]
    return f"{new.by} {done} it at {at(new.at)} UTC ({new.reason})."
