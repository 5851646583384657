"""The points of one light curve, each with whether a function counts it, and why not: what figures and tables show."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from tides.functions.functions import Function
from tides.judgement.counting import Uncounted, uncounted
from tides.judgement.history import History
from tides.lightcurves.model import (
    DETECTION_LIMIT_SNR,
    NO_BAND,
    AnyColumns,
    Bools,
    Detections,
    Floats,
    LightCurves,
    take,
)
from tides.photometry.ab import MAG_ERR_TIMES_SNR, mag_of_njy, njy_of
from tides.photometry.bands import BANDS
from tides.surveys.survey import Survey

MAGNITUDE_CRITERIA = frozenset({"magLimit", "currentMag", "bandMagLimit"})
"""The criteria whose limit is a magnitude (AB) that a light curve must reach."""


class PointKind(StrEnum):
    """What a point is."""

    DETECTION = "detection"
    """A survey's own detection, as alerts bring it. No other kind ever counts."""

    FORCED = "forced photometry"
    """A measurement at the object's place, whether something is seen there or not."""

    LIMIT = "upper limit"
    """A survey's own non-detection."""


@dataclass(frozen=True)
class Point:
    """A point of a light curve at a time (JD UTC, days); magnitudes AB, fluxes nJy, None where there is none.

    `limit_mag` is that of an upper limit, and of forced photometry below 5 sigma. A flux is negative where the source
    is fainter than its reference. `score` is the survey's own against artefacts. `counts` is said by a function, and
    `why` has its reasons not to. `of` tells how many points it is the mean of.
    """

    jd_utc: float
    band: str | None
    kind: PointKind
    mag: float | None
    mag_err: float | None
    limit_mag: float | None
    flux_njy: float | None
    flux_err_njy: float | None
    snr: float | None
    score: float | None = None
    counts: bool = False
    why: tuple[Uncounted, ...] = ()
    of: int = 1

    @property
    def is_shown(self) -> bool:
        """Whether it has a value of any kind."""
        return any(value is not None for value in (self.mag, self.limit_mag, self.flux_njy))


def points_of(chunk: LightCurves, survey: Survey, function: Function, place: int) -> list[Point]:
    """The points of one object of a chunk, in the order of time, as a function counts them."""
    seen, faded = chunk.detections, chunk.fadings
    own = LightCurves(1, _alone(seen, place), _alone(faded, place), chunk.lite[place : place + 1])
    return sorted((*_detections(own, survey, function), *_fadings(own)), key=lambda point: point.jd_utc)


def nightly_means(points: Sequence[Point], survey: Survey) -> list[Point]:
    """The points with those of one night, band and kind that count alike as one, in the order of time.

    A mean is of fluxes, weighted by their errors. Of a survey's own upper limits the deepest of a night stays.
    """
    nights = survey.nights.place(np.array([point.jd_utc for point in points], dtype=np.float64)).tolist()
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point, night in zip(points, nights, strict=True):
        groups.setdefault((night, point.band, point.kind, point.why), []).append(point)
    means = (mean for group in groups.values() for mean in _means(group))
    return sorted(means, key=lambda point: point.jd_utc)


def why_not(point: Point, function: Function) -> list[str]:
    """Why a function does not count a point, in words; none for one that counts."""
    if point.kind is not PointKind.DETECTION:
        return [f"{point.kind} never counts"]
    # Of a negative flux the sign says it all: it has no magnitude, and its signal to noise is negative, too.
    told = (
        {Uncounted.NO_MAGNITUDE, Uncounted.LOW_SIGNAL} if Uncounted.NEGATIVE in point.why and not point.mag else set()
    )
    return [_in_words(reason, point, function) for reason in point.why if reason not in told]


def magnitude_limits(function: Function) -> dict[float, str]:
    """The magnitudes (AB) that a function asks a light curve to reach, each with the names of its criteria."""
    limits: dict[float, list[str]] = {}
    for criterion in function.criteria:
        for leaf in criterion.leaves():
            if leaf.name in MAGNITUDE_CRITERIA:
                limits.setdefault(float(leaf.limit), []).append(leaf.label)
    return {limit: ", ".join(dict.fromkeys(names)) for limit, names in limits.items()}


def _alone(columns: AnyColumns, place: int) -> AnyColumns:
    """The rows of one object, as the only one of a chunk."""
    own = take(columns, columns.object_index == place)
    return replace(own, object_index=np.zeros_like(own.object_index))


def _detections(chunk: LightCurves, survey: Survey, function: Function) -> Iterator[Point]:
    seen = chunk.detections
    found = {Uncounted.DISOWNED: ~seen.usable, Uncounted.OLD: _old(chunk, survey, function)}
    found |= uncounted(seen, function)
    flux, flux_err = _fluxes(seen)
    for row in range(len(seen.jd_utc)):
        why = tuple(reason for reason in Uncounted if reason in found and found[reason][row])
        yield Point(
            jd_utc=float(seen.jd_utc[row]),
            band=_band(int(seen.band[row])),
            kind=PointKind.DETECTION,
            mag=_known(seen.mag[row]),
            mag_err=_known(seen.mag_err[row]),
            limit_mag=None,
            flux_njy=_known(flux[row]),
            flux_err_njy=_known(flux_err[row]),
            snr=_known(seen.snr[row]),
            score=_known(seen.reliability[row]),
            counts=not why,
            why=why,
        )


def _old(chunk: LightCurves, survey: Survey, function: Function) -> Bools:
    """The detections before the part of the light curve at which the function looks at the newest one."""
    history = History(chunk, survey, function)
    old = np.zeros(len(chunk.detections.jd_utc), dtype=bool)
    old[chunk.detections.usable] = ~history.is_in_last(history.begins)
    return old


def _fluxes(seen: Detections) -> tuple[Floats, Floats]:
    """Flux and error (nJy), from the magnitude and its sign where the survey sends magnitudes."""
    if seen.flux is not None:
        return seen.flux, np.divide(seen.flux, seen.snr, out=np.full(len(seen.snr), np.nan), where=seen.snr != 0)
    flux = np.where(seen.positive, 1, -1) * njy_of(seen.mag)
    return flux, np.abs(flux) * seen.mag_err / MAG_ERR_TIMES_SNR


def _fadings(chunk: LightCurves) -> Iterator[Point]:
    faded = chunk.fadings
    # Below 5 sigma the limit tells the error, and the signal to noise the flux.
    measured = np.isfinite(faded.mag)
    limit_err = njy_of(faded.limit_mag) / DETECTION_LIMIT_SNR
    flux = np.where(measured, njy_of(faded.mag), faded.snr * limit_err)
    flux_err = np.where(measured, flux * faded.mag_err / MAG_ERR_TIMES_SNR, limit_err)
    for row in range(len(faded.jd_utc)):
        forced = bool(faded.forced[row])
        yield Point(
            jd_utc=float(faded.jd_utc[row]),
            band=_band(int(faded.band[row])),
            kind=PointKind.FORCED if forced else PointKind.LIMIT,
            mag=_known(faded.mag[row]),
            mag_err=_known(faded.mag_err[row]),
            limit_mag=_known(faded.limit_mag[row]),
            flux_njy=_known(flux[row]) if forced else None,
            flux_err_njy=_known(flux_err[row]) if forced else None,
            snr=_known(faded.snr[row]),
        )


def _means(group: Sequence[Point]) -> Sequence[Point]:
    """What stands for points of one night, band and kind: their mean, or the points that have no flux."""
    first = group[0]
    if len(group) == 1:
        return group
    if first.kind is PointKind.LIMIT:
        deepest = max(group, key=lambda point: point.limit_mag or -math.inf)
        return [replace(deepest, of=len(group))]
    measured = [p for p in group if p.flux_njy is not None and p.flux_err_njy]
    if not measured:
        return group
    flux, err = (np.array([getattr(p, name) for p in measured]) for name in ("flux_njy", "flux_err_njy"))
    weights = err**-2.0
    mean, mean_err = float((weights * flux).sum() / weights.sum()), float(weights.sum() ** -0.5)
    snr = mean / mean_err
    seen = mean > 0 and (first.kind is PointKind.DETECTION or snr >= DETECTION_LIMIT_SNR)
    rest = [p for p in group if p not in measured]
    return [
        replace(
            first,
            jd_utc=float(np.mean([p.jd_utc for p in measured])),
            mag=mag_of_njy(mean) if seen else None,
            mag_err=float(MAG_ERR_TIMES_SNR) / snr if seen else None,
            limit_mag=None if seen or first.kind is PointKind.DETECTION else mag_of_njy(DETECTION_LIMIT_SNR * mean_err),
            flux_njy=mean,
            flux_err_njy=mean_err,
            snr=snr,
            score=None,
            of=len(measured),
        ),
        *rest,
    ]


def _in_words(reason: Uncounted, point: Point, function: Function) -> str:
    match reason:
        case Uncounted.DISOWNED:
            return "the survey disowns it: flagged, withdrawn, or a known solar-system object"
        case Uncounted.OTHER_BAND:
            return f"only {', '.join(function.filters)} count"
        case Uncounted.NEGATIVE:
            return "it is fainter than its reference"
        case Uncounted.NO_MAGNITUDE:
            return "it has no magnitude with an error"
        case Uncounted.LOW_SIGNAL:
            found = "unknown" if point.snr is None else f"{point.snr:.1f}"
            return f"signal to noise {found}, limit {function.significance:g}"
        case Uncounted.LOW_SCORE:
            found = "" if point.score is None else f" {point.score:.2f}"
            return f"score against artefacts{found}, limit {function.reliability:g}"
        case Uncounted.MOVING:
            return "a known solar-system object is near"
        case Uncounted.OLD:
            return f"more than {function.history_days:g} d before the newest detection"


def _band(code: int) -> str | None:
    return None if code == NO_BAND else BANDS[code]


def _known(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
