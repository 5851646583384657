"""`make audit`: asks the database of vulnerabilities OSV about each package of the lock files.

Ends with 0 when nothing is known against any of them, with 1 when something is, and with 2 when that could not be found
out: a service that is away is no good news. Exceptions stand in exceptions.yaml.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from supply.locks import ALL, Pin, normal, pins_of

OSV_URL = "https://api.osv.dev/v1/query"
"""Where OSV answers. The variable OSV_URL names a mirror of a site."""

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")

GOOD, VULNERABLE, UNKNOWN = 0, 1, 2
"""The exit codes."""


class AuditFailed(Exception):
    """The audit could not be done: nothing is known."""


@dataclass(frozen=True)
class Known:
    """A vulnerability of a pinned package. `ids` begins with its own, `mended` are the versions that lack it."""

    pin: Pin
    ids: tuple[str, ...]
    mended: tuple[str, ...]


@dataclass(frozen=True)
class Allowed:
    """An entry of exceptions.yaml."""

    id: str
    package: str
    reason: str
    until: date


def ask(pins: Sequence[Pin], url: str) -> list[Known]:
    """What is known against these packages. Raises AuditFailed when not every one of them was answered for."""
    found: list[Known] = []
    waiting = set(pins)
    while waiting:
        # A package may be pinned twice, for older and newer Pythons, and pip-audit takes each name once.
        each_once = {pin.name: pin for pin in sorted(waiting)}
        found += _ask_once(sorted(each_once.values()), url)
        waiting -= set(each_once.values())
    return found


def _ask_once(pins: Sequence[Pin], url: str) -> list[Known]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pins.txt"
        # Those for other Pythons and platforms count, too: the marks that would leave them out are not copied.
        file.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins), encoding="utf-8")
        words = ["--strict", "--no-deps", "--disable-pip", "--vulnerability-service", "osv", "--osv-url", url]
        words += ["--format", "json", "--aliases", "on", "--desc", "off", "--progress-spinner", "off"]
        command = [sys.executable, "-m", "pip_audit", *words, "--requirement", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own words
    try:
        answered = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise AuditFailed(f"{url} gave no answer that can be read ({last})") from None
    seen = {Pin(normal(each["name"]), each["version"]) for each in answered if "vulns" in each}
    if missing := sorted(set(pins) - seen):
        raise AuditFailed(f"{url} did not answer for {', '.join(pin.name for pin in missing)}")
    return [
        Known(Pin(normal(each["name"]), each["version"]), (v["id"], *v.get("aliases", ())), tuple(v["fix_versions"]))
        for each in answered
        for v in each["vulns"]
    ]


def read_exceptions(file: Path, today: date) -> list[Allowed]:
    """The exceptions. Raises AuditFailed for one that is not whole, or whose day is over."""
    found = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        if not isinstance(entry, dict) or entry.keys() != {field.name for field in fields(Allowed)}:
            raise AuditFailed(f"{file.name}: each entry needs id, package, reason and until, and nothing else: {entry}")
        allowed = Allowed(**entry)
        if not (allowed.reason and isinstance(allowed.until, date)):
            raise AuditFailed(f"{file.name}: {allowed.id} needs a reason, and until as YYYY-MM-DD")
        if allowed.until < today:
            raise AuditFailed(f"{file.name}: {allowed.id} held until {allowed.until}: look again, and write a new day")
        found.append(allowed)
    return found


def against(known: Sequence[Known], exceptions: Sequence[Allowed]) -> list[Known]:
    """What is known and not excepted. An exception holds for its package alone."""
    excepted = {(normal(each.package), each.id) for each in exceptions}
    return [each for each in known if not any((each.pin.name, id_) in excepted for id_ in each.ids)]


def main() -> int:
    """The audit of all lock files, in words; gives the exit code."""
    pins = pins_of(*ALL)
    try:
        exceptions = read_exceptions(EXCEPTIONS, datetime.now(UTC).date())
        found = against(ask(pins, os.environ.get("OSV_URL", OSV_URL)), exceptions)
    except AuditFailed as error:
        print(
            f"The audit could not be done, so nothing is known: {error}.\n"
            "Check the network and HTTPS_PROXY, or name a mirror of OSV in OSV_URL.",
            file=sys.stderr,
        )
        return UNKNOWN
    for each in found:
        mended = f"mended in {', '.join(each.mended)}" if each.mended else "not mended yet"
        print(f"{each.pin.name} {each.pin.version}: {', '.join(each.ids)}, {mended}")
    if found:
        print("Raise these versions and run `make lock`, or write an exception into supply/exceptions.yaml.")
        return VULNERABLE
    print(f"Nothing is known against the {len(pins)} packages of the lock files; {len(exceptions)} exceptions.")
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
