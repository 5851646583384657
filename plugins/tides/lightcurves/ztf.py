"""Light curves of ZTF as Lasair's `lightcurves` gives them (contract of Lasair-ZTF, ZTF alert schema 4.02)."""

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides import clock
from tides.lightcurves.model import (
    BANDS,
    NO_BAND,
    Detections,
    Fadings,
    LightCurves,
    forced_fadings,
    in_order,
    is_placed,
    join,
    take,
)
from tides.lightcurves.packets import PacketDecoder, column, object_indices

SNR_TIMES_SIGMAPSF = 1.09
"""ZTF's S/N = 1.09 / sigmapsf (deliverable D3.3.3)."""

BAND_OF_FID = {1: "g", 2: "r", 3: "i"}

NEGATIVE = frozenset({"f", "F", "0", "false", 0})
"""Values of `isdiffpos` of a source fainter than its reference; what is missing counts as positive."""

NOT_MEASURED = -99999.0
"""ZTF's own mark, in forced photometry, for a number that could not be measured."""

NIGHT_RANGE = 1_000_000
"""A `nid` beyond this is not a night."""


class Candidate(msgspec.Struct, gc=False):
    """A detection, or a non-detection, which has no `candid`."""

    candid: int | str | None = None
    jd: float | None = None
    fid: float | None = None
    nid: float | None = None
    magpsf: float | None = None
    sigmapsf: float | None = None
    isdiffpos: str | float | bool | None = None
    diffmaglim: float | None = None
    drb: float | None = None


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


_decoder = PacketDecoder(Packet)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, under its index, the reason of each object that could not be read; such an object has no
    points and does not touch the others.
    """
    packets, broken = _decoder.read(raws)
    seen: list[list[Candidate]] = []
    unseen: list[list[Candidate]] = []
    forced: list[list[Forced]] = []
    for index, packet in enumerate(packets):
        if packet is not None and packet.candidates is msgspec.UNSET:
            broken[index] = "no light curve: `candidates` is missing, as for an object that the server does not know"
        points = (packet.candidates or []) if packet else []
        seen.append([point for point in points if point.candid is not None])
        unseen.append([point for point in points if point.candid is None] if len(seen[-1]) < len(points) else [])
        forced.append((packet.forcedphot or []) if packet else [])
    chunk = LightCurves(
        objects=len(raws),
        detections=_detections(seen),
        fadings=join(_non_detections(unseen), _forced_photometry(forced)),
        lite=np.zeros(len(raws), dtype=bool),
    )
    return chunk, broken


def _detections(seen: list[list[Candidate]]) -> Detections:
    points = list(chain.from_iterable(seen))
    jd_utc, sigmapsf, nid = column(points, "jd"), column(points, "sigmapsf"), column(points, "nid")
    placed = is_placed(jd_utc)
    has_nid = np.abs(nid) < NIGHT_RANGE
    night = np.where(has_nid, nid, clock.ztf_night(np.where(placed, jd_utc, 0.0))).astype(np.int64)
    with np.errstate(divide="ignore"):
        snr = SNR_TIMES_SIGMAPSF / sigmapsf
    detections = Detections(
        object_index=object_indices(map(len, seen)),
        jd_utc=jd_utc,
        band=_band(points),
        night=night,
        mag=column(points, "magpsf"),
        mag_err=sigmapsf,
        snr=snr,
        positive=np.array([point.isdiffpos not in NEGATIVE for point in points], dtype=bool),
        reliability=column(points, "drb"),
        usable=np.ones(len(points), dtype=bool),
    )
    # Two candidates of one exposure both count in D3.3.3; only the same one twice is a double.
    return in_order(take(detections, placed), doubled_by=("band", "mag", "mag_err", "positive"))


def _non_detections(unseen: list[list[Candidate]]) -> Fadings:
    points = list(chain.from_iterable(unseen))
    none = np.full(len(points), np.nan)
    limits = Fadings(
        object_index=object_indices(map(len, unseen)),
        jd_utc=column(points, "jd"),
        band=_band(points),
        mag=none,
        mag_err=none,
        limit_mag=column(points, "diffmaglim"),
        forced=np.zeros(len(points), dtype=bool),
    )
    return take(limits, is_placed(limits.jd_utc) & np.isfinite(limits.limit_mag))


def _forced_photometry(forced: list[list[Forced]]) -> Fadings:
    points = list(chain.from_iterable(forced))
    flux, flux_err = column(points, "forcediffimflux"), column(points, "forcediffimfluxunc")
    measured = (flux != NOT_MEASURED) & (flux_err > 0)
    return forced_fadings(
        object_index=object_indices(map(len, forced)),
        jd_utc=column(points, "jd"),
        band=_band(points),
        flux=np.where(measured, flux, np.nan),
        flux_err=flux_err,
        zero_point=column(points, "magzpsci"),
    )


def _band(points: Sequence[Candidate | Forced]) -> NDArray[np.int8]:
    fid = column(points, "fid")
    band = np.full(len(points), NO_BAND, dtype=np.int8)
    for code, name in BAND_OF_FID.items():
        band[fid == code] = BANDS.index(name)
    return band
