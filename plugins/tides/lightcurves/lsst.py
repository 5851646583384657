"""Light curves of LSST as Lasair's `object` gives them, or as they travel in the `alert` of a Kafka message.

A lite light curve has five attributes a source; the whole alert has some 95, of which the flags are read.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from tides import clock
from tides.lightcurves.model import (
    NO_BAND,
    Bools,
    Detections,
    Fadings,
    LightCurves,
    forced_fadings,
    in_order,
    is_placed,
    without_doubles,
)
from tides.lightcurves.packets import NAN, Columns, NotALightCurve, PacketDecoder, Table, pack_chunk
from tides.photometry.ab import AB_ZERO_NJY, MAG_ERR_TIMES_SNR, mag_of
from tides.photometry.bands import BANDS

BAND_CODES: dict[str | None, int] = {name: code for code, name in enumerate(BANDS)}

NOT_A_SOLAR_SYSTEM_OBJECT = frozenset({None, 0, "0", ""})
"""Values of `ssObjectId` of a source that belongs to no known solar-system object."""


class DiaSource(msgspec.Struct, gc=False, rename="camel"):
    """A detection on a difference image; times MJD TAI, fluxes nJy."""

    midpoint_mjd_tai: float | None = NAN
    band: str | None = None
    psf_flux: float | None = NAN
    psf_flux_err: float | None = NAN
    reliability: float | None = NAN
    psf_flux_flag: bool | None = msgspec.field(default=None, name="psfFlux_flag")
    ss_object_id: int | str | None = None
    time_withdrawn_mjd_tai: float | None = None


class DiaForcedSource(msgspec.Struct, gc=False, rename="camel"):
    """Forced photometry at the object's place; times MJD TAI, fluxes nJy."""

    midpoint_mjd_tai: float | None = NAN
    band: str | None = None
    psf_flux: float | None = NAN
    psf_flux_err: float | None = NAN


class Packet(msgspec.Struct, gc=False, rename="camel"):
    """One object's two lists."""

    dia_sources_list: list[DiaSource] | msgspec.UnsetType | None = msgspec.UNSET
    dia_forced_sources_list: list[DiaForcedSource] | None = None


_decoder = PacketDecoder(Packet)
_SOURCES = Table(
    ("mjd_tai", "flux", "flux_err", "reliability", "withdrawn"),
    switches=("flagged", "unflagged", "sidereal"),
    codes=("band",),
)
_FORCED = Table(("mjd_tai", "flux", "flux_err"), codes=("band",))


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, under its index, the reason of each object that could not be read; such an object has no
    points and does not touch the others.
    """
    points, forced_points, broken = pack_chunk(
        raws,
        _lists,
        lambda sources: _SOURCES.pack(_source_rows(sources)),
        lambda forced: _FORCED.pack(_forced_rows(forced)),
    )
    detected, lite = detections(_SOURCES.read(points), len(raws))
    forced = forced_photometry(_FORCED.read(forced_points))
    return LightCurves(len(raws), detected, forced, lite), broken


def _lists(raw: bytes) -> tuple[list[DiaSource], list[DiaForcedSource]]:
    packet = _decoder.read(raw)
    if packet.dia_sources_list is msgspec.UNSET:
        raise NotALightCurve(
            "no light curve: `diaSourcesList` is missing, as for an object that the server does not know"
        )
    return packet.dia_sources_list or [], packet.dia_forced_sources_list or []


def _source_rows(sources: list[DiaSource]) -> list[tuple[Any, ...]]:
    return [
        (
            NAN if point.midpoint_mjd_tai is None else point.midpoint_mjd_tai,
            NAN if point.psf_flux is None else point.psf_flux,
            NAN if point.psf_flux_err is None else point.psf_flux_err,
            NAN if point.reliability is None else point.reliability,
            NAN if point.time_withdrawn_mjd_tai is None else point.time_withdrawn_mjd_tai,
            point.psf_flux_flag is True,
            point.psf_flux_flag is None,
            point.ss_object_id in NOT_A_SOLAR_SYSTEM_OBJECT,
            BAND_CODES.get(point.band, NO_BAND),
        )
        for point in sources
    ]


def _forced_rows(forced: list[DiaForcedSource]) -> list[tuple[Any, ...]]:
    return [
        (
            NAN if point.midpoint_mjd_tai is None else point.midpoint_mjd_tai,
            NAN if point.psf_flux is None else point.psf_flux,
            NAN if point.psf_flux_err is None else point.psf_flux_err,
            BAND_CODES.get(point.band, NO_BAND),
        )
        for point in forced
    ]


def detections(points: Columns, size: int) -> tuple[Detections, Bools]:
    """Give the detections among the points of so many objects, in order, and which light curves are lite.

    The points' columns are object_index (ascending), mjd_tai, flux and flux_err (nJy), reliability, withdrawn (MJD
    TAI), band (code), and the switches flagged, unflagged (nothing is said of flags) and sidereal.
    """
    objects = points["object_index"]
    lite = np.bincount(objects[~points["unflagged"]], minlength=size) == 0
    jd_utc = clock.mjd_tai_to_jd_utc(points["mjd_tai"])
    flux, flux_err, band = points["flux"], points["flux_err"], points["band"]
    measured = np.isfinite(flux) & (flux_err > 0) & np.isfinite(flux_err)
    snr = np.divide(flux, flux_err, out=np.full(len(flux), np.nan), where=measured)
    usable = ~points["flagged"] & np.isnan(points["withdrawn"]) & points["sidereal"]
    rows = in_order(np.flatnonzero(is_placed(jd_utc)), objects, jd_utc)
    preferred = (usable.astype(np.int8), np.nan_to_num(snr, nan=-np.inf), flux)
    rows = without_doubles(rows, (objects, jd_utc, band), preferred)
    flux, snr = flux[rows], snr[rows]
    positive = snr > 0
    seen = Detections(
        object_index=objects[rows],
        jd_utc=jd_utc[rows],
        band=band[rows],
        night=np.asarray(clock.lsst_night_mjd(points["mjd_tai"][rows])),
        mag=mag_of(np.where(positive, flux, np.nan)),
        mag_err=np.divide(MAG_ERR_TIMES_SNR, snr, out=np.full(len(rows), np.nan), where=positive),
        snr=snr,
        positive=positive,
        reliability=points["reliability"][rows],
        usable=usable[rows],
        solar_system=np.zeros(len(rows), dtype=bool),
    )
    return seen, lite


def forced_photometry(points: Columns) -> Fadings:
    """Give forced photometry from its columns: object_index, mjd_tai, flux and flux_err (nJy), band (code)."""
    return forced_fadings(
        object_index=points["object_index"],
        jd_utc=clock.mjd_tai_to_jd_utc(points["mjd_tai"]),
        band=points["band"],
        flux=points["flux"],
        flux_err=np.where(points["flux_err"] > 0, points["flux_err"], np.nan),
        zero_point=AB_ZERO_NJY,
    )
