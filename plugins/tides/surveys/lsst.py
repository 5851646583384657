"""LSST, the survey of the Vera C. Rubin Observatory.

Its light curves come from Lasair's `object`, or in the `alert` of a Kafka message.

A lite light curve has five attributes a source. The whole alert has some 95, of which the flags are read.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from tides import clock
from tides.clock import MJD_EPOCH_JD
from tides.lightcurves.fluxes import flux_detections, flux_fadings
from tides.lightcurves.model import NO_BAND, LightCurves
from tides.lightcurves.packets import NAN, PacketReader, PointList, Table
from tides.photometry.bands import BANDS
from tides.surveys.nights import Nights
from tides.surveys.survey import Survey

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


# A null becomes NaN, since a `Table` packs floats only.
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


_reader = PacketReader(
    Packet,
    "diaSourcesList",
    PointList(
        "dia_sources_list",
        Table(
            ("mjd_tai", "flux", "flux_err", "reliability", "withdrawn"),
            switches=("flagged", "unflagged", "sidereal"),
            codes=("band",),
        ),
        _source_rows,
    ),
    PointList("dia_forced_sources_list", Table(("mjd_tai", "flux", "flux_err"), codes=("band",)), _forced_rows),
)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, by its place, the reason of each object that could not be read. Such an object has no points
    and does not touch the others.
    """
    points, forced, broken = _reader.read(raws)
    # The lite form has no `psfFlux_flag` at any source (docs/contracts/lasair.md, "object").
    lite = np.bincount(points["object_index"][~points["unflagged"]], minlength=len(raws)) == 0
    # A source that stands has NaN for the time of its withdrawal.
    usable = ~points["flagged"] & np.isnan(points["withdrawn"]) & points["sidereal"]
    # The only conversion from TAI: all later times are JD UTC (docs/science.md, "Times and nights").
    detections = flux_detections(
        {**points, "jd_utc": clock.mjd_tai_to_jd_utc(points["mjd_tai"]), "usable": usable}, SURVEY.nights.place
    )
    fadings = flux_fadings({**forced, "jd_utc": clock.mjd_tai_to_jd_utc(forced["mjd_tai"])})
    return LightCurves(len(raws), detections, fadings, lite), broken


SURVEY = Survey(
    name="lsst",
    id_form=re.compile(r"[1-9]\d{0,18}", re.ASCII),
    id_key="diaObjectId",
    points_key="diaSourcesList",
    unused_id="1",
    nights=Nights("dated", MJD_EPOCH_JD + 0.5),  # Rubin's day_obs: from noon to noon UTC
    precedence=1,
    bands=BANDS,
    # ComCam saw its first light at MJD 60607; simulated streams of Rubin begin up to a year and a half before.
    since_jd=MJD_EPOCH_JD + 60000.0,
    decode=decode,
    id_is_number=True,
    own_criteria=(("usable", 1),),
)
