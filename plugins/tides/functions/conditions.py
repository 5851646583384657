"""The conditions of a filter at Lasair: what joins them, and what each compares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER = re.compile(r"([\w.]+)\s*(<=|>=|!=|<>|==|=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
"""A comparison of a column with a number."""

WORDS = re.compile(r"([\w.]+)\s+(NOT\s+)?IN\s*\(([^()]*)\)", re.IGNORECASE)
"""A column that is, or is not, one of a list of words."""

BETWEEN = re.compile(r"\bBETWEEN\s+\S+$", re.IGNORECASE)
"""The first half of a range, whose AND joins no conditions."""

SQL_COMPARISONS = {"=": "==", "<>": "!="}


@dataclass(frozen=True)
class Comparison:
    """A column, as the filter names it with its table, compared with a number or a list of words.

    `op` is one of those of the criterion `column`.
    """

    column: str
    op: str
    value: float | tuple[str, ...]


def parts_of(conditions: str) -> list[str]:
    """Give the conditions that AND joins, with single spaces. What brackets or OR join stays whole."""
    if re.search(r"\bOR\b", re.sub(r"\([^()]*\)", "", conditions), re.IGNORECASE):
        return [" ".join(conditions.split())]
    parts: list[str] = []
    for part in re.split(r"\s+AND\s+", conditions.strip(), flags=re.IGNORECASE):
        if parts and (parts[-1].count("(") > parts[-1].count(")") or BETWEEN.search(parts[-1])):
            parts[-1] += f" AND {part}"
        else:
            parts.append(part)
    return [" ".join(part.split()) for part in parts if part]


def comparison_of(part: str) -> Comparison | None:
    """Read one condition. Gives None for anything but a comparison with a number or a list of words."""
    if number := NUMBER.fullmatch(part):
        return Comparison(number[1], SQL_COMPARISONS.get(number[2], number[2]), float(number[3]))
    if words := WORDS.fullmatch(part):
        listed = tuple(word.strip().strip("\"'") for word in words[3].split(","))
        return Comparison(words[1], "not in" if words[2] else "in", listed)
    return None


def names_in(selected: str) -> Mapping[str, str]:
    """Give, by what a filter's SELECT takes, the name that it has in the messages."""
    names = {}
    for part in re.split(r",(?![^()]*\))", selected):
        taken, _, name = re.sub(r"\s+AS\s+", "\n", part.strip(), count=1, flags=re.IGNORECASE).partition("\n")
        names[taken] = name or taken.rpartition(".")[2]
    return names
