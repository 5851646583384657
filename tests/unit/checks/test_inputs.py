"""A file for a check may have any form of JSON, and hold light curves or messages."""

import gzip
import json
import subprocess
import sys

import pytest

from tests.unit.commands.test_check import FAILS, JD, LSST, PASSES, checked
from tests.unit.judgement.light_curves import a_ztf_detection, a_ztf_light_curve, an_lsst_source
from tides.checks.inputs import objects_in, subject_of
from tides.errors import SettingsError
from tides.functions.keys import CLASS, DEC, RA
from tides.settings.model import BUNDLE

MESSAGE = {
    "diaObjectId": 170000000000000001,
    "ra": 150.0,
    "decl": -30.0,
    "sherlock_classifications": "SN",
    "UTC": "2025-12-01 00:00:00",
    "alert": {"diaSourcesList": [an_lsst_source(61000.2 + day, band) for day, band in enumerate("gri")]},
}


def test_lines_a_list_and_objects_over_several_lines_are_the_same_objects(tmp_path):
    both = [json.loads(PASSES), json.loads(FAILS)]
    forms = {
        "lines": PASSES + b"\n\n" + FAILS,
        "list": json.dumps(both).encode(),
        "indented list": json.dumps(both, indent=2).encode(),
        "indented": b"\n".join(json.dumps(each, indent=2).encode() for each in both),
        "lists a line": b"\n".join(b"[" + each + b"]" for each in (PASSES, FAILS)),
        "with NaN": json.dumps(both, indent=1).replace("null", "NaN").encode(),
    }
    for form, content in forms.items():
        _, rows = checked(tmp_path, content)
        assert [row["passed"] for row in rows] == ["true", "false"], form


def test_a_first_line_that_is_cut_off_does_not_spoil_the_others():
    assert list(objects_in([b'{"objectId": "ZTF25ccccccc", "cand\n', PASSES])) == [
        b'{"objectId": "ZTF25ccccccc", "cand',
        PASSES,
    ]


def test_an_empty_file_holds_nothing():
    assert list(objects_in([b"\n", b" "])) == []


def test_a_message_brings_its_light_curve_its_columns_and_when_it_was_sent(tmp_path):
    name, subject = subject_of(json.dumps(MESSAGE).encode())
    assert (name, subject.object_id) == ("lsst", "170000000000000001")
    assert (subject.columns[CLASS], subject.columns[DEC]) == ("SN", -30.0)
    assert subject.sent_jd == 2461010.5
    _, (row,) = checked(tmp_path, json.dumps(MESSAGE, indent=1).encode(), function="tidesSNLSST")
    assert (row["passed"], "classes" in row["reasons"]) == ("true", False)


def test_a_file_of_renamed_keys_could_not_be_read_and_ends_with_1(tmp_path, capsys):
    code, (row,) = checked(tmp_path, LSST.replace(b"psfFlux", b"psFlux"), function="tidesSNLSST")
    assert (code, row["passed"]) == (1, "")
    assert row["reasons"] == "not a light curve: no point has time, band and flux"
    out = capsys.readouterr().out
    assert "1  could not be read" in out
    assert "no psfFlux, but psFlux" in out


def test_a_light_curve_without_points_says_so(tmp_path):
    _, (row,) = checked(tmp_path, a_ztf_light_curve([]))
    assert row["reasons"].startswith("no points; ")


def test_an_odd_point_is_counted_below_the_table(tmp_path, capsys):
    _, (row,) = checked(tmp_path, a_ztf_light_curve([a_ztf_detection(JD), a_ztf_detection(JD + 1, "r"), None]))
    assert row["passed"] == "true"
    assert "1  of 3 points: not readable" in capsys.readouterr().out


@pytest.mark.parametrize("lines", [1, 5000])
def test_a_reader_that_stops_early_ends_the_command_quietly(tmp_path, lines):
    path = tmp_path / "curves.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join([PASSES] * lines)))
    command = [sys.executable, "-m", "tides", "check", "--lightcurves", str(path), "--function", "tidesSNZTFSelect"]
    process = subprocess.Popen(
        [*command, "--against", "tidesHostLSSTSelect"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=BUNDLE / "plugins",
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


API = json.loads(LSST) | {
    "diaObject": {"ra": 150.0, "decl": -30.0},
    "lasairData": {"sherlock": {"classification": "AGN"}},
}


def test_what_the_api_says_beside_a_light_curve_is_known(tmp_path):
    _, subject = subject_of(json.dumps(API).encode())
    assert subject.columns == {CLASS: "AGN", RA: 150.0, DEC: -30.0}
    _, (row,) = checked(tmp_path, json.dumps(API).encode(), function="tidesSNLSST")
    assert row["passed"] == "false"
    assert "classes AGN, limit SN NT ORPHAN UNCLEAR" in row["reasons"]
    odd = json.dumps(API | {"lasairData": 5, "diaObject": []}).encode()
    assert subject_of(odd)[1].columns == {}


@pytest.mark.parametrize(
    "text",
    [
        "objectId,sherlock_class,ncandgp\nZTF25aaaaaaa,AGN,7\nZTF25bbbbbbb,SN,2\n",
        '{"objectId": "ZTF25aaaaaaa", "sherlock_class": "AGN", "ncandgp": 7}\n{"objectId": "ZTF25bbbbbbb"}',
        '[{"objectId": "ZTF25aaaaaaa", "sherlock_class": "AGN", "ncandgp": 7}]',
    ],
    ids=["csv", "lines", "list"],
)
def test_columns_from_a_file_are_judged(tmp_path, text):
    own, file = tmp_path / "mine.yaml", tmp_path / "columns.gz"
    own.write_text("mine: {filters: [g, r], significance: 5, column: {column: ncandgp, op: '>=', value: 5}}")
    file.write_bytes(gzip.compress(text.encode()))
    options = ["--functions", str(own), "--columns", str(file)]
    _, (row, other) = checked(tmp_path, PASSES, FAILS, function="mine", options=options)
    assert (row["passed"], row["reasons"]) == ("true", "")
    assert other["reasons"] in ("ncandgp >= 2, limit 5", "ncandgp >= unknown: not known: ncandgp")
    _, (row, _) = checked(tmp_path, PASSES, FAILS, function="tidesSNZTF", options=["--columns", str(file)])
    assert (row["passed"], "classes AGN" in row["reasons"]) == ("false", True)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", '{"ncandgp": 2}', "5\n6\n"])
def test_a_row_of_columns_without_an_id_is_told(tmp_path, text):
    file = tmp_path / "columns"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"--columns .*columns: row 1 has no diaObjectId or objectId"):
        checked(tmp_path, PASSES, options=["--columns", str(file)])
