"""Is all in order? Settings, functions, connections, schema, pools and streams, each with what to do when it is not."""

import argparse
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides doctor` has no arguments."""


def run(args: argparse.Namespace) -> int:
    """Prints the table; 1 when something is wrong."""
    from tides.hooks.checks import all_checks

    findings = examine(all_checks())
    print(as_table(findings))
    wrong = sum(not f.right for f in findings)
    print(f"\n{wrong} of {len(findings)} checks found something to mend." if wrong else "\nAll is in order.")
    return 1 if wrong else 0
