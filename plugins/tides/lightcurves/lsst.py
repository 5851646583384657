"""Light curves of LSST as Lasair's `object` gives them, or as they travel in the `alert` of a Kafka message.

A lite light curve has five attributes a source; the whole alert has some 95, of which the flags are read.
"""

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides import clock
from tides.lightcurves.model import (
    BANDS,
    MAG_ERR_TIMES_SNR,
    NO_BAND,
    Detections,
    Fadings,
    LightCurves,
    ab_mag,
    forced_fadings,
    in_order,
    is_placed,
    take,
)
from tides.lightcurves.packets import PacketDecoder, column, object_indices

ZERO_POINT_NJY = 31.4
"""AB magnitude of 1 nJy."""

BAND_CODES: dict[str | None, int] = {name: code for code, name in enumerate(BANDS)}

NOT_A_SOLAR_SYSTEM_OBJECT = frozenset({None, 0, "0", ""})
"""Values of `ssObjectId` of a source that belongs to no known solar-system object."""

NO_LIST = "no light curve: `diaSourcesList` is missing, as for an object that the server does not know"


class DiaSource(msgspec.Struct, gc=False, rename="camel"):
    """A detection on a difference image; times MJD TAI, fluxes nJy."""

    midpoint_mjd_tai: float | None = None
    band: str | None = None
    psf_flux: float | None = None
    psf_flux_err: float | None = None
    reliability: float | None = None
    psf_flux_flag: bool | None = msgspec.field(default=None, name="psfFlux_flag")
    ss_object_id: int | str | None = None
    time_withdrawn_mjd_tai: float | None = None


class DiaForcedSource(msgspec.Struct, gc=False, rename="camel"):
    """Forced photometry at the object's place; times MJD TAI, fluxes nJy."""

    midpoint_mjd_tai: float | None = None
    band: str | None = None
    psf_flux: float | None = None
    psf_flux_err: float | None = None


class Packet(msgspec.Struct, gc=False, rename="camel"):
    """One object's two lists."""

    dia_sources_list: list[DiaSource] | msgspec.UnsetType | None = msgspec.UNSET
    dia_forced_sources_list: list[DiaForcedSource] | None = None


_decoder = PacketDecoder(Packet)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, under its index, the reason of each object that could not be read; such an object has no
    points and does not touch the others.
    """
    packets, broken = _decoder.read(raws)
    sources: list[list[DiaSource]] = []
    forced: list[list[DiaForcedSource]] = []
    for index, packet in enumerate(packets):
        if packet is not None and packet.dia_sources_list is msgspec.UNSET:
            broken[index] = (
                "no light curve: `diaSourcesList` is missing, as for an object that the server does not know"
            )
        sources.append((packet.dia_sources_list or []) if packet else [])
        forced.append((packet.dia_forced_sources_list or []) if packet else [])
    chunk = LightCurves(
        objects=len(raws),
        detections=_detections(sources),
        fadings=_forced_photometry(forced),
        lite=np.array([not any(source.psf_flux_flag is not None for source in each) for each in sources], dtype=bool),
    )
    return chunk, broken


def _detections(sources: list[list[DiaSource]]) -> Detections:
    points = list(chain.from_iterable(sources))
    mjd_tai, flux, flux_err = (column(points, name) for name in ("midpoint_mjd_tai", "psf_flux", "psf_flux_err"))
    jd_utc = clock.mjd_tai_to_jd_utc(mjd_tai)
    placed = is_placed(jd_utc)
    measured = np.isfinite(flux) & (flux_err > 0) & np.isfinite(flux_err)
    snr = np.divide(flux, flux_err, out=np.full(len(points), np.nan), where=measured)
    positive = snr > 0
    detections = Detections(
        object_index=object_indices(map(len, sources)),
        jd_utc=jd_utc,
        band=_band(points),
        night=np.asarray(clock.lsst_night_mjd(np.where(placed, mjd_tai, 0.0))),
        mag=ab_mag(np.where(positive, flux, np.nan), ZERO_POINT_NJY),
        mag_err=np.divide(MAG_ERR_TIMES_SNR, snr, out=np.full(len(points), np.nan), where=positive),
        snr=snr,
        positive=positive,
        reliability=column(points, "reliability"),
        usable=np.array([_is_usable(point) for point in points], dtype=bool),
    )
    return in_order(take(detections, placed), doubled_by=("band",))


def _is_usable(source: DiaSource) -> bool:
    """Tell whether the survey does not disown a source; what a lite light curve does not say is taken as usable."""
    withdrawn = source.time_withdrawn_mjd_tai
    return (
        not source.psf_flux_flag
        and (withdrawn is None or withdrawn != withdrawn)
        and source.ss_object_id in NOT_A_SOLAR_SYSTEM_OBJECT
    )


def _forced_photometry(forced: list[list[DiaForcedSource]]) -> Fadings:
    points = list(chain.from_iterable(forced))
    flux_err = column(points, "psf_flux_err")
    return forced_fadings(
        object_index=object_indices(map(len, forced)),
        jd_utc=clock.mjd_tai_to_jd_utc(column(points, "midpoint_mjd_tai")),
        band=_band(points),
        flux=column(points, "psf_flux"),
        flux_err=np.where(flux_err > 0, flux_err, np.nan),
        zero_point=ZERO_POINT_NJY,
    )


def _band(points: Sequence[DiaSource | DiaForcedSource]) -> NDArray[np.int8]:
    return np.array([BAND_CODES.get(point.band, NO_BAND) for point in points], dtype=np.int8)
