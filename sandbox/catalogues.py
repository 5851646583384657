"""What catalogues have come to say of objects since the sky was made: new classes of Sherlock's, entries of TNS's."""

from dataclasses import dataclass, field
from typing import Any

TNS_COLUMNS = ("tns_prefix", "tns_name", "type", "z", "hostz")


@dataclass
class Catalogues:
    """By object id (as text): `sherlock` a class or None, `tns` the columns of an entry."""

    sherlock: dict[str, str | None] = field(default_factory=dict)
    tns: dict[str, dict[str, Any]] = field(default_factory=dict)

    def say(self, words: list[dict[str, Any]]) -> None:
        """Takes in a list of {"object", "sherlock"?, "tns"?}. Raises ValueError for a column that TNS's table lacks."""
        for word in words:
            unknown = set(word.get("tns") or ()) - set(TNS_COLUMNS)
            if unknown:
                raise ValueError(f"no column {', '.join(sorted(unknown))}; there are {', '.join(TNS_COLUMNS)}")
        for word in words:
            if "sherlock" in word:
                self.sherlock[str(word["object"])] = word["sherlock"]
            if "tns" in word:
                self.tns[str(word["object"])] = word["tns"]

    def clear(self) -> None:
        """Nothing new."""
        self.sherlock.clear()
        self.tns.clear()
