"""Light-curve plots: magnitudes with errors, upper limits as arrows, counted detections, and the trigger date."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from tides.clock import utc
from tides.foreign import in_file_name, in_plot
from tides.functions.functions import Function
from tides.judgement.judge import Verdict
from tides.judgement.points import Point, PointKind, magnitude_limits, nightly_means, points_of
from tides.lightcurves.model import LightCurves
from tides.photometry.bands import BANDS
from tides.photometry.colours import MARKERS, ON_WHITE
from tides.surveys.survey import Survey

Format = Literal["png", "svg"]

FIGURE_INCHES = (9.0, 4.5)

DENSE = 250
"""A light curve with more points is drawn by its nightly means: in a field that is visited often they hide each other.
"""

TITLE_POINTS = 10
"""The size of a title (points of print)."""

CHARACTERS_AN_INCH = 11
"""About so many characters of a title stand on an inch."""


def plot_light_curves(
    chunk: LightCurves, survey: Survey, function: Function, verdicts: Sequence[Verdict | None], ids: Sequence[str],
    folder: Path, format_: Format = "png",
) -> list[Path]:  # fmt: skip
    """Draw each object of a chunk that has a verdict into a file of its own, and give the files.

    `ids` and `verdicts` are in the order of the chunk. The folder must be there.
    """
    files = []
    for index, verdict in enumerate(verdicts):
        if verdict is not None:
            # An id may come from a damaged line, and must not lead out of the folder.
            file = folder / f"{in_file_name(ids[index])}_{in_file_name(function.name)}.{format_}"
            points = [point for point in points_of(chunk, survey, function, index) if point.is_shown]
            figure = draw(points, survey, function, ids[index], verdict)
            # Without this an SVG has random ids and its date, and no two files are equal.
            with mpl.rc_context({"svg.hashsalt": "tides"}):
                figure.savefig(file, dpi=120, metadata={"Date": None} if format_ == "svg" else {})
            files.append(file)
    return files


def draw(points: Sequence[Point], survey: Survey, function: Function, object_id: str, verdict: Verdict) -> Figure:
    """The figure of one light curve: title above, legend beside, nothing of them over the points."""
    figure = Figure(FIGURE_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.invert_yaxis()  # before anything is drawn, so that arrows of upper limits point to what is fainter
    shown = nightly_means(points, survey) if len(points) > DENSE else points
    for band in (*BANDS, None):
        _draw_band(axes, [point for point in shown if point.band == band], band)
    if verdict.trigger_jd is not None:
        label = f"trigger {verdict.trigger_jd:.5f}"
        axes.axvline(_days([verdict.trigger_jd])[0], color="0.4", linestyle="--", linewidth=1, label=label)
    for limit, name in magnitude_limits(function).items():
        axes.axhline(limit, color="0.6", linestyle=":", linewidth=1, zorder=0, label=f"{name} {limit:g}")
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_xlabel("date (UTC)")
    axes.set_ylabel("difference magnitude (AB)")
    put_title(figure, f"{in_plot(object_id)}   {in_plot(verdict.function)} {in_plot(_said(verdict))}")
    if axes.get_legend_handles_labels()[0]:
        means = f"\nnightly means\nof {len(points)} points" if len(shown) < len(points) else ""
        about = f"filled: counted\nsmall: forced{means}"
        figure.legend(loc="outside right upper", fontsize=8, title=about, title_fontsize=7)
    return figure


def put_title(figure: Figure, words: str) -> None:
    """Put a title above all of a figure, in as many lines and as small as it must be to stay within."""
    width = int(figure.get_figwidth() * CHARACTERS_AN_INCH)
    lines = (textwrap.fill(line, width) for line in words.splitlines())
    title = figure.suptitle("\n".join(lines), fontsize=TITLE_POINTS)
    # Letters differ in width.
    if (over := title.get_window_extent().width / (0.98 * figure.bbox.width)) > 1:
        title.set_fontsize(TITLE_POINTS / over)


def _said(verdict: Verdict) -> str:
    failed = [criterion["name"] for criterion in verdict.criteria if criterion["held"] is False]
    said = f"fails {', '.join(failed)}" if failed else "passes"
    if verdict.control:
        return f"{said} (control sample)"
    return f"passed, now {said}" if failed and verdict.passed else said


def _draw_band(axes: Any, points: Sequence[Point], band: str | None) -> None:
    """Draw a band's detections (filled where they count), forced photometry (small) and upper limits (arrows)."""
    colour, marker = (ON_WHITE.get(band or "", "0.5"), MARKERS.get(band or "", "x"))
    measured = [point for point in points if point.mag is not None]
    detected = [point for point in measured if point.kind is PointKind.DETECTION]
    looks = (
        ([point for point in detected if point.counts], {"fmt": marker, "markersize": 5}),
        (
            [point for point in detected if not point.counts],
            {"fmt": marker, "markersize": 5, "markerfacecolor": "white"},
        ),
        (
            [point for point in measured if point.kind is not PointKind.DETECTION],
            {"fmt": ".", "markersize": 3, "alpha": 0.5},
        ),
    )
    label: str | None = band or "unknown band"
    for own, look in looks:
        if own:
            errors = [point.mag_err or 0.0 for point in own]
            axes.errorbar(
                _days(point.jd_utc for point in own), [point.mag for point in own], errors, color=colour,
                elinewidth=0.8, linestyle="none", label=label, **look,
            )  # fmt: skip
            label = None
    limits = [point for point in points if point.mag is None and point.limit_mag is not None]
    if limits:
        axes.errorbar(
            _days(point.jd_utc for point in limits), [point.limit_mag for point in limits], yerr=0.25, lolims=True,
            fmt="none", ecolor=colour, elinewidth=0.7, capsize=1.5, alpha=0.35,
        )  # fmt: skip


def _days(jds: Iterable[float]) -> Any:
    """Dates (JD UTC) as Matplotlib counts days."""
    return np.array([date2num(utc(jd)) for jd in jds])
