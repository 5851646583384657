"""The backlog after an outage, and when it will be done: estimated from what the last runs found waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tides.database.session import Connection
from tides.database.statements import statement
from tides.runs.context import LIVE
from tides.settings.sections import Lasair
from tides.settings.streams import Stream


@dataclass(frozen=True)
class Backlog:
    """The backlog of a stream at the end of a run.

    `messages` are offsets at the broker; None when this run could not ask. `candidates` are objects that wait for
    evaluation, `quota_hours` the hours of Lasair's quota that their light curves need. `done_at` (UTC) is None while
    the backlog does not shrink.
    """

    stream: str
    messages: int | None
    candidates: int
    quota_hours: float
    done_at: datetime | None

    @property
    def empty(self) -> bool:
        """Whether nothing waits, as far as is known."""
        return self.messages == 0 and not self.candidates


def backlogs(
    connection: Connection, streams: Mapping[str, Stream], lasair: Lasair, lags: Mapping[str, int]
) -> list[Backlog]:
    """The backlog of each of these streams. `lags` is what the run's drains left at the broker."""
    rows = connection.execute(statement("reports/backlog"), {"lane": LIVE}).fetchall()
    waiting = {row["stream"]: row for row in rows}
    runs = connection.execute(statement("reports/backlog_before")).fetchall()
    (clock,) = connection.execute("SELECT now() AS now").fetchall()
    now: datetime = clock["now"]
    found = []
    for name, stream in streams.items():
        row = waiting.get(name, {"candidates": 0, "to_fetch": 0})
        a_call = lasair.objects_a_call if stream.light_curves == "bulk" else 1
        quota_hours = ceil(row["to_fetch"] / a_call) / lasair.calls_an_hour
        before = {
            key: [(r["ended_at"], r["backlog"][name][key]) for r in runs if r["backlog"].get(name, {}).get(key)]
            for key in ("messages", "candidates")
        }
        messages, candidates = lags.get(name), row["candidates"]
        # Three things can be the slowest: the topic, the evaluation, or the quota of calls.
        hours = [
            None if messages is None else hours_left(messages, now, before["messages"]),
            hours_left(candidates, now, before["candidates"]),
            quota_hours,
        ]
        known = [h for h in hours if h is not None]
        # One unknown part makes the whole estimate unknown.
        done_at = now + timedelta(hours=max(known)) if len(known) == len(hours) else None
        found.append(Backlog(name, messages, candidates, quota_hours, done_at))
    return found


def hours_left(waiting: int, now: datetime, before: Sequence[tuple[datetime, int]]) -> float | None:
    """Hours until nothing waits, at the rate since the peak of the backlog; None while it has not shrunk.

    `before` is what earlier runs found waiting, and when.
    """
    if waiting == 0:
        return 0.0
    # The rate since the peak: while a backlog still grows, an older rate would promise too much.
    most_at, most = max(before, key=lambda found: (found[1], found[0]), default=(now, waiting))
    hours = (now - most_at) / timedelta(hours=1)
    return waiting * hours / (most - waiting) if most > waiting and hours > 0 else None
