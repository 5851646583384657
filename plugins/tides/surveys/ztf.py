"""ZTF, the Zwicky Transient Facility.

Its light curves come from Lasair's `lightcurves` (docs/contracts/lasair.md; ZTF alert schema 4.02).
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.faults import Fault, Tally, count_bands, count_times, plausible, unusable
from tides.lightcurves.model import (
    NIGHT_RANGE,
    NO_BAND,
    Bools,
    Detections,
    Fadings,
    Floats,
    LightCurves,
    exposures,
    forced_fadings,
    in_order,
    is_placed,
    join,
    without_doubles,
)
from tides.lightcurves.packets import NAN, Columns, PacketReader, PointList, Table
from tides.photometry.bands import BANDS
from tides.plausible import MAG, MAG_ERR, SCORE
from tides.surveys.nights import Nights
from tides.surveys.survey import Survey

SNR_TIMES_SIGMAPSF = 1.09
"""ZTF's S/N = 1.09 / sigmapsf (deliverable D3.3.3)."""

BAND_OF_FID = {1: "g", 2: "r", 3: "i"}

POSITIVE, NEGATIVE, UNKNOWN_SIGN = 1, 0, -1

SIGNS: dict[object, int] = {
    **dict.fromkeys((None, "t", "T", "1", "+1", "true", "True", "TRUE", 1), POSITIVE),
    **dict.fromkeys(("f", "F", "0", "-1", "false", "False", "FALSE", 0, -1), NEGATIVE),
}
"""The forms of `isdiffpos`. A missing one counts as positive, an unknown one does not. 1 equals True, and 0 False."""

SOLAR_SYSTEM_ARCSEC = 5.0
"""A known solar-system object within this distance is taken for the detection's cause. −999 means: none is near."""

NOT_MEASURED = -99999.0
"""ZTF's own mark, in forced photometry, for a number that could not be measured."""

MARKS = frozenset({-999.0, -9999.0, NOT_MEASURED, 0.0})
"""The marks of a number that could not be measured. No magnitude and no error has these values."""


class Candidate(msgspec.Struct, gc=False):
    """A detection, or a non-detection, which has no `candid`."""

    candid: int | float | str | None = None
    jd: float | None = None
    fid: float | None = None
    nid: float | None = None
    magpsf: float | None = None
    sigmapsf: float | None = None
    isdiffpos: str | float | bool | None = None
    diffmaglim: float | None = None
    drb: float | None = None
    ssdistnr: float | None = None


class Forced(msgspec.Struct, gc=False):
    """Forced photometry on the difference image; fluxes in the image's own counts."""

    jd: float | None = None
    fid: float | None = None
    forcediffimflux: float | None = None
    forcediffimfluxunc: float | None = None
    magzpsci: float | None = None


class Packet(msgspec.Struct, gc=False):
    """One object of an answer of `lightcurves`."""

    candidates: list[Candidate] | msgspec.UnsetType | None = msgspec.UNSET
    forcedphot: list[Forced] | None = None


def _candidate_rows(candidates: list[Candidate]) -> list[tuple[Any, ...]]:
    return [
        (
            NAN if point.jd is None else point.jd,
            NAN if point.fid is None else point.fid,
            NAN if point.nid is None else point.nid,
            NAN if point.magpsf is None else point.magpsf,
            NAN if point.sigmapsf is None else point.sigmapsf,
            NAN if point.drb is None else point.drb,
            NAN if point.diffmaglim is None else point.diffmaglim,
            NAN if point.ssdistnr is None else point.ssdistnr,
            point.candid is not None,
            SIGNS.get(point.isdiffpos, UNKNOWN_SIGN),
        )
        for point in candidates
    ]


def _forced_rows(forced: list[Forced]) -> list[tuple[Any, ...]]:
    return [
        (
            NAN if point.jd is None else point.jd,
            NAN if point.fid is None else point.fid,
            NAN if point.forcediffimflux is None else point.forcediffimflux,
            NAN if point.forcediffimfluxunc is None else point.forcediffimfluxunc,
            NAN if point.magzpsci is None else point.magzpsci,
        )
        for point in forced
    ]


def _candidate_lacks(point: Candidate) -> dict[str, Fault]:
    if point.candid is None:
        return _lacking(("jd", "fid", "diffmaglim"), (point.jd, point.fid, point.diffmaglim))
    return _lacking(("jd", "fid", "magpsf", "sigmapsf"), (point.jd, point.fid, point.magpsf, point.sigmapsf))


def _forced_lacks(point: Forced) -> dict[str, Fault]:
    values = (point.jd, point.fid, point.forcediffimflux, point.forcediffimfluxunc)
    return _lacking(("jd", "fid", "forcediffimflux", "forcediffimfluxunc"), values)


def _lacking(keys: tuple[str, ...], values: tuple[float | None, ...]) -> dict[str, Fault]:
    # Most points have all; what is false may be 0.
    if all(values):
        return {}
    return {key: NEEDED[key] for key, value in zip(keys, values, strict=True) if value is None}


NEEDED = {
    "jd": Fault.NO_TIME,
    "fid": Fault.NO_BAND,
    "magpsf": Fault.NO_FLUX,
    "diffmaglim": Fault.NO_FLUX,
    "sigmapsf": Fault.NO_ERROR,
    "forcediffimflux": Fault.NO_FLUX,
    "forcediffimfluxunc": Fault.NO_ERROR,
}
"""The keys that a point must have: a detection the first three and the error, a non-detection the limit."""

_reader = PacketReader(
    Packet,
    PointList(
        "candidates",
        Candidate,
        Table(
            ("jd", "fid", "nid", "magpsf", "sigmapsf", "drb", "diffmaglim", "ssdistnr"),
            switches=("detected",),
            codes=("sign",),
        ),
        _candidate_rows,
        _candidate_lacks,
    ),
    PointList(
        "forcedphot",
        Forced,
        Table(("jd", "fid", "flux", "flux_err", "magzpsci")),
        _forced_rows,
        _forced_lacks,
    ),
)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, by its place, the reason of each object that could not be read. Such an object has no points
    and does not touch the others.
    """
    tally = Tally()
    points, forced, broken = _reader.read(raws, tally)
    band = _band(points["fid"])
    count_bands(band, tally, lambda row: points["fid"][row])
    count_times(points["jd"], is_placed(points["jd"]), tally)
    detections, fadings = _candidates(points, band, tally)
    broken |= unusable(len(raws), points["object_index"], lambda: _has_value(points, band), tally)
    if len(forced["jd"]):
        fadings = join(fadings, _forced_photometry(forced, tally))
    # Never lite: ZTF's lite points lack columns, so that the full form is asked for.
    return LightCurves(len(raws), detections, fadings, np.zeros(len(raws), dtype=bool), tally), broken


def _candidates(points: Columns, band: NDArray[np.int8], tally: Tally) -> tuple[Detections, Fadings]:
    objects, jd_utc, detected = points["object_index"], points["jd"], points["detected"]
    placed = is_placed(jd_utc)
    seen = in_order(np.flatnonzero(detected & placed), objects, jd_utc)
    # The same candidate twice is one. Two of one exposure stay, and their exposure counts once.
    seen = without_doubles(seen, (objects, jd_utc, band, points["magpsf"], points["sigmapsf"], points["sign"]))
    limited = np.flatnonzero(~detected & placed)
    if len(limited):
        _count_unnamed(points["magpsf"][limited], tally)
    limit_mag = plausible(points["diffmaglim"][limited], MAG, tally, Fault.NO_FLUX, Fault.ODD_FLUX, MARKS)
    is_limit = np.isfinite(limit_mag)
    limited, limit_mag = limited[is_limit], limit_mag[is_limit]
    nid, sign = points["nid"][seen], points["sign"][seen]
    if (sign == UNKNOWN_SIGN).any():
        tally.count(Fault.ODD_SIGN, int((sign == UNKNOWN_SIGN).sum()), "isdiffpos has another form")
    sigmapsf = plausible(points["sigmapsf"][seen], MAG_ERR, tally, Fault.NO_ERROR, Fault.ODD_ERROR, MARKS)
    scores = points["drb"][seen]
    detections = Detections(
        object_index=objects[seen],
        jd_utc=jd_utc[seen],
        band=band[seen],
        # `nid` and date agree on all 82,737 recorded detections, so that the date may stand in for it.
        night=np.where(np.abs(nid) < NIGHT_RANGE, nid, SURVEY.nights.place(jd_utc[seen])).astype(np.int64),
        mag=plausible(points["magpsf"][seen], MAG, tally, Fault.NO_FLUX, Fault.ODD_FLUX, MARKS),
        mag_err=sigmapsf,
        snr=SNR_TIMES_SIGMAPSF / sigmapsf,
        positive=sign == POSITIVE,
        reliability=np.where(SCORE.hold(scores), scores, np.nan),
        usable=np.ones(len(seen), dtype=bool),
        solar_system=(points["ssdistnr"][seen] >= 0) & (points["ssdistnr"][seen] <= SOLAR_SYSTEM_ARCSEC),
        exposure=exposures(objects[seen], jd_utc[seen], band[seen]),
    )
    none = np.full(len(limited), np.nan)
    limits = Fadings(
        object_index=objects[limited],
        jd_utc=jd_utc[limited],
        band=band[limited],
        mag=none,
        mag_err=none,
        limit_mag=limit_mag,
        forced=np.zeros(len(limited), dtype=bool),
        snr=none,
    )
    return detections, limits


def _count_unnamed(mags: Floats, tally: Tally) -> None:
    """Count what has a magnitude and no `candid`: it is taken for a non-detection."""
    named = np.isfinite(mags)
    if named.any():
        tally.count(Fault.NO_ID, int(named.sum()), "magpsf without candid")


def _has_value(points: Columns, band: NDArray[np.int8]) -> Bools:
    # ZTF's mark of a magnitude that was not measured says that the keys are the right ones.
    mag, limit = (MAG.hold(points[key]) | np.isin(points[key], list(MARKS)) for key in ("magpsf", "diffmaglim"))
    has_value: Bools = is_placed(points["jd"]) & (band != NO_BAND) & np.where(points["detected"], mag, limit)
    return has_value


def _forced_photometry(points: Columns, tally: Tally) -> Fadings:
    jd_utc, band = points["jd"], _band(points["fid"])
    count_times(jd_utc, is_placed(jd_utc), tally)
    count_bands(band, tally, lambda row: points["fid"][row])
    measured = (points["flux"] != NOT_MEASURED) & (points["flux_err"] > 0)
    return forced_fadings(
        object_index=points["object_index"],
        jd_utc=jd_utc,
        band=band,
        flux=np.where(measured, points["flux"], np.nan),
        flux_err=points["flux_err"],
        zero_point=points["magzpsci"],
    )


def _band(fid: Floats) -> NDArray[np.int8]:
    band = np.full(len(fid), NO_BAND, dtype=np.int8)
    for code, name in BAND_OF_FID.items():
        band[fid == code] = BANDS.index(name)
    return band


SURVEY = Survey(
    name="ztf",
    id_form=re.compile(r"ZTF\d{2}[a-z]{7}", re.ASCII),
    id_key="objectId",
    points_key="candidates",
    unused_id="ZTF00aaaaaaa",
    nights=Nights("counted", 2457754.5),  # the night id `nid`: UTC days from 2017-01-01
    # LSST's place and magnitude come first (docs/science.md, "Positions and reach").
    precedence=2,
    bands="".join(BAND_OF_FID.values()),
    since_jd=2458058.5,  # first light: 2017-11-01
    decode=decode,
    # D3.3.3 looks at the brightest detection of all (docs/science.md, "The deliverable's four functions").
    measures_all=True,
    cell_nside=16,  # a field is 6.9 degrees across
)
