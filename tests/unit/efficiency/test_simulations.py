"""Simulations in Parquet: one row an event, photometry as lists, SNANA's columns."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from tides.efficiency.simulations import band_codes, kind_of_field, read_parquet
from tides.errors import SettingsError
from tides.surveys.survey import survey as named

COLUMNS = {
    "SNID": ["a", "b"],
    "SIM_REDSHIFT_CMB": [0.1, 0.2],
    "MJD": [[61000.1, 61002.1], []],
    "BAND": [["r", "g"], []],
    "FLUXCAL": [[1000.0, 100.0], []],
    "FLUXCALERR": [[10.0, 10.0], []],
}


def written(folder, columns, **metadata):
    parquet.write_table(pa.table(columns).replace_schema_metadata(metadata), folder / "sim.parquet")
    return folder / "sim.parquet"


def test_events_and_their_photometry_are_read(tmp_path):
    sample = read_parquet(written(tmp_path, COLUMNS), named("lsst"))
    assert sample.events["id"].tolist() == ["a", "b"]
    assert sample.light_curves.detections.object_index.tolist() == [0, 0]
    assert sample.light_curves.detections.mag == pytest.approx([20, 22.5], abs=1e-4)


def test_only_a_file_that_says_so_holds_all_generated_events(tmp_path):
    assert read_parquet(written(tmp_path, COLUMNS, events="generated"), named("lsst")).is_complete
    assert not read_parquet(written(tmp_path, COLUMNS), named("lsst")).is_complete


def test_an_event_whose_lists_are_null_has_no_photometry(tmp_path):
    nothing = {name: [values[0], None] for name, values in COLUMNS.items() if isinstance(values[0], list)}
    sample = read_parquet(written(tmp_path, COLUMNS | nothing), named("lsst"))
    assert sample.light_curves.detections.object_index.tolist() == [0, 0]


def test_ids_may_be_numbers(tmp_path):
    assert read_parquet(written(tmp_path, COLUMNS | {"SNID": [1, 2]}), named("lsst")).events["id"].tolist() == [
        "1",
        "2",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"FLUXCAL": [[1000.0], []]}, "FLUXCAL and MJD must have as many values in each event"),
        ({"MJD": [61000.1, 61001.2]}, "MJD must be a list an event"),
    ],
)
def test_photometry_that_does_not_fit_is_refused(tmp_path, changed, said):
    with pytest.raises(SettingsError, match=said):
        read_parquet(written(tmp_path, COLUMNS | changed), named("lsst"))


def test_a_missing_column_and_a_broken_file_are_named(tmp_path):
    without = {name: values for name, values in COLUMNS.items() if name != "FLUXCALERR"}
    with pytest.raises(SettingsError, match=r"sim\.parquet: lacks FLUXCALERR"):
        read_parquet(written(tmp_path, without), named("lsst"))
    file = written(tmp_path, COLUMNS)
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(SettingsError, match="cannot be read as Parquet"):
        read_parquet(file, named("lsst"))


def test_bands_and_fields_are_told_by_any_of_their_names():
    assert band_codes(["r ", "LSST-g", "Y", "y", "X", ""]).tolist() == [2, 1, 5, 5, -1, -1]
    assert [kind_of_field(name) for name in ("WFD ", "DDF_ELAISS1", "deep", "VOID", "S1")] == [
        "WFD",
        "DDF",
        "DDF",
        "",
        "S1",
    ]
