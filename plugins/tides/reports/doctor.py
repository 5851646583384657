"""The checks of settings, functions, connections, schema, pools and streams, each with its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

import psycopg

from tides.errors import TidesError
from tides.foreign import quoted
from tides.reports.screen import table


@dataclass(frozen=True)
class Finding:
    """One check: what was found, and the remedy when it is not right."""

    what: str
    right: bool
    found: str


Check = tuple[str, Callable[[], str]]
"""The name of a check, and the check itself. It says what it found, or raises TidesError with the remedy."""


def examine(checks: Iterator[Check]) -> list[Finding]:
    """Makes every check, whatever the result of those before it. One that cannot be made is a finding, too."""
    findings = []
    for what, look in checks:
        try:
            findings.append(Finding(what, True, look()))
        except TidesError as error:
            findings.append(Finding(what, False, str(error)))
        except Exception as error:  # the others still say what is right
            findings.append(Finding(what, False, f"this check could not be made: {_why(error)}"))
    return findings


def _why(error: Exception) -> str:
    # Words of PostgreSQL hold no secret; those of any other error might.
    if isinstance(error, psycopg.Error):
        return quoted(str(error))
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: tell the developers"


def as_table(findings: list[Finding]) -> str:
    """The findings as a table for people."""
    return table([{"": "ok" if f.right else "WRONG", "what": f.what, "found": f.found} for f in findings])
