"""The view *Statistics*: the funnel by night, what rejects, completeness, the wait for 4MOST, and the fibre hours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, groupby, pairwise

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from tides.foreign import quoted
from tides.page.frame import READ, reading, view
from tides.page.nights import Bars, bars_of, waits_of
from tides.page.tables import csv_of
from tides.reports.fibre_hours import COLUMNS, FibreNight, by_subsurvey
from tides.reports.nights import NIGHTS
from tides.reports.now import last_run, standing
from tides.reports.statistics import (
    CompleteNight,
    CriterionSum,
    FunctionNight,
    FunnelNight,
    PairSum,
    Range,
    Statistics,
    read_statistics,
)
from tides.reports.words import share
from tides.settings.model import load_settings

MOST_NIGHTS = 366
"""A range has at most so many nights."""

SHORTCUTS = (7, 30, NIGHTS, MOST_NIGHTS)
"""The ranges, in nights up to tonight, that the view links to."""

TABLES: dict[str, type] = {
    "funnel": FunnelNight,
    "functions": FunctionNight,
    "criteria": CriterionSum,
    "pairs": PairSum,
    "complete_nights": CompleteNight,
    "fibre_hours": FibreNight,
}
"""The parts of the statistics that are also CSV, with the rows of each."""

MOST_PAIRS = 20
"""So many pairs of criteria a function shows; as JSON it has all."""

views = APIRouter(dependencies=[READ])


@dataclass(frozen=True)
class Stage:
    """A stage of the funnel: how many there were over all counted nights, and the length of its bar (0 to 100)."""

    what: str
    number: int | None
    long: float


@dataclass(frozen=True)
class Within:
    """How many targets waited so long, the share that waited no longer, and the length of the bar (0 to 100)."""

    wait: str
    number: int
    share: str
    long: float


@dataclass(frozen=True)
class OfFunction:
    """A function over all nights, with its criteria and pairs of criteria, what fails most first.

    What fails alone and together is known of `paired` verdicts.
    """

    stream: str
    function: str
    judged: int
    passed: int
    set_aside: int
    paired: int
    criteria: list[CriterionSum]
    pairs: list[PairSum]

    @property
    def share(self) -> str:
        """The share that passed."""
        return share(self.passed, self.judged)

    @property
    def definitions(self) -> int:
        """How many definitions it had."""
        return max((each.definitions for each in self.criteria), default=0)


@views.get("/statistics")
def statistics(request: Request, first: str = "", last: str = "", stream: str = "", table: str = "") -> Response:
    """The view, of the nights from `first` to `last` (UTC days), by default the newest ones; a `table` of it as CSV."""
    moment, settings = datetime.now(UTC), load_settings()
    asked = range_of(first, last, stream, moment.date())
    if table and table not in TABLES:
        raise HTTPException(400, f"{quoted(table)} is no table. These are: {', '.join(TABLES)}.")
    with reading() as connection:
        found = read_statistics(connection, asked)
        stands = standing(connection, last_run(connection, moment), settings.alarms.no_good_run_h)
    if table:
        return csv_of(getattr(found, table), TABLES[table], f"{table}-{asked.first}-{asked.last}")
    functions = functions_of(found)
    newest = [each for each in found.fibre_hours if each.ended_at == found.fibre_hours[0].ended_at]
    return view(
        request,
        "statistics.html",
        {"statistics": found},
        moment=moment,
        standing=stands,
        stages=stages_of(found),
        waits=waits_within(found),
        most_pairs=MOST_PAIRS,
        pictures=pictures_of(found),
        functions=functions,
        passed_by_night=passed_by_night(found, functions),
        hours=(COLUMNS, by_subsurvey(newest, settings.budget)),
        tables=list(TABLES),
        shortcuts=[(nights, moment.date() - timedelta(days=nights - 1)) for nights in SHORTCUTS],
    )


def range_of(first: str, last: str, stream: str, today: date) -> Range:
    """The range that an address asks for. Raises HTTPException (400) for what is none, with the reason."""
    until = min(_day(last) if last else today, today)
    since = _day(first) if first else date.fromordinal(max(1, until.toordinal() - NIGHTS + 1))
    nights = (until - since).days + 1
    if not 1 <= nights <= MOST_NIGHTS:
        raise HTTPException(400, f"A range has 1 to {MOST_NIGHTS} nights. From {since} to {until} there are {nights}.")
    return Range(since, until, stream)


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise HTTPException(400, f"{quoted(words)} is no night. A night is a UTC day, such as 2026-11-29.") from None


def stages_of(found: Statistics) -> list[Stage]:
    """The funnel over all nights. A bar is long by the logarithm, since each stage keeps a small part."""
    stages: dict[str, list[int | None]] = {
        "messages": [night.messages for night in found.funnel],
        "verdicts": [night.verdicts for night in found.funnel],
        "passes": [night.passed for night in found.funnel],
        "new targets": [night.new for night in found.funnel],
        "created at 4MOST": [night.created for night in found.funnel],
        "observed": [night.observed for night in found.funnel],
        "spectra": [night.spectra for night in found.funnel],
        "good spectra": [night.good_spectra for night in found.funnel],
    }
    sums = {what: _sum(numbers) for what, numbers in stages.items()}
    most = max(number or 0 for number in sums.values())
    return [Stage(what, number, 100 * math.log1p(number or 0) / math.log1p(most or 1)) for what, number in sums.items()]


def waits_within(found: Statistics) -> list[Within]:
    """How long targets waited for 4MOST, over all nights of which that is counted."""
    counted = [night.waits for night in found.funnel if night.waits is not None]
    numbers = [sum(of) for of in zip(*counted, strict=True)]
    names = [f"{low} to {high} h" for low, high in pairwise((0, *found.waits_h))] + [f"{found.waits_h[-1]} h or more"]
    whole, most = sum(numbers) or 1, max(numbers, default=0) or 1
    return [
        Within(name, number, share(so_far, whole), 100 * number / most)
        for name, number, so_far in zip(names, numbers, accumulate(numbers), strict=False)
    ]


def _sum(numbers: Sequence[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def pictures_of(found: Statistics) -> dict[str, list[Bars]]:
    """The pictures of each part, with a bar a night."""
    nights, funnel = found.asked.nights, found.funnel[::-1]
    subsurveys = sorted({each.subsurvey for each in found.fibre_hours})
    return {
        "funnel": [
            bars_of("Messages", nights, [each.messages for each in funnel]),
            bars_of("Verdicts", nights, [each.verdicts for each in funnel]),
            bars_of("Passes", nights, [each.passed for each in funnel]),
            bars_of("New targets", nights, [each.new for each in funnel]),
            bars_of("Created at 4MOST", nights, [each.created for each in funnel]),
            bars_of("Observed", nights, [each.observed for each in funnel]),
            bars_of("Spectra", nights, [each.spectra for each in funnel]),
        ],
        "shares": [
            bars_of(f"Passes of 100 verdicts, {stream}: {function}", nights, _shares(list(of), nights))
            for (stream, function), of in groupby(found.functions, key=_name)
        ],
        "lost": [
            bars_of(
                f"Objects that the broker lost messages of, {stream}",
                nights,
                [each.lost for each in found.complete_nights[::-1] if each.stream == stream],
            )
            for stream in dict.fromkeys(each.stream for each in found.complete_nights)
        ],
        "waits": [waits_of([(each.night, each.median_h, each.late_h) for each in funnel])],
        "hours": [
            bars_of(f"Fibre hours asked for, {name}", nights, _hours(found.fibre_hours, name, nights))
            for name in subsurveys
        ],
    }


def _shares(found: Sequence[FunctionNight], nights: Sequence[date]) -> list[float | None]:
    shares = {each.night: round(100 * each.passed / each.judged, 2) for each in found if each.judged}
    return [shares.get(night) for night in nights]


def _hours(found: Sequence[FibreNight], subsurvey: str, nights: Sequence[date]) -> list[float | None]:
    asked = {each.night: round(each.asked, 1) for each in found if each.subsurvey == subsurvey}
    return [asked.get(night) for night in nights]


def _name(of: FunctionNight | CriterionSum | PairSum | OfFunction) -> tuple[str, str]:
    return of.stream, of.function


def functions_of(found: Statistics) -> list[OfFunction]:
    """Each function that judged something in these nights."""
    criteria = {name: list(of) for name, of in groupby(found.criteria, key=_name)}
    pairs = {name: list(of) for name, of in groupby(found.pairs, key=_name)}
    rows = []
    for name, of in groupby(found.functions, key=_name):
        nights = list(of)
        rows.append(
            OfFunction(
                *name,
                judged=sum(each.judged for each in nights),
                passed=sum(each.passed for each in nights),
                set_aside=sum(each.set_aside for each in nights),
                paired=sum(each.paired for each in nights),
                criteria=criteria.get(name, []),
                pairs=pairs.get(name, []),
            )
        )
    return rows


def passed_by_night(found: Statistics, functions: Sequence[OfFunction]) -> list[tuple[date, list[str]]]:
    """By night, the newest first, what each function passed of its verdicts; a dash where it gave none."""
    cells = {(each.night, *_name(each)): f"{each.passed} of {each.judged}" for each in found.functions}
    return [(night, [cells.get((night, *_name(of)), "–") for of in functions]) for night in found.asked.nights[::-1]]
