"""Figures of efficiency: curves with Wilson intervals along one axis, maps over two or three, means, and the sky."""

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

from tides.checks.plots import Format, put_title
from tides.efficiency.binning import FEW, HEALPIX_NSIDE, Axis
from tides.foreign import in_plot
from tides.lightcurves.model import Floats
from tides.photometry.colours import MARKERS, ON_WHITE

OUTCOME_MARKERS = "os^DvPX*"

OUTCOME_LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
"""With markers and colours from dark to light, outcomes can be told apart in print without colours, too."""

LIGHTEST = 0.82
"""How far outcomes go along the colour map: beyond this it is too light on white."""

MOST_PANELS = 12
"""A figure over three axes has at most so many maps."""

SPREAD = 0.6
"""Points of several curves are spread over this share of a bin's width, so that none hides another."""

COLOUR_MAP = "viridis"
"""Perceptually uniform, so that its order survives a print without colours."""

CHARACTERS_IN_A_ROW = 40
"""Names of bins with more characters together are written aslant, since they would lie on each other."""

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
    for place, ((name, part), style) in enumerate(zip(parts.items(), _styles(len(parts)), strict=True)):
        centre, width = _centres(part, axis, labels)
        shift = SPREAD * width * ((place + 0.5) / len(parts) - 0.5)
        _draw_curve(upper, part, centre + shift, name, style | ({"linestyle": "none"} if labels else {}), width)
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
        slanted = {"rotation": 30, "ha": "right"} if sum(map(len, labels)) > CHARACTERS_IN_A_ROW else {}
        lower.set_xticks(range(len(labels)), map(in_plot, labels), **slanted)
    title = f"bars: 68.3 %\nopen: n < {FEW}"
    figure.legend(loc="outside right upper", fontsize=8, title=title, title_fontsize=8)
    return figure


def plot_bands(tables: Sequence[tuple[Axis, Table]], title: str) -> Figure:
    """Draw the selected share along each band's peak magnitude, in the bands' colours, without bins of few events."""
    figure, upper, lower = _two_panels(title)
    for axis, table in tables:
        part = _by_outcome(table)["selected"]
        part = part[~part["few"]]
        colour, marker = ON_WHITE[axis.name[-1]], MARKERS[axis.name[-1]]
        centre, _ = _centres(part, axis, [])
        x, low, high, value = _gapped(centre, axis.width or 1.0, part, "low_68", "high_68", "efficiency")
        upper.fill_between(x, low, high, color=colour, alpha=0.3, linewidth=0)
        upper.plot(x, value, color=colour, marker=marker, markersize=4, label=axis.name[-1])
        x, number = _gapped(centre, axis.width or 1.0, part, "n")
        lower.step(x, number, where="mid", color=colour)
    upper.set_ylabel("fraction selected")
    lower.set_xlabel("peak magnitude in the band (true, AB)")
    figure.legend(loc="outside right upper", fontsize=8, title=f"bands: 68.3 %\nn ≥ {FEW}", title_fontsize=8)
    return figure


def plot_map(table: Table, axes: Sequence[Axis], title: str) -> Figure:
    """Draw the first and the last outcome over two axes. Bins with few events are hatched."""
    parts = _by_outcome(table)
    names = list(dict.fromkeys((next(iter(parts)), list(parts)[-1])))
    figure = Figure((6.2 * len(names) + 0.8, 5.2), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False, sharex=True, sharey=True)[0]
    labels = [_labels(table, axis) for axis in axes]
    for panel, name in zip(panels, names, strict=True):
        _draw_cells(panel, parts[name], axes, labels)
        panel.set_title(name, fontsize=10)
        panel.set_xlabel(axes[0].label)
    panels[0].set_ylabel(axes[1].label)
    _orient(panels[0], table, axes, labels)
    figure.colorbar(_colours(), ax=panels, label="fraction of the bin's events")
    put_title(figure, f"{title}\nhatched: fewer than {FEW} events")
    return figure


def plot_maps(table: Table, axes: Sequence[Axis], title: str) -> Figure:
    """Draw the first outcome over the first two axes, a map for each bin of the third one.

    Of many bins those with the most events are drawn.
    """
    table = next(iter(_by_outcome(table).values()))
    third = axes[2]
    values = np.asarray(table[third.columns[0]])
    numbers = {value: int(table["n"][values == value].sum()) for value in np.unique(values).tolist()}
    most = sorted(numbers, key=lambda value: -numbers[value])[:MOST_PANELS]
    drawn = [value for value in numbers if value in most]
    columns = min(len(drawn), 4 if len(drawn) > 6 else 3)
    rows = -(-len(drawn) // columns)
    figure = Figure((3.6 * columns + 1.4, 3.0 * rows + 1.0), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    labels = [_labels(table, axis) for axis in axes[:2]]
    for panel, value in zip(panels, drawn, strict=False):
        part = table[values == value]
        _draw_cells(panel, part, axes[:2], labels, with_numbers=False)
        name = (
            in_plot(str(value)) if third.width is None else f"{third.name} {value:g} to {part[third.columns[1]][0]:g}"
        )
        panel.set_title(f"{name} (n = {numbers[value]})", fontsize=9)
    for panel in panels[len(drawn) :]:
        panel.set_visible(False)
    _orient(panels[0], table, axes, labels)
    # A column may end above the last row.
    for panel in panels[max(len(drawn) - columns, 0) : len(drawn)]:
        panel.tick_params(labelbottom=True)
    figure.supxlabel(axes[0].label, fontsize=10)
    figure.supylabel(axes[1].label, fontsize=10)
    figure.colorbar(_colours(), ax=panels, label="fraction selected")
    left_out = f"; {len(drawn)} of {len(numbers)} bins of {third.name}" if len(drawn) < len(numbers) else ""
    put_title(figure, f"{title}\nhatched: fewer than {FEW} events{left_out}")
    return figure


def plot_means(table: Table, axis: Axis, column: str, title: str) -> Figure:
    """Draw the mean of a column along an axis, of all and of what came through, and the difference below."""
    figure = Figure((8.2, 6.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    put_title(figure, title)
    parts = _by_outcome(table)
    for place, ((name, part), style) in enumerate(zip(parts.items(), _styles(len(parts)), strict=True)):
        centre, width = _centres(part, axis, [])
        if place == 0:
            x, mean, error = _gapped(centre, width, part, "mean_all", "mean_all_err")
            upper.plot(x, mean, color="0.4", linewidth=1.5, label="all events")
            upper.fill_between(x, mean - error, mean + error, color="0.8", linewidth=0)
        kept = ~np.asarray(part["few"])
        centre, part = centre[kept], part[kept]
        # A shift would move a steep curve off the others.
        upper.plot(*_gapped(centre, width, part, "mean"), label=name, markersize=4, linewidth=1, **style)
        shift = SPREAD * width * ((place + 0.5) / len(parts) - 0.5)
        x, difference, error = _gapped(centre + shift, width, part, "difference", "mean_err")
        lower.plot(x, difference, markersize=4, linewidth=1, **style)
        lower.vlines(x, difference - error, difference + error, color=style["color"], linewidth=1.2)
    lower.axhline(0, color="0.4", linewidth=1)
    upper.set_ylabel(f"mean of {in_plot(column)}")
    lower.set_ylabel("less the mean of all")
    lower.set_xlabel(axis.label)
    for panel in (upper, lower):
        panel.grid(alpha=0.3)
    figure.legend(
        loc="outside right upper", fontsize=8, title=f"bars: standard error\nof the mean; k ≥ {FEW}", title_fontsize=8
    )
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
    put_title(figure, f"{title}\nsmall: fewer than {FEW} events")
    return figure


def _by_outcome(table: Table) -> dict[str, Table]:
    return {str(name): table[table["outcome"] == name] for name in dict.fromkeys(table["outcome"])}


def _two_panels(title: str) -> tuple[Figure, Any, Any]:
    """A figure of the efficiency above and the number of events below."""
    figure = Figure((8.2, 5.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    put_title(figure, title)
    upper.set_ylim(-0.03, 1.03)
    upper.grid(alpha=0.3)
    lower.set_yscale("log")
    # Labels of minor ticks would lie on each other in a flat panel.
    lower.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    lower.set_ylabel("n")
    return figure, upper, lower


def _styles(number: int) -> list[dict[str, Any]]:
    """A colour, marker and line for each of so many outcomes, from dark to light."""
    colours = mpl.colormaps[COLOUR_MAP](np.linspace(0, LIGHTEST, number))
    return [
        {
            "color": mpl.colors.to_hex(colour), "marker": OUTCOME_MARKERS[place % len(OUTCOME_MARKERS)],
            "linestyle": OUTCOME_LINES[place % len(OUTCOME_LINES)],
        }
        for place, colour in enumerate(colours)
    ]  # fmt: skip


def _gapped(x: Floats, width: float, table: Table, *columns: str) -> list[Floats]:
    """Give x and columns with NaN wherever a bin is missing, so that no line is drawn across a gap."""
    gaps = np.flatnonzero(np.diff(x) > 1.5 * width) + 1
    values = (x, *(np.asarray(table[name], dtype=np.float64) for name in columns))
    return [np.insert(each, gaps, np.nan) for each in values]


def _draw_curve(panel: Any, table: Table, x: Floats, label: str, style: dict[str, Any], width: float) -> None:
    few = np.asarray(table["few"])
    for rows, alpha in ((~few, 1.0), (few, 0.35)):
        low, high = (np.asarray(table[f"{side}_68"])[rows] for side in ("low", "high"))
        panel.vlines(x[rows], low, high, color=style["color"], linewidth=1.4, alpha=alpha)
    # Bins of few events are not joined: a line through them would show noise.
    panel.plot(
        *_gapped(x[~few], width, table[~few], "efficiency"), label=label, markersize=5, linewidth=0.9, **style
    )  # fmt: skip
    hollow = style | {"linestyle": "none", "markerfacecolor": "white"}
    panel.plot(x[few], np.asarray(table["efficiency"])[few], markersize=5, **hollow)


def _colours() -> Any:
    return mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 1), COLOUR_MAP)


def _orient(panel: Any, table: Table, axes: Sequence[Axis], labels: Sequence[list[str]]) -> None:
    """Set the limits of a map's axes, and the names of their bins. Panels that share axes follow."""
    (x, width), (y, height) = (_centres(table, axis, names) for axis, names in zip(axes, labels, strict=False))
    panel.set_xlim((x - width / 2).min(), (x + width / 2).max())
    panel.set_ylim((y - height / 2).min(), (y + height / 2).max())
    # Astronomers draw brighter upwards.
    if "_mag_" in axes[1].column:
        panel.invert_yaxis()
    for names, ticks in zip(labels, (panel.set_xticks, panel.set_yticks), strict=True):
        if names:
            ticks(range(len(names)), map(in_plot, names))


def _draw_cells(
    panel: Any, table: Table, axes: Sequence[Axis], labels: Sequence[list[str]], with_numbers: bool = True
) -> None:
    (x, width), (y, height) = (_centres(table, axis, names) for axis, names in zip(axes, labels, strict=True))
    colours = _colours()
    for row, left, low in zip(table, x - width / 2, y - height / 2, strict=True):
        cell = Rectangle(
            (left, low), width, height, facecolor=colours.to_rgba(row["efficiency"]), edgecolor="0.5",
            linewidth=0, hatch="////" if row["few"] else None,
        )  # fmt: skip
        panel.add_patch(cell)
        if with_numbers and len(table) <= NUMBERS_UP_TO:
            # The upper end of the colour map is light.
            ink = "black" if row["efficiency"] > 0.6 else "white"
            text = f"{row['efficiency']:.2f}"
            panel.annotate(text, (left + width / 2, low + height / 2), ha="center", va="center", fontsize=6, color=ink)


def _labels(table: Table, axis: Axis) -> list[str]:
    """The names along an axis of names; none along an axis of numbers."""
    return sorted({str(name) for name in table[axis.name]}) if axis.width is None else []


def _centres(table: Table, axis: Axis, labels: list[str]) -> tuple[Floats, float]:
    """Where the bins of a table lie on an axis, and how wide they are."""
    if axis.width is None:
        return np.array([labels.index(str(name)) for name in table[axis.name]], dtype=np.float64), 1.0
    return np.asarray(table[axis.columns[0]]) + axis.width / 2, axis.width
