"""The fates of simulated transients in the bridge as it was operated: its own dates, outages, holds and cut-offs."""

import numpy as np
import pandas as pd

from tides.efficiency.fates import DETECTED, TRIGGERED, Fate, fates_of, first_rows, next_row, outcomes_of
from tides.efficiency.lasair_filter import held_by
from tides.efficiency.lifetimes import days_live
from tides.efficiency.record import Definition, Record
from tides.efficiency.simulations import Sample
from tides.lightcurves.model import Bools, Floats

STAGES = (TRIGGERED, DETECTED, "filter of the time", "night that was read", "run that read it", "function of the time")


def judged_as_operated(sample: Sample, record: Record) -> tuple[pd.DataFrame, dict[str, str]]:
    """Judge a sample's events as the bridge would have, by its own record. Gives what `judged` gives.

    An alert is sent at the time of its detection, if the stream's filter of that time holds. It is read by the first
    good run after that, if the stream brought anything of its night. A definition judges all that was read before it
    ended. An event is live from the ingestion at 4MOST on. So an outage loses days, and no selection.
    """
    alerts = sample.light_curves.detections
    number = len(sample.events)
    stage = np.ones(number, dtype=np.int64)
    let_through, on_night, read = ({} for _ in range(3))
    for stream in record.nights:
        let_through[stream] = _let_through(sample, record, stream)
        on_night[stream] = let_through[stream] & np.isin(alerts.night, record.nights[stream])
        read[stream] = np.where(on_night[stream], record.read_jd(alerts.jd_utc), np.inf)
    fate = Fate(np.full(number, np.nan), np.full(number, np.nan))
    sent_jd = np.full(number, np.inf)
    unknown: dict[str, str] = {}
    for definition in record.definitions:
        one, notes = _by(sample, definition, read[definition.stream], record)
        unknown |= notes
        sooner = np.flatnonzero(np.nan_to_num(one.known_jd, nan=np.inf) < np.nan_to_num(fate.known_jd, nan=np.inf))
        fate.trigger_jd[sooner], fate.known_jd[sooner] = one.trigger_jd[sooner], one.known_jd[sooner]
        if definition.is_sent:
            sent_jd = np.fmin(sent_jd, one.known_jd)
    everything = np.ones(len(alerts.jd_utc), dtype=bool)
    masks: list[Bools] = [
        everything,
        _any(list(let_through.values()), everything),
        _any(list(on_night.values()), everything),
        _any([np.isfinite(times) for times in read.values()], everything),
    ]
    for mask in masks:
        stage[np.unique(alerts.object_index[mask])] += 1
    stage += np.isfinite(fate.trigger_jd)
    live = _days_live(sample, fate, record.at_4most_jd(sent_jd), record)
    return fates_of(sample, fate, stage, live), unknown


def _let_through(sample: Sample, record: Record, stream: str) -> Bools:
    """Which alerts the stream's filter let through, each by the filter of its own time."""
    jd_utc = sample.light_curves.detections.jd_utc
    through = np.zeros(len(jd_utc), dtype=bool)
    for dated in record.filters:
        if dated.stream == stream:
            in_force = (jd_utc >= dated.since_jd) & (jd_utc < dated.until_jd)
            through |= in_force & np.logical_and.reduce([in_force, *held_by(sample, dated.conditions)])
    return through


def _by(sample: Sample, definition: Definition, read_jd: Floats, record: Record) -> tuple[Fate, dict[str, str]]:
    """When each event was selected by a definition: at which prefix, and since when the bridge knew it."""
    history, passes, unknown = outcomes_of(sample, definition.function)
    objects = history.detections.object_index
    # What is stored when a definition begins is judged by the run that began it.
    begins_jd = record.begun_jd(definition.since_jd)
    in_time = np.isfinite(read_jd) & (read_jd < definition.until_jd) & (begins_jd < definition.until_jd)
    following = next_row(in_time, objects)
    events, rows = first_rows(history.ends & passes & (following >= 0), objects)
    fate = Fate(np.full(len(sample.events), np.nan), np.full(len(sample.events), np.nan))
    fate.trigger_jd[events] = history.detections.jd_utc[rows]
    fate.known_jd[events] = np.maximum(read_jd[following[rows]], begins_jd)
    return fate, unknown


def _days_live(sample: Sample, fate: Fate, from_jd: Floats, record: Record) -> Floats:
    """The days live at 4MOST, by the limits that stood when each event became known."""
    changes = np.array([since for since, _ in record.rules])
    standing = np.searchsorted(changes, np.nan_to_num(fate.known_jd, nan=-np.inf), side="right") - 1
    days = np.zeros(len(sample.events))
    for place, (_, rules) in enumerate(record.rules):
        mine = (standing == place) & np.isfinite(fate.known_jd)
        if mine.any():
            trigger_jd = np.where(mine, fate.trigger_jd, np.nan)
            days += days_live(sample, trigger_jd, rules, from_jd, record.until_jd)
    return days


def _any(masks: list[Bools], like: Bools) -> Bools:
    return np.logical_or.reduce(masks) if masks else ~like
