"""What a run is: live, a replay of a window, or dry. Every step gets it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LIVE = "live"
"""The lane of live runs."""


@dataclass(frozen=True)
class RunContext:
    """A live run takes all that waits, with the database's clock. A replay has a lane and an `as_of` of its own.

    `lane` names what is worked on, so that a retry, a clear or a second run of the same window finds the same rows.
    `start` and `end` (UTC) bound a replay by time; `objects` lists the ids that it judges instead. `as_of` (UTC) is
    the moment at which a replay judges; None is now.
    A dry replay writes everything but the master and 4MOST.
    """

    run_id: str
    lane: str = LIVE
    start: datetime | None = None
    end: datetime | None = None
    objects: tuple[str, ...] = ()
    as_of: datetime | None = None
    dry: bool = False

    @property
    def live(self) -> bool:
        """Whether the run works for the present: only such a run deactivates and talks to 4MOST."""
        return self.lane == LIVE


def replay_of_window(run_id: str, start: datetime, end: datetime, *, dry: bool = False) -> RunContext:
    """The replay of what the broker stamped in [start, end), judged as of `end`."""
    lane = f"{'dry' if dry else 'replay'}/{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}"
    return RunContext(run_id, lane, start, end, as_of=end, dry=dry)


def replay_of_objects(run_id: str, objects: Iterable[str], as_of: datetime, *, dry: bool = False) -> RunContext:
    """The replay of what is known now of a list of objects; the same list is the same lane."""
    ids = tuple(sorted(set(objects)))
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    return RunContext(run_id, f"{'dry' if dry else 'replay'}/objects/{digest}", objects=ids, as_of=as_of, dry=dry)
