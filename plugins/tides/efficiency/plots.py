"""Figures of efficiency: curves with Wilson intervals along one axis, maps over two, and the sky."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import astropy.units as u
import matplotlib as mpl
import numpy as np
from astropy.table import Table
from astropy_healpix import healpix_to_lonlat
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tides.checks.plots import BAND_COLOURS, BAND_MARKERS, Format
from tides.efficiency.binning import FEW, HEALPIX_NSIDE, Axis
from tides.foreign import in_plot
from tides.lightcurves.model import Floats

OUTCOME_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
"""Colours that colour-blind eyes can distinguish (Okabe & Ito 2008)."""

OUTCOME_MARKERS = "osD^vP"

SPREAD = 0.6
"""Points of several curves are spread over this share of a bin's width, so that none hides another."""

COLOUR_MAP = "viridis"

NUMBERS_UP_TO = 120
"""A map with at most so many cells has the efficiency written into each."""


def save(figure: Figure, folder: Path, name: str, format_: Format) -> Path:
    """Write a figure and give the file. The same figure gives the same bytes."""
    file = folder / f"{name}.{format_}"
    # Without this an SVG has random ids and its date, and no two files are equal.
    with mpl.rc_context({"svg.hashsalt": "tides"}):
        figure.savefig(file, dpi=150, metadata={"Date": None} if format_ == "svg" else {})
    return file


def plot_outcomes(table: Table, axis: Axis, title: str) -> Figure:
    """Draw all outcomes along one axis, with the number of events below."""
    figure, upper, lower = _two_panels(title)
    parts, labels = _by_outcome(table), _labels(table, axis)
    for place, (name, part) in enumerate(parts.items()):
        centre, width = _centres(part, axis, labels)
        shift = SPREAD * width * ((place + 0.5) / len(parts) - 0.5)
        _draw_curve(upper, part, centre + shift, name, OUTCOME_COLOURS[place % 6], OUTCOME_MARKERS[place % 6])
        # All outcomes have the same number of events in a bin.
        if place == 0:
            lower.bar(centre, part["n"], width, color="0.75")
    # On a logarithmic axis that begins at 1 a bin of one event would show no bar.
    lower.set_ylim(bottom=0.7)
    lower.set_xlabel(axis.label)
    upper.set_ylabel("share of all events" if axis.is_outcome else "fraction of the bin's events")
    if axis.is_outcome:
        upper.set_ylim(-0.03 * table["high_95"].max(), 1.05 * table["high_95"].max())
    if labels:
        lower.set_xticks(range(len(labels)), map(in_plot, labels))
    title = f"bars: 68.3 % (thick), 95 %\nopen: n < {FEW}"
    figure.legend(loc="outside right upper", fontsize=8, title=title, title_fontsize=8)
    return figure


def plot_bands(tables: Sequence[tuple[Axis, Table]], title: str) -> Figure:
    """Draw the selected share along each band's peak magnitude, in the bands' colours, without bins of few events."""
    figure, upper, lower = _two_panels(title)
    for axis, table in tables:
        part = _by_outcome(table)["selected"]
        part = part[~part["few"]]
        colour, marker = BAND_COLOURS[axis.name[-1]], BAND_MARKERS[axis.name[-1]]
        centre, _ = _centres(part, axis, [])
        upper.fill_between(centre, part["low_68"], part["high_68"], color=colour, alpha=0.3, linewidth=0)
        upper.plot(centre, part["efficiency"], color=colour, marker=marker, markersize=4, label=axis.name[-1])
        lower.step(centre, part["n"], where="mid", color=colour)
    upper.set_ylabel("fraction selected")
    lower.set_xlabel("peak magnitude in the band (true, AB)")
    figure.legend(loc="outside right upper", fontsize=8, title=f"bands: 68.3 %\nn ≥ {FEW}", title_fontsize=8)
    return figure


def plot_map(table: Table, axes: Sequence[Axis], title: str) -> Figure:
    """Draw the first and the last outcome over two axes. Bins with few events are hatched."""
    parts = _by_outcome(table)
    names = list(dict.fromkeys((next(iter(parts)), list(parts)[-1])))
    figure = Figure((6.2 * len(names) + 0.8, 5.2), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
    for panel, name in zip(panels, names, strict=True):
        colours = _draw_cells(panel, parts[name], axes)
        panel.set_title(name, fontsize=10)
        panel.set_xlabel(axes[0].label)
    panels[0].set_ylabel(axes[1].label)
    # Astronomers draw brighter upwards.
    if axes[1].column.startswith("peak_mag"):
        panels[0].invert_yaxis()
    figure.colorbar(colours, ax=panels, label="fraction of the bin's events")
    figure.suptitle(f"{title}\nhatched: fewer than {FEW} events", fontsize=10)
    return figure


def plot_sky(table: Table, title: str) -> Figure:
    """Draw the selected share over the sky (Mollweide, ICRS, east to the left). Bins with few events are small."""
    part = _by_outcome(table)["selected"]
    longitude, latitude = healpix_to_lonlat(part["healpix"].data, HEALPIX_NSIDE, order="ring")
    figure = Figure((8.0, 4.6), layout="constrained")
    axes = figure.subplots(subplot_kw={"projection": "mollweide"})
    points = axes.scatter(
        # The sky is seen from inside, so that right ascension grows to the left.
        -longitude.wrap_at(180 * u.deg).rad, latitude.rad, c=part["efficiency"], s=np.where(part["few"], 12, 60),
        cmap=COLOUR_MAP, vmin=0, vmax=1, marker="D", linewidths=0,
    )  # fmt: skip
    axes.set_xticks(np.radians(np.arange(-120, 121, 60)), [f"{-ra % 360}°" for ra in range(-120, 121, 60)], fontsize=8)
    axes.grid(alpha=0.3)
    figure.colorbar(points, ax=axes, label="fraction selected", shrink=0.8)
    figure.suptitle(f"{title}\nsmall: fewer than {FEW} events", fontsize=10)
    return figure


def _by_outcome(table: Table) -> dict[str, Table]:
    return {str(name): table[table["outcome"] == name] for name in dict.fromkeys(table["outcome"])}


def _two_panels(title: str) -> tuple[Figure, Any, Any]:
    """A figure of the efficiency above and the number of events below."""
    figure = Figure((8.2, 5.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.set_title(title, fontsize=10)
    upper.set_ylim(-0.03, 1.03)
    upper.grid(alpha=0.3)
    lower.set_yscale("log")
    lower.set_ylabel("n")
    return figure, upper, lower


def _draw_curve(panel: Any, table: Table, x: Floats, label: str, colour: str, marker: str) -> None:
    for ending, line_width in (("95", 0.9), ("68", 2.4)):
        panel.vlines(x, table[f"low_{ending}"], table[f"high_{ending}"], color=colour, linewidth=line_width)
    value, few = np.asarray(table["efficiency"]), np.asarray(table["few"])
    style: dict[str, Any] = {"marker": marker, "linestyle": "none", "color": colour, "markersize": 5}
    panel.plot(x[~few], value[~few], label=label, **style)
    panel.plot(x[few], value[few], markerfacecolor="white", **style)


def _draw_cells(panel: Any, table: Table, axes: Sequence[Axis]) -> Any:
    labels = [_labels(table, axis) for axis in axes]
    (x, width), (y, height) = (_centres(table, axis, names) for axis, names in zip(axes, labels, strict=True))
    colours = mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 1), COLOUR_MAP)
    for row, left, low in zip(table, x - width / 2, y - height / 2, strict=True):
        cell = Rectangle(
            (left, low), width, height, facecolor=colours.to_rgba(row["efficiency"]), edgecolor="0.5",
            linewidth=0, hatch="////" if row["few"] else None,
        )  # fmt: skip
        panel.add_patch(cell)
        if len(table) <= NUMBERS_UP_TO:
            # The upper end of the colour map is light.
            ink = "black" if row["efficiency"] > 0.6 else "white"
            text = f"{row['efficiency']:.2f}"
            panel.annotate(text, (left + width / 2, low + height / 2), ha="center", va="center", fontsize=6, color=ink)
    panel.set_xlim((x - width / 2).min(), (x + width / 2).max())
    panel.set_ylim((y - height / 2).min(), (y + height / 2).max())
    for names, ticks in zip(labels, (panel.set_xticks, panel.set_yticks), strict=True):
        if names:
            ticks(range(len(names)), map(in_plot, names))
    return colours


def _labels(table: Table, axis: Axis) -> list[str]:
    """The names along an axis of names; none along an axis of numbers."""
    return sorted({str(name) for name in table[axis.name]}) if axis.width is None else []


def _centres(table: Table, axis: Axis, labels: list[str]) -> tuple[Floats, float]:
    """Where the bins of a table lie on an axis, and how wide they are."""
    if axis.width is None:
        return np.array([labels.index(str(name)) for name in table[axis.name]], dtype=np.float64), 1.0
    return np.asarray(table[axis.columns[0]]) + axis.width / 2, axis.width
