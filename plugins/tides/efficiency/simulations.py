"""Simulated transients: their true values, and their light curves in the columns that are judged.

The names of columns are SNANA's in each kind of file. The rules are those of its data format (SNANA manual, "FITS
format"). FLUXCAL has the AB zero point 27.5. PHOTFLAG's bit 4096 marks a detection, its bit 1024 a saturated point.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from tides import clock
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.lightcurves.fluxes import flux_detections, flux_fadings
from tides.lightcurves.model import (
    DETECTION_LIMIT_SNR,
    NO_BAND,
    Bools,
    Floats,
    LightCurves,
    is_placed,
)
from tides.photometry.bands import BANDS
from tides.surveys.survey import Survey

NJY_A_FLUXCAL = 36.308
"""FLUXCAL 1 in nJy: 10^(0.4 (31.4 − 27.5))."""

DETECTED, SATURATED = 4096, 1024
"""Bits of PHOTFLAG."""

UNDEFINED = -9
"""SNANA writes this, or less, for a number that it does not know."""

NO_TYPE = ("", "UNKNOWN", str(UNDEFINED))
"""What SNANA writes for a type without a name."""

FAINTEST_MAG = 40.0
"""A magnitude (AB) of this or more stands for "never visible"."""

POINT_COLUMNS = ("MJD", "FLUXCAL", "FLUXCALERR")

Names = Mapping[str, tuple[str, ...]]

HEAD_NAMES: Names = {
    "id": ("SNID",),
    "type": ("SIM_TYPE_NAME", "SIM_GENTYPE", "SIM_TYPE_INDEX", "SNTYPE"),
    "redshift": ("SIM_REDSHIFT_CMB",),
    "peak_mjd": ("SIM_PEAKMJD",),
    "mwebv": ("MWEBV",),
    "ra_deg": ("RA",),
    "dec_deg": ("DEC", "DECL"),
    "field": ("FIELD",),
    **{f"peak_mag_{band}": (f"SIM_PEAKMAG_{band}",) for band in BANDS[:-1]},
    # SNANA names Rubin's y band Y or y.
    "peak_mag_y": ("SIM_PEAKMAG_Y", "SIM_PEAKMAG_y"),
    **{f"host_mag_{band}": (f"HOSTGAL_MAG_{band}",) for band in BANDS[:-1]},
    "host_mag_y": ("HOSTGAL_MAG_Y", "HOSTGAL_MAG_y"),
}
"""An event's true values, each with the names that SNANA's versions give its column in HEAD, the better one first."""

TEXTS = ("id", "type", "field")

MAY_BE_NEGATIVE = ("ra_deg", "dec_deg")


@dataclass(frozen=True)
class Sample:
    """The transients of one file of a simulation.

    `events` has one row a transient and the columns of HEAD_NAMES: redshift in the CMB frame, MJD UTC, mag, ICRS
    degrees, peak magnitudes AB. Unknown values are NaN or "". `light_curves` numbers the objects by these rows.
    `is_complete` tells that the events are all generated ones, and not only those that triggered. `files` are the files
    that were read, and `notes` tell what a reader must know about them.
    """

    survey: Survey
    events: pd.DataFrame
    light_curves: LightCurves
    is_complete: bool
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Points:
    """Simulated photometry, event by event.

    The columns are the event's row, MJD UTC, the band's code, flux and error (FLUXCAL), and PHOTFLAG.
    """

    event: NDArray[np.int32]
    mjd_utc: Floats
    band: NDArray[np.int8]
    fluxcal: Floats
    fluxcal_err: Floats
    photflag: NDArray[np.int64]


def a_sample(
    survey: Survey, events: pd.DataFrame, points: Points, is_complete: bool, files: tuple[Path, ...],
    notes: tuple[str, ...] = (),
) -> Sample:  # fmt: skip
    """Turn photometry into the survey's own data: detections, and forced photometry between them.

    A detection is a point with PHOTFLAG's bit 4096; where no point has the bit, it is a point of S/N ≥ 5. Saturated
    points are dropped (docs/science.md, "Efficiency").
    """
    is_good = (points.photflag & SATURATED) == 0
    jd_utc = points.mjd_utc + clock.MJD_EPOCH_JD
    is_good &= is_placed(jd_utc)
    flags = (points.photflag & DETECTED) > 0
    snr = np.divide(points.fluxcal, points.fluxcal_err, out=np.zeros(len(jd_utc)), where=points.fluxcal_err > 0)
    # A file without any such bit was written without it, not without detections.
    detected = flags if flags.any() else snr >= DETECTION_LIMIT_SNR
    columns: dict[str, NDArray[Any]] = {
        "object_index": points.event,
        "jd_utc": jd_utc,
        "flux": points.fluxcal * NJY_A_FLUXCAL,
        "flux_err": points.fluxcal_err * NJY_A_FLUXCAL,
        "band": points.band,
        # A simulation has no score against artefacts; a detection without one counts.
        "reliability": np.full(len(jd_utc), np.nan),
        "usable": np.ones(len(jd_utc), dtype=bool),
    }
    seen = flux_detections(_rows(columns, is_good & detected), survey.nights.place)
    fadings = flux_fadings(_rows(columns, is_good & ~detected))
    # Lite, since a simulation does not tell which detections the survey would disown.
    light_curves = LightCurves(len(events), seen, fadings, lite=np.ones(len(events), dtype=bool))
    return Sample(survey, events, light_curves, is_complete, files, notes)


def shifted(sample: Sample, days: int) -> Sample:
    """Move a sample by whole days, so that each time of a night stays what it is."""
    seen, faded = sample.light_curves.detections, sample.light_curves.fadings
    light_curves = replace(
        sample.light_curves,
        detections=replace(seen, jd_utc=seen.jd_utc + days, night=seen.night + days),
        fadings=replace(faded, jd_utc=faded.jd_utc + days),
    )
    events = sample.events.assign(peak_mjd=sample.events["peak_mjd"] + days)
    return replace(sample, events=events, light_curves=light_curves)


def _rows(columns: Mapping[str, NDArray[Any]], rows: Bools) -> dict[str, NDArray[Any]]:
    return {name: values[rows] for name, values in columns.items()}


def band_codes(names: Iterable[Any]) -> NDArray[np.int8]:
    """Give the codes of bands by SNANA's names. These are padded, may name the survey ("LSST-g"), and have Y for y."""
    values, places = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    letters = [name.strip()[-1:] for name in values.tolist()]
    letters = ["y" if letter == "Y" else letter for letter in letters]
    codes = [BANDS.index(letter) if letter and letter in BANDS else NO_BAND for letter in letters]
    return np.array(codes, dtype=np.int8)[places.reshape(-1)]


def true_values(table: Mapping[str, Any], names: Names, asked: Sequence[str] = ()) -> pd.DataFrame:
    """Give the events' true values from the columns of a table, in the order of its rows. It must have the `id`.

    The columns `asked` for keep their names. There only −9 itself stands for an unknown number. A type is the first one
    that is told, so that one of the name UNKNOWN is called by its index. Raises SettingsError for a column of texts.
    """
    rows = len(next(iter(table.values())))
    events: dict[str, Any] = {}
    for name, columns in names.items():
        present = [table[column] for column in columns if column in table]
        values = present[0] if present else None
        if name == "type":
            events[name] = _first_known(present, rows)
        elif name in TEXTS:
            texts = [""] * rows if values is None else _texts(values)
            events[name] = [kind_of_field(text) for text in texts] if name == "field" else texts
        else:
            numbers = np.full(rows, np.nan) if values is None else np.array(values, dtype=np.float64)
            # A declination of −9 degrees is a place, not SNANA's mark.
            if name not in MAY_BE_NEGATIVE:
                numbers[(numbers <= UNDEFINED) | (("_mag_" in name) & (numbers >= FAINTEST_MAG))] = np.nan
            events[name] = numbers
    for name in asked:
        try:
            numbers = np.array(table[name], dtype=np.float64) if name in table else np.full(rows, np.nan)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"the column {name} of the simulation: holds texts; give a column of numbers"
            ) from error
        events.setdefault(name, np.where(numbers == UNDEFINED, np.nan, numbers))
    return pd.DataFrame(events)


def _first_known(columns: Sequence[Any], rows: int) -> list[str]:
    """The first type of each event that is told, or ""."""
    types = np.full(rows, "", dtype=object)
    for column in columns:
        texts = np.array(_texts(column), dtype=object)
        told = np.array([text.upper() not in NO_TYPE for text in texts.tolist()], dtype=bool)
        types = np.where((types == "") & told, texts, types)
    return [str(name) for name in types.tolist()]


def _texts(values: Any) -> list[str]:
    return [_text(value) for value in np.asarray(values).tolist()]


def _text(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip()


def kind_of_field(name: str) -> str:
    """Name the part of the survey that a field belongs to: DDF, WFD, or its own name; "" where there is none."""
    upper = name.strip().upper()
    if re.search("DDF|DEEP", upper):
        return "DDF"
    return "WFD" if "WFD" in upper else "" if upper in ("VOID", "NULL", "NONE") else name.strip()


def read_parquet(path: Path, survey: Survey, asked: Sequence[str] = ()) -> Sample:
    """Read a simulation from Parquet: one row an event, photometry as lists, columns as HEAD's and PHOT's.

    The file's metadata have `events: generated` when it holds all generated events. Raises SettingsError for an
    unreadable file, a missing column, or lists of unequal length.
    """
    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise SettingsError(f"{path}: cannot be read as Parquet ({quoted(str(error))})") from error
    require(path, table.column_names, ("SNID", *POINT_COLUMNS, "BAND"))
    lists = [name for name in (*POINT_COLUMNS, "BAND", "PHOTFLAG") if name in table.column_names]
    for name in lists:
        if not pa.types.is_list(table.schema.field(name).type):
            raise SettingsError(f"{path}: {name} must be a list an event, with its photometry")
    lengths = {name: table[name].combine_chunks().value_lengths().fill_null(0).to_numpy() for name in lists}
    for name in lists:
        if not np.array_equal(lengths[name], lengths["MJD"]):
            raise SettingsError(f"{path}: {name} and MJD must have as many values in each event")
    values = {name: table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False) for name in lists}
    points = Points(
        event=np.repeat(np.arange(len(table), dtype=np.int32), lengths["MJD"]),
        mjd_utc=values["MJD"].astype(np.float64),
        band=band_codes(values["BAND"]),
        fluxcal=values["FLUXCAL"].astype(np.float64),
        fluxcal_err=values["FLUXCALERR"].astype(np.float64),
        photflag=values.get("PHOTFLAG", np.zeros(len(values["MJD"]))).astype(np.int64),
    )
    scalars = {name: table[name].to_numpy() for name in table.column_names if name not in lists}
    is_complete = (table.schema.metadata or {}).get(b"events") == b"generated"
    return a_sample(survey, true_values(scalars, HEAD_NAMES, asked), points, is_complete, (path,))


def require(path: Path, given: Iterable[str], needed: Iterable[str]) -> None:
    """Raise SettingsError with the names of the needed columns that a file lacks."""
    missing = [name for name in needed if name not in set(given)]
    if missing:
        raise SettingsError(f"{path}: lacks {', '.join(missing)}; a simulation's file must have these columns")
