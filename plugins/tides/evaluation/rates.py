"""The rates of each night: how many objects pass a function, and fail each of its criteria.

They are the last look at a stream. A fault that no other check knows still changes what passes.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import combinations, groupby
from statistics import median
from typing import Literal

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.evaluation.usual import Rate, fell_from
from tides.functions.functions import Function
from tides.journal.events import close_unseen, note_event
from tides.journal.kinds import Kind
from tides.judgement.form import named_held
from tides.judgement.judge import Verdict
from tides.runs.context import RunContext
from tides.settings.sections import Rates

MOST_RISEN = 3
"""So many criteria are named that fail more often than usual."""

What = Literal["passed", "read", "held", "failed"]
"""A rate: objects that passed, objects that could be read, and objects that held or failed a criterion."""


@dataclass(frozen=True)
class Night:
    """The counts of one function's night. `criteria` has judged, failed and unknown objects of each criterion."""

    stream: str
    function: str
    function_hash: str
    night: date
    judged: int
    passed: int
    set_aside: int
    unusual: bool
    criteria: dict[str, list[int]]

    @property
    def objects(self) -> int:
        """All objects that came: one that was set aside did not pass either."""
        return self.judged + self.set_aside

    def rate(self, what: What, criterion: str = "") -> Rate:
        """One rate of this night. A criterion that this night did not ask is a rate of no objects."""
        if what in ("passed", "read"):
            return Rate(self.passed if what == "passed" else self.judged, self.objects)
        judged, failed, unknown = self.criteria.get(criterion, (0, 0, 0))
        return Rate(failed if what == "failed" else judged - failed - unknown, judged)


@dataclass(frozen=True)
class Fallen:
    """A rate that fell: of which criterion (empty: of the function), how many of how many, and the usual share."""

    what: What
    criterion: str
    hits: int
    of: int
    usual: float


@dataclass(frozen=True)
class Risen:
    """A criterion that fails more often than usual, by shares."""

    criterion: str
    share: float
    usual: float


def count_night(
    connection: Connection, stream: str, functions: Sequence[Function], verdicts: Sequence[Verdict], set_aside: int
) -> None:
    """Adds new verdicts of the live lane to the counts of today (UTC), in the transaction that stores them.

    `set_aside` objects could not be judged: they count for each function. What counts is what passes now, since an
    object that passed long ago passes whatever came today. A verdict of the control sample is no pass, since the sample
    takes what fails.
    """
    if not verdicts and not set_aside:
        return
    hashes = {f.name: f.hash for f in functions}
    given = {
        "functions": [
            {"function": name, "function_hash": hashes[name], "set_aside": set_aside, **numbers}
            for name, numbers in _of_functions(hashes, verdicts).items()
        ],
        "criteria": [
            {"function": name, "function_hash": hashes[name], "criterion": criterion, **numbers}
            for (name, criterion), numbers in _of_criteria(verdicts).items()
        ],
        "pairs": [
            {"function": name, "function_hash": hashes[name], "criterion": criterion, "other": other, "failed": failed}
            for (name, criterion, other), failed in _of_pairs(verdicts).items()
        ],
    }
    sums = {what: json.dumps(rows) for what, rows in given.items()}
    connection.execute(statement("evaluation/count_night"), {"stream": stream, **sums})


def _of_functions(names: Iterable[str], verdicts: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    judged = Counter(v.function for v in verdicts)
    passed = Counter(v.function for v in verdicts if v.passes_now and not v.control)
    return {name: {"judged": judged[name], "passed": passed[name]} for name in names}


def _of_criteria(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], dict[str, int]]:
    asked: dict[tuple[str, str], Counter[bool | None]] = {}
    for verdict in verdicts:
        for criterion, held_now in named_held(verdict.form, verdict.found):
            asked.setdefault((verdict.function, criterion), Counter())[held_now] += 1
    alone = Counter({(name, failed[0]): n for (name, failed), n in _failed(verdicts).items() if len(failed) == 1})
    return {
        key: {"judged": held.total(), "failed": held[False], "unknown": held[None], "alone": alone[key]}
        for key, held in asked.items()
    }


def _of_pairs(verdicts: Sequence[Verdict]) -> Counter[tuple[str, str, str]]:
    pairs: Counter[tuple[str, str, str]] = Counter()
    for (name, failed), number in _failed(verdicts).items():
        for pair in combinations(failed, 2):
            pairs[name, *pair] += number
    return pairs


def _failed(verdicts: Sequence[Verdict]) -> Counter[tuple[str, tuple[str, ...]]]:
    """How many verdicts of each function failed the same criteria; these stand in one order, each once."""
    failed = (
        (v.function, tuple(sorted({name for name, held in named_held(v.form, v.found) if held is False})))
        for v in verdicts
    )
    return Counter(failed)


def watch_rates(connection: Connection, run: RunContext, limits: Rates) -> None:
    """Compares the newest night of each function with its nights before; opens and closes events. Can be repeated.

    Only a night with enough objects is looked at. A night whose rates fell is no measure for those after it. A replay
    does nothing, since its verdicts are not counted.
    """
    if not run.live:
        return
    with connection.transaction(), connection.cursor(row_factory=class_row(Night)) as cursor:
        parameters = {"days": limits.days_back, "objects_least": limits.objects_least}
        nights = cursor.execute(statement("evaluation/nights_to_compare"), parameters).fetchall()
        for _, of_function in groupby(nights, key=lambda night: (night.stream, night.function)):
            night, *earlier = of_function
            before = [other for other in earlier if not other.unusual][: limits.nights]
            fallen = _fallen(night, before, limits)
            given = {name: getattr(night, name) for name in ("stream", "night", "function", "function_hash")}
            connection.execute(statement("evaluation/mark_unusual"), {**given, "unusual": bool(fallen)})
            if fallen:
                detail = {
                    "night": night.night.isoformat(),
                    "objects": night.objects,
                    "passed": night.passed,
                    "set_aside": night.set_aside,
                    "nights": len(before),
                    "fell": [asdict(each) for each in fallen],
                    "rose": [asdict(each) for each in _risen(night, before)],
                }
                note_event(connection, Kind.RATE_FELL, f"{night.stream}.{night.function}", detail)
        # What is noted above was seen at this transaction's own time: all other events are over.
        (clock,) = connection.execute("SELECT now() AS now").fetchall()
        close_unseen(connection, [Kind.RATE_FELL], clock["now"])


def _fallen(night: Night, before: Sequence[Night], limits: Rates) -> list[Fallen]:
    looked_at: list[tuple[What, str]] = [("passed", ""), ("read", "")]
    # A criterion that fails nothing any more filters nothing; one that holds for nothing lets nothing pass.
    for criterion in sorted(night.criteria):
        looked_at += [("held", criterion), ("failed", criterion)]
    found = []
    for what, criterion in looked_at:
        now = night.rate(what, criterion)
        usual = fell_from(now, [other.rate(what, criterion) for other in before], limits)
        if usual is not None:
            found.append(Fallen(what, criterion, now.hits, now.of, round(usual, 4)))
    return found


def _risen(night: Night, before: Sequence[Night]) -> list[Risen]:
    """The criteria whose share of failures is most above the usual one."""
    found = []
    for criterion in sorted(night.criteria):
        usual = median(other.rate("failed", criterion).share for other in before)
        found.append(Risen(criterion, round(night.rate("failed", criterion).share, 4), round(usual, 4)))
    risen = sorted((each for each in found if each.share > each.usual), key=lambda each: each.usual - each.share)
    return risen[:MOST_RISEN]
