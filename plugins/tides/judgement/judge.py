"""Judges the bytes of a chunk of light curves, in a pure function that runs on Dask."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from tides.functions.functions import Function
from tides.functions.keys import DEC, RA, Control, Criterion
from tides.judgement.alert_criteria import ALERT_CRITERIA
from tides.judgement.criteria import FAILED, HELD, LIGHT_CURVE_CRITERIA, UNKNOWN, Judge, Outcome
from tides.judgement.doubts import Doubt, Moved, Told, doubts_of, moved_of
from tides.judgement.history import History
from tides.judgement.summaries import Summary, SummaryLimits, summarise
from tides.lightcurves.model import Bools, LightCurves
from tides.surveys.survey import Survey

CRITERIA: dict[str, Judge] = {**LIGHT_CURVE_CRITERIA, **ALERT_CRITERIA}

HELD_IN_WORDS = {HELD: True, FAILED: False, UNKNOWN: None}


class Subject(msgspec.Struct, frozen=True, gc=False):
    """An object to be judged: its light curve as the server sent it, and its alert's columns.

    `known_until_jd` (JD UTC) cuts the light curve to points at or before it, for replays (None: no cut).
    `light_curve_hash` is the sha256 of the bytes where it is already known. For large light curves it costs as much as
    judging. `told` is what the light curve is held against, where it is.
    """

    object_id: str
    light_curve: bytes
    columns: Mapping[str, object]
    known_until_jd: float | None
    light_curve_hash: bytes = b""
    told: Told | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The verdict of a function on an object.

    `trigger_jd` (JD UTC) is the first detection at which the function passes, None when it does not pass now.
    `control` marks an object that passes for the function's control sample alone: one criterion fails, and the function
    never passed. `criteria` are {"name", "value", "limit", "held", "days"?, "note"?, "of"?}, ready for JSON. `held` is
    true, false, or None where the criterion cannot be judged; then it passes, and the note names the unknown facts.
    `of` has the parts of `all` and `any`; their value is how many parts hold.
    """

    object_id: str
    function: str
    function_hash: str
    input_hash: str
    passed: bool
    trigger_jd: float | None
    criteria: list[dict[str, Any]]
    control: bool = False


class Broken(msgspec.Struct, frozen=True, gc=False):
    """An object whose light curve could not be read, its place in the chunk, and the reason, which quotes no data."""

    object_id: str
    place: int
    reason: str


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """The result of a chunk: a verdict for each object and function, a summary for each object, and broken objects.

    `doubts` are of objects whose light curves are not believed: they have no verdict. `moved` are objects that were
    judged at the mean position of their points.
    """

    verdicts: list[Verdict]
    summaries: list[Summary]
    broken: list[Broken]
    doubts: list[Doubt] = []
    moved: list[Moved] = []


def judge(
    survey: Survey, subjects: Sequence[Subject], functions: Sequence[Function], limits: SummaryLimits | None
) -> Judgement:
    """Judge a chunk of objects of one survey by each function. Without `limits` there are no summaries.

    The same input gives the same answer anywhere. An object that cannot be read is set aside with its reason.
    """
    raws = [subject.light_curve for subject in subjects]
    chunk, reasons = survey.decode(raws)
    doubts = doubts_of(chunk, [s.object_id for s in subjects], raws, [s.told for s in subjects], survey.id_key)
    subjects, moved = _at_their_points(subjects, raws)
    if any(subject.known_until_jd is not None for subject in subjects):
        until = [np.inf if subject.known_until_jd is None else subject.known_until_jd for subject in subjects]
        chunk = chunk.until(np.array(until))
    ids = [subject.object_id for subject in subjects]
    contents = [subject.light_curve_hash or hashlib.sha256(subject.light_curve).digest() for subject in subjects]
    verdicts = []
    for function in functions:
        hashes = [_input_hash(*each, function.columns) for each in zip(contents, subjects, strict=True)]
        verdicts += _verdicts(chunk, survey, function, subjects, hashes)
    summaries = summarise(chunk, ids, limits) if limits else []
    # An object whose bytes are no light curve needs no doubt.
    doubts = {index: doubt for index, doubt in doubts.items() if index not in reasons}
    if reasons or doubts:
        broken_ids = [index in reasons or index in doubts for index in range(len(ids))]
        # Verdicts come function by function, each with every object of the chunk.
        verdicts = [verdict for index, verdict in enumerate(verdicts) if not broken_ids[index % len(ids)]]
        summaries = [summary for index, summary in enumerate(summaries) if not broken_ids[index]]
    broken = [Broken(ids[index], index, reason) for index, reason in reasons.items()]
    return Judgement(verdicts, summaries, broken, list(doubts.values()), moved)


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


def _input_hash(content: bytes, subject: Subject, columns: Sequence[str]) -> str:
    """Hash the whole input of a verdict: the light curve by its own hash, the cut, and the columns that are read."""
    # A column that the function does not read must not make a new verdict.
    if not columns and subject.known_until_jd is None:
        return content.hex()
    read = {name: subject.columns.get(name) for name in columns}
    rest = json.dumps([subject.known_until_jd, read], sort_keys=True, default=str)
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
    chunk: LightCurves, survey: Survey, function: Function, subjects: Sequence[Subject], hashes: list[str]
) -> list[Verdict]:
    history = History(chunk, survey, function, [subject.columns for subject in subjects])
    asked = asked_of(function, survey)
    outcomes = [outcome_of(history, each) for each in asked]
    passes = np.logical_and.reduce([outcome.held != FAILED for outcome in outcomes])
    controls = np.zeros(len(subjects), dtype=bool)
    if function.control:
        sampled = _control_sample(history, function.control, asked, outcomes, passes, subjects)
        controls[history.seen_objects] = sampled[history.last]
        passes |= sampled
    passed = np.zeros(len(subjects), dtype=bool)
    passed[history.seen_objects] = passes[history.last]
    trigger = np.full(len(subjects), np.nan)
    rows = np.flatnonzero(passes)[::-1]
    trigger[history.detections.object_index[rows]] = history.detections.jd_utc[rows]  # the earliest row stays
    criteria = zip(*(_as_rows(history, *each) for each in zip(asked, outcomes, strict=True)), strict=True)
    return [
        Verdict(subject.object_id, function.name, function.hash, hash_, ok, jd if ok else None, list(row), control)
        for subject, hash_, ok, jd, row, control in zip(
            subjects, hashes, passed.tolist(), trigger.tolist(), criteria, controls.tolist(), strict=True
        )
    ]


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


def _as_rows(history: History, asked: Criterion, outcome: Outcome) -> list[dict[str, Any]]:
    """Write a criterion's outcome for each object. Without a usable detection the criterion fails."""
    held = np.zeros(history.objects, dtype=np.int8)
    held[history.seen_objects] = outcome.held[history.last]
    label, limit = asked.label, asked.limit
    rows: list[dict[str, Any]] = [
        {"name": label, "value": None if value != value else value, "limit": limit, "held": HELD_IN_WORDS[code]}
        for value, code in zip(outcome.value.tolist(), held.tolist(), strict=True)
    ]
    if asked.days is not None:
        for row in rows:
            row["days"] = asked.days
    if outcome.note:
        for row in rows:
            if row["held"] is None:
                row["note"] = outcome.note
    if outcome.parts:
        parts = [_as_rows(history, *each) for each in zip(asked.parts, outcome.parts, strict=True)]
        for row, *of in zip(rows, *parts, strict=True):
            row["of"] = of
    return rows
