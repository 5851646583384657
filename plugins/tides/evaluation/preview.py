"""What an edit of functions, filters or limits would change: judged on what is stored, and written nowhere.

Functions are asked by the judge of a run, and the live rule by its own SQL, which takes other limits and verdicts for
one transaction (`tides.asked`). The nights before are told by the rule's twin, from the stored light curves.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Protocol

import msgspec
import numpy as np
from psycopg.rows import class_row

from tides.clock import jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.evaluation import store
from tides.evaluation.curves import Curve, subject_of
from tides.evaluation.deciding import Decides, deciding, fails_in_words
from tides.evaluation.edits import Edit, Side
from tides.evaluation.looks import Bound, Look, Looks, Stored, all_looks, newest_looks
from tides.evaluation.narrowed import Narrowed, narrowed
from tides.evaluation.previewed import Change, How, Night, Preview
from tides.fourmost.fibre_hours import fibre_hours
from tides.fourmost.payload import FRESH_DAYS
from tides.judgement.judge import Judgement, Subject, Verdict, judge
from tides.judgement.summaries import Summary, SummaryLimits
from tides.lightcurves.model import Bools, Floats, LightCurves
from tides.photometry.bands import TOLD_FIRST
from tides.runs.context import LIVE
from tides.settings.streams import Stream
from tides.surveys.survey import Survey, survey
from tides.targets.live_rule import LiveRules
from tides.targets.why import Why

TOLD_EVERY = 2000
"""Progress is told each time that so many further objects have been looked at."""

BY_LIGHT_CURVE = frozenset({Why.NEW, Why.LIVE, Why.FORCED, Why.FAINT, Why.UNOBSERVED, Why.UNSELECTED})
"""What a light curve and its selection tell. A target that is off for any other reason is off on both sides."""

VISITED = (
    "SELECT cell, array_agg(night ORDER BY night) AS nights FROM tides.visited_night WHERE survey = %(survey)s"
    " AND (%(cells)s::integer[] IS NULL OR cell = ANY (%(cells)s)) GROUP BY cell"
)

Judged = list[dict[str, Any]]


class Lives(Protocol):
    """Tells which light curves are live at `until_jd` (JD UTC) and on the days before: `nights` columns.

    With `first` the rule is asked for the first time in the first column, as of a target that has just been made.
    """

    def __call__(
        self, survey: Survey, light_curves: LightCurves, places: Sequence[tuple[float | None, float | None]],
        visited: Sequence[Sequence[int]], trigger_jd: Floats, rules: LiveRules, until_jd: float, nights: int,
        first: bool = False,
    ) -> Bools: ...  # fmt: skip


@dataclass(frozen=True)
class _Target:
    """A target as `live_now.sql` gives it."""

    tides_id: int
    name: str
    template: str
    active: bool
    why: str
    words: str
    mag: float | None
    off_jd: float | None
    survey: str | None
    object_id: str | None


@dataclass(frozen=True)
class _Pass:
    """A function that selects an object, as `selected_of.sql` gives it."""

    object_id: str
    function: str
    rank: int
    target: str
    trigger_jd: float | None
    to_judge: bool


@dataclass
class _Lived:
    """On which nights a target is live, before and after, and the fibre hours of one observation on each side.

    `now` is of a target that a run would make now.
    """

    before: Bools
    after: Bools
    now: tuple[bool, bool]
    hours: tuple[float, float]


@dataclass
class _Work:
    """A preview under way. It ends at `ends_s` (s of `time.monotonic`); `ended` says that something was left out."""

    connection: Connection
    edit: Edit
    looks: Looks
    ends_s: float
    until: datetime
    nights: int
    lives: Lives
    tell: Callable[[str], None]
    ended: bool = False
    targets: dict[int, _Target] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    lived: dict[int | tuple[str, str], _Lived] = field(default_factory=dict)
    judged: Judged = field(default_factory=list)
    narrowed: dict[str, Narrowed] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def until_jd(self) -> float:
        return jd_utc(self.until)

    def ask(self, side: Side, judged: Judged) -> None:
        """States what the live rule is asked with in this transaction."""
        asked = {part: side.asked.get(part, "") for part in ("live", "surveys", "functions")}
        given = {**asked, "judged": msgspec.json.encode(judged).decode() if judged else ""}
        self.connection.execute(statement("evaluation/ask"), given)

    def live_now(self, side: Side, judged: Judged) -> dict[int, _Target]:
        with self.connection.transaction():
            self.ask(side, judged)
            with self.connection.cursor(row_factory=class_row(_Target)) as cursor:
                rows = cursor.execute(statement("evaluation/live_now"), {"targets": self.looks.targets}).fetchall()
        return {row.tides_id: row for row in rows}

    def visited(self, side: Side, name: str) -> dict[int, list[int]]:
        """The nights in which each cell of a survey was visited, ascending."""
        with self.connection.transaction():
            self.ask(side, [])
            rows = self.connection.execute(VISITED, {"survey": name, "cells": self.looks.cells})
            return {row["cell"]: row["nights"] for row in rows}

    def selected(self, side: Side, judged: Judged, about: Mapping[str, Any]) -> dict[str, list[_Pass]]:
        found: defaultdict[str, list[_Pass]] = defaultdict(list)
        with self.connection.transaction():
            self.ask(side, judged)
            with self.connection.cursor(row_factory=class_row(_Pass)) as cursor:
                for row in cursor.execute(statement("evaluation/selected_of"), about):
                    found[row.object_id].append(row)
        return found

    def column(self, jd: float | None) -> int | None:
        """The night that holds a time, as a column of the nights that are shown."""
        if jd is None:
            return None
        column = self.nights - 1 - int(np.floor(self.until_jd - jd))
        return column if 0 <= column < self.nights else None


def preview(
    connection: Connection, edit: Edit, streams: Mapping[str, Stream], nights: int, lives: Lives,
    tell: Callable[[str], None], bound: Bound | None = None,
) -> Preview:  # fmt: skip
    """What the edit would change on the objects that the streams spoke of in the last `nights` days, and on all live
    targets; with a bound on those within it, and on their targets.

    `streams` are the edited ones, by name; `lives` is the twin of the live rule. Nothing is written. Memory is bounded
    by a chunk of light curves, and two bits a target and night.
    """
    until = datetime.now(UTC)
    since = until - timedelta(days=nights)
    looks = newest_looks(connection, streams, since, bound.objects) if bound else all_looks(connection, streams, since)
    ends_s = monotonic() + bound.seconds if bound else np.inf
    work = _Work(connection, edit, looks, ends_s, until, nights, lives, tell)
    work.targets = work.live_now(edit.before, [])
    for name, stream in streams.items():
        look = looks.of[name]
        work.counts["older"] += look.older
        work.ended |= look.more
        tell(f"{name}: {look.number:,} objects to look at")
        _OfStream(work, name, stream).all(look)
    tell("the live rule is asked with the edit")
    return _result(work, since)


class _OfStream:
    """The objects of one stream."""

    def __init__(self, work: _Work, name: str, stream: Stream):
        self.work, self.name, self.known = work, name, survey(stream.survey)
        self.new, self.old = work.edit.new_of(name), work.edit.old_of(name)
        before, after = (side.filters.get(name) for side in (work.edit.before, work.edit.after))
        self.narrowed = work.narrowed[name] = narrowed(before, after)
        self.limits = SummaryLimits(stream.live.current_window_days, stream.live.recurrent_days)
        self.visited = [work.visited(side, self.known.name) for side in (work.edit.before, work.edit.after)]

    def all(self, look: Look) -> None:
        done = 0
        for chunk in look.chunks():
            self.chunk(chunk)
            if (done + len(chunk)) // TOLD_EVERY > done // TOLD_EVERY:
                self.work.tell(f"{self.name}: {done + len(chunk):,} of {look.number:,} objects looked at")
            done += len(chunk)
            if done < look.number and monotonic() > self.work.ends_s:
                self.work.ended = True
                break
        self.work.counts["objects"] += done

    def chunk(self, objects: list[Stored]) -> None:
        curves = self.curves(objects)
        packed = (subject_of(o, curves[o.object_id], True) for o in objects if o.object_id in curves)
        subjects = {one.object_id: one.unpacked() for one in packed}
        judgement = judge(self.known, list(subjects.values()), [*self.new, *self.old], self.limits)
        verdicts = {(v.object_id, v.function, v.function_hash): v for v in judgement.verdicts}
        self.work.counts["unjudged"] += len(self.new and {o.object_id for o in objects} - _judged_in(judgement))
        waiting = {o.object_id for o in objects if o.waiting}
        asked = [
            self.judged([v for v in verdicts.values() if v.object_id in waiting], {f.hash for f in self.old}),
            self.judged(verdicts.values(), {f.hash for f in self.new}),
        ]
        about = {"survey": self.known.name, "stream": self.name, "ids": [o.object_id for o in objects]}
        sides = (self.work.edit.before, self.work.edit.after)
        before, after = (self.work.selected(side, rows, about) for side, rows in zip(sides, asked, strict=True))
        targets = {o.object_id for o in objects if o.tides_id is not None}
        self.work.judged += [row for row in asked[1] if row["object_id"] in targets]
        lost = {o.object_id: why for o in objects if (why := self.narrowed.fails(o.alert))}
        self.compare(objects, before, after, subjects, verdicts)
        self.lose(objects, after, lost)
        self.live(objects, before, after, subjects, lost, {s.object_id: s for s in judgement.summaries})

    def curves(self, objects: Sequence[Stored]) -> dict[str, Curve]:
        """The light curves that a run would judge again: those of the newest alert."""
        ids = [o.object_id for o in objects]
        stored = store.get(self.work.connection, LIVE, self.known.name, ids)
        return {
            o.object_id: Curve(s.packed, s.own, s.bands, o.known_at if s.own else s.stored_at)
            for o in objects
            if (s := stored.get(o.object_id)) and s.alert_hash == o.alert_hash
        }

    def judged(self, verdicts: Any, hashes: set[str]) -> Judged:
        """Verdicts of functions, by their hashes, as `tides.selected_object` is asked with them."""
        return [
            {
                "survey": self.known.name,
                "object_id": v.object_id,
                "stream": self.name,
                "function": v.function,
                "trigger_jd": v.trigger_jd,
            }
            for v in verdicts
            if v.function_hash in hashes
        ]

    def compare(
        self, objects: list[Stored], before: dict[str, list[_Pass]], after: dict[str, list[_Pass]],
        subjects: Mapping[str, Subject], verdicts: Mapping[tuple[str, str, str], Verdict],
    ) -> None:  # fmt: skip
        """Finds what enters and what leaves, with the reasons."""
        entering = [o for o in objects if o.object_id in after and o.object_id not in before]
        leaving = [o for o in objects if o.object_id in before and o.object_id not in after]
        for o in entering:
            failed = [v for f in self.old if (v := verdicts.get((o.object_id, f.name, f.hash)))]
            reasons = [fails_in_words(v) for v in failed] or ["no function in use selects it"]
            by = {f.name: verdicts.get((o.object_id, f.name, f.hash)) for f in self.new}
            decides = [each for v in failed for each in deciding(v, v, by.get(v.function))]
            self.change(How.ENTERS, o, after[o.object_id], reasons, decides)
        if not leaving:
            return
        triggers = {o.object_id: before[o.object_id][0].trigger_jd for o in leaving}
        again = [
            msgspec.structs.replace(subjects[i], known_until_jd=jd, told=None)
            for i, jd in triggers.items()
            if i in subjects
        ]
        judged = judge(self.known, again, [*self.new, *self.old], None).verdicts
        then = {(v.object_id, v.function, v.function_hash): v for v in judged}
        for o in leaving:
            gone = {p.function for p in before[o.object_id]} - {u.name for u in self.work.edit.after.of(self.name)}
            failed = [v for f in self.new if (v := then.get((o.object_id, f.name, f.hash)))]
            reasons = [f"{name} is no longer in use" for name in sorted(gone)]
            reasons += [fails_in_words(v) for v in failed]
            by = {f.name: then.get((o.object_id, f.name, f.hash)) for f in self.old}
            decides = [each for v in failed for each in deciding(v, by.get(v.function), v)]
            self.change(How.LEAVES, o, before[o.object_id], reasons, decides)

    def lose(self, objects: list[Stored], after: Mapping[str, list[_Pass]], lost: Mapping[str, str]) -> None:
        """Finds what is selected and would not have come by a narrower filter."""
        self.work.counts["lost"] += len(lost)
        for o in objects:
            if o.object_id in lost and o.object_id in after:
                self.change(How.WOULD_NOT_COME, o, after[o.object_id], [lost[o.object_id]])

    def change(
        self, how: How, o: Stored, passes: Sequence[_Pass], reasons: Sequence[str], decides: Sequence[Decides] = ()
    ) -> None:
        target = self.work.targets[o.tides_id].name if o.tides_id in self.work.targets else None
        jd = min((p.trigger_jd for p in passes if p.trigger_jd is not None), default=None)
        change = Change(how, self.known.name, o.object_id, target, jd, tuple(reasons), tuple(decides))
        self.work.changes.append(change)

    def live(
        self, objects: list[Stored], before: dict[str, list[_Pass]], after: dict[str, list[_Pass]],
        subjects: Mapping[str, Subject], lost: Mapping[str, str], summaries: Mapping[str, Summary],
    ) -> None:  # fmt: skip
        """Follows the selected objects through the nights, by their light curves."""
        shown = [o for o in objects if o.object_id in subjects and (o.object_id in before or o.object_id in after)]
        if not shown:
            return
        chunk, _ = self.known.decode([subjects[o.object_id].light_curve for o in shown])
        places = [(o.ra, o.dec) for o in shown]
        grids, now = [], []
        nothing: Mapping[str, str] = {}
        sides = ((self.work.edit.before, before, nothing), (self.work.edit.after, after, lost))
        for (side, passes, without), cells in zip(sides, self.visited, strict=True):
            nights = [cells.get(o.cell, []) if o.cell is not None else [] for o in shown]
            triggers = [np.nan if o.object_id in without else _live_trigger(passes.get(o.object_id, [])) for o in shown]
            given = (self.known, chunk, places, nights, np.array(triggers), side.rules[self.known.name])
            grids.append(self.work.lives(*given, self.work.until_jd, self.work.nights))
            now.append(self.work.lives(*given, self.work.until_jd, 1, first=True)[:, 0].tolist())
        for o, was, is_, *live in zip(shown, *grids, *now, strict=True):
            hours = self.hours(o, before.get(o.object_id, []), after.get(o.object_id, []), summaries.get(o.object_id))
            self.add(o, _Lived(was, is_, (live[0], live[1]), hours))

    def add(self, o: Stored, lived: _Lived) -> None:
        """Adds an object's nights to those of its target. One that is off by a spectrum or a person is off."""
        target = self.work.targets.get(o.tides_id) if o.tides_id is not None else None
        if target and target.why not in BY_LIGHT_CURVE:
            off = self.work.column(target.off_jd) if target.off_jd is not None else None
            for grid in (lived.before, lived.after):
                grid[0 if off is None else off :] = False
        key = o.tides_id if o.tides_id is not None else (self.known.name, o.object_id)
        if key in self.work.lived:
            lived.before |= self.work.lived[key].before
            lived.after |= self.work.lived[key].after
        self.work.lived[key] = lived

    def hours(
        self, o: Stored, before: Sequence[_Pass], after: Sequence[_Pass], summary: Summary | None
    ) -> tuple[float, float]:
        """The fibre hours of one observation, before and after."""
        if o.tides_id in self.work.targets:
            return _hours(self.work.edit, self.work.targets[o.tides_id])
        hours = []
        for side, passes in ((self.work.edit.before, before), (self.work.edit.after, after)):
            used = {use.name: use.template for use in side.of(self.name)}
            template = side.templates.get(next((used[p.function] for p in passes if p.function in used), ""))
            hours.append(fibre_hours(template, _mag(summary)) or 0.0 if template else 0.0)
        return hours[0], hours[1]


def _judged_in(judgement: Judgement) -> set[str]:
    return {verdict.object_id for verdict in judgement.verdicts}


def _live_trigger(passes: Sequence[_Pass]) -> float:
    jds = [p.trigger_jd for p in passes if p.target == "live" and p.trigger_jd is not None]
    return min(jds, default=np.nan)


def _mag(summary: Summary | None) -> float:
    """The magnitude of an object when it was last detected: of the bands fresh then the first of r, i, g, z."""
    known = [summary.bands.get(band, {}).get("current") for band in TOLD_FIRST] if summary else []
    lines = [line for line in known if line]
    newest_jd = max((line["jd"] for line in lines), default=np.inf)
    return next((line["mag"] for line in lines if line["jd"] >= newest_jd - FRESH_DAYS), np.inf)


def _hours(edit: Edit, target: _Target) -> tuple[float, float]:
    mag = np.inf if target.mag is None else target.mag
    before, after = (side.templates.get(target.template) for side in (edit.before, edit.after))
    hours = [fibre_hours(template, mag) or 0.0 if template else 0.0 for template in (before, after)]
    return hours[0], hours[1]


def _result(work: _Work, since: datetime) -> Preview:
    after = work.live_now(work.edit.after, work.judged)
    hours = [0.0, 0.0]
    live = [0, 0]
    for tides_id, was in work.targets.items():
        is_ = after.get(tides_id, replace(was, active=False))
        for side, target in enumerate((was, is_)):
            live[side] += target.active
            hours[side] += _hours(work.edit, was)[side] * target.active
        if was.active != is_.active:
            how = How.ENDS if was.active else How.BEGINS
            work.changes.append(Change(how, was.survey, was.object_id, was.name, None, (f"{is_.why}: {is_.words}",)))
    # What enters has no row yet that the SQL rule could be asked of: its twin says whether it is live.
    for key, lived in work.lived.items():
        if isinstance(key, tuple):
            for side, is_live in enumerate(lived.now):
                live[side] += is_live
                hours[side] += lived.hours[side] * is_live
            if lived.now[1] and not lived.now[0]:
                work.changes.append(Change(How.BEGINS, *key, None, None, ("live: a new target",)))
    return Preview(
        since=since,
        until=work.until,
        words=work.edit.words,
        changes=tuple(work.changes),
        nights=tuple(_nights(work)),
        live=(live[0], live[1]),
        hours=(hours[0], hours[1]),
        counts=dict(work.counts),
        filters={name: each for name, each in work.narrowed.items() if each},
        ended=work.ended,
    )


def _nights(work: _Work) -> list[Night]:
    live, hours = np.zeros((2, work.nights), dtype=np.int64), np.zeros((2, work.nights))
    for lived in work.lived.values():
        for side, grid in enumerate((lived.before, lived.after)):
            live[side] += grid
            hours[side] += grid * lived.hours[side]
    flows = {how: np.zeros(work.nights, dtype=np.int64) for how in (How.ENTERS, How.LEAVES)}
    for change in work.changes:
        column = work.column(change.trigger_jd)
        if change.how in flows and column is not None:
            flows[change.how][column] += 1
    return [
        Night(
            work.until - timedelta(days=work.nights - 1 - n),
            int(flows[How.ENTERS][n]),
            int(flows[How.LEAVES][n]),
            (int(live[0, n]), int(live[1, n])),
            (float(hours[0, n]), float(hours[1, n])),
        )
        for n in range(work.nights)
    ]
