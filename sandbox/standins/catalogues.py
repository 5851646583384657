"""Catalogue entries that a test adds to the sky: Sherlock's classes and matches, and TNS's entries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.sky.crossmatches import COLUMNS

TNS_COLUMNS = ("tns_prefix", "tns_name", "type", "z", "hostz")


@dataclass
class Catalogues:
    """By object id (as text): `sherlock` a class or None, `tns` the columns of an entry, `crossmatches` matches."""

    sherlock: dict[str, str | None] = field(default_factory=dict)
    tns: dict[str, dict[str, Any]] = field(default_factory=dict)
    crossmatches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def say(self, words: list[dict[str, Any]]) -> None:
        """Takes in a list of {"object", "sherlock"?, "tns"?, "crossmatches"?}.

        Raises ValueError for a column that TNS's or Sherlock's table lacks.
        """
        for word in words:
            _demand_columns(word.get("tns") or (), TNS_COLUMNS)
            for match in word.get("crossmatches") or ():
                _demand_columns(match, COLUMNS)
        for word in words:
            if "sherlock" in word:
                self.sherlock[str(word["object"])] = word["sherlock"]
            if "tns" in word:
                self.tns[str(word["object"])] = word["tns"]
            if "crossmatches" in word:
                self.crossmatches[str(word["object"])] = word["crossmatches"]

    def clear(self) -> None:
        """Nothing new."""
        self.sherlock.clear()
        self.tns.clear()
        self.crossmatches.clear()


def _demand_columns(given: Iterable[str], columns: tuple[str, ...]) -> None:
    unknown = set(given) - set(columns)
    if unknown:
        raise ValueError(f"no column {', '.join(sorted(unknown))}; there are {', '.join(columns)}")
