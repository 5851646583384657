"""What the screens of commands are made of: tables and moments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import fill

from tabulate import MIN_PADDING, tabulate

from tides.foreign import LONGEST_DETAIL, quoted

WIDTH = 80
"""So many columns has a terminal for certain."""

GAP = 2
"""The columns between two cells of a table."""

NARROWEST = 20
"""No cell is broken into shorter lines: names, ids and dates stay whole."""

NEWEST = 12
"""So many verdicts and exchanges are shown, the newest, so that all fits on one screen."""


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same keys, one at least, as a table for a terminal. Texts in it may be foreign words.

    It has `WIDTH` columns at most: the widest cells are broken into lines. Where a line cannot hold all columns, each
    row becomes a paragraph of its own.
    """
    names = [name.replace("_", " ") for name in rows[0]]
    cells = [[in_table(value) for value in row.values()] for row in rows]
    widths = _widths([names, *cells])
    if widths is None:
        return "\n".join(_in_words(names, row) for row in cells)
    numbers = [all(_is_number(value) for value in column) for column in zip(*(r.values() for r in rows), strict=True)]
    return tabulate(
        cells,
        names,
        "simple",
        disable_numparse=True,
        colalign=["right" if number else "left" for number in numbers],
        maxcolwidths=widths,
        maxheadercolwidths=[width - MIN_PADDING for width in widths],
    )


def _widths(lines: Sequence[Sequence[str]]) -> list[int] | None:
    """How wide each column may be, so that all fit into a line; None where they cannot."""
    columns = list(zip(*lines, strict=True))
    widths = [max(MIN_PADDING + len(head), *(_longest(c.splitlines()) for c in cells)) for head, *cells in columns]
    least = [max(NARROWEST, MIN_PADDING + _longest(column[0].split())) for column in columns]
    room = WIDTH - GAP * (len(columns) - 1)
    while sum(widths) > room:
        # The widest column gives way: a short word stays whole.
        spare = [width - low for width, low in zip(widths, least, strict=True)]
        able = [n for n, more in enumerate(spare) if more > 0]
        if not able:
            return None
        widths[max(able, key=widths.__getitem__)] -= 1
    return widths


def _longest(parts: Sequence[str]) -> int:
    return max(map(len, parts), default=0)


def _in_words(names: Sequence[str], row: Sequence[str]) -> str:
    said = "; ".join(f"{name} {' '.join(cell.split())}" for name, cell in zip(names, row, strict=True) if cell)
    return fill(said or "–", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def moment(value: datetime | None) -> str:
    """A moment (UTC) to the second; nothing for None."""
    return f"{value:%Y-%m-%d %H:%M:%S}" if value else ""


def counted(number: int, what: str) -> str:
    """A number of things in words: `1 night`, `2 nights`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def in_table(value: object) -> str:
    """A value as it stands in a table: moments to the second, numbers to four decimals, nothing for None."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return f"{value:.4f}"
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    # Lines of a text of ours stay.
    return "\n".join(quoted(line, LONGEST_DETAIL) for line in str(value).splitlines())
