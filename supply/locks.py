"""The lock files: every package that is ever installed, with its version and its hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PRODUCTION = PROJECT / "requirements.txt"
HOSTS = PROJECT / "requirements-hosts.txt"
"""What production on several hosts installs beside it."""

ALL = (PRODUCTION, HOSTS, PROJECT / "requirements-dev.txt", PROJECT / "requirements-uv.txt")

PIN = re.compile(r"^(?P<name>[\w.-]+)(\[[\w,.-]+\])?==(?P<version>[^\s;]+)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Pin:
    """A package of a lock file, whatever Python or platform it is for."""

    name: str
    version: str


def pins_of(*files: Path) -> list[Pin]:
    """The pins of lock files, each once, by name."""
    found = {
        Pin(normal(pin["name"]), pin["version"])
        for file in files
        for pin in PIN.finditer(file.read_text(encoding="utf-8"))
    }
    return sorted(found)


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
