"""The fates of simulated transients: selected or not, when, first rejected by which criterion, and how long live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tides import clock
from tides.efficiency.lasair_filter import held_by
from tides.efficiency.lifetimes import days_live
from tides.efficiency.simulations import Sample
from tides.functions.functions import Function
from tides.functions.keys import DEC, RA, Criteria
from tides.judgement.criteria import FAILED, UNKNOWN
from tides.judgement.history import History
from tides.judgement.judge import asked_of, outcome_of
from tides.lightcurves.model import Bools, Floats, Indices
from tides.surveys.survey import Survey
from tides.targets.live_rule import LiveRules

TRIGGERED, DETECTED = "trigger in the simulation", "detection"
"""The first two stages: the simulation wrote a light curve, and this has a detection, and so an alert."""


def stages(function: Function, survey: Survey, conditions: Criteria) -> list[str]:
    """Name the stages in order: a trigger, a detection, the filter's conditions, the function's criteria."""
    filtered = [f"filter {condition.label} {condition.limit:g}" for condition in conditions]
    return [TRIGGERED, DETECTED, *filtered, *(criterion.label for criterion in asked_of(function, survey))]


@dataclass(frozen=True)
class Fate:
    """When each event was selected (JD UTC; NaN: never).

    `trigger_jd` is the last detection of the first prefix that passes, `known_jd` when it became known.
    """

    trigger_jd: Floats
    known_jd: Floats


def judged(
    sample: Sample, function: Function, conditions: Criteria, rules: LiveRules
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Judge a sample's events by a filter's conditions and a function.

    An event is selected when some prefix of its light curve passes the function, and is known: this alert or a later
    one passes the filter, and brings the light curve. Gives a table with one row an event, and by name the criteria
    that passed because no simulation can tell them. The columns of the table are:

    - `selected`: it is, and stays so;
    - `trigger_mjd`: the last detection of the first such prefix (MJD UTC);
    - `known_mjd`: the alert that brought it (MJD UTC);
    - `phase`: days from peak to trigger, in the observer's frame;
    - `stage`: how many of `stages` the event passed;
    - `days_live`: from that alert on; 0 where the event is not selected.
    """
    history, hurdles, unknown = _hurdles(sample, function)
    events = history.detections.object_index
    # All events of a sample triggered the simulation, which is the first stage.
    stage = np.ones(len(sample.events), dtype=np.int64)
    let_through: Bools = np.ones(len(events), dtype=bool)
    # The first round asks for nothing, and so counts the stage of a detection.
    for held in (let_through, *held_by(sample, conditions)):
        let_through = let_through & held
        stage[np.unique(events[let_through])] += 1
    following = next_row(let_through, events)
    passes = history.ends & (following >= 0)
    for hurdle in hurdles:
        passes = passes & hurdle
        stage[np.unique(events[passes])] += 1
    selected, rows = first_rows(passes, events)
    fate = Fate(np.full(len(sample.events), np.nan), np.full(len(sample.events), np.nan))
    fate.trigger_jd[selected] = history.detections.jd_utc[rows]
    fate.known_jd[selected] = history.detections.jd_utc[following[rows]]
    live = days_live(sample, fate.trigger_jd, rules, fate.known_jd)
    return fates_of(sample, fate, stage, live), unknown


def outcomes_of(sample: Sample, function: Function) -> tuple[History, Bools, dict[str, str]]:
    """Give the history of a sample's events, which of its rows pass a function, and what no simulation can tell."""
    history, hurdles, unknown = _hurdles(sample, function)
    return history, np.logical_and.reduce(hurdles), unknown


def _hurdles(sample: Sample, function: Function) -> tuple[History, list[Bools], dict[str, str]]:
    history = History(sample.light_curves, sample.survey, function, _columns(sample, function))
    # The same code as in a run, so that the efficiency is that of the bridge itself.
    asked = asked_of(function, sample.survey)
    outcomes = [outcome_of(history, criterion) for criterion in asked]
    unknown = {
        criterion.label: outcome.note or "what it combines"
        for criterion, outcome in zip(asked, outcomes, strict=True)
        if len(history.detections.jd_utc) and (outcome.held == UNKNOWN).any()
    }
    # An unknown criterion passes here too, as in a run (docs/science.md, "A counted detection").
    return history, [outcome.held != FAILED for outcome in outcomes], unknown


def next_row(mask: Bools, events: NDArray[np.int32]) -> Indices:
    """Give for each row the first marked one of its event from it on, -1 where there is none."""
    number = len(mask)
    following = np.minimum.accumulate(np.where(mask, np.arange(number), number)[::-1])[::-1]
    is_own = following < number
    is_own[is_own] = events[following[is_own]] == events[is_own]
    return np.where(is_own, following, -1)


def first_rows(mask: Bools, events: NDArray[np.int32]) -> tuple[Indices, Indices]:
    """Give the events that have a marked row, and the first such row of each."""
    rows = np.flatnonzero(mask)
    found, first = np.unique(events[rows], return_index=True)
    return found.astype(np.intp), rows[first]


def fates_of(sample: Sample, fate: Fate, stage: NDArray[np.int64], days: Floats) -> pd.DataFrame:
    """Give the table of a sample's fates, as `judged` describes it."""
    trigger_mjd = fate.trigger_jd - clock.MJD_EPOCH_JD
    return pd.DataFrame(
        {
            "id": sample.events["id"],
            "selected": np.isfinite(fate.trigger_jd),
            "trigger_mjd": trigger_mjd,
            "known_mjd": fate.known_jd - clock.MJD_EPOCH_JD,
            "phase": trigger_mjd - sample.events["peak_mjd"],
            "stage": stage,
            "days_live": days,
        }
    )


def _columns(sample: Sample, function: Function) -> Sequence[Mapping[str, object]]:
    """The columns of the alert that a simulation knows: the position."""
    if not function.columns:
        return ()
    return sample.events[[RA, DEC]].to_dict("records")
