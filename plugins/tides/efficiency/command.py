"""`python -m tides efficiency`: how complete a function is on simulated transients, in tables and figures."""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table

from tides.efficiency.binning import AXES, Axis, cut_flow, efficiency_table, healpix_of, known_axes, outcomes, read_axes
from tides.efficiency.fates import judged, stages
from tides.efficiency.lasair_filter import read_conditions
from tides.efficiency.lifetimes import LiveRules
from tides.efficiency.plots import plot_bands, plot_map, plot_outcomes, plot_sky, save
from tides.efficiency.simulations import Sample, read_parquet
from tides.efficiency.snana import read_dump, read_pair
from tides.errors import SettingsError
from tides.lightcurves.model import Bools
from tides.selection.functions import DEFAULT_FILE, Function, load_functions, named
from tides.selection.keys import Criteria
from tides.selection.plots import Format
from tides.settings import load_settings
from tides.version import code_version

OF_ALL, OF_TRIGGERS = "of all generated events", "relative to simulated triggers"
"""What the efficiency is a fraction of."""

NOT_REJECTED = "none"
"""What a selected event was rejected by: an empty text would be a missing value in ECSV."""

PARQUET_MAGIC = b"PAR1"

MAP_BANDS = "rigzyu"
"""The first of these whose peak magnitude is known is drawn over redshift if nothing else is asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `efficiency` to its parser."""
    parser.add_argument(
        "--simulation", type=Path, required=True, nargs="+", metavar="FILE",
        help="HEAD files of SNANA (PHOT beside them), .gz too, or Parquet",
    )  # fmt: skip
    parser.add_argument(
        "--dump", type=Path, nargs="+", default=[], metavar="FILE", help="SNANA's .DUMP files of all generated events"
    )
    parser.add_argument("--survey", choices=("lsst", "ztf"), default="lsst", help="whose nights and limits apply")
    parser.add_argument("--function", required=True, metavar="NAME", help="the selection function")
    parser.add_argument(
        "--functions", type=Path, default=DEFAULT_FILE, metavar="YAML", help="file of selection functions"
    )
    parser.add_argument(
        "--filter", metavar="CONDITIONS", help='as in the filter at Lasair, such as "nPosDiaSources >= 3 AND decl < 20"'
    )
    parser.add_argument(
        "--by", nargs="+", metavar="AXES", help=f"one axis, or two joined by a comma: {', '.join(AXES)} (default: all)"
    )
    parser.add_argument(
        "--days", type=float, nargs="+", default=[10, 20, 40], metavar="D", help="count what is live this many days"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the tables and figures")
    parser.add_argument("--format", choices=("png", "svg"), default="png", help="the format of the figures")


def run(args: argparse.Namespace) -> int:
    """Judge the simulation, print what became of it, and write tables and figures into the folder.

    Raises SettingsError for what is wrong with a file, a function, a filter or an axis.
    """
    function = named(load_functions(args.functions), args.function, str(args.functions))
    conditions = read_conditions(args.filter, args.survey) if args.filter else ()
    if min(args.days) <= 0:
        raise SettingsError(
            f"--days {min(args.days):g}: must be more than 0; an event that is live on any day counts as sent"
        )
    result = measured(args.simulation, args.dump, args.survey, function, conditions)
    asked = [read_axes(text, result.events) for text in args.by] if args.by else _default_axes(result.events)
    names = stages(function, args.survey, conditions)
    events = result.events.assign(rejected_by=np.array([*names, NOT_REJECTED])[result.events["stage"]])
    counted = outcomes(events, args.days)
    flow = cut_flow(events, names, counted)
    about = result.about | {"function": function.name, "function_hash": function.hash, "filter": args.filter or ""}
    print(f"{function.name} ({function.hash[:12]}), {about['relative_to']}: what is left after each stage")
    for row in flow:
        print(f"{row['k']:>9}  {row['efficiency']:.3f} ({row['low_68']:.3f} to {row['high_68']:.3f})  {row['stage']}")
    for name, note in result.unknown.items():
        print(f"passes where unknown: {name} ({note})")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        _write_table(Table.from_pandas(events), args.out, "events", about)
        _write_table(flow, args.out, "cut_flow", about)
        _write(args.out, args.format, events, asked, counted, about)
    except OSError as error:
        raise SettingsError(f"--out {args.out}: cannot be written ({error.strerror or error})") from error
    print(f"written: {args.out}")
    return 0


@dataclass(frozen=True)
class Measured:
    """The events of the denominator with their true values and fates, what could not be judged, and how it was made."""

    events: pd.DataFrame
    unknown: Mapping[str, str]
    about: dict[str, Any]


def measured(
    simulations: Sequence[Path], dumps: Sequence[Path], survey: str, function: Function, conditions: Criteria
) -> Measured:
    """Judge simulations, one file after the other, and join the events that never triggered from the .DUMP files.

    Raises SettingsError for a file that cannot be read, no events, .DUMP files of another simulation, and a survey
    without limits in the settings.
    """
    rules = live_rules(survey)
    truths: list[pd.DataFrame] = []
    fates: list[pd.DataFrame] = []
    files: list[Path] = []
    unknown: dict[str, str] = {}
    is_complete = True
    for path in simulations:
        sample = _sample(path, survey)
        fate, notes = judged(sample, function, conditions, rules)
        truths.append(sample.events)
        fates.append(fate)
        files += sample.files
        unknown |= notes
        is_complete &= sample.is_complete
    events = pd.concat(truths, ignore_index=True)
    fate = pd.concat(fates, ignore_index=True)
    if dumps:
        truth = pd.concat([read_dump(path) for path in dumps], ignore_index=True)
        is_complete = len(truth) > len(events)
        events, fate = _of_all(truth, events, fate)
    if not len(events):
        raise SettingsError(f"{simulations[0]}: holds no events, so there is nothing to count")
    events = pd.concat([events, fate.drop(columns="id")], axis=1)
    events["healpix"] = healpix_of(events["ra_deg"].to_numpy(), events["dec_deg"].to_numpy())
    limits = {k: v for part in (rules.survey, rules.live, rules.reach) for k, v in part.model_dump().items()}
    about = {
        "relative_to": OF_ALL if is_complete else OF_TRIGGERS,
        "survey": survey,
        "code_version": code_version(),
        "inputs": [{"file": file.name, "sha256": _checksum(file)} for file in (*files, *dumps)],
        "live_limits": limits,
    }
    return Measured(events, unknown, about)


def live_rules(survey: str) -> LiveRules:
    """Give the settings that decide what is live; raises SettingsError for a survey that no stream brings."""
    settings = load_settings()
    limits = settings.survey_live()
    if survey not in limits:
        raise SettingsError(f"--survey {survey}: no stream of the settings has it; they have {', '.join(limits)}")
    return LiveRules(limits[survey], settings.live, settings.reach)


def _sample(path: Path, survey: str) -> Sample:
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    except OSError as error:
        raise SettingsError(f"--simulation {path}: cannot be read ({error.strerror})") from error
    return read_parquet(path, survey) if is_parquet else read_pair(path, survey)


def _of_all(truth: pd.DataFrame, triggered: pd.DataFrame, fate: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the true values and fates of all events of the .DUMP files, whether or not the simulation triggered on them.

    A type that the .DUMP gives as a number is called as HEAD calls it.
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
    names = both.groupby("type")["type_head"].agg(lambda names: names.iloc[0] if names.nunique() == 1 else "")
    names = names[names != ""]
    truth = truth.assign(type=truth["type"].map(names).fillna(truth["type"]))
    fate = truth[["id"]].merge(fate, how="left", on="id").fillna({"selected": False, "stage": 0, "days_live": 0.0})
    return truth, fate.astype({"selected": bool, "stage": np.int64})


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _default_axes(events: pd.DataFrame) -> list[tuple[Axis, ...]]:
    """Every axis alone, and peak magnitude over redshift."""
    known = known_axes(events)
    mags = [AXES[f"mag_{band}"] for band in MAP_BANDS if AXES[f"mag_{band}"] in known]
    both = [(AXES["z"], mags[0])] if mags and AXES["z"] in known else []
    return [*((axis,) for axis in known), *both]


def _write(
    folder: Path, format_: Format, events: pd.DataFrame, asked: Sequence[tuple[Axis, ...]],
    counted: Mapping[str, Bools], about: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the table and the figure of each axis or pair of axes."""
    title = f"{about['function']} ({about['function_hash'][:8]}), {about['relative_to']}"
    title += f"\nwith the filter {about['filter']}" if about["filter"] else ""
    mags = []
    for axes in asked:
        name = "efficiency_" + "_".join(axis.name for axis in axes)
        table = efficiency_table(events, axes, counted)
        bins = {axis.name: f"{axis.width:g} wide" if axis.width else "each value" for axis in axes}
        _write_table(table, folder, name, {**about, "bins": bins})
        if len(axes) == 1 and axes[0].name.startswith("mag_"):
            mags.append((axes[0], table))
        if axes[0].name == "healpix" and len(axes) == 1:
            save(plot_sky(table, title), folder, name, format_)
        elif len(axes) == 1:
            save(plot_outcomes(table, axes[0], title), folder, name, format_)
        elif "healpix" not in bins:
            save(plot_map(table, axes, title), folder, name, format_)
    if len(mags) > 1:
        save(plot_bands(mags, title), folder, "efficiency_mag", format_)


def _write_table(table: Table, folder: Path, name: str, about: Mapping[str, Any]) -> None:
    """Write a table as ECSV and as Parquet, both with what it was made of in the metadata."""
    table.meta.update(about)
    table.write(folder / f"{name}.ecsv", overwrite=True)
    table.write(folder / f"{name}.parquet", overwrite=True)
