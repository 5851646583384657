"""ZTF, the Zwicky Transient Facility.

Its light curves come from Lasair's `lightcurves` (docs/contracts/lasair.md; ZTF alert schema 4.02).
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.model import (
    NIGHT_RANGE,
    NO_BAND,
    Detections,
    Fadings,
    Floats,
    LightCurves,
    forced_fadings,
    in_order,
    is_placed,
    join,
    without_doubles,
)
from tides.lightcurves.packets import NAN, Columns, PacketReader, PointList, Table
from tides.photometry.bands import BANDS
from tides.surveys.nights import Nights
from tides.surveys.survey import Survey

SNR_TIMES_SIGMAPSF = 1.09
"""ZTF's S/N = 1.09 / sigmapsf (deliverable D3.3.3)."""

BAND_OF_FID = {1: "g", 2: "r", 3: "i"}

NEGATIVE = frozenset({"f", "F", "0", "false", 0})
"""Values of `isdiffpos` of a source fainter than its reference. A missing value counts as positive."""

SOLAR_SYSTEM_ARCSEC = 5.0
"""A known solar-system object within this distance is taken for the detection's cause. −999 means: none is near."""

NOT_MEASURED = -99999.0
"""ZTF's own mark, in forced photometry, for a number that could not be measured."""


class Candidate(msgspec.Struct, gc=False):
    """A detection, or a non-detection, which has no `candid`."""

    candid: int | str | None = None
    jd: float | None = NAN
    fid: float | None = NAN
    nid: float | None = NAN
    magpsf: float | None = NAN
    sigmapsf: float | None = NAN
    isdiffpos: str | float | bool | None = None
    diffmaglim: float | None = None
    drb: float | None = None
    ssdistnr: float | None = NAN


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
            point.isdiffpos not in NEGATIVE,
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


_reader = PacketReader(
    Packet,
    "candidates",
    PointList(
        "candidates",
        Table(
            ("jd", "fid", "nid", "magpsf", "sigmapsf", "drb", "diffmaglim", "ssdistnr"),
            switches=("detected", "positive"),
        ),
        _candidate_rows,
    ),
    PointList("forcedphot", Table(("jd", "fid", "flux", "flux_err", "magzpsci")), _forced_rows),
)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, by its place, the reason of each object that could not be read. Such an object has no points
    and does not touch the others.
    """
    points, forced, broken = _reader.read(raws)
    detections, fadings = _candidates(points)
    if len(forced["jd"]):
        fadings = join(fadings, _forced_photometry(forced))
    # Never lite: ZTF's lite points lack columns, so that the full form is asked for.
    return LightCurves(len(raws), detections, fadings, lite=np.zeros(len(raws), dtype=bool)), broken


def _candidates(points: Columns) -> tuple[Detections, Fadings]:
    objects, jd_utc, band = points["object_index"], points["jd"], _band(points["fid"])
    placed = is_placed(jd_utc)
    seen = in_order(np.flatnonzero(points["detected"] & placed), objects, jd_utc)
    # Two candidates of one exposure both count in D3.3.3; only the same one twice is a double.
    seen = without_doubles(seen, (objects, jd_utc, band, points["magpsf"], points["sigmapsf"], points["positive"]))
    limited = np.flatnonzero(~points["detected"] & placed & np.isfinite(points["diffmaglim"]))
    sigmapsf, nid = points["sigmapsf"][seen], points["nid"][seen]
    with np.errstate(divide="ignore"):
        snr = SNR_TIMES_SIGMAPSF / sigmapsf
    detections = Detections(
        object_index=objects[seen],
        jd_utc=jd_utc[seen],
        band=band[seen],
        # `nid` and date agree on all 82,737 recorded detections, so that the date may stand in for it.
        night=np.where(np.abs(nid) < NIGHT_RANGE, nid, SURVEY.nights.place(jd_utc[seen])).astype(np.int64),
        mag=points["magpsf"][seen],
        mag_err=sigmapsf,
        snr=snr,
        positive=points["positive"][seen],
        reliability=points["drb"][seen],
        usable=np.ones(len(seen), dtype=bool),
        solar_system=(points["ssdistnr"][seen] >= 0) & (points["ssdistnr"][seen] <= SOLAR_SYSTEM_ARCSEC),
    )
    none = np.full(len(limited), np.nan)
    limits = Fadings(
        object_index=objects[limited],
        jd_utc=jd_utc[limited],
        band=band[limited],
        mag=none,
        mag_err=none,
        limit_mag=points["diffmaglim"][limited],
        forced=np.zeros(len(limited), dtype=bool),
    )
    return detections, limits


def _forced_photometry(points: Columns) -> Fadings:
    measured = (points["flux"] != NOT_MEASURED) & (points["flux_err"] > 0)
    return forced_fadings(
        object_index=points["object_index"],
        jd_utc=points["jd"],
        band=_band(points["fid"]),
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
)
