"""`tides check`: a file in, a table and a CSV out, without any service."""

import argparse
import csv
import gzip

import pytest
from pyarrow import parquet

from tests.unit.judgement.light_curves import (
    a_ztf_detection,
    a_ztf_light_curve,
    an_lsst_light_curve,
    an_lsst_source,
)
from tides.checks.check import OBJECTS_A_CHUNK
from tides.commands import check
from tides.commands.arguments import ARGUMENTS
from tides.errors import SettingsError

JD = 2460310.75
PASSES = a_ztf_light_curve([a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "r")])
FAILS = a_ztf_light_curve([a_ztf_detection(JD, "g")]).replace(b"ZTF25aaaaaaa", b"ZTF25bbbbbbb")
LSST = an_lsst_light_curve([an_lsst_source(61000.2 + day, band) for day, band in enumerate("gr")])


def checked(tmp_path, *lines, function="tidesSNZTFSelect", name="curves.jsonl", options=()):
    path = tmp_path / name
    content = b"\n".join(lines) + b"\n"
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    parser = argparse.ArgumentParser()
    ARGUMENTS["check"](parser)
    out = tmp_path / "out.csv"
    arguments = ["--lightcurves", str(path), "--function", function, "--csv", str(out), *options]
    code = check.run(parser.parse_args(arguments))
    with out.open(newline="") as file:
        return code, list(csv.DictReader(file))


def test_each_object_gets_one_row_in_the_order_of_the_file(tmp_path):
    code, rows = checked(tmp_path, PASSES, LSST, FAILS)
    assert code == 0
    assert [row["objectId"] for row in rows] == ["ZTF25aaaaaaa", "313888888888888881", "ZTF25bbbbbbb"]
    assert [row["passed"] for row in rows] == ["true", "true", "false"]


def test_the_columns_are_the_fixed_ones(tmp_path):
    _, rows = checked(tmp_path, PASSES)
    assert list(rows[0]) == ["objectId", "passed", "trigger_jd", "passes_now", "reasons"]


def test_the_trigger_date_loses_nothing_and_is_empty_for_what_does_not_pass(tmp_path):
    _, rows = checked(tmp_path, PASSES, FAILS)
    assert [row["trigger_jd"] for row in rows] == [repr(JD + 1), ""]


def test_a_row_that_fails_says_which_criterion_with_value_and_limit(tmp_path):
    _, rows = checked(tmp_path, FAILS)
    assert rows[0]["reasons"] == "minBands 1, limit 2; minNights 1, limit 2"


def test_a_broken_line_is_a_row_with_the_reason_and_an_empty_verdict(tmp_path):
    code, rows = checked(tmp_path, PASSES, b'{"objectId": "ZTF25ccccccc", "candidates": [{"jd": tru', b"<html>")
    assert code == 0
    assert [(row["objectId"], row["passed"]) for row in rows[1:]] == [("ZTF25ccccccc", ""), ("", "")]
    assert all("not a light curve" in row["reasons"] for row in rows[1:])


def test_a_line_with_nan_is_read_like_any_other(tmp_path):
    _, rows = checked(tmp_path, PASSES.replace(b'"drb": null', b'"drb": NaN'))
    assert (rows[0]["objectId"], rows[0]["passed"]) == ("ZTF25aaaaaaa", "true")


def test_the_same_object_twice_gives_two_rows(tmp_path):
    _, rows = checked(tmp_path, PASSES, PASSES)
    assert len(rows) == 2


def test_a_compressed_file_is_read_as_well(tmp_path):
    _, rows = checked(tmp_path, PASSES, b"", FAILS, name="curves.jsonl.gz")
    assert len(rows) == 2


def test_more_objects_than_a_chunk_come_out_complete(tmp_path):
    _, rows = checked(tmp_path, *[PASSES, FAILS, LSST] * OBJECTS_A_CHUNK)
    assert [row["passed"] for row in rows] == ["true", "false", "true"] * OBJECTS_A_CHUNK


def test_the_printed_table_counts_by_reason(tmp_path, capsys):
    checked(tmp_path, PASSES, FAILS, b"<html>")
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in ("1 passed", "1 failed", "1 failed minBands", "1 could not be read"):
        assert line in lines


def test_a_file_of_which_nothing_could_be_read_ends_with_1(tmp_path):
    code, rows = checked(tmp_path, b"<html>")
    assert code == 1
    assert len(rows) == 1


def test_a_function_given_on_the_spot_is_taken_from_its_own_file(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text("easy: {filters: [g], significance: 3, minNights: 1}")
    _, rows = checked(tmp_path, FAILS, function="easy", options=["--functions", str(own)])
    assert rows[0]["passed"] == "true"


def test_a_missing_file_is_named(tmp_path):
    parser = argparse.ArgumentParser()
    ARGUMENTS["check"](parser)
    arguments = parser.parse_args(["--lightcurves", str(tmp_path / "none.jsonl"), "--function", "tidesSNLSST"])
    with pytest.raises(SettingsError, match=r"none\.jsonl: cannot be read"):
        check.run(arguments)


def test_an_unknown_function_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(SettingsError, match="did you mean tidesSNZTF"):
        checked(tmp_path, PASSES, function="tidesSNZTFF")


def test_a_truncated_archive_is_told_as_such(tmp_path):
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(PASSES * 100)[:-20])
    parser = argparse.ArgumentParser()
    ARGUMENTS["check"](parser)
    with pytest.raises(SettingsError, match="copy the file again"):
        check.run(parser.parse_args(["--lightcurves", str(path), "--function", "tidesSNLSST"]))


def test_the_control_sample_is_told_in_row_and_table(tmp_path, capsys):
    own = tmp_path / "mine.yaml"
    own.write_text(
        "mine: {filters: [g, r], significance: 5, minBands: 2, control: {fails: minBands, fraction: 1, seed: 1}}"
    )
    _, rows = checked(tmp_path, PASSES, FAILS, function="mine", options=["--functions", str(own)])
    assert [(row["passed"], row["reasons"]) for row in rows] == [
        ("true", ""),
        ("true", "control sample; minBands 1, limit 2"),
    ]
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "1 of these control sample" in lines


def test_what_passed_once_passes_and_the_row_says_that_it_would_not_now(tmp_path, capsys):
    own = tmp_path / "mine.yaml"
    own.write_text("mine: {filters: [g, r], significance: 5, minBands: 2, maxAge: 10}")
    options = ["--functions", str(own)]
    old = a_ztf_light_curve([a_ztf_detection(JD, "g"), a_ztf_detection(JD + 1, "r"), a_ztf_detection(JD + 11, "r")])
    _, rows = checked(tmp_path, PASSES, old, FAILS, function="mine", options=options)
    assert [(row["passed"], row["trigger_jd"], row["passes_now"], row["reasons"]) for row in rows] == [
        ("true", repr(JD + 1), "true", ""),
        ("true", repr(JD + 1), "false", "maxAge 11, limit 10"),
        ("false", "", "false", "minBands 1, limit 2"),
    ]
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "2 passed" in lines
    assert "1 of these would not pass any more" in lines


def test_plots_are_drawn_into_a_new_folder_one_an_object(tmp_path):
    folder = tmp_path / "new" / "plots"
    checked(tmp_path, PASSES, LSST, b"<html>", options=["--plots", str(folder), "--format", "svg"])
    names = ["313888888888888881_tidesSNZTFSelect.svg", "ZTF25aaaaaaa_tidesSNZTFSelect.svg"]
    assert sorted(file.name for file in folder.iterdir()) == names


def test_parquet_holds_the_same_rows_with_types_and_says_which_function_judged(tmp_path):
    out = tmp_path / "out.parquet"
    checked(tmp_path, PASSES, FAILS, b"<html>", options=["--parquet", str(out)])
    table = parquet.read_table(out)
    assert table.column_names == ["objectId", "passed", "trigger_jd", "passes_now", "reasons"]
    assert table["passed"].to_pylist() == [True, False, None]
    assert table["passes_now"].to_pylist() == [True, False, None]
    assert table["trigger_jd"].to_pylist() == [JD + 1, None, None]
    assert table.schema.metadata[b"function"] == b"tidesSNZTFSelect"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere/out\.parquet: cannot be written"):
        checked(tmp_path, PASSES, options=["--parquet", str(tmp_path / "nowhere" / "out.parquet")])


def test_a_comparison_lists_what_enters_and_what_leaves_with_date_and_reason(tmp_path, capsys):
    own = tmp_path / "mine.yaml"
    own.write_text(
        "old: {filters: [g, r], significance: 5, minBands: 2}\nnew: {filters: [g, r], significance: 5, magLimit: 19}"
    )
    faint = a_ztf_light_curve([a_ztf_detection(JD, "g", 20.0), a_ztf_detection(JD + 1, "r", 20.0)])
    checked(tmp_path, FAILS, faint, PASSES, function="new", options=["--functions", str(own), "--against", "old"])
    lines = capsys.readouterr().out.splitlines()
    assert "       1  passed by new, not old" in lines
    assert "       1  passed by old, not new" in lines
    assert f"enters ZTF25bbbbbbb, trigger {JD:.5f}: minBands 1, limit 2" in lines
    assert f"leaves ZTF25aaaaaaa, trigger {JD + 1:.5f}: magLimit 20, limit 19" in lines
    assert sum(line.startswith(("enters", "leaves")) for line in lines) == 2


def test_reasons_tell_ranges_lists_and_combinations_in_words(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text(
        "mine: {filters: [g, r], significance: 5, classes: [SN, NT], declination: [-80, 20],"
        " any: [{maxAge: 5, minNights: 3}, {classes: [SN]}, {minBands: 2}],"
        " all: [{minBands: 2}, {galacticLatitude: 10}]}"
    )
    _, (row,) = checked(tmp_path, FAILS, function="mine", options=["--functions", str(own)])
    assert row["reasons"].split("; ", 2) == [
        "classes unknown: not known: sherlock_class",
        "declination unknown: not known: dec_deg",
        "all fails (minBands 1, limit 2; galacticLatitude unknown: not known: ra_deg, dec_deg); any unknown"
        " (all fails (minNights 1, limit 3); classes unknown: not known: sherlock_class; minBands 1, limit 2)",
    ]
    empty = a_ztf_light_curve([])
    _, (row,) = checked(tmp_path, empty, function="mine", options=["--functions", str(own)])
    assert "classes none, limit SN NT" in row["reasons"]
    assert "declination none, limit -80 20" in row["reasons"]


def test_each_cell_of_an_exported_verdict(tmp_path):
    parquet_file = tmp_path / "out.parquet"
    late = a_ztf_light_curve([a_ztf_detection(2460400.25, "r", mag=18.5), a_ztf_detection(2460401.5, "g", mag=19.5)])
    _, rows = checked(tmp_path, late, FAILS, options=["--parquet", str(parquet_file)])
    passed = {
        "objectId": "ZTF25aaaaaaa",
        "passed": "true",
        "trigger_jd": "2460401.5",
        "passes_now": "true",
        "reasons": "",
    }
    failed = {
        "objectId": "ZTF25bbbbbbb",
        "passed": "false",
        "trigger_jd": "",
        "passes_now": "false",
        "reasons": "minBands 1, limit 2; minNights 1, limit 2",
    }
    assert rows == [passed, failed]
    assert parquet.read_table(parquet_file).to_pylist() == [
        passed | {"passed": True, "trigger_jd": 2460401.5, "passes_now": True},
        failed | {"passed": False, "trigger_jd": None, "passes_now": False},
    ]


@pytest.mark.parametrize("odd", ["=1+1", "@SUM(A1)", "+4", "-x", "\\t=1", "\\u202eq"])
def test_no_cell_of_the_table_is_a_formula_or_holds_what_cannot_be_seen(tmp_path, odd):
    line = b'{"objectId": "%b", "candidates": 5}' % odd.encode()
    _, rows = checked(tmp_path, PASSES, line)
    cells = [cell for row in rows for cell in row.values()]
    assert len(rows) == 2
    assert all(cell.isprintable() and not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
