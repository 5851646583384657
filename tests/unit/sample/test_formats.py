"""The formats of an export: read back by others' libraries they hold the same values, units and gaps."""

import io

import numpy as np
import pytest
from astropy.io.votable import validate
from astropy.table import Table
from pyarrow import parquet

from tides.sample.columns import SAMPLE, Column, Is, SampleTable
from tides.sample.formats import FORMATS

TABLE = SampleTable(
    "targets",
    "one row a target",
    "",
    (
        Column("id", Is.INTEGER, "Its number"),
        Column("name", Is.TEXT, "Its name", ucd="meta.id;meta.main"),
        Column("ra", Is.REAL, "Its place, ICRS", "deg", "pos.eq.ra;meta.main"),
        Column("live", Is.TRUTH, "Whether it is live"),
        Column("at", Is.MOMENT, "When"),
    ),
)
MOMENT = "2026-11-20T03:00:00.000001Z"
VALUES = {
    "id": [1, None, 2**53 + 1],
    "name": ["TiDES26aaa", None, "a,b <c> & é"],
    "ra": [0.1 + 0.2, None, 359.9],
    "live": [True, False, True],
    "at": [MOMENT, None, MOMENT],
}
ABOUT = {"as of": "2026-11-20T03:00:00.000000Z"}
NO_ROWS = {name: [] for name in VALUES}


def written(folder, format_, values=VALUES, table=TABLE):
    end, write = FORMATS[format_]
    file = folder / f"{table.name}{end}"
    write(file, table, values, ABOUT)
    return file


def read(file):
    """A file as lists, None for a missing value, a NaN or an empty text. Texts are str."""
    table = Table.read(file)
    if file.suffix == ".parquet":
        table = parquet.read_table(file).to_pydict()  # astropy makes floats of integers with gaps
    columns = {name: list(table[name]) for name in VALUES}
    return {
        name: [None if cell is np.ma.masked or cell is None or cell == "" or cell != cell else cell for cell in cells]
        for name, cells in columns.items()
    }


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_read_back_is_what_was_written_with_its_gaps(tmp_path, format_):
    known = read(written(tmp_path, format_))
    ascii_only = {**VALUES, "name": [*VALUES["name"][:2], "a,b <c> & \\xe9"]}
    assert known == (ascii_only if format_ == "fits" else VALUES)


@pytest.mark.parametrize("format_", FORMATS)
def test_units_are_read_back(tmp_path, format_):
    file = written(tmp_path, format_)
    if format_ == "parquet":
        said = parquet.read_schema(file).field("ra").metadata
        assert (said[b"unit"], said[b"description"]) == (b"deg", b"Its place, ICRS")
        assert parquet.read_schema(file).metadata[b"as of"] == ABOUT["as of"].encode()
    else:
        assert str(Table.read(file)["ra"].unit) == "deg"


@pytest.mark.parametrize("values", [VALUES, NO_ROWS], ids=["rows", "no rows"])
@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_values_are_the_same_bytes(tmp_path, format_, values):
    first = written(tmp_path, format_, values).read_bytes()
    (tmp_path / "again").mkdir()
    assert written(tmp_path / "again", format_, values).read_bytes() == first


@pytest.mark.parametrize("values", [VALUES, NO_ROWS], ids=["rows", "no rows"])
def test_astropy_finds_no_fault_with_a_votable(tmp_path, values):
    said = io.StringIO()
    assert validate(written(tmp_path, "votable", values), output=said), said.getvalue()
    assert "no violations" in said.getvalue()


@pytest.mark.parametrize("table", SAMPLE, ids=lambda table: table.name)
def test_each_table_of_an_export_can_be_written_and_is_a_good_votable(tmp_path, table):
    examples = {Is.TEXT: "é", Is.MOMENT: MOMENT, Is.INTEGER: 1, Is.REAL: 1.5, Is.TRUTH: True}
    values = {c.name: [examples[c.kind], None if c.kind is not Is.TRUTH else False] for c in table.columns}
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    for format_ in FORMATS:
        assert Table.read(written(tmp_path, format_, values, table)).colnames == names
    said = io.StringIO()
    assert validate(tmp_path / f"{table.name}.vot", output=said), said.getvalue()


def test_a_spreadsheet_calculates_nothing_of_an_ecsv_table(tmp_path):
    formula = {**VALUES, "name": ["=1+1", "ok", "-5"]}
    assert read(written(tmp_path, "ecsv", formula))["name"] == ["'=1+1", "ok", "-5"]


def test_the_columns_of_a_fits_table_say_what_they_mean(tmp_path):
    header = Table.read(written(tmp_path, "fits")).meta
    assert header["TCOMM3"] == "Its place, ICRS"
    assert header["TUCD3"] == "pos.eq.ra;meta.main"
