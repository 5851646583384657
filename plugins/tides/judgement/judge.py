"""Judges the bytes of a chunk of light curves, in a pure function that runs on Dask."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.functions.functions import Function
from tides.functions.keys import DEC, RA, Control, Criterion
from tides.judgement.alert_criteria import ALERT_CRITERIA
from tides.judgement.criteria import FAILED, HELD, LIGHT_CURVE_CRITERIA, UNKNOWN, Judge, Outcome
from tides.judgement.doubts import Doubt, Moved, Told, doubts_of, moved_of
from tides.judgement.form import Said, form_of, in_full
from tides.judgement.history import History
from tides.judgement.shape_criteria import SHAPE_CRITERIA
from tides.judgement.summaries import Summary, SummaryLimits, summarise
from tides.lightcurves.faults import Cause, Fault, Tally
from tides.lightcurves.model import Bools, LightCurves, take
from tides.plausible import MARGIN_D, Bounds
from tides.surveys.survey import Survey
from tides.version import code_version

CRITERIA: dict[str, Judge] = {**LIGHT_CURVE_CRITERIA, **SHAPE_CRITERIA, **ALERT_CRITERIA}

HELD_IN_WORDS = {HELD: True, FAILED: False, UNKNOWN: None}

# `json.dumps` would make an encoder for each object.
_as_json = json.JSONEncoder(sort_keys=True, default=str).encode


class Context(msgspec.Struct, frozen=True, gc=False):
    """What the broker said of an object when the detections up to `until_jd` (JD UTC) were first judged."""

    until_jd: float
    columns: Mapping[str, object]


class Subject(msgspec.Struct, frozen=True, gc=False):
    """An object to be judged: its light curve as the server sent it, and its alert's columns.

    `known_until_jd` (JD UTC) cuts the light curve to points at or before it, for replays (None: no cut). `sent_jd` (JD
    UTC) is when the light curve was sent: a point dated later is implausible (None: unknown, as for a file, which may
    hold a simulation of years to come). `light_curve_hash` is the sha256 of the bytes where it is already known. For
    large light curves it costs as much as judging. `told` is what the light curve is held against, where it is.
    `earlier` is what the broker said before, the oldest first: `columns` are for the detections after all of these.
    """

    object_id: str
    light_curve: bytes
    columns: Mapping[str, object]
    known_until_jd: float | None
    light_curve_hash: bytes = b""
    sent_jd: float | None = None
    told: Told | None = None
    earlier: Sequence[Context] = ()


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The verdict of a function on an object.

    `passed` says that some prefix of the light curve passes (docs/science.md, "The light curve that is judged"), and
    `trigger_jd` (JD UTC) is the last detection of the first one. `passes_now` says that the whole light curve passes.
    `control` marks an object that passes for the function's control sample alone: one criterion fails, and the function
    never passed. `criteria` tell of the whole light curve. An unknown criterion passes. The value of `all` and `any` is
    how many parts hold. They are kept in two parts: `form` is the same for all verdicts of a function (form.py),
    and `found` has value and `held` of each criterion. Detections up to `context_until_jd` (JD UTC) were judged by what
    the broker had said before; None: all by what it says now.
    """

    object_id: str
    function: str
    function_hash: str
    input_hash: str
    passed: bool
    passes_now: bool
    trigger_jd: float | None
    form: str
    found: list[list[Any]]
    control: bool = False
    context_until_jd: float | None = None

    @property
    def criteria(self) -> list[Said]:
        """Each criterion in full."""
        return in_full(self.form, self.found)


class Broken(msgspec.Struct, frozen=True, gc=False):
    """An object whose light curve could not be read, its place in the chunk, and the reason.

    The reason quotes no data. That of the shipped surveys is a `Cause`.
    """

    object_id: str
    place: int
    reason: str


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """The result of a chunk: a verdict for each object and function, a summary for each object, and broken objects.

    `empty` are the objects whose light curve has no point at all; they have verdicts, too. `tally` counts the points,
    and what was wrong with them. `doubts` are of objects whose light curves are not believed: they have no verdict.
    `moved` are objects that were judged at the mean position of their points. `code_version` is that of the process
    which judged.
    """

    verdicts: list[Verdict]
    summaries: list[Summary]
    broken: list[Broken]
    empty: list[str]
    tally: Tally
    doubts: list[Doubt]
    moved: list[Moved]
    code_version: str


def judge(
    survey: Survey, subjects: Sequence[Subject], functions: Sequence[Function], limits: SummaryLimits | None
) -> Judgement:
    """Judge a chunk of objects of one survey by each function. Without `limits` there are no summaries.

    The same input gives the same answer anywhere. An object that cannot be read is set aside with its reason.
    """
    raws = [subject.light_curve for subject in subjects]
    chunk, reasons, left_out = read(survey, subjects)
    without = np.flatnonzero(_points_of(chunk) == 0).tolist()
    empty = [subjects[place].object_id for place in without if place not in reasons]
    doubts = doubts_of(chunk, [s.object_id for s in subjects], raws, [s.told for s in subjects], survey.id_key)
    subjects, moved = _at_their_points(subjects, raws)
    if any(subject.known_until_jd is not None for subject in subjects):
        until = [np.inf if subject.known_until_jd is None else subject.known_until_jd for subject in subjects]
        chunk = chunk.until(np.array(until))
    ids = [subject.object_id for subject in subjects]
    contents = [subject.light_curve_hash or hashlib.sha256(subject.light_curve).digest() for subject in subjects]
    verdicts = []
    for function in functions:
        earlier = _earlier(subjects, function.columns)
        hashes = [
            _input_hash(*each, earlier.get(place, ()), function.columns)
            for place, each in enumerate(zip(contents, subjects, left_out.tolist(), strict=True))
        ]
        verdicts += _verdicts(chunk, survey, function, subjects, earlier, hashes)
    summaries = summarise(chunk, ids, limits) if limits else []
    # An object whose bytes are no light curve needs no doubt.
    doubts = {index: doubt for index, doubt in doubts.items() if index not in reasons}
    if reasons or doubts:
        broken_ids = [index in reasons or index in doubts for index in range(len(ids))]
        # Verdicts come function by function, each with every object of the chunk.
        verdicts = [verdict for index, verdict in enumerate(verdicts) if not broken_ids[index % len(ids)]]
        summaries = [summary for index, summary in enumerate(summaries) if not broken_ids[index]]
    broken = [Broken(ids[index], index, reason) for index, reason in sorted(reasons.items())]
    found = list(doubts.values())
    return Judgement(verdicts, summaries, broken, empty, chunk.tally, found, moved, code_version())


def read(survey: Survey, subjects: Sequence[Subject]) -> tuple[LightCurves, dict[int, str], NDArray[np.int64]]:
    """The light curves of a chunk as they are judged, without points of implausible dates.

    Gives, too, by place the reason of each object that could not be read, and how many points each object lost.
    """
    chunk, reasons = survey.decode([subject.light_curve for subject in subjects])
    chunk, left_out = _within_dates(chunk, survey, subjects)
    if left_out.any():
        nothing_left = (left_out > 0) & (_points_of(chunk) == 0)
        reasons |= dict.fromkeys(np.flatnonzero(nothing_left).tolist(), Cause.NO_USABLE_POINT)
    return chunk, reasons, left_out


def _at_their_points(subjects: Sequence[Subject], raws: Sequence[bytes]) -> tuple[Sequence[Subject], list[Moved]]:
    """The subjects, each whose position contradicts its points' own at the mean of these. One without `told` stays."""
    places = [(s.columns.get(RA), s.columns.get(DEC)) if s.told else (None, None) for s in subjects]
    moved = moved_of([s.object_id for s in subjects], raws, places)
    if not moved:
        return subjects, []
    corrected = list(subjects)
    for index, one in moved.items():
        columns = {**subjects[index].columns, RA: one.ra, DEC: one.dec}
        corrected[index] = msgspec.structs.replace(subjects[index], columns=columns)
    return corrected, list(moved.values())


def _within_dates(
    chunk: LightCurves, survey: Survey, subjects: Sequence[Subject]
) -> tuple[LightCurves, NDArray[np.int64]]:
    """Leave out the points dated before the survey's earliest date, or after they were sent; count and tell them.

    Gives, too, how many points each object lost.
    """
    sent = [np.inf if subject.sent_jd is None else subject.sent_jd + MARGIN_D for subject in subjects]
    latest = np.array(sent, dtype=np.float64)
    left_out = np.zeros(chunk.objects, dtype=np.int64)
    within_all = Bounds(survey.since_jd, latest.min(initial=np.inf))
    if within_all.hold_all(chunk.detections.jd_utc) and within_all.hold_all(chunk.fadings.jd_utc):
        return chunk, left_out
    kept = []
    for columns in (chunk.detections, chunk.fadings):
        dates, objects = columns.jd_utc, columns.object_index
        odd = (dates < survey.since_jd) | (dates > latest[objects])
        kept.append(~odd)
        if odd.any():
            left_out += np.bincount(objects[odd], minlength=chunk.objects)
            first = np.flatnonzero(odd)[0]
            chunk.tally.count(Fault.ODD_TIME, int(odd.sum()), _date_in_words(dates[first], latest[objects[first]]))
    if not left_out.any():
        return chunk, left_out
    seen, faded = take(chunk.detections, kept[0]), take(chunk.fadings, kept[1])
    return replace(chunk, detections=seen, fadings=faded), left_out


def _date_in_words(jd_utc: float, latest: float) -> str:
    ahead = jd_utc - (latest - MARGIN_D)
    relation = f"{ahead:.0f} d after it was sent" if ahead > 0 else "before the survey began"
    return f"JD {jd_utc:.5f}, {relation}"


def _points_of(chunk: LightCurves) -> NDArray[np.int64]:
    """How many points each object has, of any kind."""
    number = np.bincount(chunk.detections.object_index, minlength=chunk.objects)
    return number + np.bincount(chunk.fadings.object_index, minlength=chunk.objects)


def _earlier(subjects: Sequence[Subject], columns: Sequence[str]) -> dict[int, Sequence[Context]]:
    """By place what the broker said earlier of the columns that a function reads, where it now says something else."""
    return {
        place: subject.earlier
        for place, subject in enumerate(subjects)
        if subject.earlier and any(_differs(context, subject, columns) for context in subject.earlier)
    }


def _differs(context: Context, subject: Subject, columns: Sequence[str]) -> bool:
    return any(name in context.columns and context.columns[name] != subject.columns.get(name) for name in columns)


def _input_hash(
    content: bytes, subject: Subject, left_out: int, earlier: Sequence[Context], columns: Sequence[str]
) -> str:
    """Hash the whole input of a verdict: the light curve by its own hash, the cut, and the columns that are read.

    Where points were left out for their dates, the hash tells how many: sent later, the same bytes may have them all.
    """
    # A column that the function does not read must not make a new verdict.
    if not columns and subject.known_until_jd is None and not left_out:
        return content.hex()
    read = {name: subject.columns.get(name) for name in columns}
    parts: list[Any] = [subject.known_until_jd, read]
    if left_out or earlier:
        parts.append(left_out)
    if earlier:
        parts.append([[each.until_jd, {name: each.columns.get(name) for name in columns}] for each in earlier])
    rest = _as_json(parts)
    return hashlib.sha256(content + rest.encode()).hexdigest()


def asked_of(function: Function, survey: Survey) -> tuple[Criterion, ...]:
    """All criteria of a function on a survey, in the order in which a verdict lists them."""
    scores = () if function.reliability is None else (Criterion("reliability", function.reliability),)
    own = (Criterion(name, limit) for name, limit in survey.own_criteria)
    return (*own, *scores, *function.criteria)


def outcome_of(history: History, asked: Criterion) -> Outcome:
    """Judge one criterion, or the parts of `all` and `any`: unknown where unknown parts decide."""
    if not asked.parts:
        return CRITERIA[asked.name](history, asked)
    parts = tuple(outcome_of(history, part) for part in asked.parts)
    held = np.stack([part.held.astype(np.int8) for part in parts])
    # Kleene's logic: one decisive part settles it, whatever the unknown parts may be.
    decisive = HELD if asked.name == "any" else FAILED
    otherwise = np.where((held == UNKNOWN).any(axis=0), UNKNOWN, HELD + FAILED - decisive)
    combined = np.where((held == decisive).any(axis=0), decisive, otherwise).astype(np.int8)
    return Outcome(history.at_last((held == HELD).sum(axis=0)), combined, parts=parts)


def _verdicts(
    chunk: LightCurves, survey: Survey, function: Function, subjects: Sequence[Subject],
    earlier: Mapping[int, Sequence[Context]], hashes: list[str],
) -> list[Verdict]:  # fmt: skip
    columns = [subject.columns for subject in subjects]
    asked = asked_of(function, survey)
    history = History(chunk, survey, function, columns)
    outcomes = [outcome_of(history, each) for each in asked]
    passes, sampled = _passes(history, asked, outcomes, subjects)
    passes_now = np.zeros(len(subjects), dtype=bool)
    passes_now[history.seen_objects] = passes[history.last]
    if earlier:
        said = {place: [(each.until_jd, each.columns) for each in contexts] for place, contexts in earlier.items()}
        then = History(chunk, survey, function, columns, said)
        passes, sampled = _passes(then, asked, [outcome_of(then, each) for each in asked], subjects)
    controls = np.zeros(len(subjects), dtype=bool)
    controls[history.detections.object_index[sampled]] = True
    trigger = np.full(len(subjects), np.nan)
    rows = np.flatnonzero(passes)[::-1]
    trigger[history.detections.object_index[rows]] = history.detections.jd_utc[rows]  # the earliest row stays
    form = form_of(asked, outcomes)
    found = zip(*(_found(history, outcome) for outcome in outcomes), strict=True)
    # NaN, where no prefix passes, is not equal to itself.
    firsts = [None if jd != jd else jd for jd in trigger.tolist()]
    rows_of = zip(subjects, hashes, firsts, passes_now.tolist(), found, controls.tolist(), strict=True)
    name, stated = function.name, function.hash
    verdicts = [
        Verdict(subject.object_id, name, stated, hash_, first is not None, now, first, form, list(row), control)
        for subject, hash_, first, now, row, control in rows_of
    ]
    for place, contexts in earlier.items():
        until = max(each.until_jd for each in contexts if _differs(each, subjects[place], function.columns))
        verdicts[place] = msgspec.structs.replace(verdicts[place], context_until_jd=until)
    return verdicts


def _passes(
    history: History, asked: Sequence[Criterion], outcomes: Sequence[Outcome], subjects: Sequence[Subject]
) -> tuple[Bools, Bools]:
    """Tell at which detections the light curve up to then passes, and at which it does so for the control sample."""
    passes = np.logical_and.reduce([history.ends, *(outcome.held != FAILED for outcome in outcomes)])
    control = history.function.control
    if control is None:
        return passes, np.zeros_like(passes)
    sampled = _control_sample(history, control, asked, outcomes, passes, subjects)
    sampled &= history.ends
    return passes | sampled, sampled


def _control_sample(
    history: History, control: Control, asked: Sequence[Criterion], outcomes: Sequence[Outcome], passes: Bools,
    subjects: Sequence[Subject],
) -> Bools:  # fmt: skip
    """Tell at which detections an object is in the control sample: at none when the function has passed it once."""
    failed = np.stack([outcome.held == FAILED for outcome in outcomes])
    is_named = np.array([criterion.name == control.fails for criterion in asked])
    objects = history.detections.object_index
    drawn = np.array([control.draws(subject.object_id) for subject in subjects], dtype=bool)
    # An object that was selected once is a target already, and no control.
    drawn[objects[passes]] = False
    return failed[is_named].any(axis=0) & ~failed[~is_named].any(axis=0) & drawn[objects]


def _found(history: History, outcome: Outcome) -> list[list[Any]]:
    """What a criterion's outcome is for each object. Without a usable detection the criterion fails."""
    held = np.zeros(history.objects, dtype=np.int8)
    held[history.seen_objects] = outcome.held[history.last]
    values = [None if value != value else value for value in outcome.value.tolist()]
    words = [HELD_IN_WORDS[code] for code in held.tolist()]
    if not outcome.parts:
        return [list(each) for each in zip(values, words, strict=True)]
    parts = zip(*(_found(history, part) for part in outcome.parts), strict=True)
    return [[value, word, list(of)] for value, word, of in zip(values, words, parts, strict=True)]
