"""What is installed: licences that are allowed, a bill of materials that is valid, an audit that fails closed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sandbox.services.service import HOST, free_port
from supply.audit import UNKNOWN, AuditFailed, Known, against, ask, read_exceptions
from supply.licences import PAGE, is_allowed, licences
from supply.locks import ALL, PRODUCTION, PROJECT, Pin, pins_of
from supply.sbom import write
from tests.listening import listening

BAD, GOOD, OTHER = Pin("numpy", "2.4.6"), Pin("scipy", "1.17.1"), Pin("numpy", "2.5.5")
TODAY = date(2026, 12, 1)
FOUND = {
    "id": "PYSEC-2026-7",
    "aliases": ["CVE-2026-7"],
    "affected": [
        {
            "package": {"name": BAD.name, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.4.7"}]}],
        }
    ],
}
KNOWN = Known(BAD, ("PYSEC-2026-7", "CVE-2026-7"), ("2.4.7",))


class Osv(BaseHTTPRequestHandler):
    """A stand-in of OSV: something is known against one package. Below other paths it is ill."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["package"]["ecosystem"] == "PyPI"
        bad = Pin(asked["package"]["name"], asked["version"]) == BAD
        answer = json.dumps({"vulns": [FOUND]} if bad else {}).encode()
        if self.path == "/page":
            answer = b"<html>a proxy speaks</html>"
        self.send_response(500 if self.path == "/500" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def osv() -> Iterator[str]:
    """The address of the stand-in."""
    with listening(HTTPServer((HOST, 0), Osv)) as server:
        yield f"http://{HOST}:{server.server_port}"


def test_what_is_known_against_a_pin_is_found_also_where_two_versions_are_pinned(osv):
    assert ask([BAD, OTHER, GOOD], f"{osv}/v1/query") == [KNOWN]


@pytest.mark.soak  # a process each; that nobody answers is tested below
@pytest.mark.parametrize("ill", ["500", "page"])
def test_a_service_that_is_ill_is_no_good_news(osv, ill):
    with pytest.raises(AuditFailed, match="gave no answer that can be read"):
        ask([GOOD], f"{osv}/{ill}")


def test_the_command_says_that_nothing_is_known_and_fails():
    there = {"OSV_URL": f"http://{HOST}:{free_port()}/v1/query", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "supply.audit"], cwd=PROJECT, env=there, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (UNKNOWN, "")
    assert "The audit could not be done, so nothing is known: " in done.stderr
    assert "OSV_URL" in done.stderr


ENTRY = "- {id: CVE-2026-7, package: NumPy, reason: not used, until: 2026-12-01}"


def test_an_exception_holds_for_its_package_until_its_day(tmp_path):
    file = tmp_path / "exceptions.yaml"
    file.write_text(ENTRY, encoding="utf-8")
    assert against([KNOWN], read_exceptions(file, TODAY)) == []
    with pytest.raises(AuditFailed, match="CVE-2026-7 held until 2026-12-01"):
        read_exceptions(file, date(2026, 12, 2))
    file.write_text(ENTRY.replace("NumPy", "scipy"), encoding="utf-8")
    assert against([KNOWN], read_exceptions(file, TODAY)) == [KNOWN]


@pytest.mark.parametrize(
    ("whole", "part"),
    [(" reason: not used,", ""), ("reason: not used", "reason: ''"), ("2026-12-01", "never"), ("id:", "ids:")],
)
def test_an_exception_without_reason_or_day_is_refused(tmp_path, whole, part):
    file = tmp_path / "exceptions.yaml"
    file.write_text(ENTRY.replace(whole, part), encoding="utf-8")
    with pytest.raises(AuditFailed, match=r"exceptions\.yaml: "):
        read_exceptions(file, TODAY)


def test_the_exceptions_of_the_repository_are_whole():
    assert read_exceptions(PROJECT / "supply" / "exceptions.yaml", date(2026, 1, 1)) is not None


def test_every_pin_has_its_hashes():
    for file in ALL:
        blocks = file.read_text(encoding="utf-8").split("\n")
        pinned = [n for n, line in enumerate(blocks) if "==" in line and not line.lstrip().startswith("#")]
        assert len(pinned) > (100 if file == PRODUCTION else 0)
        assert [blocks[n] for n in pinned if "--hash=sha256:" not in blocks[n + 1]] == []


def test_each_package_of_production_has_an_allowed_licence_and_stands_in_the_document():
    known = list(licences())
    assert len(known) > 100
    assert [each for each in known if not is_allowed(each.expression)] == []
    text = PAGE.read_text(encoding="utf-8")
    assert [each for each in known if f"| `{each.package}` | {each.expression} |\n" not in text] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-2.0-only", True),
        ("MIT AND GPL-2.0-only", False),
        ("(MIT OR GPL-2.0-only) AND AGPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("unknown", False),
        ("Some Words of a Company", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_refused(expression, allowed):
    assert is_allowed(expression) == allowed


@pytest.mark.soak  # the validation of 175 packages takes seconds
def test_the_bill_of_materials_is_valid_and_lists_each_pin_with_its_hashes(tmp_path):
    file = tmp_path / "sbom.json"
    assert write(file) == len(pins_of(PRODUCTION))
    text = file.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "tides-bridge")
    assert sorted(Pin(each["name"], each["version"]) for each in bill["components"]) == pins_of(PRODUCTION)
    for each in bill["components"]:
        assert any(h["alg"] == "SHA-256" for r in each["externalReferences"] for h in r.get("hashes", [])), each["name"]
    assert str(PROJECT) not in text
