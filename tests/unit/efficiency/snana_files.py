"""Files as SNANA writes them: HEAD and PHOT FITS tables, and the .DUMP, to order."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

SEPARATOR = {"MJD": -777.0, "BAND": "- ", "FIELD": "XXXX", "FLUXCAL": -777.0, "FLUXCALERR": -777.0, "PHOTFLAG": 0}

FORMATS = {
    "SNID": "16A", "RA": "D", "DEC": "D", "DECL": "D", "MWEBV": "E", "SNTYPE": "J", "PTROBS_MIN": "J",
    "PTROBS_MAX": "J", "SIM_REDSHIFT_CMB": "E", "SIM_PEAKMJD": "E", "SIM_TYPE_INDEX": "I", "SIM_TYPE_NAME": "8A",
    "MJD": "D", "BAND": "2A", "FLT": "2A", "FIELD": "12A", "PHOTFLAG": "J", "FLUXCAL": "E", "FLUXCALERR": "E",
}  # fmt: skip


@dataclass
class Event:
    """A simulated transient: its values under HEAD's names, and its photometry as rows of PHOT."""

    id: str
    points: list[dict[str, Any]]
    values: dict[str, Any] = field(default_factory=dict)


def a_point(
    mjd: float, fluxcal: float = 1000.0, snr: float = 20.0, band: str = "r", flag: int = 4096
) -> dict[str, Any]:
    """A row of PHOT; FLUXCAL 1000 is 20.0 mag."""
    return {
        "MJD": mjd, "BAND": f"{band:<2}", "FIELD": "WFD", "FLUXCAL": fluxcal, "FLUXCALERR": fluxcal / snr,
        "PHOTFLAG": flag,
    }  # fmt: skip


def an_event(name: str, points: list[dict[str, Any]], **values: Any) -> Event:
    """An event at a place within reach, at redshift 0.1, with its peak at MJD 61010 and 20 mag in r."""
    known = {
        "RA": 150.0, "DEC": -30.0, "MWEBV": 0.02, "SNTYPE": 1, "SIM_TYPE_INDEX": 1, "SIM_TYPE_NAME": "Ia",
        "SIM_REDSHIFT_CMB": 0.1, "SIM_PEAKMJD": 61010.0, "SIM_PEAKMAG_r": 20.0,
    }  # fmt: skip
    return Event(name, points, known | values)


def write_pair(
    folder: Path, events: list[Event], name: str = "SIM", first_row: int = 1, without: tuple[str, ...] = (),
    renamed: dict[str, str] | None = None, zipped: bool = False, separated: bool = True,
) -> Path:  # fmt: skip
    """Write HEAD and PHOT and give HEAD's path; `first_row` is where PTROBS begins to count."""
    head: dict[str, list[Any]] = {"SNID": [], "PTROBS_MIN": [], "PTROBS_MAX": []}
    rows: list[dict[str, Any]] = []
    for event in events:
        head["SNID"].append(event.id)
        head["PTROBS_MIN"].append(len(rows) + first_row)
        head["PTROBS_MAX"].append(len(rows) + first_row + len(event.points) - 1)
        for key, value in event.values.items():
            head.setdefault(key, []).append(value)
        rows += [*event.points, SEPARATOR] if separated else event.points
    phot = {key: [row[key] for row in rows] for key in SEPARATOR}
    suffix = ".FITS.gz" if zipped else ".FITS"
    for kind, columns in (("HEAD", head), ("PHOT", phot)):
        columns = {(renamed or {}).get(key, key): values for key, values in columns.items() if key not in without}
        table = fits.BinTableHDU.from_columns(
            [fits.Column(key, FORMATS.get(key, "E"), array=np.array(values)) for key, values in columns.items()]
        )
        first = fits.PrimaryHDU()
        first.header["SURVEY"], first.header["FILTERS"] = "LSST", "ugrizY"
        first.header["PHOTFILE"] = f"{name}_PHOT.FITS"  # SNANA compresses both afterwards and leaves the name
        fits.HDUList([first, table]).writeto(folder / f"{name}_{kind}{suffix}", overwrite=True)
    return folder / f"{name}_HEAD{suffix}"


def write_dump(file: Path, columns: dict[str, list[Any]]) -> Path:
    """Write a .DUMP with a comment, as text or compressed."""
    lines = ["# SIMGEN_DUMPALL of a test", f"NVAR: {len(columns)}", f"VARNAMES: {' '.join(columns)}", ""]
    lines += [f"SN: {' '.join(str(value) for value in row)}" for row in zip(*columns.values(), strict=True)]
    content = ("\n".join(lines) + "\n").encode()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file
