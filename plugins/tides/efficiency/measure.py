"""Measures how complete a function is on simulated transients, by each event's true values and fate."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tides import clock
from tides.efficiency.binning import healpix_of
from tides.efficiency.simulations import Sample, read_parquet, shifted
from tides.efficiency.snana import read_dump, read_pair
from tides.errors import SettingsError
from tides.lightcurves.model import Floats
from tides.settings.model import load_settings
from tides.surveys.survey import Survey
from tides.targets.live_rule import LiveRules
from tides.version import code_version

OF_ALL, OF_TRIGGERS = "of all generated events", "relative to simulated triggers"
"""The two denominators of an efficiency, in words."""

PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Simulated:
    """The files of a simulation, and how to read them.

    `weights` is the column of the events' weights (None: all count once), `columns` are further columns to read, and
    `type_names` replaces the types that the files write. All dates are moved by `shift_days`. Then only events that
    peak in the time `between_jd` (from, to; JD UTC) are kept (None: all).
    """

    files: Sequence[Path]
    dumps: Sequence[Path] = ()
    weights: str | None = None
    columns: Sequence[str] = ()
    type_names: Mapping[str, str] = field(default_factory=dict)
    shift_days: int = 0
    between_jd: tuple[float, float] | None = None


@dataclass(frozen=True)
class Measured:
    """The events of the denominator with true values and fates, the criteria that stayed unknown, and the origin."""

    events: pd.DataFrame
    unknown: Mapping[str, str]
    about: dict[str, Any]


Judge = Callable[[Sample], tuple[pd.DataFrame, dict[str, str]]]
"""Gives the fates of a sample's events, and what no simulation can tell, as `fates.judged` does."""


def measured(simulated: Simulated, survey: Survey, judge: Judge) -> Measured:
    """Judge simulations, one file after the other, and add the events that never triggered from the .DUMP files.

    Raises SettingsError for an unreadable file, for files without events, for .DUMP files of another simulation, for a
    column that the simulation lacks, and where no event peaks in the asked time.
    """
    asked = [*simulated.columns, *([simulated.weights] if simulated.weights else [])]
    truths: list[pd.DataFrame] = []
    fates: list[pd.DataFrame] = []
    files: list[Path] = []
    unknown: dict[str, str] = {}
    is_complete = True
    notes_of_files: list[str] = []
    for path in simulated.files:
        sample = shifted(_sample(path, survey, asked), simulated.shift_days)
        fate, notes = judge(sample)
        truths.append(sample.events)
        fates.append(fate)
        files += sample.files
        unknown |= notes
        notes_of_files += sample.notes
        is_complete &= sample.is_complete
    events = pd.concat(truths, ignore_index=True)
    fate = pd.concat(fates, ignore_index=True)
    if simulated.dumps:
        truth = pd.concat([read_dump(path, asked) for path in simulated.dumps], ignore_index=True)
        truth["peak_mjd"] += simulated.shift_days
        # A .DUMP with no more events than HEAD may have only those that triggered the simulation.
        is_complete = len(truth) > len(events)
        events, fate = _of_all(truth, events, fate)
    if not len(events):
        raise SettingsError(f"{simulated.files[0]}: holds no events, so there is nothing to count")
    events = pd.concat([events, fate.drop(columns="id")], axis=1)
    if simulated.between_jd is not None:
        events = _between(events, *simulated.between_jd)
    events["type"] = events["type"].replace(dict(simulated.type_names))
    events["weight"] = _weights(events, simulated)
    events["healpix"] = healpix_of(events["ra_deg"].to_numpy(), events["dec_deg"].to_numpy())
    about = {
        "relative_to": OF_ALL if is_complete else OF_TRIGGERS,
        "survey": survey.name,
        "code_version": code_version(),
        "inputs": [{"file": file.name, "sha256": _checksum(file)} for file in (*files, *simulated.dumps)],
        "weights": simulated.weights or "",
        "notes": notes_of_files,
    }
    return Measured(events, unknown, about)


def _between(events: pd.DataFrame, from_jd: float, to_jd: float) -> pd.DataFrame:
    """The events that peak in a time (JD UTC), of those with a date. Raises SettingsError when there are none."""
    peak_jd = events["peak_mjd"] + clock.MJD_EPOCH_JD
    kept = events[(peak_jd >= from_jd) & (peak_jd < to_jd)].reset_index(drop=True)
    if not len(kept):
        there = "none has a date"
        if peak_jd.notna().any():
            there = f"they peak from {clock.utc(peak_jd.min()):%Y-%m-%d} to {clock.utc(peak_jd.max()):%Y-%m-%d}"
        raise SettingsError(f"--as-operated: no event peaks in this time ({there}); move all with --shift-days")
    return kept


def limits_of(rules: LiveRules) -> Mapping[str, object]:
    """The limits of "live or not" by name, for the metadata of a table."""
    return {k: v for part in (rules.survey, rules.live, rules.reach) for k, v in part.model_dump().items()}


def _weights(events: pd.DataFrame, simulated: Simulated) -> Floats:
    """The weight of each event. Raises SettingsError for a column without numbers, and for a weight that is none."""
    where = "the .DUMP files have" if simulated.dumps else "the simulation has"
    for name in simulated.columns:
        if events[name].dtype == object or events[name].isna().all():
            raise SettingsError(f"--mean {name}: {where} no numbers in such a column")
    if simulated.weights is None:
        return np.ones(len(events))
    weights = events[simulated.weights].to_numpy(dtype=np.float64)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        raise SettingsError(
            f"--weights {simulated.weights}: {where} no weight of 0 or more for {wrong.sum()} of {len(events)} events"
        )
    return weights


def live_rules(survey: str) -> LiveRules:
    """Give the settings that decide what is live. Raises SettingsError for a survey that no stream brings."""
    settings = load_settings()
    limits = settings.survey_live()
    if survey not in limits:
        raise SettingsError(f"--survey {survey}: no stream of the settings has it; they have {', '.join(limits)}")
    return LiveRules(limits[survey], settings.live, settings.reach)


def _sample(path: Path, survey: Survey, asked: Sequence[str]) -> Sample:
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    except OSError as error:
        raise SettingsError(f"--simulation {path}: cannot be read ({error.strerror})") from error
    return read_parquet(path, survey, asked) if is_parquet else read_pair(path, survey, asked)


def _of_all(truth: pd.DataFrame, triggered: pd.DataFrame, fate: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the true values and fates of all events of the .DUMP files, triggered or not.

    A type that the .DUMP gives as a number gets HEAD's name.
    """
    for events, where in ((truth, "--dump"), (triggered, "--simulation")):
        twice = events["id"][events["id"].duplicated()]
        if len(twice):
            raise SettingsError(f"{where}: the event {twice.iloc[0]} is in two files; give one simulation at a time")
    strangers = triggered["id"][~triggered["id"].isin(truth["id"])]
    if len(strangers):
        raise SettingsError(
            f"--dump: lacks {len(strangers)} events of the simulation, such as {strangers.iloc[0]}; give the .DUMP of "
            "the same run, of all events (SIMGEN_DUMPALL, not prescaled)"
        )
    both = truth.merge(triggered[["id", "type"]], on="id", suffixes=("", "_head"))
    # A number that HEAD gives several names stays a number.
    names = both.groupby("type")["type_head"].agg(lambda names: names.iloc[0] if names.nunique() == 1 else "")
    names = names[names != ""]
    truth = truth.assign(type=truth["type"].map(names).fillna(truth["type"]))
    # An event without a light curve never triggered the simulation; it counts all the same.
    fate = truth[["id"]].merge(fate, how="left", on="id").fillna({"selected": False, "stage": 0, "days_live": 0.0})
    return truth, fate.astype({"selected": bool, "stage": np.int64})


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
