"""Reads simulations of SNANA: pairs of HEAD and PHOT FITS files, and the .DUMP of all generated events."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from tides.efficiency.simulations import (
    HEAD_NAMES,
    POINT_COLUMNS,
    Names,
    Points,
    Sample,
    a_sample,
    band_codes,
    kind_of_field,
    require,
    true_values,
)
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.lightcurves.model import Indices
from tides.photometry.bands import BANDS
from tides.surveys.survey import Survey

SEPARATOR_MJD = -777.0
"""The MJD of the separator after each light curve in PHOT, by which wrong pointers are found."""

PHOT_COLUMNS = (*POINT_COLUMNS, "BAND", "FLT", "PHOTFLAG", "FIELD")
"""The columns of PHOT that are read; it may have many more. Older versions write FLT for BAND."""

DUMP_NAMES: Names = {
    "id": ("CID", "SNID"),
    "type": ("SIM_TYPE_NAME", "GENTYPE", "SIM_GENTYPE", "SIM_TYPE_INDEX", "SNTYPE", "NON1A_INDEX"),
    "redshift": ("SIM_REDSHIFT_CMB", "REDSHIFT_CMB", "ZCMB", "GENZ", "Z"),
    "peak_mjd": ("SIM_PEAKMJD", "PEAKMJD"),
    "mwebv": ("MWEBV",),
    "ra_deg": ("RA",),
    "dec_deg": ("DEC", "DECL"),
    "field": ("FIELD",),
    **{f"peak_mag_{b}": (f"PEAKMAG_{b}", f"MAGT0_{b}", f"SIM_PEAKMAG_{b}") for b in BANDS[:-1]},
    "peak_mag_y": ("PEAKMAG_Y", "MAGT0_Y", "SIM_PEAKMAG_Y", "PEAKMAG_y", "MAGT0_y", "SIM_PEAKMAG_y"),
    **{f"host_mag_{b}": (f"HOSTGAL_MAG_{b}", f"HOSTMAG_{b}", f"GALMAG_{b}") for b in BANDS[:-1]},
    "host_mag_y": ("HOSTGAL_MAG_Y", "HOSTMAG_Y", "GALMAG_Y", "HOSTGAL_MAG_y", "HOSTMAG_y", "GALMAG_y"),
}
"""An event's true values, each with its names in a .DUMP, whose author chooses among SNANA's names."""

Columns = dict[str, NDArray[Any]]


def read_pair(head: Path, survey: Survey, asked: Sequence[str] = ()) -> Sample:
    """Read a HEAD file and the PHOT file that it names, compressed or not, with the columns of HEAD `asked` for.

    Raises SettingsError for a missing file, a file without a FITS table, a missing column, a file without events, and
    for a PHOT file that neither HEAD's pointers nor its separators divide among the events.
    """
    table, keywords = _table(head)
    require(head, table, ("SNID",))
    if not len(table["SNID"]):
        raise SettingsError(f"{head}: holds no events; give a HEAD file of a simulation that triggered on some")
    phot = _phot_beside(head, keywords)
    points, _ = _table(phot, PHOT_COLUMNS)
    band = "FLT" if "BAND" not in points and "FLT" in points else "BAND"
    require(phot, points, (*POINT_COLUMNS, band))
    rows, event, notes = _rows_of_events(head, table, points["MJD"])
    events = true_values(table, HEAD_NAMES, asked)
    # Where HEAD does not name the field, the event's first observation does.
    if "FIELD" not in table and "FIELD" in points:
        seen, first = np.unique(event, return_index=True)
        events.loc[seen, "field"] = [kind_of_field(str(name)) for name in points["FIELD"][rows[first]]]
    photometry = Points(
        event=event,
        mjd_utc=points["MJD"][rows].astype(np.float64),
        band=band_codes(points[band][rows]),
        fluxcal=points["FLUXCAL"][rows].astype(np.float64),
        fluxcal_err=points["FLUXCALERR"][rows].astype(np.float64),
        photflag=points["PHOTFLAG"][rows].astype(np.int64) if "PHOTFLAG" in points else np.zeros(len(rows), np.int64),
    )
    return a_sample(survey, events, photometry, is_complete=False, files=(head, phot), notes=notes)


def _table(path: Path, wanted: tuple[str, ...] | None = None) -> tuple[Columns, Mapping[str, Any]]:
    """Read the table of a FITS file, or some columns of it, and the keywords of its first header."""
    try:
        with fits.open(path, memmap=False) as parts:
            data = parts[1].data
            names = [name for name in data.names if wanted is None or name in wanted]
            return {name: np.asarray(data[name]) for name in names}, dict(parts[0].header)
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: there is no such file") from error
    except (OSError, EOFError, IndexError, AttributeError, TypeError, ValueError, zlib.error) as error:
        raise SettingsError(
            f"{path}: cannot be read as a FITS table ({quoted(str(error))}); copy the file again"
        ) from error


def _phot_beside(head: Path, keywords: Mapping[str, Any]) -> Path:
    """Find the PHOT file that HEAD names, or else the one named like HEAD, compressed or not."""
    named = str(keywords.get("PHOTFILE", "")).strip() or head.name.replace("HEAD", "PHOT")
    plain = named.removesuffix(".gz")
    for name in (plain, f"{plain}.gz"):
        if (head.parent / name).is_file() and name != head.name:
            return head.parent / name
    raise SettingsError(f"{head}: its photometry is missing; put {plain} or {plain}.gz beside it")


def _rows_of_events(
    head: Path, table: Columns, mjd: NDArray[Any]
) -> tuple[Indices, NDArray[np.int32], tuple[str, ...]]:
    """Give the rows of PHOT that belong to events, event by event, the event of each row, and what must be known.

    HEAD's pointers count. Where they are missing or do not fit, as in a trimmed file, PHOT's separators count, if there
    is one for each event.
    """
    wrong = "lacks PTROBS_MIN and PTROBS_MAX"
    if "PTROBS_MIN" in table and "PTROBS_MAX" in table:
        rows, event, misfits = _by_pointers(table, mjd)
        if not len(misfits):
            return rows, event, ()
        snid = str(table["SNID"][misfits[0]]).strip()
        wrong = f"PTROBS_MIN and PTROBS_MAX do not fit PHOT for {len(set(misfits.tolist()))} events (first: {snid})"
    ends = np.flatnonzero(mjd == SEPARATOR_MJD)
    if len(ends) != len(table["SNID"]):
        raise SettingsError(
            f"{head}: {wrong}, and PHOT has {len(ends)} separators (MJD -777) for {len(table['SNID'])} events; take "
            "both files of one run, with pointers that count from 1 or with all separators"
        )
    # Each light curve ends with a separator, and light curves stand in the order of HEAD.
    number = np.diff(ends, prepend=-1) - 1
    event = np.repeat(np.arange(len(number), dtype=np.int32), number)
    rows = np.flatnonzero(np.arange(len(mjd)) < ends[-1])
    rows = rows[mjd[rows] != SEPARATOR_MJD]
    return rows, event, (f"{head.name}: {wrong}; light curves were told apart by PHOT's separators (MJD -777)",)


def _by_pointers(table: Columns, mjd: NDArray[Any]) -> tuple[Indices, NDArray[np.int32], Indices]:
    """Give the rows that HEAD's pointers name, the event of each row, and the events whose pointers do not fit.

    PTROBS_MIN and PTROBS_MAX count from 1, and both rows belong to the event.
    """
    first, last = (table[name].astype(np.int64) for name in ("PTROBS_MIN", "PTROBS_MAX"))
    has_rows = (last >= first) & (last > 0)
    number = np.where(has_rows, last - first + 1, 0)
    outside = has_rows & ((first < 1) | (last > len(mjd)))
    event = np.repeat(np.arange(len(number), dtype=np.int32), np.where(outside, 0, number))
    number = np.where(outside, 0, number)
    rows = np.arange(number.sum()) + np.repeat(first - 1 - (np.cumsum(number) - number), number)
    # SNANA's separator within an event's rows shows that the pointers are wrong.
    return rows, event, np.append(np.flatnonzero(outside), event[mjd[rows] == SEPARATOR_MJD])


def read_dump(path: Path, asked: Sequence[str] = ()) -> pd.DataFrame:
    """Read the true values of all events of a .DUMP, compressed or not, in the columns of `Sample.events`.

    The columns `asked` for are read, too.

    Raises SettingsError for a file that is missing, incomplete or no .DUMP, that has no events, or has an event twice.
    """
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt") if is_gzip else path.open() as file:
            names = next((line.split()[1:] for line in iter(file.readline, "") if line.startswith("VARNAMES:")), [])
            if not {"CID", "SNID"} & set(names):
                raise SettingsError(f"{path}: is no .DUMP of SNANA: it has no line VARNAMES: with CID")
            table = pd.read_csv(file, sep=r"\s+", names=["key", *names], comment="#", dtype=str, index_col=False)
        table = table[table["key"] == "SN:"].reset_index(drop=True)
        events = true_values(dict(table.items()), DUMP_NAMES, asked)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SettingsError(f"{path}: cannot be read as a .DUMP of SNANA ({quoted(str(error))})") from error
    if not len(events):
        raise SettingsError(f"{path}: holds no events")
    if events["id"].duplicated().any():
        twice = events["id"][events["id"].duplicated()].iloc[0]
        raise SettingsError(f"{path}: the event {twice} stands twice; give the .DUMP of one simulation")
    return events
