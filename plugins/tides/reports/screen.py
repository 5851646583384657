"""What the screens of commands are made of: tables and moments."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tabulate import tabulate

from tides.foreign import LONGEST_DETAIL, quoted

WIDTH = 80
"""So many columns has a terminal for certain."""

NEWEST = 12
"""So many verdicts and exchanges are shown, the newest, so that all fits on one screen."""


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same keys, one at least, as a table for a terminal. Texts in it may be foreign words."""
    cells = [[_cell(value) for value in row.values()] for row in rows]
    return tabulate(cells, [name.replace("_", " ") for name in rows[0]], "simple", disable_numparse=True)


def moment(value: datetime | None) -> str:
    """A moment (UTC) to the second; nothing for None."""
    return f"{value:%Y-%m-%d %H:%M:%S}" if value else ""


def counted(number: int, what: str) -> str:
    """A number of things in words: `1 night`, `2 nights`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else quoted(str(value), LONGEST_DETAIL)
