"""The statistics of a range of nights: the funnel, what rejects, what the broker lost, the wait, and the fibre hours.

All numbers come from sums that are kept by night. A night is a UTC day.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tides.database.session import Connection
from tides.reports.fibre_hours import FibreNight, hours_by_night
from tides.reports.nights import WAITS_H
from tides.reports.rows import Steps, ask


@dataclass(frozen=True)
class Range:
    """The nights from a first to a last one, and a stream; an empty text: all streams."""

    first: date
    last: date
    stream: str

    @property
    def nights(self) -> list[date]:
        """Each night, the oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class FunctionNight:
    """How many verdicts a function gave in a night, how many passed, and how many objects could not be judged.

    `paired` is of how many verdicts it is known which criteria failed alone and together.
    """

    stream: str
    function: str
    night: date
    judged: int
    passed: int
    set_aside: int
    paired: int


@dataclass(frozen=True)
class CriterionSum:
    """How many verdicts asked a criterion, how many failed it, and for how many it was unknown, over all nights.

    `alone` is how many failed it and no other, so that they would have passed but for it; it is known of the verdicts
    that are `paired` (None: of none). `definitions` is how many the function had in these nights: the limit may have
    changed.
    """

    stream: str
    function: str
    criterion: str
    judged: int
    failed: int
    unknown: int
    alone: int | None
    definitions: int


@dataclass(frozen=True)
class PairSum:
    """How many verdicts failed two criteria together, and perhaps others, over all nights."""

    stream: str
    function: str
    criterion: str
    other: str
    failed: int


@dataclass(frozen=True)
class Loss:
    """Of how many objects the broker had lost messages, by the night in which its database had changed them."""

    stream: str
    night: date
    objects: int


@dataclass(frozen=True)
class StreamNight:
    """The messages of a night that were read and that were sent, and the objects that the broker's database changed."""

    stream: str
    night: date
    read: int
    sent: int
    rows: int


@dataclass(frozen=True)
class ComparedStream:
    """Until when (UTC) a stream has been compared with the broker's database; None: it never was.

    Its messages are counted after the night `uncounted`; None: always.
    """

    stream: str
    until: datetime | None
    uncounted: date | None


@dataclass(frozen=True)
class CompleteNight:
    """How complete a stream was in a night.

    `sent` are messages. `rows` are objects that the broker's database had changed; of `lost` ones no message came, and
    the audit has taken them in. None: not counted, or not compared yet.
    """

    stream: str
    night: date
    sent: int | None
    rows: int | None
    lost: int | None


@dataclass(frozen=True)
class Completeness:
    """The same over all nights that are known as a whole; `nights` is how many these are.

    `until` (UTC) the stream has been compared with the broker's database; None: it never was. `lost_in_all` counts the
    losses of all nights.
    """

    stream: str
    until: datetime | None
    nights: int
    sent: int
    rows: int
    lost: int
    lost_in_all: int


@dataclass(frozen=True)
class SpectraNight:
    """The spectra of targets of a night (evening at Paranal), and how many of them are good."""

    night: date
    spectra: int
    good: int


@dataclass(frozen=True)
class FunnelNight:
    """What became of a night's objects, from the message to the spectrum, and the hours from the alert to 4MOST.

    `messages`, `verdicts` and `passed` are those of the stream that is asked for. The others are of all streams, since
    a target may have several. `observed` are targets that ended with enough spectra. `waits` is how many of the hours
    lie between `WAITS_H`. None: it was not counted, or, of the hours, nothing was created.
    """

    night: date
    messages: int | None
    verdicts: int
    passed: int
    new: int | None
    created: int | None
    observed: int | None
    spectra: int
    good_spectra: int
    median_h: float | None
    late_h: float | None
    waits: list[int] | None


@dataclass(frozen=True)
class Statistics:
    """All of them. Nights of the funnel stand with the newest first."""

    asked: Range
    streams: list[str]
    funnel: list[FunnelNight]
    functions: list[FunctionNight]
    criteria: list[CriterionSum]
    pairs: list[PairSum]
    completeness: list[Completeness]
    complete_nights: list[CompleteNight]
    waits_h: tuple[int, ...]
    fibre_hours: list[FibreNight]


def read_statistics(connection: Connection, asked: Range) -> Statistics:
    """Asks for the statistics of a range."""
    given = {"first": asked.first, "last": asked.last, "stream": asked.stream}
    streams = ask(connection, ComparedStream, "page/compared_streams")
    shown = [each for each in streams if asked.stream in ("", each.stream)]
    counted = {(each.stream, each.night): each for each in ask(connection, StreamNight, "page/night_streams", given)}
    lost = {(each.stream, each.night): each.objects for each in ask(connection, Loss, "page/lost_by_stream", given)}
    nights = [_complete(stream, night, counted, lost) for stream in shown for night in asked.nights[::-1]]
    functions = ask(connection, FunctionNight, "page/night_functions", given)
    messages = {night: _messages(shown, night, counted) for night in asked.nights}
    steps = ask(connection, Steps, "page/night_steps", given)
    spectra = ask(connection, SpectraNight, "page/spectra_by_night", given)
    return Statistics(
        asked=asked,
        streams=[each.stream for each in streams],
        funnel=_funnel(messages, functions, steps, spectra)[::-1],
        functions=functions,
        criteria=ask(connection, CriterionSum, "page/night_criteria", given),
        pairs=ask(connection, PairSum, "page/night_pairs", given),
        completeness=[_over_all(stream, nights) for stream in shown],
        complete_nights=nights,
        waits_h=WAITS_H,
        fibre_hours=hours_by_night(connection, asked.first, asked.last),
    )


Counted = Mapping[tuple[str, date], StreamNight]


def _knows(stream: ComparedStream, night: date) -> bool:
    return stream.uncounted is None or night > stream.uncounted


def _messages(streams: Sequence[ComparedStream], night: date, counted: Counted) -> int | None:
    if not all(_knows(stream, night) for stream in streams):
        return None
    return sum(counted[stream.stream, night].read for stream in streams if (stream.stream, night) in counted)


def _complete(
    stream: ComparedStream, night: date, counted: Counted, lost: Mapping[tuple[str, date], int]
) -> CompleteNight:
    key, ends = (stream.stream, night), datetime.combine(night, time(), UTC) + timedelta(days=1)
    knows, compared = _knows(stream, night), stream.until is not None and stream.until >= ends
    found = counted.get(key, StreamNight(*key, 0, 0, 0))
    return CompleteNight(
        *key,
        sent=found.sent if knows else None,
        rows=found.rows if knows and compared else None,
        lost=lost.get(key, 0 if compared else None),
    )


def _over_all(stream: ComparedStream, nights: Sequence[CompleteNight]) -> Completeness:
    own = [each for each in nights if each.stream == stream.stream]
    whole = [each for each in own if each.rows is not None]
    return Completeness(
        stream.stream,
        stream.until,
        nights=len(whole),
        sent=sum(each.sent or 0 for each in whole),
        rows=sum(each.rows or 0 for each in whole),
        lost=sum(each.lost or 0 for each in whole),
        lost_in_all=sum(each.lost or 0 for each in own),
    )


def _funnel(
    messages: Mapping[date, int | None],
    functions: Sequence[FunctionNight],
    found: Sequence[Steps],
    spectra: Sequence[SpectraNight],
) -> list[FunnelNight]:
    steps = {(each.night, each.what): each for each in found}
    judged, passed = Counter[date](), Counter[date]()
    for each in functions:
        judged[each.night] += each.judged
        passed[each.night] += each.passed
    made = {each.night: each for each in spectra}
    rows = []
    for night, read in messages.items():
        new, created, observed = (steps.get((night, what)) for what in ("new", "created", "observed"))
        rows.append(
            FunnelNight(
                night,
                messages=read,
                verdicts=judged[night],
                passed=passed[night],
                new=new.targets if new else None,
                created=created.targets if created else None,
                # A night that is counted has a row of what was new; of what nothing did it has none.
                observed=(observed.targets if observed else 0) if new else None,
                spectra=made[night].spectra if night in made else 0,
                good_spectra=made[night].good if night in made else 0,
                median_h=created.median_h if created else None,
                late_h=created.late_h if created else None,
                waits=created.waits if created else None,
            )
        )
    return rows
