"""What becomes of simulated transients: selected or not, when, by which criterion rejected first, how long live."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tides import clock
from tides.efficiency.lasair_filter import held_by
from tides.efficiency.lifetimes import LiveRules, days_live
from tides.efficiency.simulations import Sample
from tides.functions.functions import Function
from tides.functions.keys import DEC, RA, Criteria
from tides.judgement.criteria import FAILED, UNKNOWN
from tides.judgement.history import History
from tides.judgement.judge import asked_of, outcome_of
from tides.lightcurves.model import Bools
from tides.surveys.survey import Survey

TRIGGERED, DETECTED = "trigger in the simulation", "detection"
"""The first two stages: the simulation wrote a light curve, and it has a detection, so that there is an alert."""


def stages(function: Function, survey: Survey, conditions: Criteria) -> list[str]:
    """Name what a transient must pass, in order: a trigger and a detection, the filter's conditions, the criteria."""
    filtered = [f"filter {condition.label} {condition.limit:g}" for condition in conditions]
    return [TRIGGERED, DETECTED, *filtered, *(criterion.label for criterion in asked_of(function, survey))]


def judged(
    sample: Sample, function: Function, conditions: Criteria, rules: LiveRules
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Judge a sample's events at each of their alerts by a filter's conditions and a function.

    Gives one row an event: `selected` (the function passed at some alert: what has passed once stays selected),
    `trigger_mjd` (UTC, the first such alert), `phase` (days from peak to trigger, observer's frame), `stage` (how many
    of `stages` it passed), `days_live` (0 where not selected); and by name the criteria that no simulation can tell and
    that therefore passed.
    """
    history = History(sample.light_curves, sample.survey, function, _columns(sample, function))
    events = history.detections.object_index
    asked = asked_of(function, sample.survey)
    outcomes = [outcome_of(history, criterion) for criterion in asked]
    unknown = {
        criterion.label: outcome.note or "what it combines"
        for criterion, outcome in zip(asked, outcomes, strict=True)
        if len(events) and (outcome.held == UNKNOWN).any()
    }
    hurdles: list[Any] = [*held_by(sample, conditions), *(outcome.held != FAILED for outcome in outcomes)]
    passes: Bools = np.ones(len(events), dtype=bool)
    stage = np.ones(len(sample.events), dtype=np.int64)
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
    """The columns of the alert that a simulation can tell: the position."""
    if not function.columns:
        return ()
    return sample.events[[RA, DEC]].to_dict("records")
