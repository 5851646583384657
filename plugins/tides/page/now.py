"""The view *Now*: how the night went, what needs somebody, and the numbers of tonight beside the usual ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from tides.database.session import Connection
from tides.fourmost.cutoff import is_waiting_time, last_cut_off, next_cut_off
from tides.hooks.run import BRIDGE
from tides.journal.runs import good_run_within
from tides.page.attention import Level, Need, needs
from tides.page.rows import Calls, LastRun, LiveNight, NightRate, OpenKind, Read, RedOfRun, Run, Steps, ask
from tides.page.words import at, middle, share, span
from tides.reports.backlog import Backlog, backlogs
from tides.settings.model import Settings
from tides.settings.sections import CutOff

NIGHTS = 30
"""How many nights before tonight the usual numbers are taken from."""

STRIP = 24
"""How many runs the strip shows: about a day of hourly runs."""

STALE = timedelta(hours=2)
"""Runs are hourly and may take 50 min: after this time without one, what the page shows is old."""


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
    run = _last_run(connection, now)
    open_kinds = ask(connection, OpenKind, "page/open_kinds")
    runs = ask(connection, Run, "page/runs", {"most": STRIP})
    lags = {name: found.get("messages") for name, found in run.backlog.items()} if run else {}
    known = {name: lag for name, lag in lags.items() if lag is not None}
    red = ask(connection, RedOfRun, "page/red_tasks", {"run": run.run_id if run else None, "bridge": BRIDGE})
    asking = needs(run, open_kinds, now, STALE, red)
    line = first_line(run, _before_cut_off(connection, cut_off, now), cut_off, now)
    return Now(
        run=run,
        line=with_stand_still(with_needs(line, asking), run, good_run_within(connection, hours), hours),
        needs=asking,
        tonight=_tonight(connection, run, now.date()),
        streams=_streams(connection, backlogs(connection, settings.enabled_streams(), lasair, known), now.date()),
        at_4most=_at_4most(run),
        calls=ask(connection, Calls, "page/quota")[0].calls,
        calls_an_hour=lasair.calls_an_hour,
        runs=runs[::-1],
    )


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
    """The first line, which never calls good what needs somebody at once."""
    urgent = sum(need.level is Level.ACT for need in asking)
    if not urgent:
        return line
    return Line(
        Level.ACT, f"{line.words}; {'one thing needs' if urgent == 1 else f'{urgent} things need'} somebody now"
    )


def with_stand_still(line: Line, run: LastRun | None, good: bool, hours: float) -> Line:
    """The first line, which says first that no run has ended well for so many hours, as monitors outside are told."""
    if good or run is None:
        return line
    return Line(Level.ACT, f"No good run has ended for {span(timedelta(hours=hours))}. {line.words}")


def _day(of: datetime, now: datetime, cut_off: CutOff) -> str:
    zone = ZoneInfo(cut_off.zone)
    days = (now.astimezone(zone).date() - of.astimezone(zone).date()).days
    return {0: "Today's cut-off made", 1: "Yesterday's cut-off made"}.get(days, f"The cut-off of {of:%d %B} made")


def _number(count: int | None) -> str:
    return "an unknown number" if count is None else f"{count}"


def _last_run(connection: Connection, until: datetime) -> LastRun | None:
    return next(iter(ask(connection, LastRun, "page/last_run", {"until": until})), None)


def _before_cut_off(connection: Connection, cut_off: CutOff | None, now: datetime) -> LastRun | None:
    if cut_off is None or not is_waiting_time(now, cut_off):
        return None
    return _last_run(connection, last_cut_off(now, cut_off))


def _tonight(connection: Connection, run: LastRun | None, today: date) -> list[Beside]:
    """New, live, and ended by reason. A night without a step of some kind counts as zero, once nights are known."""
    nights: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for steps in _steps(connection, today):
        nights[steps.what][steps.night] = steps.targets
    lived = ask(connection, LiveNight, "page/live_by_night", {"days": NIGHTS})
    known = {each.night for each in lived}
    rows = [Beside("live now", _or_dash(run.live if run else None), middle([each.live for each in lived]))]
    ended = sorted(set(nights) - {"new", "live again"})
    for what in ("new", "live again", *ended):
        usual = [count for night, count in nights[what].items() if night != today]
        usual += [0] * len(known - set(nights[what]))
        rows.append(
            Beside(what if what not in ended else f"ended: {what}", f"{nights[what].get(today, 0)}", middle(usual))
        )
    return rows


_over: dict[tuple[str, date], list[Steps]] = {}
"""The steps of the nights before a day, by database and day: they change no more, and are many."""


def _steps(connection: Connection, today: date) -> list[Steps]:
    midnight = datetime.combine(today, time(), UTC)
    key = (connection.info.dsn, today)
    before = _over.get(key)
    if before is None:
        given = {"since": midnight - timedelta(days=NIGHTS), "until": midnight}
        before = ask(connection, Steps, "page/steps_by_night", given)
        # What is stored shortly after midnight may have begun before it.
        if datetime.now(UTC) - midnight > timedelta(hours=1):
            _over.clear()
            _over[key] = before
    return before + ask(
        connection, Steps, "page/steps_by_night", {"since": midnight, "until": midnight + timedelta(days=2)}
    )


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
    if not backlog.messages and not backlog.candidates:
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
