"""The view *Now*: how the night went, what needs somebody, and the numbers of tonight beside the usual ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from tides.database.session import Connection
from tides.fourmost.cutoff import is_waiting_time, last_cut_off, next_cut_off
from tides.journal.runs import good_run_within
from tides.reports.attention import Level, Need, needs
from tides.reports.backlog import Backlog, backlogs
from tides.reports.nights import steps_since
from tides.reports.rows import Calls, LastRun, LiveNight, NightRate, OpenKind, Read, RedOfRun, Run, ask
from tides.reports.words import at, middle, share, span
from tides.runs.context import BRIDGE
from tides.settings.model import Settings
from tides.settings.sections import CutOff

NIGHTS = 30
"""How many nights before tonight the usual numbers are taken from."""

STRIP = 24
"""How many runs the strip shows: about a day of hourly runs."""


@dataclass(frozen=True)
class Line:
    """The first line of the page."""

    level: Level
    words: str


@dataclass(frozen=True)
class Beside:
    """A number of tonight beside the median of the nights before."""

    what: str
    tonight: str
    usual: str


@dataclass(frozen=True)
class StreamNow:
    """A stream: until when it was read, what waits, and how many objects passed, tonight and usually."""

    name: str
    as_of: datetime | None
    messages: int | None
    candidates: int
    done: str
    passed: str
    usual: str


@dataclass(frozen=True)
class Now:
    """All of the view. `run` is the newest live run; None: there was none yet."""

    run: LastRun | None
    line: Line
    needs: list[Need]
    tonight: list[Beside]
    streams: list[StreamNow]
    at_4most: list[tuple[str, int | None]]
    calls: int
    calls_an_hour: int
    runs: list[Run]


def read_now(connection: Connection, settings: Settings, now: datetime) -> Now:
    """Asks for all of the view, at a moment (UTC)."""
    cut_off, lasair, hours = settings.fourmost.cut_off, settings.lasair, settings.alarms.no_good_run_h
    run = last_run(connection, now)
    open_kinds = ask(connection, OpenKind, "page/open_kinds")
    runs = ask(connection, Run, "page/runs", {"most": STRIP})
    lags = {name: found.get("messages") for name, found in run.backlog.items()} if run else {}
    known = {name: lag for name, lag in lags.items() if lag is not None}
    stands_still = not good_run_within(connection, hours)
    red = ask(connection, RedOfRun, "page/red_tasks", {"run": run.run_id if run else None, "bridge": BRIDGE})
    asking = needs(run, open_kinds, now, stands_still, red)
    line = line_of(connection, run, asking, cut_off, now)
    return Now(
        run=run,
        line=with_stand_still(line, run, stands_still, hours),
        needs=asking,
        tonight=_tonight(connection, run, now),
        streams=_streams(connection, backlogs(connection, settings.enabled_streams(), lasair, known), now.date()),
        at_4most=_at_4most(run),
        calls=ask(connection, Calls, "page/quota")[0].calls,
        calls_an_hour=lasair.calls_an_hour,
        runs=runs[::-1],
    )


def line_of(
    connection: Connection, run: LastRun | None, asking: Sequence[Need], cut_off: CutOff | None, now: datetime
) -> Line:
    """The first line at a moment (UTC), of a run and of what needs somebody."""
    return with_needs(first_line(run, _before_cut_off(connection, cut_off, now), cut_off, now), asking)


def first_line(run: LastRun | None, before: LastRun | None, cut_off: CutOff | None, now: datetime) -> Line:
    """How the newest cut-off went, in one line. `before` is the last run ahead of it.

    While 4MOST may still be ingesting, the cut-off of the day before counts.
    """
    if run is None:
        return Line(Level.LOOK, "No run has ended yet: the first one comes with the hour.")
    if cut_off is None:
        words = f"{_number(run.live)} targets are live, {_number(run.active_at_4most)} are active at 4MOST"
        return Line(Level.GOOD, f"{words}; no cut-off is set")
    newest = last_cut_off(now, cut_off)
    waits = is_waiting_time(now, cut_off) and not (run.ended_at >= newest and run.made_the_cut)
    counted = before if waits else run
    of = last_cut_off(counted.ended_at, cut_off) if counted else newest
    following = f"next in {span(next_cut_off(now, cut_off) - now)}"
    if counted is None:
        return Line(Level.LOOK, f"No run ended before the cut-off at {at(newest)} UTC; {following}")
    missed = counted.missed_the_cut
    words = f"{_day(of, now, cut_off)}: {_number(counted.active_at_4most)} held active, {_number(missed)} missed"
    if waits:
        following = f"4MOST has not shown today's ingestion yet; {following}"
    return Line(Level.LOOK if missed or missed is None else Level.GOOD, f"{words}; {following}")


def with_needs(line: Line, asking: Sequence[Need]) -> Line:
    """The first line, which never calls good what needs somebody."""
    urgent = sum(need.level is Level.ACT for need in asking)
    if urgent:
        number = "one thing needs" if urgent == 1 else f"{urgent} things need"
        return Line(Level.ACT, f"{line.words}; {number} somebody now")
    if asking:
        number = "one thing" if len(asking) == 1 else f"{len(asking)} things"
        return Line(Level.LOOK, f"{line.words}; {number} to look at")
    return line


def with_stand_still(line: Line, run: LastRun | None, stands_still: bool, hours: float) -> Line:
    """The first line, which says first that no run has ended well for so many hours, as monitors outside are told."""
    if not stands_still or run is None:
        return line
    return Line(Level.ACT, f"No good run has ended for {span(timedelta(hours=hours))}. {line.words}")


def standing(connection: Connection, run: LastRun | None, hours: float) -> str:
    """What the views beside *Now* say first: there was no run yet, or no good one for so many hours; else nothing."""
    if run is None:
        return "No run has ended yet. The view Now says what comes."
    if not good_run_within(connection, hours):
        return f"No good run has ended for {span(timedelta(hours=hours))}: what stands here may be old."
    return ""


def _day(of: datetime, now: datetime, cut_off: CutOff) -> str:
    zone = ZoneInfo(cut_off.zone)
    days = (now.astimezone(zone).date() - of.astimezone(zone).date()).days
    return {0: "Today's cut-off made", 1: "Yesterday's cut-off made"}.get(days, f"The cut-off of {of:%d %B} made")


def _number(count: int | None) -> str:
    return "an unknown number" if count is None else f"{count}"


def last_run(connection: Connection, until: datetime) -> LastRun | None:
    """The newest live run that had ended at a moment (UTC)."""
    return next(iter(ask(connection, LastRun, "page/last_run", {"until": until})), None)


def _before_cut_off(connection: Connection, cut_off: CutOff | None, now: datetime) -> LastRun | None:
    if cut_off is None or not is_waiting_time(now, cut_off):
        return None
    return last_run(connection, last_cut_off(now, cut_off))


def _tonight(connection: Connection, run: LastRun | None, now: datetime) -> list[Beside]:
    """New, live, and ended by reason. A night without a step of some kind counts as zero, once nights are known."""
    nights: defaultdict[str, dict[date, int]] = defaultdict(dict)
    found = steps_since(connection, now.date() - timedelta(days=NIGHTS), now)
    counted = any(steps.night == now.date() for steps in found)
    for steps in found:
        # The nights before the bridge was there have a zero, too.
        if steps.targets and steps.what != "created":
            nights[steps.what][steps.night] = steps.targets
    lived = ask(connection, LiveNight, "page/live_by_night", {"days": NIGHTS})
    known = {each.night for each in lived}
    rows = [Beside("live now", _or_dash(run.live if run else None), middle([each.live for each in lived]))]
    ended = sorted(set(nights) - {"new", "live again"})
    for what in ("new", "live again", *ended):
        usual = [count for night, count in nights[what].items() if night != now.date()]
        usual += [0] * len(known - set(nights[what]))
        tonight = _or_dash(nights[what].get(now.date(), 0) if counted else None)
        rows.append(Beside(what if what not in ended else f"ended: {what}", tonight, middle(usual)))
    return rows


def _or_dash(count: int | None) -> str:
    return "–" if count is None else f"{count}"


def _streams(connection: Connection, waiting: Sequence[Backlog], today: date) -> list[StreamNow]:
    as_of = {read.stream: read.as_of for read in ask(connection, Read, "page/streams")}
    rates = ask(connection, NightRate, "page/rates", {"days": NIGHTS})
    found = []
    for backlog in waiting:
        own = [rate for rate in rates if rate.stream == backlog.stream]
        tonight = [rate for rate in own if rate.night == today]
        before = [rate.passed / rate.judged for rate in own if rate.night != today and rate.judged]
        found.append(
            StreamNow(
                backlog.stream,
                as_of.get(backlog.stream),
                backlog.messages,
                backlog.candidates,
                _done(backlog),
                share(sum(rate.passed for rate in tonight), sum(rate.judged for rate in tonight)),
                f"{median(before):.1%}" if before else "–",
            )
        )
    return found


def _done(backlog: Backlog) -> str:
    if backlog.messages is None:
        return "unknown"
    if backlog.empty:
        return "now"
    return at(backlog.done_at) if backlog.done_at else "not in sight: it does not shrink"


def _at_4most(run: LastRun | None) -> list[tuple[str, int | None]]:
    if run is None:
        return []
    return [
        ("active at 4MOST", run.active_at_4most),
        ("waiting for the next run", run.waiting),
        ("held by the guard", run.held),
        ("outcome unknown", run.unknown),
        ("refused by 4MOST", run.refused),
        ("live, but cannot be sent", run.cannot_be_sent),
        ("dead letters", run.dead_letters),
    ]
