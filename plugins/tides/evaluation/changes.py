"""The changes of the selection, in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement

CONTEXT_WORDS = 3
"""So many words before a change in a long text show its place."""

HOW = ("enters", "leaves", "ends", "begins", "would_not_come")
"""The counts of a preview, in their order."""

DERIVED = frozenset({"hash"})
"""Keys whose value follows from the rest of a content."""


@dataclass(frozen=True)
class Change:
    """One row of the record: its number (as verdicts name it), date (UTC), kind, subject, and the change in words.

    `by` and `previewed` are of the preview that was recorded of it: who made it, why, and the counts in words.
    """

    epoch: int
    since: datetime
    kind: str
    subject: str
    what: str
    by: str
    previewed: str


def changes(connection: Connection) -> list[Change]:
    """The record of changes of the selection, oldest first."""
    rows = connection.execute(statement("evaluation/epochs")).fetchall()
    return [
        Change(
            row["selection_epoch_id"],
            row["since"],
            row["kind"],
            row["subject"],
            "first recorded" if row["first"] else in_words(row["before"], row["after"]),
            row["by"],
            _previewed(row["reason"], row["counts"]) if row["counts"] else "",
        )
        for row in rows
    ]


def in_words(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """The differences of two contents of an epoch; None is a content that is not in use."""
    if after is None:
        return "no longer in use"
    if before is None:
        return "in use again"
    old, new = dict(_flat("", before)), dict(_flat("", after))
    said = [
        _difference(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
    return "; ".join(said)


def _previewed(reason: str, counts: Mapping[str, float]) -> str:
    said = [f"{counts[how]:,} {how.replace('_', ' ')}" for how in HOW if counts[how]] or ["no object changes"]
    live = f"live {counts['live_before']:,} → {counts['live_after']:,}"
    hours = f"fibre hours {counts['fibre_hours_before']:,} → {counts['fibre_hours_after']:,}"
    return f"{reason}: {', '.join(said)}; {live}; {hours}"


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every value with its place, such as `currentMag.limit`; a function's YAML is looked into."""
    if place == "says":
        place, value = "", json.loads(value)
    if not isinstance(value, dict):
        yield place, value
        return
    for key, part in value.items():
        if key not in DERIVED:
            yield from _flat(f"{place}.{key}" if place else key, part)


def _difference(key: str, old: Any, new: Any) -> str:
    if old is None:
        return f"{key} {_said(new)} is new"
    if new is None:
        return f"{key} {_said(old)} is gone"
    if isinstance(old, str) and isinstance(new, str) and " " in old:
        return f"{key}: {', '.join(_edits(old.split(), new.split()))}"
    return f"{key} {_said(old)} → {_said(new)}"


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _edits(old: list[str], new: list[str]) -> Iterator[str]:
    # autojunk would take the frequent words of a long filter for noise.
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            where = " ".join(old[max(0, i - CONTEXT_WORDS) : i])
            yield f"after “{where}” “{' '.join(old[i:j])}” → “{' '.join(new[k:m])}”"
