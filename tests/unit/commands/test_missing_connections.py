"""Without connections each command says in a sentence which one is missing, and the doctor says what is right."""

import os
import re

import pytest

from tides.__main__ import main
from tides.errors import SettingsError
from tides.reports.doctor import Finding, examine

ASKED = {
    "migrate": [],
    "status": [],
    "stream": [],
    "dead-letters": [],
    "free": ["lsst", "1", "--by", "Ada"],
    "export": ["--as-of", "2026-11-20", "--out", "new"],
    "rejudge": ["--all"],
    "trace": ["TiDES26aaa"],
    "preview": [],
    "epochs": [],
    "sync": ["--dry"],
    "release": ["--initial", "--by", "Ada"],
    "reactivate": ["TiDES26aaa", "--reason", "x"],
    "decide": ["list"],
    "comment": ["TiDES26aaa", "x"],
    "list": ["show"],
    "merge": ["TiDES26aaa", "TiDES26aab", "--reason", "x"],
    "withdraw": ["--run", "R", "--by", "Ada"],
    "observed": ["{spectra}"],
    "check": ["--from-database", "2026-11-20", "2026-11-21", "--function", "tidesSNLSST"],
    "efficiency": [
        "--simulation", "x", "--function", "tidesSNLSST", "--out", "y", "--as-operated", "2026-11-20", "2026-11-21",
    ],
}  # fmt: skip
"""Each command but the doctor, as it opens the database."""


@pytest.fixture(autouse=True)
def without_connections(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("command", ASKED)
def test_a_command_says_that_the_connection_is_missing_and_what_to_do(command, tmp_path, capsys):
    spectra = tmp_path / "spectra.csv"
    spectra.write_text("target,night,state,source\nTiDES26aaa,2026-11-20,complete,4MOST\n", encoding="utf-8")
    assert main([command, *(word.format(spectra=spectra) for word in ASKED[command])]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(
        f"{command}: connection tides_db is missing: add it in Airflow, or as AIRFLOW_CONN_TIDES_DB"
    )
    assert error.count("\n") == 1


def test_the_doctor_still_says_what_is_right(capsys):
    assert main(["doctor"]) == 1
    found = capsys.readouterr().out
    right = re.findall(r"^ok +(.+?)  ", found, re.MULTILINE)
    assert {"settings", "settings unlike bridge.yaml", "selection functions", "Dask (dask)"} == set(right)
    words = " ".join(found.split())
    for name in ("tides_db", "lasair_kafka_lsst", "lasair_kafka_ztf", "lasair_api", "fourmost"):
        assert f"connection {name} is missing" in words


def test_a_check_that_breaks_is_a_finding_without_the_words_of_its_error_and_the_others_are_made():
    def broken():
        raise KeyError("a secret")

    def wrong():
        raise SettingsError("correct it")

    findings = examine(iter([("first", broken), ("second", wrong), ("third", lambda: "fine")]))
    assert findings[1:] == [Finding("second", False, "correct it"), Finding("third", True, "fine")]
    assert findings[0].found.startswith("this check could not be made: KeyError in test_missing_connections.py, line ")
    assert "secret" not in findings[0].found
