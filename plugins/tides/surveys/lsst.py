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
from tides.lightcurves.faults import Fault, Tally, count_bands, count_times, plausible, unusable
from tides.lightcurves.fluxes import flux_detections, flux_fadings
from tides.lightcurves.model import NO_BAND, Bools, LightCurves, is_placed
from tides.lightcurves.packets import NAN, Columns, PacketReader, PointList, Table
from tides.photometry.bands import BANDS
from tides.plausible import FLUX_ERR_NJY, FLUX_NJY, USUAL_FLUX_ERR_NJY
from tides.surveys.nights import Nights
from tides.surveys.survey import Survey

BAND_CODES: dict[str | None, int] = {name: code for code, name in enumerate(BANDS)}

NOT_A_SOLAR_SYSTEM_OBJECT = frozenset({None, 0, "0", ""})
"""Values of `ssObjectId` of a source that belongs to no known solar-system object."""


NOT_FLAGGED = frozenset({None, False})
"""Values of `psfFlux_flag` of a source that is not flagged; 0 equals False."""


NO_ERROR = frozenset({0.0})
"""The mark of an error that was not measured."""

NO_MARKS: frozenset[float] = frozenset()
"""A flux has none: any number may be measured."""


class DiaSource(msgspec.Struct, gc=False, rename="camel"):
    """A detection on a difference image; times MJD TAI, fluxes nJy."""

    midpoint_mjd_tai: float | None = None
    band: str | None = None
    psf_flux: float | None = None
    psf_flux_err: float | None = None
    reliability: float | None = None
    psf_flux_flag: bool | int | None = msgspec.field(default=None, name="psfFlux_flag")
    ss_object_id: int | float | str | None = None
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


NEEDED = (
    ("midpointMjdTai", Fault.NO_TIME),
    ("band", Fault.NO_BAND),
    ("psfFlux", Fault.NO_FLUX),
    ("psfFluxErr", Fault.NO_ERROR),
)
"""The keys that each point must have."""


# A null becomes NaN, since a `Table` packs floats only.
def _source_rows(sources: list[DiaSource]) -> list[tuple[Any, ...]]:
    return [
        (
            NAN if point.midpoint_mjd_tai is None else point.midpoint_mjd_tai,
            NAN if point.psf_flux is None else point.psf_flux,
            NAN if point.psf_flux_err is None else point.psf_flux_err,
            NAN if point.reliability is None else point.reliability,
            NAN if point.time_withdrawn_mjd_tai is None else point.time_withdrawn_mjd_tai,
            point.psf_flux_flag not in NOT_FLAGGED,
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


def _lacks(point: DiaSource | DiaForcedSource) -> dict[str, Fault]:
    values = (point.midpoint_mjd_tai, point.band, point.psf_flux, point.psf_flux_err)
    # Most points have all; what is false may be 0.
    if all(values):
        return {}
    return {key: fault for (key, fault), value in zip(NEEDED, values, strict=True) if value is None}


_reader = PacketReader(
    Packet,
    PointList(
        "dia_sources_list",
        DiaSource,
        Table(
            ("mjd_tai", "flux", "flux_err", "reliability", "withdrawn"),
            switches=("flagged", "unflagged", "sidereal"),
            codes=("band",),
        ),
        _source_rows,
        _lacks,
    ),
    PointList(
        "dia_forced_sources_list",
        DiaForcedSource,
        Table(("mjd_tai", "flux", "flux_err"), codes=("band",)),
        _forced_rows,
        _lacks,
    ),
)


def decode(raws: Sequence[bytes]) -> tuple[LightCurves, dict[int, str]]:
    """Read the light curves of a chunk, each object's JSON as bytes.

    Gives the columns and, by its place, the reason of each object that could not be read. Such an object has no points
    and does not touch the others.
    """
    tally = Tally()
    points, forced, broken = _reader.read(raws, tally)
    points, forced = _measured(points, raws, tally), _measured(forced, raws, tally)
    broken |= unusable(len(raws), points["object_index"], lambda: _has_value(points), tally)
    # The lite form has no `psfFlux_flag` at any source (docs/contracts/lasair.md, "object").
    lite = np.bincount(points["object_index"][~points["unflagged"]], minlength=len(raws)) == 0
    # A source that stands has NaN for the time of its withdrawal.
    usable = ~points["flagged"] & np.isnan(points["withdrawn"]) & points["sidereal"]
    detections = flux_detections({**points, "usable": usable}, SURVEY.nights.place)
    return LightCurves(len(raws), detections, flux_fadings(forced), lite, tally), broken


def _measured(points: Columns, raws: Sequence[bytes], tally: Tally) -> Columns:
    """Give the columns with times in JD UTC, and with NaN for what cannot be true (docs/science.md)."""
    # The only conversion from TAI: all later times are JD UTC (docs/science.md, "Times and nights").
    jd_utc = clock.mjd_tai_to_jd_utc(points["mjd_tai"])
    count_times(points["mjd_tai"], is_placed(jd_utc), tally)
    count_bands(points["band"], tally, lambda row: _odd_band(raws[points["object_index"][row]]))
    given = points["flux_err"]
    flux_err = plausible(given, FLUX_ERR_NJY, tally, Fault.NO_ERROR, Fault.ODD_ERROR, NO_ERROR)
    flux = plausible(points["flux"], FLUX_NJY, tally, Fault.NO_FLUX, Fault.ODD_FLUX, NO_MARKS)
    if flux_err is not given:
        # An error of another scale tells that the flux has another unit, too.
        flux = np.where(np.isnan(flux_err) & (given > 0), np.nan, flux)
    if not USUAL_FLUX_ERR_NJY.hold_all(flux_err):
        unusual = ~(USUAL_FLUX_ERR_NJY.hold(flux_err) | np.isnan(flux_err))
        if unusual.any():
            tally.count(Fault.ODD_SCALE, int(unusual.sum()), f"{flux_err[unusual][0]:.4g} nJy")
    return {**points, "jd_utc": jd_utc, "flux": flux, "flux_err": flux_err}


def _odd_band(raw: bytes) -> str:
    """A band of a light curve's JSON that is none of the survey's; "none" where only the key is missing."""
    named = (found[1].decode(errors="replace") for found in re.finditer(rb'"band"\s*:\s*"([^"]*)"', raw))
    return next((name for name in named if name not in BAND_CODES), "none")


def _has_value(points: Columns) -> Bools:
    has_value: Bools = is_placed(points["jd_utc"]) & (points["band"] != NO_BAND) & np.isfinite(points["flux"])
    return has_value


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
    cell_nside=32,  # a field is 3.5 degrees across
)
