"""Writes a table of an export as Parquet, FITS, VOTable, ECSV or CSV: the same rows give the same bytes.

A missing text is an empty one, as astropy reads no other in Parquet. A missing number is null; in FITS it is NaN, or
what TNULL names.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from tides.foreign import in_csv
from tides.sample.columns import Column, Is, SampleTable

Values = Mapping[str, Sequence[Any]]
"""The values of a table by column, None for a missing one."""

NO_INTEGER = np.iinfo(np.int64).min
"""What FITS and VOTable have in the place of a missing integer."""

ARROW = {
    Is.TEXT: pa.string(),
    Is.MOMENT: pa.string(),
    Is.INTEGER: pa.int64(),
    Is.REAL: pa.float64(),
    Is.TRUTH: pa.bool_(),
}

FILLED: dict[Is, tuple[Any, Any]] = {
    Is.TEXT: ("", np.str_),
    Is.MOMENT: ("", np.str_),
    Is.INTEGER: (NO_INTEGER, np.int64),
    Is.REAL: (np.nan, np.float64),
    Is.TRUTH: (False, np.bool_),
}
"""What stands in an array for a missing value, and the array's type."""


def write_parquet(file: Path, table: SampleTable, values: Values, about: Mapping[str, str]) -> None:
    """Writes Parquet, with units and meanings in the metadata of the columns."""
    fields = [
        pa.field(c.name, ARROW[c.kind], nullable=c.kind is not Is.TRUTH, metadata=_said_of(c)) for c in table.columns
    ]
    texts = [c.name for c in table.columns if c.kind in (Is.TEXT, Is.MOMENT)]
    arrays = {**values, **{name: [text or "" for text in values[name]] for name in texts}}
    # What astropy makes texts as wide as, where it reads Parquet.
    lengths = {f"table::len::{name}": str(max(map(len, arrays[name]), default=1) or 1) for name in texts}
    schema = pa.schema(fields, metadata={**about, **lengths})
    parquet.write_table(pa.table(arrays, schema), file, compression="zstd")


def write_fits(file: Path, table: SampleTable, values: Values, about: Mapping[str, str]) -> None:
    """Writes one binary table. FITS knows ASCII alone: other characters become escapes, such as \\xe9."""
    columns = [_fits_column(column, values[column.name]) for column in table.columns]
    hdu = fits.BinTableHDU.from_columns(columns, name=table.name.upper())
    for number, column in enumerate(table.columns, start=1):
        hdu.header[f"TCOMM{number}"] = column.meaning
        if column.ucd:
            hdu.header[f"TUCD{number}"] = column.ucd
    for name, words in about.items():
        hdu.header.add_comment(f"{name}: {words}")
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(file)


def _fits_column(column: Column, values: Sequence[Any]) -> fits.Column:
    filled = _array(column, values)
    if column.kind in (Is.TEXT, Is.MOMENT):
        texts = np.array([text.encode("ascii", "backslashreplace") for text in filled.tolist()], dtype=np.bytes_)
        return fits.Column(column.name, f"{max(texts.dtype.itemsize, 1)}A", array=texts)
    if column.kind is Is.INTEGER:
        return fits.Column(column.name, "K", unit=column.unit or None, null=NO_INTEGER, array=filled)
    letter = "L" if column.kind is Is.TRUTH else "D"
    return fits.Column(column.name, letter, unit=column.unit or None, array=filled)


def write_votable(file: Path, table: SampleTable, values: Values, about: Mapping[str, str]) -> None:
    """Writes a VOTable 1.4 with units, UCDs and descriptions."""
    tree = from_table(_astropy(table, values, {}))
    tree.version = "1.4"
    tree.description = "; ".join(f"{name}: {words}" for name, words in about.items())
    (resource,) = tree.resources
    (only,) = resource.tables
    only.ID = only.name = table.name
    only.description = table.rows
    for field, column in zip(only.fields, table.columns, strict=True):
        field.ucd = column.ucd or None
        if column.kind in (Is.TEXT, Is.MOMENT):
            field.arraysize = "*"
        if column.kind is Is.MOMENT:
            field.xtype = "timestamp"
        if column.kind is Is.INTEGER:
            field.values.null = NO_INTEGER
    tree.to_xml(str(file))


def write_ecsv(file: Path, table: SampleTable, values: Values, about: Mapping[str, str]) -> None:
    """Writes ECSV, text with a header of units and meanings. Texts that a spreadsheet would calculate begin with '."""
    _astropy(table, _safe(table, values), about).write(file, format="ascii.ecsv", delimiter=",")


def write_csv(file: Path, table: SampleTable, values: Values, about: Mapping[str, str]) -> None:
    """Writes CSV: names and values alone. Texts that a spreadsheet would calculate begin with ', as in ECSV."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(column.name for column in table.columns)
        safe = _safe(table, values)
        writer.writerows(zip(*(safe[column.name] for column in table.columns), strict=True))


def _safe(table: SampleTable, values: Values) -> Values:
    texts = [column.name for column in table.columns if column.kind is Is.TEXT]
    return {**values, **{name: [text and in_csv(text, len(text) + 2) for text in values[name]] for name in texts}}


def _astropy(table: SampleTable, values: Values, about: Mapping[str, str]) -> Table:
    columns = []
    for column in table.columns:
        given = values[column.name]
        missing = [value is None for value in given]
        made = MaskedColumn(
            _array(column, given), column.name, mask=missing, unit=column.unit or None, description=column.meaning
        )
        columns.append(made)
    return Table(columns, meta=dict(about))


def _array(column: Column, values: Sequence[Any]) -> np.ndarray[Any, Any]:
    filler, kind = FILLED[column.kind]
    return np.array([filler if value is None else value for value in values], dtype=kind)


def _said_of(column: Column) -> dict[str, str]:
    said = {"description": column.meaning, "unit": column.unit, "ucd": column.ucd}
    return {name: words for name, words in said.items() if words}


FORMATS: dict[str, tuple[str, Callable[[Path, SampleTable, Values, Mapping[str, str]], None]]] = {
    "parquet": (".parquet", write_parquet),
    "fits": (".fits", write_fits),
    "votable": (".vot", write_votable),
    "ecsv": (".ecsv", write_ecsv),
}
"""Each format with the end of its files' names."""
