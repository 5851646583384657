"""What the bridge was when: its definitions, runs, nights, holds and ingestions at 4MOST, from its own tables.

Nothing is written. What the tables do not tell is said in `Record.notes`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tides import clock
from tides.database.session import Connection
from tides.database.statements import statement
from tides.efficiency.lasair_filter import read_conditions
from tides.errors import SettingsError
from tides.fourmost.cutoff import last_cut_off, next_cut_off
from tides.functions.functions import Function, recorded_function
from tides.functions.keys import Criteria
from tides.journal.kinds import MEASURED_BY, Kind
from tides.lightcurves.model import Floats
from tides.runs.context import LIVE
from tides.settings.model import Settings
from tides.settings.sections import CutOff
from tides.surveys.survey import Survey
from tides.targets.live_rule import LiveRules

HOLDS_CREATES = ("initial", "created")
"""The subjects of the guard's events that hold the creates of transients."""

Limits = TypeVar("Limits", bound=Any)


@dataclass(frozen=True)
class Definition:
    """A function of a stream as it stood from `since_jd` until before `until_jd` (JD UTC).

    `hash` is the one that verdicts name. `is_sent` tells that its targets are wanted for themselves, and not for their
    hosts alone.
    """

    stream: str
    function: Function
    hash: str
    since_jd: float
    until_jd: float
    is_sent: bool


@dataclass(frozen=True)
class DatedFilter:
    """A stream's filter as it stood from `since_jd` until before `until_jd` (JD UTC), as far as it can be simulated."""

    stream: str
    conditions: Criteria
    since_jd: float
    until_jd: float


@dataclass(frozen=True)
class Record:
    """What the bridge was in a time, for one survey and one function. Times are JD UTC.

    `rules` are the limits of "live or not", each with the time from which they stood. `nights` are the places of the
    nights of which a stream brought something. `runs` are the good live runs: start and end of each. While `held`
    (from, to) creates waited, and while `missed` 4MOST did not ingest.
    """

    definitions: tuple[Definition, ...]
    filters: tuple[DatedFilter, ...]
    rules: tuple[tuple[float, LiveRules], ...]
    nights: Mapping[str, NDArray[np.int64]]
    runs: NDArray[np.float64]
    held: tuple[tuple[float, float], ...]
    missed: tuple[tuple[float, float], ...]
    cut_off: CutOff | None
    notes: tuple[str, ...]

    @property
    def until_jd(self) -> float:
        """When the newest good run ended: of later days nothing is known."""
        return float(self.runs[-1, 1])

    def summary(self, from_jd: float, to_jd: float) -> Mapping[str, object]:
        """What the bridge was in a time (JD UTC), for the metadata of a table: dates in UTC, lengths in days."""
        runs = self.runs[(self.runs[:, 1] >= from_jd) & (self.runs[:, 0] < to_jd)]
        # A run may end after the next one began.
        idle = np.diff(np.concatenate(([from_jd], np.sort(runs[:, 1]), [min(to_jd, max(self.until_jd, from_jd))])))
        return {
            "definitions": [
                {"stream": each.stream, "hash": each.hash, "since": _said(each.since_jd)} for each in self.definitions
            ],
            "filters": [{"stream": each.stream, "since": _said(each.since_jd)} for each in self.filters],
            "good_runs": len(runs),
            "longest_time_without_a_good_run_days": round(float(idle.max()), 3),
            "nights_read": {stream: len(nights) for stream, nights in self.nights.items()},
            "creates_held": [[_said(start), _said(end)] for start, end in self.held],
            "4MOST_ingested_nothing": [[_said(start), _said(end)] for start, end in self.missed],
        }

    def read_jd(self, sent_jd: Floats) -> Floats:
        """When the first good run ended that began after each alert was sent; infinity where there is none yet."""
        ends = np.append(self.runs[:, 1], np.inf)
        return np.asarray(ends[np.searchsorted(self.runs[:, 0], sent_jd)])

    def begun_jd(self, since_jd: float) -> float:
        """When the good run ended that opened an epoch, or the next one; infinity where there is none yet."""
        ends = self.runs[self.runs[:, 1] >= since_jd, 1]
        return float(ends.min()) if len(ends) else np.inf

    def at_4most_jd(self, known_jd: Floats) -> Floats:
        """When 4MOST ingested what the bridge knew at each time; infinity where it has not yet, NaN where unknown."""
        # Events of one run share their way to 4MOST.
        moments, place = np.unique(known_jd, return_inverse=True)
        return np.array([self._ingested_jd(moment) for moment in moments.tolist()])[place.reshape(-1)]

    def _ingested_jd(self, known_jd: float) -> float:
        sent_jd = _after(known_jd, self.held)
        if not np.isfinite(sent_jd) or self.cut_off is None:
            return sent_jd
        t0 = next_cut_off(clock.utc(sent_jd), self.cut_off)
        return _after(clock.jd_utc(t0), self.missed)


def _after(jd: float, intervals: Sequence[tuple[float, float]]) -> float:
    """The first time from `jd` on that lies in none of the intervals, which are in order."""
    for start, end in intervals:
        if start <= jd < end:
            jd = end
    return jd


def read_record(connection: Connection, settings: Settings, survey: Survey, function: str, from_jd: float) -> Record:
    """Read what the bridge was, for a function on the streams of a survey.

    Raises SettingsError when no stream of the survey ever used the function, or no live run has ended well.
    """
    streams = [name for name, stream in settings.streams.items() if stream.survey == survey.name]
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        limits = {
            "live": settings.live,
            "reach": settings.reach,
            f"live of {survey.name}": settings.survey_live()[survey.name],
        }
        subjects = [*streams, *(f"{stream}/{function}" for stream in streams), *limits]
        epochs = connection.execute(statement("efficiency/epochs"), {"subjects": subjects}).fetchall()
        runs = connection.execute(statement("efficiency/runs"), {"lane": LIVE}).fetchall()
        nights = connection.execute(statement("efficiency/nights"), {"streams": streams}).fetchall()
        kinds = {"kinds": [kind.value for kind in MEASURED_BY]}
        events = connection.execute(statement("efficiency/events"), kinds).fetchall()
    good = [(row["started_jd"], row["ended_jd"]) for row in runs if row["good"]]
    if not good:
        raise SettingsError("--as-operated: no live run of this bridge has ended well yet, so nothing was operated")
    definitions = tuple(_definitions(epochs))
    if not definitions:
        raise SettingsError(f"--as-operated: no stream of {survey.name} ever used {function}; see `tides epochs`")
    filters, left_out = _filters(epochs, survey)
    spans = [(row, row["opened_jd"], np.inf if row["closed_jd"] is None else row["closed_jd"]) for row in events]
    held = tuple(
        (opened, closed)
        for row, opened, closed in spans
        if row["kind"] == Kind.REFUSES_EVERYTHING.value
        or (row["kind"] == Kind.HELD.value and row["subject"] in HOLDS_CREATES)
    )
    cut_off = settings.fourmost.cut_off
    missed = tuple(
        (_t0_before(opened, cut_off), closed)
        for row, opened, closed in spans
        if row["kind"] == Kind.NOT_INGESTED.value and cut_off
    )
    lost = sum(row["kind"] == Kind.GAP.value for row, _, closed in spans if closed >= from_jd)
    return Record(
        definitions=definitions,
        filters=filters,
        rules=_rules(epochs, limits),
        nights={
            stream: np.array(
                [_place(survey, row["night"]) for row in nights if row["stream"] == stream], dtype=np.int64
            )
            for stream in streams
        },
        runs=np.array(good),
        held=held,
        missed=missed,
        cut_off=cut_off,
        notes=tuple(_notes(definitions, left_out, runs, held, lost, from_jd)),
    )


def _definitions(epochs: Sequence[Mapping[str, Any]]) -> list[Definition]:
    found = []
    for row in epochs:
        if row["kind"] == "function" and row["content"]:
            stream, _, name = row["subject"].partition("/")
            where = f"the record of changes, {row['subject']}"
            content = row["content"]
            function = recorded_function(where, name, content["says"], content["hash"])
            is_sent = content.get("target", "live") == "live"
            found.append(Definition(stream, function, function.hash, row["since_jd"], _until(row), is_sent))
    return found


def _filters(epochs: Sequence[Mapping[str, Any]], survey: Survey) -> tuple[tuple[DatedFilter, ...], list[str]]:
    """The filters, and those of their conditions that no simulation can tell."""
    found, left_out = [], []
    for row in epochs:
        if row["kind"] == "filter" and row["content"]:
            conditions: list[Any] = []
            # Conditions are joined by AND, as in `read_conditions`; one in parentheses is one part.
            for part in re.split(r"\s+AND\s+(?![^()]*\))", row["content"]["conditions"].strip(), flags=re.IGNORECASE):
                try:
                    conditions += read_conditions(part, survey)
                except SettingsError:
                    left_out.append(part)
            found.append(DatedFilter(row["subject"], tuple(conditions), row["since_jd"], _until(row)))
    return tuple(found), list(dict.fromkeys(left_out))


def _until(row: Mapping[str, Any]) -> float:
    return np.inf if row["until_jd"] is None else float(row["until_jd"])


def _rules(epochs: Sequence[Mapping[str, Any]], limits: Mapping[str, Any]) -> tuple[tuple[float, LiveRules], ...]:
    """The limits of "live or not" from each of their changes on; those of now where nothing is recorded."""
    dated = [(-np.inf, dict(limits))]
    for row in epochs:
        if row["kind"] == "limits" and row["content"]:
            changed = _as_recorded(limits[row["subject"]], row["content"])
            dated.append((row["since_jd"], dated[-1][1] | {row["subject"]: changed}))
    return tuple(
        (since, LiveRules(next(v for k, v in parts.items() if k.startswith("live of")), parts["live"], parts["reach"]))
        for since, parts in dated
    )


def _as_recorded(limits: Limits, content: Mapping[str, Any]) -> Limits:
    """The limits as they were recorded. Another version's keys may be missing, or unknown now."""
    present = limits.model_dump()
    return type(limits).model_validate(present | {key: value for key, value in content.items() if key in present})


def _place(survey: Survey, night: int) -> int:
    return int(survey.nights.place(np.array([survey.nights.end_jd(night) - 0.5]))[0])


def _t0_before(jd: float, cut_off: CutOff) -> float:
    return clock.jd_utc(last_cut_off(clock.utc(jd), cut_off))


def _notes(
    definitions: Sequence[Definition], left_out: Sequence[str], runs: Sequence[Mapping[str, Any]],
    held: Sequence[tuple[float, float]], lost: int, from_jd: float,
) -> list[str]:  # fmt: skip
    """What the tables do not tell, or what was assumed in its place."""
    notes = [f"passes where unknown: filter {part} (no simulation tells it)" for part in left_out]
    begins = min(each.since_jd for each in definitions)
    if begins > from_jd:
        notes.append(f"the function is recorded from {_said(begins)} on; what was read before was judged then")
    bad = sum(not row["good"] for row in runs if row["ended_jd"] >= from_jd)
    if bad:
        notes.append(f"{bad} live runs ended badly; what they did counts as done by the next good one")
    for start, end in held:
        if end >= from_jd:
            until = f"until {_said(end)}" if np.isfinite(end) else "and still are"
            notes.append(
                f"creates were held from {_said(start)} {until}; no table tells which of them would have gone before,"
                " so that all count as sent at the end"
            )
    if lost:
        notes.append(f"{lost} gaps of a topic lost messages; of a night that was read in part all alerts count as read")
    return notes


def _said(jd: float) -> str:
    return f"{clock.utc(jd):%Y-%m-%d %H:%M} UTC" if np.isfinite(jd) else "now"
