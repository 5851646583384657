"""Judges light curves without any service, and writes tables and plots."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tides.checks.inputs import Read, id_keys
from tides.errors import SettingsError
from tides.foreign import in_csv
from tides.functions.functions import Function
from tides.judgement.form import Said
from tides.judgement.judge import Subject, Verdict, judge, read
from tides.judgement.words import criterion_in_words
from tides.lightcurves.faults import Tally
from tides.surveys.survey import Survey, survey
from tides.version import code_version

if TYPE_CHECKING:
    from tides.checks.plots import Format

OBJECTS_A_CHUNK = 200

CSV_COLUMNS = ("objectId", "passed", "trigger_jd", "passes_now", "reasons")


IN_CSV = {True: "true", False: "false", None: ""}


@dataclass(frozen=True)
class Row:
    """One object's line of the answer.

    `passed` says that some prefix of the light curve passes, `trigger_jd` (JD UTC) at which detection the first one
    does, `passes_now` that all of it passes. Both answers are None for an object that could not be judged. `failed` are
    the criteria that do not hold now, among all `criteria`. An object of the control sample (`control`) passes although
    one fails.
    """

    object_id: str
    passed: bool | None
    trigger_jd: float | None
    passes_now: bool | None
    reasons: tuple[str, ...]
    failed: tuple[str, ...] = ()
    control: bool = False
    criteria: tuple[Said, ...] = ()

    def as_csv(self) -> tuple[str, str, str, str, str]:
        """Give the five cells of the row."""
        passed, now = (IN_CSV[answer] for answer in (self.passed, self.passes_now))
        trigger = "" if self.trigger_jd is None else repr(self.trigger_jd)
        return in_csv(self.object_id), passed, trigger, now, in_csv("; ".join(self.reasons))


@dataclass(frozen=True)
class Change:
    """An object with different verdicts of two functions.

    It `enters` when only the first function passes it, and `leaves` when only the second does. `trigger_jd` (JD UTC) is
    that of the function that passes it; `reasons` are those of the other one.
    """

    how: Literal["enters", "leaves"]
    object_id: str
    trigger_jd: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """How many objects passed, failed, failed each criterion or could not be read; and what is wrong with points."""

    counts: Counter[str]
    tally: Tally

    def table(self) -> list[str]:
        """Give the lines to print: the counts, then the faults of points with an example each."""
        return [*(f"{number:>8}  {what}" for what, number in self.counts.most_common()), *self.of_points()]

    def of_points(self) -> list[str]:
        """Give a line a fault of points, with an example."""
        return [
            f"{number:>8}  of {self.tally.points} points: {fault} (example: {self.tally.examples[fault] or 'none'})"
            for fault, number in self.tally.faults.items()
        ]


def compared(subjects: Iterator[Read], function: Function, other: Function) -> Iterator[Change]:
    """Give the objects with different verdicts of two functions, in the order of the subjects."""
    ours, theirs = tee(subjects)
    # Chunk by chunk in step, so that `tee` never holds more than a chunk.
    chunks = zip(
        *(_judged(each, by, None, "png", Tally()) for each, by in ((ours, function), (theirs, other))),
        strict=True,
    )
    for new, old in (pair for chunk in chunks for pair in zip(*chunk, strict=True)):
        if new.passed and not old.passed:
            yield Change("enters", new.object_id, new.trigger_jd or 0, old.reasons)
        elif old.passed and not new.passed:
            yield Change("leaves", new.object_id, old.trigger_jd or 0, new.reasons)


def check(
    subjects: Iterator[Read], function: Function, csv_file: Path | None = None, parquet_file: Path | None = None,
    plots: Path | None = None, format_: "Format" = "png", keep: Callable[[list[Row]], None] | None = None,
) -> Checked:  # fmt: skip
    """Judge light curves, write the tables and plots asked for, and count by reason. `keep` gets the rows.

    Raises SettingsError for a place that cannot be written to.
    """
    counts: Counter[str] = Counter()
    tally = Tally()
    try:
        with ExitStack() as stack:
            writers = [keep] if keep else []
            if csv_file:
                writers.append(stack.enter_context(_csv_writer(csv_file)))
            if parquet_file:
                writers.append(stack.enter_context(_parquet_writer(parquet_file, function)))
            if plots:
                plots.mkdir(parents=True, exist_ok=True)
            for rows in _judged(subjects, function, plots, format_, tally):
                counts.update(what for row in rows for what in _counted(row))
                for write in writers:
                    write(rows)
    except OSError as error:
        raise SettingsError(f"{error.filename}: cannot be written ({error.strerror})") from error
    return Checked(counts, tally)


@contextmanager
def _csv_writer(path: Path) -> Iterator[Callable[[list[Row]], None]]:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        yield lambda rows: writer.writerows(row.as_csv() for row in rows)


@contextmanager
def _parquet_writer(path: Path, function: Function) -> Iterator[Callable[[list[Row]], None]]:
    # Imported here: only a Parquet table needs it.
    import pyarrow as pa
    from pyarrow import parquet

    about = {"function": function.name, "function_hash": function.hash, "code_version": code_version()}
    types = (pa.string(), pa.bool_(), pa.float64(), pa.bool_(), pa.string())
    schema = pa.schema(list(zip(CSV_COLUMNS, types, strict=True)), metadata=about)

    def write(rows: list[Row]) -> None:
        columns = zip(
            *((r.object_id, r.passed, r.trigger_jd, r.passes_now, "; ".join(r.reasons)) for r in rows), strict=True
        )
        writer.write_table(pa.table(dict(zip(CSV_COLUMNS, columns, strict=True)), schema=schema))

    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        yield write


def _judged(
    subjects: Iterator[Read], function: Function, plots: Path | None, format_: "Format", tally: Tally
) -> Iterator[list[Row]]:
    """Judge and draw the subjects in chunks, give each chunk's rows in their order, and count the points."""
    while read := list(islice(subjects, OBJECTS_A_CHUNK)):
        rows: list[Row | None] = [None] * len(read)
        places: dict[str, list[int]] = {}
        for place, (name, subject) in enumerate(read):
            if name is None:
                reason = f"not a light curve: no {' or '.join(id_keys())}"
                rows[place] = Row(subject.object_id, None, None, None, (reason,))
            else:
                # A file may mix surveys, but objects that are judged together are of one survey.
                places.setdefault(name, []).append(place)
        for name, own in places.items():
            together = [read[place][1] for place in own]
            judgement = judge(survey(name), together, [function], None)
            tally.add(judgement.tally)
            empty = set(judgement.empty)
            judged: list[Verdict | None] = list(judgement.verdicts)
            for broken in judgement.broken:
                rows[own[broken.place]] = Row(broken.object_id, None, None, None, (broken.reason,))
                # Places ascend, so that each gap puts the verdicts behind it into their own places.
                judged.insert(broken.place, None)
            for place, verdict in zip(own, judged, strict=True):
                if verdict:
                    rows[place] = _row(verdict, empty)
            if plots:
                _draw(survey(name), together, judged, function, plots, format_)
        yield [row for row in rows if row is not None]


def _draw(
    known: Survey, subjects: list[Subject], verdicts: list[Verdict | None], function: Function, folder: Path,
    format_: "Format",
) -> None:  # fmt: skip
    # Imported here: Matplotlib is needed only where plots are asked for.
    from tides.checks.plots import plot_light_curves

    chunk, _, _ = read(known, subjects)
    ids = [subject.object_id for subject in subjects]
    plot_light_curves(chunk, known, function, verdicts, ids, folder, format_)


def _row(verdict: Verdict, empty: Set[str]) -> Row:
    criteria = tuple(verdict.criteria)
    failed = tuple(criterion["name"] for criterion in criteria if criterion["held"] is False)
    about = ("control sample",) if verdict.control else ("no points",) if verdict.object_id in empty else ()
    reasons = tuple(criterion_in_words(criterion) for criterion in criteria if criterion["held"] is not True)
    answers = (verdict.passed, verdict.trigger_jd, verdict.passes_now)
    return Row(verdict.object_id, *answers, about + reasons, failed, verdict.control, criteria)


def _counted(row: Row) -> list[str]:
    """Name the lines of the table in which a row counts."""
    if row.passed is None:
        return ["could not be read"]
    if row.control:
        return ["passed", "  of these control sample"]
    if row.passed:
        return ["passed"] if row.passes_now else ["passed", "  of these would not pass any more"]
    return ["failed", *(f"  failed {name}" for name in row.failed)]
