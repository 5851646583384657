"""Light-curve plots: magnitudes with errors, upper limits as arrows, counted detections, and the trigger date."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from tides.foreign import in_file_name, in_plot
from tides.functions.functions import Function
from tides.judgement.history import History
from tides.judgement.judge import Verdict
from tides.lightcurves.model import LightCurves
from tides.photometry.bands import BANDS
from tides.surveys.survey import Survey

Format = Literal["png", "svg"]

BAND_COLOURS = {"u": "#1600ea", "g": "#31de1f", "r": "#b52626", "i": "#370201", "z": "#ba52ff", "y": "#61a2b3"}
"""Rubin's own colours for white backgrounds (RTN-045). ZTF has no others for g, r, i."""

BAND_MARKERS = {"u": "o", "g": "^", "r": "v", "i": "s", "z": "*", "y": "p"}
"""The markers of RTN-045, so that a band can be recognised without its colour."""

FIGURE_INCHES = (8.0, 4.5)


def plot_light_curves(
    chunk: LightCurves, survey: Survey, function: Function, verdicts: Sequence[Verdict | None], ids: Sequence[str],
    folder: Path, format_: Format = "png",
) -> list[Path]:  # fmt: skip
    """Draw each object of a chunk that has a verdict into a file of its own, and give the files.

    `ids` and `verdicts` are in the order of the chunk. The folder must be there.
    """
    history = History(chunk, survey, function)
    files = []
    for index, verdict in enumerate(verdicts):
        if verdict is not None:
            # An id may come from a damaged line, and must not lead out of the folder.
            file = folder / f"{in_file_name(ids[index])}_{in_file_name(function.name)}.{format_}"
            figure = _figure(history, index, ids[index], verdict)
            # Without this an SVG has random ids and its date, and no two files are equal.
            with mpl.rc_context({"svg.hashsalt": "tides"}):
                figure.savefig(file, dpi=120, metadata={"Date": None} if format_ == "svg" else {})
            files.append(file)
    return files


def _figure(history: History, index: int, object_id: str, verdict: Verdict) -> Figure:
    figure = Figure(FIGURE_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.invert_yaxis()  # before anything is drawn, so that arrows of upper limits point to what is fainter
    seen, faded = history.detections, history.chunk.fadings
    rows, limits = seen.object_index == index, faded.object_index == index
    times = np.concatenate((seen.jd_utc[rows], faded.jd_utc[limits]))
    zero = float(np.floor(times.min())) if len(times) else 0.0
    for code, band in enumerate(BANDS):
        _draw_band(axes, history, rows & (seen.band == code), limits & (faded.band == code), band, zero)
    if verdict.trigger_jd is not None:
        axes.axvline(verdict.trigger_jd - zero, color="0.4", linestyle="--", linewidth=1)
        axes.annotate(
            f"trigger {verdict.trigger_jd:.5f}", (verdict.trigger_jd - zero, 1), xycoords=("data", "axes fraction"),
            xytext=(3, -3), textcoords="offset points", va="top", fontsize=8, color="0.4",
        )  # fmt: skip
    for name, limit in _magnitude_limits(verdict):
        axes.axhline(limit, color="0.75", linewidth=0.8, zorder=0)
        axes.annotate(
            name, (1, limit), xycoords=("axes fraction", "data"), xytext=(-2, 2), textcoords="offset points",
            ha="right", fontsize=7, color="0.5",
        )  # fmt: skip
    axes.set_xlabel(f"JD (UTC) − {zero:.0f}")
    axes.set_ylabel("difference magnitude (AB)")
    failed = [criterion["name"] for criterion in verdict.criteria if criterion["held"] is False]
    said = f"fails {', '.join(failed)}" if failed else "passes"
    if verdict.control:
        said += " (control sample)"
    elif failed and verdict.passed:
        said = f"passed, now {said}"
    axes.set_title(f"{in_plot(object_id)}   {in_plot(verdict.function)} {in_plot(said)}", fontsize=10)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, ncols=2, loc="best", title="filled: counted", title_fontsize=7)
    return figure


def _draw_band(axes: Any, history: History, rows: np.ndarray, limits: np.ndarray, band: str, zero: float) -> None:
    """Draw a band's detections (filled where they count), forced photometry (small) and upper limits (arrows)."""
    seen, faded = history.detections, history.chunk.fadings
    # Filled markers are those that count at the last detection, to which the verdict's values belong.
    counts = history.counted & history.is_in_last(history.begins)
    colour = BAND_COLOURS[band]
    shown = rows & np.isfinite(seen.mag)
    label: str | None = band
    for counted, face in ((True, colour), (False, "white")):
        points = shown & (counts == counted)
        if points.any():
            axes.errorbar(
                seen.jd_utc[points] - zero,
                seen.mag[points],
                np.nan_to_num(seen.mag_err[points]),
                fmt=BAND_MARKERS[band],
                color=colour,
                markerfacecolor=face,
                markersize=5,
                elinewidth=0.8,
                linestyle="none",
                label=label,
            )
            label = None
    measured = limits & np.isfinite(faded.mag)
    if measured.any():
        axes.errorbar(
            faded.jd_utc[measured] - zero, faded.mag[measured], faded.mag_err[measured], fmt=".", color=colour,
            markersize=3, elinewidth=0.5, alpha=0.5, linestyle="none",
        )  # fmt: skip
    unseen = limits & np.isfinite(faded.limit_mag)
    if unseen.any():
        axes.errorbar(
            faded.jd_utc[unseen] - zero, faded.limit_mag[unseen], yerr=0.25, lolims=True, fmt="none", ecolor=colour,
            elinewidth=0.7, capsize=1.5, alpha=0.35,
        )  # fmt: skip


def _magnitude_limits(verdict: Verdict) -> list[tuple[str, float]]:
    """Give the magnitude limits to draw, each with the names of its criteria."""
    limits: dict[float, list[str]] = {}
    for criterion in verdict.criteria:
        if criterion["name"] in ("magLimit", "currentMag"):
            limits.setdefault(criterion["limit"], []).append(criterion["name"])
    return [(", ".join(names), limit) for limit, names in limits.items()]
