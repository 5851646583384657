"""The light curve of an object as it is shown: its points, what a function says of each, and what became of its target.

The points and what counts come from the judge's own code (judgement/points.py), as for figures on paper.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tides.clock import jd_utc
from tides.database.session import Connection
from tides.functions.functions import Function, functions_of
from tides.journal.states import LiveSpan, history, live_spans
from tides.judgement.judge import Subject, read
from tides.judgement.points import Point, magnitude_limits, nightly_means, points_of
from tides.reports.rows import ask
from tides.settings.streams import Stream
from tides.surveys.survey import Survey, survey

MOST_POINTS = 1500
"""Of more points the nightly means are shown, and of more means the newest: a browser must stay quick."""

MOST_TRIGGERS = 20
MOST_TOLD = 100


@dataclass(frozen=True)
class StoredCurve:
    """A light curve as it was sent (zlib), how it came, and when (UTC): `source` is a call, "message" or "judged"."""

    raw: bytes
    source: str
    stored_at: datetime
    sent_at: datetime


@dataclass(frozen=True)
class CurveTarget:
    """The target that an object is."""

    tides_id: int
    name: str


@dataclass(frozen=True)
class Trigger:
    """The earliest trigger (JD UTC) of a function on the object, when it was known, and when first judged so (UTC)."""

    function: str
    trigger_jd: float
    known_at: datetime | None
    judged_at: datetime
    control: bool


@dataclass(frozen=True)
class ToldThen:
    """An answer of 4MOST to what was sent: of a stored row whether it is active, and its magnitude (AB) and band."""

    at: datetime
    verb: str
    outcome: str
    active: bool | None
    mag: float | None
    mag_type: str | None


@dataclass(frozen=True)
class MagnitudeLimit:
    """A magnitude (AB) that a function asks for, and the names of its criteria."""

    mag: float
    names: str


@dataclass(frozen=True)
class Points:
    """The points that are shown of a light curve.

    `of` is how many it has with a value, `means` says that nightly means stand for them, and `older` how many of these
    are left out. `problem` says why nothing can be shown. `left_out` are points with an implausible date, `faults` what
    else is wrong with points, by how many have it.
    """

    shown: list[Point]
    of: int = 0
    means: bool = False
    older: int = 0
    problem: str | None = None
    left_out: int = 0
    faults: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Curve:
    """A light curve, as `function` counts its points, with the magnitudes that it asks for.

    `functions` are those in use for the survey. `source` is how the light curve came, None: none is stored.
    `live` are the times in which the target was live, `told` are 4MOST's newest answers about it.
    """

    survey: str
    object_id: str
    target: str | None
    function: str | None
    functions: list[str]
    source: str | None
    stored_at: datetime | None
    points: Points
    limits: list[MagnitudeLimit]
    triggers: list[Trigger]
    live: list[LiveSpan]
    told: list[ToldThen]


def read_points(
    raw: bytes, sent_jd: float | None, known: Survey, function: Function, most: int = MOST_POINTS
) -> Points:
    """The points of a light curve as it was sent, at `sent_jd` (JD UTC; None: not known); `most` are shown."""
    chunk, reasons, left_out = read(known, [Subject("", raw, {}, None, sent_jd=sent_jd)])
    if reasons:
        return Points([], problem=reasons[0])
    points = [point for point in points_of(chunk, known, function, 0) if point.is_shown]
    dense = len(points) > most
    shown = nightly_means(points, known) if dense else points
    return Points(
        shown=shown[-most:],
        of=len(points),
        means=dense,
        older=max(0, len(shown) - most),
        left_out=int(left_out[0]),
        faults={str(fault): number for fault, number in chunk.tally.told().items()},
    )


def functions_on(streams: Mapping[str, Stream], functions: Mapping[str, Function], name: str) -> dict[str, Function]:
    """The functions in use for the streams of a survey, by name. Raises SettingsError as `functions_of` does."""
    own = [stream for stream in streams.values() if stream.survey == name]
    return {function.name: function for stream in own for function in functions_of(stream, functions)}


def read_curve(
    connection: Connection, name: str, object_id: str, used: Mapping[str, Function], asked: str = "",
) -> Curve:  # fmt: skip
    """The newest light curve of a survey's object, as one of the functions in use counts it.

    That is the one that is `asked` for, else the first one that has passed the object, else the first one. Raises
    SettingsError for an unknown survey.
    """
    known = survey(name)
    about = {"survey": name, "object_id": object_id}
    stored = next(iter(ask(connection, StoredCurve, "page/curve_stored", about)), None)
    triggers = ask(connection, Trigger, "page/curve_triggers", {**about, "most": MOST_TRIGGERS})
    target = next(iter(ask(connection, CurveTarget, "page/curve_target", about)), None)
    answers = {"tides_id": target.tides_id, "most": MOST_TOLD} if target else {}
    function = _chosen(used, asked, triggers)
    points = Points([])
    if stored and function:
        points = read_points(zlib.decompress(stored.raw), jd_utc(stored.sent_at), known, function)
    limits = magnitude_limits(function) if function else {}
    return Curve(
        survey=name,
        object_id=object_id,
        target=target.name if target else None,
        function=function.name if function else None,
        functions=list(used),
        source=stored.source if stored else None,
        stored_at=stored.stored_at if stored else None,
        points=points,
        limits=[MagnitudeLimit(mag, names) for mag, names in limits.items()],
        triggers=triggers,
        live=live_spans(history(connection, target.tides_id)) if target else [],
        told=ask(connection, ToldThen, "page/curve_told", answers) if target else [],
    )


def _chosen(used: Mapping[str, Function], asked: str, triggers: Sequence[Trigger]) -> Function | None:
    names = [asked, *(trigger.function for trigger in triggers), *used]
    return next((used[name] for name in names if name in used), None)
