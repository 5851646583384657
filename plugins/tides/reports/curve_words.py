"""A light curve in words: its dates and values, why a point does not count, and what became of the target."""

from datetime import datetime

from tides.clock import MJD_EPOCH_JD, utc
from tides.foreign import quoted
from tides.functions.functions import Function
from tides.judgement.points import Point, PointKind, why_not
from tides.reports.curve import Curve, ToldThen, Trigger
from tides.reports.screen import counted
from tides.reports.words import at

COLUMNS = ("UTC", "MJD (UTC)", "JD (UTC)", "band", "kind", "magnitude (AB)", "flux (nJy)", "S/N", "does it count?")
"""The columns of the table of points."""


def row(point: Point, function: Function) -> tuple[str, ...]:
    """A point as a row of the table, in the order of `COLUMNS`."""
    return (
        f"{utc(point.jd_utc):%Y-%m-%d %H:%M:%S}",
        f"{point.jd_utc - MJD_EPOCH_JD:.5f}",
        f"{point.jd_utc:.5f}",
        point.band or "unknown",
        str(point.kind) + (f", mean of {point.of}" if point.of > 1 else ""),
        _magnitude(point),
        _flux(point),
        "–" if point.snr is None else f"{point.snr:.1f}",
        says(point, function),
    )


def says(point: Point, function: Function) -> str:
    """Whether a function counts a point, and why not."""
    if point.counts:
        return "counts"
    # What never counts needs no reason.
    reasons = why_not(point, function) if point.kind is PointKind.DETECTION else []
    return f"does not count: {'; '.join(reasons)}" if reasons else "never counts"


def notes(curve: Curve) -> list[str]:
    """What must be said beside the points: where they are from, what is left out, when it triggered and was live."""
    if curve.source is None:
        return [f"No light curve of {curve.survey.upper()} {quoted(curve.object_id)} is stored."]
    if curve.function is None:
        return [f"No function in use looks at {curve.survey.upper()}, so none says which points count."]
    if curve.points.problem:
        return [f"The light curve cannot be read: {curve.points.problem}."]
    found = [_points(curve)]
    if curve.points.left_out:
        found.append(f"{counted(curve.points.left_out, 'point')} with an implausible date: left out.")
    found += [f"{number} of the points: {fault}." for fault, number in (curve.points.faults or {}).items()]
    found += [trigger(each) for each in curve.triggers] or ["No function has passed it."]
    for span in curve.live:
        until = f"until {at(span.until)} UTC ({span.ended})" if span.until else "until now"
        found.append(f"Live from {at(span.since)} UTC ({span.began}) {until}.")
    if curve.target and not curve.live:
        found.append(f"{curve.target} was never live.")
    if curve.told:
        found.append(f"4MOST, {counted(len(curve.told), 'answer')}; the newest, {told(curve.told[-1])}.")
    return found


def trigger(found: Trigger) -> str:
    """A trigger in words."""
    moment = utc(found.trigger_jd)
    by = f"{found.function}{', as a control' if found.control else ''}"
    known = f", known {at(found.known_at)}" if found.known_at else ""
    return f"Trigger of {by}: {moment:%Y-%m-%d %H:%M:%S} UTC (JD {found.trigger_jd:.5f}){known}."


def told(answer: ToldThen) -> str:
    """An answer of 4MOST in words."""
    words = f"{at(answer.at)} UTC: {answer.verb} {answer.outcome}"
    if answer.active is not None:
        words += f", {'active' if answer.active else 'inactive'}"
    if answer.mag is not None:
        words += f", {answer.mag:.2f} mag" + (f" ({quoted(answer.mag_type)})" if answer.mag_type else "")
    return words


def _points(curve: Curve) -> str:
    points = curve.points
    words = counted(points.of, "point")
    if points.means:
        words += f", of which {len(points.shown)} nightly means are shown"
    if points.older:
        words += f"; the {points.older} oldest are left out"
    return f"{words}. {_source(curve.source, curve.stored_at)}"


def _source(source: str | None, stored_at: datetime | None) -> str:
    by = {"message": "They came with an alert, stored", "judged": "No newer light curve is stored than that judged"}
    return f"{by.get(source or '', 'The broker was asked for them, stored')} {at(stored_at)} UTC."


def _magnitude(point: Point) -> str:
    if point.mag is not None:
        return f"{point.mag:.3f}" + (f" ± {point.mag_err:.3f}" if point.mag_err is not None else "")
    return "–" if point.limit_mag is None else f"> {point.limit_mag:.2f}"


def _flux(point: Point) -> str:
    if point.flux_njy is None:
        return "–"
    return f"{point.flux_njy:.0f}" + (f" ± {point.flux_err_njy:.0f}" if point.flux_err_njy is not None else "")
