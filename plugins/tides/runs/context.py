"""The context of a run: live, a replay of a window, or dry. Every step gets it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

BRIDGE = "tides_bridge"
"""The DAG of the bridge."""

LIVE = "live"
"""The lane of live runs."""

REHEARSAL = "dry/live"
"""The lane of dry live runs. Nothing is ever written into it."""


@dataclass(frozen=True)
class OffsetRange:
    """The messages `first` to `last`, both included, of one partition of a stream's topic."""

    stream: str
    partition: int
    first: int
    last: int


@dataclass(frozen=True)
class RunContext:
    """A live run takes all that waits, with the database's clock. A replay has a lane and an `as_of` of its own.

    `lane` names the work, so that a retry, a clear or a second run of the same window finds the same rows. `start` and
    `end` (UTC) bound a replay by time, `offsets` by place. `objects` lists the ids that it judges instead. `as_of`
    (UTC) is the moment at which a replay judges; None is now. A replay of offsets knows it once it has read them:
    `stream.bookmark.dated` adds it. A dry replay writes everything but the master and 4MOST.
    """

    run_id: str
    lane: str = LIVE
    start: datetime | None = None
    end: datetime | None = None
    offsets: OffsetRange | None = None
    objects: tuple[str, ...] = ()
    as_of: datetime | None = None
    dry: bool = False

    @property
    def live(self) -> bool:
        """Whether the run works for the present: only such a run deactivates and talks to 4MOST."""
        return self.lane == LIVE

    @property
    def rehearses(self) -> bool:
        """Whether the run only says what the next live run would send: it reads and judges nothing."""
        return self.lane == REHEARSAL


def rehearsal(run_id: str) -> RunContext:
    """The dry live run."""
    return RunContext(run_id, REHEARSAL, dry=True)


def replay_of_window(run_id: str, start: datetime, end: datetime, *, dry: bool = False) -> RunContext:
    """The replay of what the broker stamped in [start, end), judged as of `end`."""
    lane = f"{_kind(dry)}/{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}"
    return RunContext(run_id, lane, start, end, as_of=end, dry=dry)


def replay_of_offsets(run_id: str, offsets: OffsetRange, *, dry: bool = False) -> RunContext:
    """The replay of a range of offsets, judged as of the newest stamp among them."""
    lane = f"{_kind(dry)}/{offsets.stream}/{offsets.partition}/{offsets.first}-{offsets.last}"
    return RunContext(run_id, lane, offsets=offsets, dry=dry)


def replay_of_objects(run_id: str, objects: Iterable[str], as_of: datetime, *, dry: bool = False) -> RunContext:
    """The replay of a list of objects, with what is known of them now."""
    # The same objects in another order are the same replay, and so the same lane.
    ids = tuple(sorted(set(objects)))
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    return RunContext(run_id, f"{_kind(dry)}/objects/{digest}", objects=ids, as_of=as_of, dry=dry)


def _kind(dry: bool) -> str:
    return "dry" if dry else "replay"
