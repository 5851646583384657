"""`tides efficiency`: how complete a function is on simulated transients, in tables and figures."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table

from tides import clock
from tides.checks.plots import Format
from tides.commands.output import put_json
from tides.efficiency.as_operated import STAGES, judged_as_operated
from tides.efficiency.binning import (
    Axis,
    axes_with,
    binned_means,
    cut_flow,
    efficiency_table,
    known_axes,
    outcomes,
    read_axes,
)
from tides.efficiency.empirical import control_targets, observed
from tides.efficiency.fates import judged, stages
from tides.efficiency.lasair_filter import read_conditions
from tides.efficiency.measure import Judge, Simulated, limits_of, live_rules, measured
from tides.efficiency.plots import plot_bands, plot_map, plot_maps, plot_means, plot_outcomes, plot_sky, save
from tides.efficiency.record import read_record
from tides.efficiency.type_names import read_type_names
from tides.errors import SettingsError
from tides.foreign import in_csv, in_file_name, in_plot
from tides.functions.functions import DEFAULT_FILE, load_functions, named
from tides.hooks.database import open_database
from tides.lightcurves.model import Bools
from tides.settings.model import load_settings
from tides.surveys.survey import Survey, survey

NOT_REJECTED = "none"
"""The entry for a selected event. An empty text would be a missing value in ECSV."""

OF_TARGETS = {
    "relative_to": "of real targets with spectra, by its control sample",
    "weights": "",
    "inputs": [],
}
"""What tables of real targets say of their denominator."""

MAP_BANDS = "rigzyu"
"""The first of these bands with a known peak magnitude is drawn over redshift, if no axes are given."""


@dataclass(frozen=True)
class _Plan:
    """How events are judged, the stages that `stage` counts, and what tables and the screen say of it."""

    judge: Judge
    stages: Sequence[str]
    about: dict[str, Any]
    notes: Sequence[str] = ()
    between_jd: tuple[float, float] | None = None
    targets: pd.DataFrame | None = None


def run(args: argparse.Namespace) -> int:
    """Judge the simulation, print the outcome, and write tables and figures into the folder.

    Raises SettingsError when a file, a function, a filter or an axis is wrong.
    """
    args.functions = args.functions or DEFAULT_FILE
    asked_survey = survey(args.survey or next(iter(load_settings().surveys)))
    plan = _as_operated(args, asked_survey) if args.as_operated else _as_defined(args, asked_survey)
    if min(args.days) <= 0:
        raise SettingsError(
            f"--days {min(args.days):g}: must be more than 0; an event that is live on any day counts as sent"
        )
    axes = axes_with(args.bins)
    names = read_type_names(args.type_names)
    simulated = Simulated(
        args.simulation, args.dump, args.weights, args.mean, names, args.shift_days, plan.between_jd
    )  # fmt: skip
    # Arguments are checked first: a large simulation may take minutes.
    result = measured(simulated, asked_survey, plan.judge)
    asked = (
        [read_axes(text, result.events, axes) for text in args.by] if args.by else _default_axes(result.events, axes)
    )
    if args.mean:
        read_axes("z", result.events, axes)
    events = result.events.assign(rejected_by=np.array([*plan.stages, NOT_REJECTED])[result.events["stage"]])
    counted = outcomes(events, args.days)
    flow = cut_flow(events, plan.stages, counted)
    about = result.about | plan.about
    about["notes"] = [*about["notes"], *plan.notes]
    print(f"{', '.join(_title(about).splitlines())}: what is left after each stage")
    for row in flow:
        print(f"{row['k']:>9}  {row['efficiency']:.3f} ({row['low_68']:.3f} to {row['high_68']:.3f})  {row['stage']}")
    if args.json:
        put_json(args, [dict(zip(flow.colnames, row, strict=True)) for row in flow])
    for note in about["notes"]:
        print(note)
    for name, note in result.unknown.items():
        print(f"passes where unknown: {name} ({note})")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        _write_table(Table.from_pandas(events), args.out, "events", about)
        _write_table(flow, args.out, "cut_flow", about)
        _write(args.out, args.format, "efficiency", events, asked, counted, about)
        for column in args.mean:
            _write_mean(
                args.out, args.format, binned_means(events, axes["z"], column, counted), axes["z"], column, about
            )
        if plan.targets is not None and len(plan.targets):
            known = known_axes(plan.targets, axes)
            told = [tuple(map(observed, each)) for each in asked if set(each) <= set(known)]
            selected = {"selected": plan.targets["selected"].to_numpy(dtype=bool)}
            _write(args.out, args.format, "empirical", plan.targets, told, selected, about | OF_TARGETS)
    except OSError as error:
        raise SettingsError(f"--out {args.out}: cannot be written ({error.strerror or error})") from error
    print(f"written: {args.out}")
    return 0


def _as_defined(args: argparse.Namespace, asked_survey: Survey) -> _Plan:
    """Judge by a function of a file and by a filter, as if the bridge had always run."""
    if args.shift_days:
        raise SettingsError("--shift-days: dates matter only with --as-operated")
    function = named(load_functions(args.functions), args.function, str(args.functions))
    conditions = read_conditions(args.filter, asked_survey) if args.filter else ()
    rules = live_rules(asked_survey.name)
    about = {
        "function": function.name, "function_hash": function.hash, "filter": args.filter or "",
        "live_limits": limits_of(rules),
    }  # fmt: skip
    return _Plan(
        lambda sample: judged(sample, function, conditions, rules), stages(function, asked_survey, conditions), about
    )  # fmt: skip


def _as_operated(args: argparse.Namespace, asked_survey: Survey) -> _Plan:
    """Judge by what this bridge was in a time, as its own database tells it."""
    if args.filter:
        raise SettingsError("--filter: with --as-operated the filters are those of the record of changes")
    from_jd, to_jd = (_jd_of(text) for text in args.as_operated)
    if from_jd >= to_jd:
        raise SettingsError(f"--as-operated {args.as_operated[0]} {args.as_operated[1]}: begins after its end")
    with open_database("efficiency", read_only=True) as database:
        record = read_record(database, load_settings(), asked_survey, args.function, from_jd)
        real = control_targets(database, asked_survey.name, args.function, record.definitions, from_jd, to_jd)
    dates = [f"{clock.utc(jd):%Y-%m-%d %H:%M} UTC" for jd in (from_jd, to_jd, record.until_jd)]
    rules = {f"{since:.5f}": limits_of(each) for since, each in record.rules}
    about = {
        "function": args.function, "function_hash": record.definitions[-1].hash, "filter": "",
        "as_operated": {"from": dates[0], "to": dates[1], "followed_until": dates[2], "shift_days": args.shift_days,
                        **record.summary(from_jd, to_jd)},
        "live_limits": rules,
    }  # fmt: skip
    notes = [f"events that peak from {dates[0]} to {dates[1]}, followed until {dates[2]}", *record.notes, *real.notes]
    return _Plan(
        lambda sample: judged_as_operated(sample, record), STAGES, about, notes, (from_jd, to_jd), real.events
    )  # fmt: skip


def _jd_of(text: str) -> float:
    """The JD (UTC) of a date such as 2027-01-31 or 2027-01-31T12:00."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--as-operated {text}: write a date, such as 2027-01-31") from error
    return clock.jd_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _default_axes(events: pd.DataFrame, axes: Mapping[str, Axis]) -> list[tuple[Axis, ...]]:
    """Every axis alone, and peak magnitude over redshift."""
    known = known_axes(events, axes)
    mags = [axes[f"mag_{band}"] for band in MAP_BANDS if axes[f"mag_{band}"] in known]
    both = [(axes["z"], mags[0])] if mags and axes["z"] in known else []
    return [*((axis,) for axis in known), *both]


def _write(
    folder: Path, format_: Format, kind: str, events: pd.DataFrame, asked: Sequence[tuple[Axis, ...]],
    counted: Mapping[str, Bools], about: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the table and the figure of each asked axis or set of axes."""
    title = _title(about)
    mags = []
    for axes in asked:
        name = f"{kind}_" + "_".join(axis.name for axis in axes)
        table = efficiency_table(events, axes, counted)
        bins = {axis.name: axis.bins for axis in axes}
        _write_table(table, folder, name, {**about, "bins": bins})
        if len(axes) == 1 and axes[0].name.startswith("mag_"):
            mags.append((axes[0], table))
        if axes[0].name == "healpix" and len(axes) == 1:
            save(plot_sky(table, title), folder, name, format_)
        elif len(axes) == 1:
            save(plot_outcomes(table, axes[0], title), folder, name, format_)
        elif "healpix" not in bins:
            save((plot_map if len(axes) == 2 else plot_maps)(table, axes, title), folder, name, format_)
    if len(mags) > 1:
        save(plot_bands(mags, title), folder, f"{kind}_mag", format_)


def _title(about: Mapping[str, Any]) -> str:
    title = f"{in_plot(about['function'])} ({about['function_hash'][:12]}), {about['relative_to']}"
    if "as_operated" in about:
        dates = (about["as_operated"][key][:10] for key in ("from", "to"))
        title = f"{in_plot(about['function'])} as operated from {' to '.join(dates)}\n{about['relative_to']}"
    title += f", weights {in_plot(about['weights'])}" if about["weights"] else ""
    return title + (f"\nwith the filter {in_plot(about['filter'])}" if about["filter"] else "")


def _write_mean(folder: Path, format_: Format, table: Table, axis: Axis, column: str, about: Mapping[str, Any]) -> None:
    """Write the table and the figure of a column's mean by redshift."""
    name = in_file_name(f"mean_{column}")
    _write_table(table, folder, name, {**about, "mean_of": column, "bins": {axis.name: axis.bins}})
    save(plot_means(table, axis, column, _title(about)), folder, name, format_)


def _write_table(table: Table, folder: Path, name: str, about: Mapping[str, Any]) -> None:
    """Write a table as ECSV and as Parquet, both with the inputs in the metadata."""
    table.meta.update(about)
    for column in table.colnames:
        # Names of a simulation's types and fields are texts from outside.
        cells = [in_csv(cell) if isinstance(cell, str) else cell for cell in table[column]]
        if cells != list(table[column]):
            table[column] = cells
    table.write(folder / f"{name}.ecsv", overwrite=True)
    table.write(folder / f"{name}.parquet", overwrite=True)
