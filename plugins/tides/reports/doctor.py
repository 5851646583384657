"""Is all in order? Settings, functions, connections, schema, pools and streams, each with what to do when it is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tabulate import tabulate

from tides.errors import TidesError


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and when it is not right what to do."""

    what: str
    right: bool
    found: str


Check = tuple[str, Callable[[], str]]
"""What is looked at, and the look: says what it found, or raises TidesError that names what to do."""


def examine(checks: Iterator[Check]) -> list[Finding]:
    """Makes every check, whatever becomes of those before it."""
    findings = []
    for what, look in checks:
        try:
            findings.append(Finding(what, True, look()))
        except TidesError as error:
            findings.append(Finding(what, False, str(error)))
    return findings


def as_table(findings: list[Finding]) -> str:
    """The findings as a table for people."""
    rows = [["ok" if f.right else "WRONG", f.what, f.found] for f in findings]
    return tabulate(rows, ["", "what", "found"], tablefmt="simple", maxcolwidths=[None, None, 100])
