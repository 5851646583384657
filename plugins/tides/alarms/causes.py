"""What the watchdog measures every quarter of an hour: causes of which no step of a run would tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.fourmost.cutoff import next_cut_off
from tides.journal.events import close_unseen, note_event
from tides.journal.kinds import Kind
from tides.journal.runs import good_run_within
from tides.settings.sections import Alarms, CutOff, Lasair

MEASURED = (
    Kind.NO_GOOD_RUN,
    Kind.CUT_OFF_NEAR,
    Kind.WAITS_LONG,
    Kind.LAG_GROWS,
    Kind.MANY_LETTERS,
    Kind.QUOTA_USED_UP,
    Kind.MANY_REFUSED,
    Kind.DATABASE_LARGE,
)
"""The kinds of events that only the watchdog opens and closes."""

USED_UP = 0.98
"""From this share of an hour's calls on the quota counts as used up: the last calls may be too few for a task."""

GB = 1e9


@dataclass(frozen=True)
class Measured:
    """What the tables say now. Dates are UTC.

    `last_run` is when the newest live run has ended, well or not; None: there was none yet. `waiting` are changes that
    could be told to 4MOST. `waiting_since` is since when the oldest target among them is live. `dead_letters` are those
    of the last day, `calls` the most calls of this hour or the one before. `bytes` is the size of the database.
    """

    last_run: datetime | None
    waiting: int
    waiting_since: datetime | None
    refused: int
    dead_letters: int
    calls: int
    bytes: int


@dataclass(frozen=True)
class Cause:
    """Something that an alarm tells of, in words."""

    kind: Kind
    subject: str
    words: str


def note_causes(connection: Connection, alarms: Alarms, cut_off: CutOff | None, lasair: Lasair) -> list[Cause]:
    """Measures, and opens, keeps or closes the events of the kinds `MEASURED`, in the caller's transaction."""
    (clock,) = connection.execute("SELECT now() AS now").fetchall()
    now: datetime = clock["now"]
    with connection.cursor(row_factory=class_row(Measured)) as cursor:
        (measured,) = cursor.execute(statement("alarms/measured")).fetchall()
    runs = connection.execute(statement("alarms/lags"), {"runs": alarms.lag_runs}).fetchall()
    found = [*causes(measured, alarms, cut_off, lasair, now), *growing([run["backlog"] for run in runs], alarms)]
    # Before the first run there is nothing that could stand still.
    if measured.last_run and not good_run_within(connection, alarms.no_good_run_h):
        found.insert(0, Cause(Kind.NO_GOOD_RUN, "live", f"no live run has ended well for {alarms.no_good_run_h:g} h"))
    for cause in found:
        note_event(connection, cause.kind, cause.subject, {"words": cause.words})
    close_unseen(connection, MEASURED, now)
    return found


def causes(
    measured: Measured, alarms: Alarms, cut_off: CutOff | None, lasair: Lasair, now: datetime
) -> Iterator[Cause]:
    """What is beyond its limit at a moment (UTC)."""
    left = next_cut_off(now, cut_off) - now if cut_off else None
    if left is not None and left <= timedelta(minutes=alarms.cut_off_min) and measured.waiting:
        minutes = left / timedelta(minutes=1)
        yield Cause(Kind.CUT_OFF_NEAR, "4MOST", f"{measured.waiting} changes wait, and {minutes:.0f} min are left")
    if measured.waiting_since and (waits := (now - measured.waiting_since) / timedelta(hours=1)) > alarms.waiting_h:
        yield Cause(Kind.WAITS_LONG, "4MOST", f"a live target has waited for {waits:.0f} h, {measured.waiting} in all")
    if measured.dead_letters > alarms.dead_letters_a_day:
        yield Cause(Kind.MANY_LETTERS, "streams", f"{measured.dead_letters} new dead letters within a day")
    if measured.calls >= USED_UP * lasair.calls_an_hour:
        yield Cause(Kind.QUOTA_USED_UP, "Lasair", f"{measured.calls} of {lasair.calls_an_hour} calls of an hour")
    if measured.refused > alarms.refused:
        yield Cause(Kind.MANY_REFUSED, "4MOST", f"{measured.refused} targets are refused")
    if alarms.database_gb is not None and measured.bytes > alarms.database_gb * GB:
        words = f"{measured.bytes / GB:.1f} GB, and {alarms.database_gb:g} GB are the limit"
        yield Cause(Kind.DATABASE_LARGE, "tides_db", words)


def growing(backlogs: Sequence[dict[str, dict[str, int | None]]], alarms: Alarms) -> Iterator[Cause]:
    """The streams whose lag grows from run to run. `backlogs` is what each of the last runs left, the newest first."""
    if len(backlogs) < alarms.lag_runs:
        return
    for stream in backlogs[0]:
        lags = [backlog.get(stream, {}).get("messages") for backlog in backlogs]
        known = [lag for lag in lags if lag is not None]
        grows = all(newer > older for newer, older in pairwise(known))
        if len(known) == len(lags) and grows and known[0] >= alarms.lag_messages:
            yield Cause(Kind.LAG_GROWS, stream, f"{known[-1]} messages were left {len(known)} runs ago, {known[0]} now")
