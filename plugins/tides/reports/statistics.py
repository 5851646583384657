"""The statistics of a range of nights: the funnel, what rejects, what the broker lost, the wait, and the fibre hours.

All numbers come from sums that are kept by night. A night is a UTC day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tides.database.session import Connection
from tides.reports.fibre_hours import FibreNight, hours_by_night
from tides.reports.rows import Compared, Steps, ask


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
    """How many verdicts a function gave in a night, how many passed, and how many objects could not be judged."""

    stream: str
    function: str
    night: date
    judged: int
    passed: int
    set_aside: int


@dataclass(frozen=True)
class CriterionSum:
    """How many verdicts asked a criterion, how many failed it, and for how many it was unknown, over all nights.

    `definitions` is how many the function had in these nights: the limit may have changed.
    """

    stream: str
    function: str
    criterion: str
    judged: int
    failed: int
    unknown: int
    definitions: int


@dataclass(frozen=True)
class Loss:
    """Of how many objects the broker had lost messages, by the night in which its database had changed them."""

    stream: str
    night: date
    objects: int


@dataclass(frozen=True)
class Completeness:
    """How complete a stream is: until when (UTC) it has been compared with the broker's database, and what was lost.

    `until` is None when it never was. `lost` counts objects over all nights; the audit has taken them in.
    """

    stream: str
    until: datetime | None
    lost: int


@dataclass(frozen=True)
class FunnelNight:
    """What became of a night's objects, from the verdict to the spectrum, and the hours from the alert to 4MOST.

    `verdicts` and `passed` are those of the stream that is asked for. The others are of all streams, since a target may
    have several. `observed` are targets that ended with enough spectra. None: no report has counted the night, or, of
    the hours, nothing was created.
    """

    night: date
    verdicts: int = 0
    passed: int = 0
    new: int | None = None
    created: int | None = None
    observed: int | None = None
    median_h: float | None = None
    late_h: float | None = None


@dataclass(frozen=True)
class Statistics:
    """All of them. Nights stand with the newest first."""

    asked: Range
    streams: list[str]
    funnel: list[FunnelNight]
    functions: list[FunctionNight]
    criteria: list[CriterionSum]
    completeness: list[Completeness]
    losses: list[Loss]
    fibre_hours: list[FibreNight]


def read_statistics(connection: Connection, asked: Range) -> Statistics:
    """Asks for the statistics of a range."""
    given = {"first": asked.first, "last": asked.last, "stream": asked.stream}
    functions = ask(connection, FunctionNight, "page/night_functions", given)
    losses = ask(connection, Loss, "page/lost_by_stream", given)
    found_since = datetime.combine(asked.first, time(), UTC)
    compared = ask(connection, Compared, "page/compared", {"since": found_since})
    return Statistics(
        asked=asked,
        streams=[each.stream for each in compared],
        funnel=_funnel(asked.nights[::-1], functions, ask(connection, Steps, "page/night_steps", given)),
        functions=functions,
        criteria=ask(connection, CriterionSum, "page/night_criteria", given),
        completeness=[
            Completeness(each.stream, each.until, sum(loss.objects for loss in losses if loss.stream == each.stream))
            for each in compared
            if asked.stream in ("", each.stream)
        ],
        losses=losses,
        fibre_hours=hours_by_night(connection, asked.first, asked.last),
    )


def _funnel(nights: Sequence[date], functions: Sequence[FunctionNight], found: Sequence[Steps]) -> list[FunnelNight]:
    steps = {(each.night, each.what): each for each in found}
    rows = []
    for night in nights:
        own = [each for each in functions if each.night == night]
        new, created = steps.get((night, "new")), steps.get((night, "created"))
        observed = steps.get((night, "observed"))
        rows.append(
            FunnelNight(
                night,
                verdicts=sum(each.judged for each in own),
                passed=sum(each.passed for each in own),
                new=new.targets if new else None,
                created=created.targets if created else None,
                # A night that is counted has a row of what was new; of what nothing did it has none.
                observed=(observed.targets if observed else 0) if new else None,
                median_h=created.median_h if created else None,
                late_h=created.late_h if created else None,
            )
        )
    return rows
