"""What the bridge knows of a survey's object, whether any function has ever selected it or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import LONGEST_DETAIL, quoted
from tides.functions.keys import RANGES, UNITS
from tides.judgement.words import measure_in_words
from tides.reports.retention import PrunedObject, pruned_of_object
from tides.reports.screen import NEWEST, counted, moment, table
from tides.reports.words import at
from tides.runs.context import LIVE
from tides.settings.sections import Reach

ORIGINS = {
    "stream": "by the stream",
    "audit": "by the audit, which found it in the broker's database: the stream has not brought it",
    "refresh": "by the refresh, which asks the broker's database for our targets",
    "hand": "by hand: a replay of listed objects recalled it",
}
"""How the newest alert came, by `candidate.origin`."""


class Standing(StrEnum):
    """Where an object stands: the first of these that holds."""

    TARGET = "target"
    """It is a target, or belongs to one."""

    WAITING = "waiting"
    """Its newest alert is not judged yet."""

    SET_ASIDE = "set aside"
    """Its newest alert could not be judged, by as many attempts as are made: it is a dead letter."""

    WITHOUT_POSITION = "without a position"
    """A function in use passes it, and no stream gives a position. It waits for one."""

    SELECTED = "selected"
    """A function in use passes it. The next run makes it a target."""

    NOT_SELECTED = "not selected"
    """It has been judged, and no function in use passes it."""

    NOT_JUDGED = "not judged"
    """A stream has brought it, and it neither waits nor has a verdict."""

    REPLAYED = "replayed"
    """No live run has seen it, only a replay."""


@dataclass(frozen=True)
class Object:
    """A survey's object that the bridge has seen, and the target that it is, if it is one."""

    survey: str
    object_id: str
    tides_id: int | None
    target: str | None

    @property
    def name(self) -> str:
        """Survey and id, as `trace` takes them."""
        return f"{self.survey} {self.object_id}"


@dataclass(frozen=True)
class Seen:
    """What a stream has brought of an object in a lane: how often, its newest alert, and the light curve stored for it.

    `known_at` is when the broker sent the newest alert, or when a row of its database was read. It is None once a
    person has freed the object. `said_at` is when the broker sent the newest message. `origin` is how the alert came,
    one of `ORIGINS`. Positions and `galactic_latitude` are degrees (ICRS), dates JD UTC. With a `problem` the last
    `attempts` to judge it have failed: it still waits, or is a dead letter since `buried_at`. `counted` are the
    detections of the stored light curve. `ebv` is E(B-V) (mag), where the filter sends it in the column `ebv`.
    """

    lane: str
    stream: str
    messages: int
    origin: str
    known_at: datetime | None
    said_at: datetime | None
    ra: float | None
    dec: float | None
    galactic_latitude: float | None
    first_jd: float | None
    last_jd: float | None
    detections: int | None
    sherlock_class: str | None
    waiting: bool
    waiting_since: datetime
    attempts: int
    problem: str | None
    buried_at: datetime | None
    light_curve: str | None
    stored_at: datetime | None
    counted: int | None
    nights: int | None
    ebv: float | None

    def is_reached(self, reach: Reach) -> bool | None:
        """Whether 4MOST reaches the position; None without one."""
        if self.dec is None or self.galactic_latitude is None:
            return None
        is_far = abs(self.galactic_latitude) >= reach.galactic_latitude_min_deg
        return is_far and reach.dec_min_deg <= self.dec <= reach.dec_max_deg


@dataclass(frozen=True)
class Failure:
    """What Lasair fails at when it is asked for the object: how often in a row, when last, and why.

    `rests` says that it is not asked for it again until a pause is over.
    """

    call: str
    failures: int
    failed_at: datetime
    said: str
    rests: bool


@dataclass(frozen=True)
class Outcome:
    """A criterion's outcome on the whole light curve; `held` is None where it is unknown, and `note` says why.

    `value` is what was found, `limit` what was asked for. `depth` is that of a part of `all` or `any`.
    """

    name: str
    value: object
    limit: object
    held: bool | None
    note: str | None
    depth: int

    @property
    def margin(self) -> float | None:
        """How far the value is from its limit, in `unit`; None where these are no numbers, or nothing is known."""
        value, limit = self.value, self.limit
        if self.held is None:
            return None
        # Of a range its nearer end counts.
        if self.name.split()[0] in RANGES and isinstance(limit, list) and _is_number(value):
            return abs(float(min(value - limit[0], limit[1] - value)))
        if _is_number(value) and _is_number(limit):
            return abs(float(value) - float(limit))  # type: ignore[arg-type]  # both are numbers
        return None

    @property
    def off_by(self) -> float | None:
        """The margin by which a failed criterion misses its limit; None of one that holds, or without a margin."""
        return self.margin if self.held is False else None

    @property
    def unit(self) -> str:
        """The unit of value, limit and margin; empty where these are plain numbers or no numbers."""
        return UNITS.get(self.name.split()[0], "")

    @property
    def in_words(self) -> str:
        """A failed criterion, and by how much it fails."""
        return self.name if self.off_by is None else f"{self.name} by {self.off_by:.4g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Judged:
    """A verdict on an object. `of_all` is the number of all its verdicts, `first_judged_at` when the first was made.

    `passed` says that some prefix of the light curve passes, `passes_now` that all of it does (None: not kept then).
    Detections up to `context_until_jd` (JD UTC) were judged by what the broker had said before. None: all of them by
    what it says now.
    """

    lane: str
    stream: str
    function: str
    function_hash: str
    judged_at: datetime
    passed: bool
    passes_now: bool | None
    context_until_jd: float | None
    control: bool
    criteria: list[dict[str, Any]]
    trigger_jd: float | None
    trigger_known: datetime | None
    input_hash: str
    run_id: str
    code_version: str
    in_use: bool
    of_all: int
    first_judged_at: datetime

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcome of each criterion, each followed by its parts."""
        return list(_outcomes(self.criteria, 0))

    @property
    def words(self) -> str:
        """The verdict in words."""
        said = "passes as a control" if self.control else "passes" if self.passed else "does not pass"
        if self.failed and not self.passed:
            said += f", fails {', '.join(self.failed)}"
        elif self.passed and self.passes_now is False:
            said += f" by an earlier part; the whole does not pass now, fails {', '.join(self.failed)}"
        if self.context_until_jd is not None:
            said += f". Until JD {self.context_until_jd:.5f} it was judged by what the broker had said before"
        return said

    @property
    def failed(self) -> list[str]:
        """The criteria that fail on the whole light curve, each with by how much where that is a number."""
        return [each.in_words for each in self.outcomes if each.held is False and not each.depth]

    @property
    def why_not(self) -> str:
        """What keeps the whole light curve from passing: what fails, else what is unknown."""
        if self.failed:
            return f"fails {', '.join(self.failed)}"
        unknown = [each.name for each in self.outcomes if each.held is None and not each.depth]
        return f"cannot tell {', '.join(unknown)}" if unknown else "no part of its light curve meets all at once"


@dataclass(frozen=True)
class ObjectTrace:
    """All that the tables hold of one object: what each stream brought, and its newest verdicts, the newest first.

    `selected` says that a function in use passes it in the live lane, `ever` that some function has. `failures` are
    Lasair's. `events` are those of the object itself.
    """

    object: Object
    seen: list[Seen]
    verdicts: list[Judged]
    selected: bool
    ever: bool
    failures: list[Failure]
    events: list[dict[str, Any]]
    pruned: list[PrunedObject]

    @property
    def standing(self) -> Standing:
        """Where it stands now."""
        live = [seen for seen in self.seen if seen.lane == LIVE]
        holds = {
            Standing.TARGET: self.object.tides_id is not None,
            Standing.WAITING: any(seen.waiting for seen in live),
            Standing.SET_ASIDE: any(seen.problem for seen in live),
            Standing.WITHOUT_POSITION: self.selected and all(seen.ra is None for seen in live),
            Standing.SELECTED: self.selected,
            Standing.NOT_SELECTED: any(verdict.lane == LIVE for verdict in self.verdicts),
            Standing.NOT_JUDGED: bool(live),
            Standing.REPLAYED: True,
        }
        return next(standing for standing, it in holds.items() if it)

    @property
    def newest(self) -> list[Judged]:
        """The newest verdict of each stream and function, live ones alone where there are such."""
        found: dict[tuple[bool, str, str], Judged] = {}
        for verdict in self.verdicts:
            found.setdefault((verdict.lane == LIVE, verdict.stream, verdict.function), verdict)
        live = [verdict for (is_live, _, _), verdict in found.items() if is_live]
        return live or list(found.values())

    def as_text(self, reach: Reach) -> str:
        """The screen. `reach` is the part of the sky that 4MOST reaches."""
        lines = [f"{self.object.name}: {self.sentence}"]
        if self.standing is Standing.TARGET:
            lines.append(f"`tides trace {self.object.target}` shows it")
        for seen in self.seen:
            lines += _of_stream(seen, reach)
        lines += [_of_failure(failure) for failure in self.failures]
        if self.verdicts:
            newest, first = self.verdicts[0], self.verdicts[0].first_judged_at
            lines.append(f"judged: {counted(newest.of_all, 'verdict')} since {moment(first)}")
        parts = ["\n".join(lines), *(_of_verdict(verdict) for verdict in self.newest)]
        if len(self.verdicts) > len(self.newest):
            older = f"verdicts (the newest {len(self.verdicts)} of {newest.of_all})"
            parts.append(f"{older}\n{table([_short(verdict) for verdict in self.verdicts])}")
        if self.events:
            parts.append(f"events\n{table(self.events)}")
        if self.gone:
            parts.append("pruned\n" + "\n".join(self.gone))
        return "\n\n".join(parts)

    @property
    def gone(self) -> list[str]:
        """What retention took of it, and when, a sentence each."""
        return [words for each in self.pruned for words in each.words]

    @property
    def sentence(self) -> str:
        """Where it stands, and why."""
        live = [seen for seen in self.seen if seen.lane == LIVE]
        match self.standing:
            case Standing.TARGET:
                return f"Is target {self.object.target}."
            case Standing.WAITING:
                waits = next(seen for seen in live if seen.waiting)
                tried = f"; {counted(waits.attempts, 'attempt')} failed" if waits.problem else ""
                return f"Waits to be judged, since {at(waits.waiting_since)} UTC{tried}."
            case Standing.SET_ASIDE:
                problem = next(seen.problem for seen in live if seen.problem)
                return f"Set aside: it could not be judged ({quoted(problem, LONGEST_DETAIL)})."
            case Standing.WITHOUT_POSITION:
                return "Selected, but without a position: it waits for one."
            case Standing.SELECTED:
                return "Selected: the next run makes it a target."
            case Standing.NOT_SELECTED:
                return f"{'Not selected any more' if self.ever else 'Never selected'}: {self._why_not()}."
            case Standing.NOT_JUDGED:
                return "Not judged, and does not wait."
            case Standing.REPLAYED:
                return "Seen in replays alone."

    def _why_not(self) -> str:
        """What keeps each function in use from selecting it, by its newest verdict."""
        newest = [verdict for verdict in self.newest if verdict.in_use]
        if not newest:
            return "no function in use has judged it"
        return "; ".join(v.why_not if len(newest) == 1 else f"{v.function} {v.why_not}" for v in newest)


def seen_objects(connection: Connection, object_id: str, survey: str | None = None) -> list[Object]:
    """The objects of this id that any stream has ever brought: of one survey, or of any."""
    rows = connection.execute(statement("reports/seen_objects"), {"object_id": object_id, "survey": survey})
    return [Object(row["survey"], object_id, row["tides_id"], row["target"]) for row in rows]


def trace_object(connection: Connection, known: Object, newest: int = NEWEST) -> ObjectTrace:
    """All that the tables hold of an object; of its verdicts the `newest`."""
    where = {"survey": known.survey, "object_id": known.object_id, "newest": newest}
    with connection.cursor(row_factory=class_row(Seen)) as cursor:
        seen = cursor.execute(statement("reports/object_seen"), where).fetchall()
    with connection.cursor(row_factory=class_row(Judged)) as verdicts:
        judged = verdicts.execute(statement("reports/object_verdicts"), where).fetchall()
    (selected,) = connection.execute(statement("reports/object_selected"), where)
    events = connection.execute(statement("reports/events_of"), {"subject": known.name}).fetchall()
    with connection.cursor(row_factory=class_row(Failure)) as failures:
        failed = failures.execute(statement("reports/object_failures"), where).fetchall()
    pruned = pruned_of_object(connection, known.survey, known.object_id)
    return ObjectTrace(known, seen, judged, selected["now"], selected["ever"], failed, events, pruned)


def _of_stream(seen: Seen, reach: Reach) -> Iterator[str]:
    lane = "" if seen.lane == LIVE else f" in the lane {seen.lane}"
    said = f", the newest sent {moment(seen.said_at)}" if seen.said_at else ""
    yield f"{seen.stream}{lane}: {counted(seen.messages, 'message')}{said}"
    known = f"known since {moment(seen.known_at)}" if seen.known_at else "freed by a person"
    yield f"  newest alert: {known}, {ORIGINS[seen.origin]}"
    yield f"  it says: {_position(seen, reach)}, {seen.sherlock_class or 'no class'}, {_detections(seen)}"
    if seen.waiting:
        failed = f"; {counted(seen.attempts, 'attempt')} failed: {quoted(seen.problem, LONGEST_DETAIL)}"
        tried = failed if seen.problem else ""
        yield f"  waits since {moment(seen.waiting_since)}{tried}"
    elif seen.problem:
        yield f"  dead letter since {moment(seen.buried_at)}, after {counted(seen.attempts, 'attempt')}:" + (
            f" {quoted(seen.problem, LONGEST_DETAIL)}. A newer alert wakes it, or `tides dead-letters replay`"
        )
    if seen.light_curve:
        stored = f"  light curve: by {seen.light_curve}, stored {moment(seen.stored_at)}"
        if seen.counted is None or seen.nights is None:
            yield f"{stored}, not measured yet"
        else:
            yield f"{stored}, {counted(seen.counted, 'detection')} in {counted(seen.nights, 'night')}"


def _of_failure(failure: Failure) -> str:
    times = f"{counted(failure.failures, 'time')} in a row, last {moment(failure.failed_at)}"
    rests = "; it is not asked again for now" if failure.rests else ""
    return f"Lasair fails at its {failure.call}, {times}: {quoted(failure.said, LONGEST_DETAIL)}{rests}"


def _position(seen: Seen, reach: Reach) -> str:
    is_reached = seen.is_reached(reach)
    if is_reached is None:
        return "no position"
    place = f"ra {seen.ra:.5f}, dec {seen.dec:.5f} deg ICRS"
    if is_reached:
        return place
    return (
        f"{place} (out of reach: Galactic latitude {seen.galactic_latitude:.1f} deg; 4MOST reaches dec"
        f" {reach.dec_min_deg:g} to {reach.dec_max_deg:g} deg, {reach.galactic_latitude_min_deg:g} deg or more from the"
        " Galactic plane)"
    )


def _detections(seen: Seen) -> str:
    number = "an unknown number of detections" if seen.detections is None else counted(seen.detections, "detection")
    dates = [f"{jd:.5f}" if jd else "unknown" for jd in (seen.first_jd, seen.last_jd)]
    return f"{number}, JD {' to '.join(dates)}"


def _of_verdict(verdict: Judged) -> str:
    lane = "" if verdict.lane == LIVE else f", lane {verdict.lane}"
    head = (
        f"{verdict.function} {verdict.function_hash[:8]} ({'in use' if verdict.in_use else 'not in use'}):"
        f" {verdict.words}\njudged {moment(verdict.judged_at)} by {verdict.run_id}{lane}, light curve"
        f" {verdict.input_hash[:8]}, code {verdict.code_version}"
    )
    if verdict.trigger_jd:
        head += f"\ntrigger JD {verdict.trigger_jd:.5f}, known {moment(verdict.trigger_known) or 'unknown'}"
    return f"{head}\n{table([_of_outcome(outcome) for outcome in verdict.outcomes])}"


def _of_outcome(outcome: Outcome) -> dict[str, object]:
    said = {True: "holds", False: "fails", None: f"unknown: {outcome.note}"}[outcome.held]
    off_by = outcome.off_by
    return {
        "criterion": "· " * outcome.depth + outcome.name,
        "value": measure_in_words(outcome.value),
        "limit": measure_in_words(outcome.limit),
        "off by": None if off_by is None else measure_in_words(off_by),
        "on the whole light curve": said,
    }


def _short(verdict: Judged) -> dict[str, object]:
    return {
        "judged": verdict.judged_at,
        "function": f"{verdict.function} {verdict.function_hash[:8]}",
        "light curve": verdict.input_hash[:8],
        "verdict": verdict.words,
        "run": verdict.run_id,
        "lane": verdict.lane,
    }


def _outcomes(criteria: list[dict[str, Any]], depth: int) -> Iterator[Outcome]:
    for each in criteria:
        days = f" in {each['days']:g} d" if "days" in each else ""
        yield Outcome(f"{each['name']}{days}", each["value"], each["limit"], each["held"], each.get("note"), depth)
        yield from _outcomes(each.get("of", []), depth + 1)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
