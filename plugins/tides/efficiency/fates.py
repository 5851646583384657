"""The fates of simulated transients: selected or not, when, first rejected by which criterion, and how long live."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tides import clock
from tides.efficiency.lasair_filter import held_by
from tides.efficiency.lifetimes import days_live
from tides.efficiency.simulations import Sample
from tides.functions.functions import Function
from tides.functions.keys import DEC, RA, Criteria
from tides.judgement.criteria import FAILED, UNKNOWN
from tides.judgement.history import History
from tides.judgement.judge import asked_of, outcome_of
from tides.lightcurves.model import Bools
from tides.surveys.survey import Survey
from tides.targets.live_rule import LiveRules

TRIGGERED, DETECTED = "trigger in the simulation", "detection"
"""The first two stages: the simulation wrote a light curve, and this has a detection, and so an alert."""


def stages(function: Function, survey: Survey, conditions: Criteria) -> list[str]:
    """Name the stages in order: a trigger, a detection, the filter's conditions, the function's criteria."""
    filtered = [f"filter {condition.label} {condition.limit:g}" for condition in conditions]
    return [TRIGGERED, DETECTED, *filtered, *(criterion.label for criterion in asked_of(function, survey))]


def judged(
    sample: Sample, function: Function, conditions: Criteria, rules: LiveRules
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Judge a sample's events at each of their alerts by a filter's conditions and a function.

    Gives a table with one row an event, and by name the criteria that passed because no simulation can tell them. The
    columns of the table are:

    - `selected`: the function passed at some alert (an event that passed once stays selected);
    - `trigger_mjd`: the first such alert (MJD UTC);
    - `phase`: days from peak to trigger, in the observer's frame;
    - `stage`: how many of `stages` the event passed;
    - `days_live`: 0 where the event is not selected.
    """
    history = History(sample.light_curves, sample.survey, function, _columns(sample, function))
    events = history.detections.object_index
    # The same code as in a run, so that the efficiency is that of the bridge itself.
    asked = asked_of(function, sample.survey)
    outcomes = [outcome_of(history, criterion) for criterion in asked]
    unknown = {
        criterion.label: outcome.note or "what it combines"
        for criterion, outcome in zip(asked, outcomes, strict=True)
        if len(events) and (outcome.held == UNKNOWN).any()
    }
    # An unknown criterion passes here too, as in a run (docs/science.md, "A counted detection").
    hurdles: list[Any] = [*held_by(sample, conditions), *(outcome.held != FAILED for outcome in outcomes)]
    passes: Bools = history.ends
    # All events of a sample triggered the simulation, which is the first stage.
    stage = np.ones(len(sample.events), dtype=np.int64)
    # The first round asks for nothing, and so counts the stage of a detection.
    for hurdle in (passes, *hurdles):
        passes = passes & hurdle
        stage[np.unique(events[passes])] += 1
    trigger_jd = np.full(len(sample.events), np.nan)
    rows = np.flatnonzero(passes)[::-1]
    trigger_jd[events[rows]] = history.detections.jd_utc[rows]  # the earliest row stays
    trigger_mjd = trigger_jd - clock.MJD_EPOCH_JD
    fates = pd.DataFrame(
        {
            "id": sample.events["id"],
            "selected": np.isfinite(trigger_jd),
            "trigger_mjd": trigger_mjd,
            "phase": trigger_mjd - sample.events["peak_mjd"],
            "stage": stage,
            "days_live": days_live(sample, trigger_jd, rules),
        }
    )
    return fates, unknown


def _columns(sample: Sample, function: Function) -> Sequence[Mapping[str, object]]:
    """The columns of the alert that a simulation knows: the position."""
    if not function.columns:
        return ()
    return sample.events[[RA, DEC]].to_dict("records")
