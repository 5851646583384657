"""Markdown of what the code says."""

import re
from collections.abc import Iterable, Sequence

LONGEST = 70
"""A value of more characters is shown by its beginning."""


def words(text: str) -> str:
    """A text on one line. A mark that Markdown would take for HTML is escaped, but for those in code."""
    flat = " ".join(text.split())
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or r"\<", flat)


def code(value: str) -> str:
    """A value as code, shortened; nothing for an empty one."""
    flat = " ".join(value.split())
    shown = flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
    return f"`{shown}`" if shown else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing without rows. A bar in a cell is escaped."""
    found = [list(row) for row in rows]
    if not found:
        return ""
    lines = [list(head), ["---"] * len(head), *found]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def page(*parts: str) -> str:
    """Parts, each a paragraph, a heading or a table, as a page. Empty ones are left out."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
