"""The result of a preview: in words for the terminal and the log, and as tables in CSV."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from tabulate import tabulate

from tides.clock import utc
from tides.errors import SettingsError
from tides.evaluation.deciding import Decides
from tides.evaluation.narrowed import Narrowed
from tides.foreign import LONGEST_DETAIL, in_csv, quoted

EXAMPLES = 5
"""So many objects of each kind of change are shown with their reasons."""


class How(StrEnum):
    """How an edit changes an object or a target."""

    ENTERS = "enters"
    LEAVES = "leaves"
    ENDS = "ends"
    BEGINS = "begins"
    WOULD_NOT_COME = "would not come"


MEANING = {
    How.ENTERS: "selected by the edit alone",
    How.LEAVES: "selected now, and not by the edit",
    How.ENDS: "targets live now, and not by the edit",
    How.BEGINS: "targets live by the edit alone",
    How.WOULD_NOT_COME: "selected objects that the edited filter would not have brought",
}


@dataclass(frozen=True)
class Change:
    """What the edit changes, of an object or a target. `trigger_jd` (JD UTC) is of the functions that select it.

    `decides` are the criteria that decide it, of what enters on the whole light curve, of what leaves at its trigger.
    """

    how: How
    survey: str | None
    object_id: str | None
    target: str | None
    trigger_jd: float | None
    reasons: tuple[str, ...]
    decides: tuple[Decides, ...] = ()

    def in_words(self) -> str:
        """A line for people."""
        name = " ".join(word for word in (self.target, self.survey, self.object_id) if word)
        trigger = "" if self.trigger_jd is None else f", trigger {utc(self.trigger_jd):%Y-%m-%d %H:%M} UTC"
        return f"{quoted(name)}{trigger}: {'; '.join(quoted(reason, LONGEST_DETAIL) for reason in self.reasons)}"


@dataclass(frozen=True)
class Night:
    """The 24 hours that end at a time (UTC): what enters and leaves by its trigger, and what is live at the end.

    `live` and `hours` (fibre hours of all live targets, h) are before and after the edit.
    """

    ends: datetime
    enters: int
    leaves: int
    live: tuple[int, int]
    hours: tuple[float, float]


@dataclass(frozen=True)
class Preview:
    """What an edit would change. `live` and `hours` are now, before and after the edit.

    `counts`: `objects` looked at, `unjudged` of these, `older` ones that were not looked at, `lost` by the filter.
    `ended` says that a bound has left out objects: all numbers are of those within it.
    """

    since: datetime
    until: datetime
    words: tuple[str, ...]
    changes: tuple[Change, ...]
    nights: tuple[Night, ...]
    live: tuple[int, int]
    hours: tuple[float, float]
    counts: Mapping[str, int]
    filters: Mapping[str, Narrowed]
    ended: bool = False

    def numbers(self) -> dict[str, int | float]:
        """The counts that an epoch remembers."""
        how = Counter(change.how for change in self.changes)
        return {
            "nights": len(self.nights),
            "objects": self.counts.get("objects", 0),
            **{each.value.replace(" ", "_"): how[each] for each in How},
            "live_before": self.live[0],
            "live_after": self.live[1],
            "fibre_hours_before": round(self.hours[0], 1),
            "fibre_hours_after": round(self.hours[1], 1),
        }

    def in_words(self) -> list[str]:
        """The lines to print."""
        if not self.words:
            return ["Nothing differs from what the newest live run selects by."]
        return [*self._edit(), *self._changed(), "", self._by_night()]

    def _edit(self) -> list[str]:
        said = [f"edit: {words}" for words in self.words]
        for name, filter_ in self.filters.items():
            said += [f"filter of {name}: {words}" for words in filter_.in_words()]
            if filter_.asked:
                said.append(f"filter of {name}: would not have brought {self.counts.get('lost', 0):,} stored objects")
        said.append(
            f"looked at: {self.counts.get('objects', 0):,} objects of the last {len(self.nights)} nights and of live"
            f" targets; {self.counts.get('older', 0):,} older ones were not"
        )
        if unjudged := self.counts.get("unjudged"):
            said.append(
                f"{unjudged:,} of them have no light curve of their newest alert that could be judged: they stay as"
                " they are until their next alert"
            )
        return said

    def _changed(self) -> list[str]:
        said = []
        for how in How:
            found = [change for change in self.changes if change.how is how]
            said.append(f"{len(found):>8,}  {how}: {MEANING[how]}")
            said += [f"{'':10}{change.in_words()}" for change in found[:EXAMPLES]]
        said.append(f"live targets now: {self.live[0]:,} → {self.live[1]:,}")
        said.append(f"fibre hours that they ask for: {self.hours[0]:,.1f} → {self.hours[1]:,.1f}")
        return said

    def _by_night(self) -> str:
        head = ["until (UTC)", "enters", "leaves", "live", "by the edit", "fibre hours", "by the edit"]
        rows = [(f"{n.ends:%Y-%m-%d %H:%M}", n.enters, n.leaves, *n.live, *n.hours) for n in self.nights]
        title = "by night, as if the edit had held on all of them, by the light curves alone:\n"
        # Broken heads leave the table narrower than a terminal.
        return title + tabulate(rows, head, floatfmt=".1f", maxheadercolwidths=[11, 6, 6, 6, 6, 6, 6])


def write_changes(result: Preview, path: Path) -> None:
    """Write one row a change as CSV. Raises SettingsError for a place that cannot be written to."""
    head = ("change", "survey", "objectId", "target", "trigger_jd", "reasons")
    rows = [
        [
            change.how.value,
            change.survey or "",
            in_csv(change.object_id or ""),
            in_csv(change.target or ""),
            "" if change.trigger_jd is None else repr(change.trigger_jd),
            in_csv("; ".join(change.reasons)),
        ]
        for change in result.changes
    ]
    _write(path, head, rows)


def write_nights(result: Preview, path: Path) -> None:
    """Write one row a night as CSV. Raises SettingsError for a place that cannot be written to."""
    head = ("until_utc", "enters", "leaves", "live", "live_by_edit", "fibre_hours", "fibre_hours_by_edit")
    rows = [
        [n.ends.isoformat(timespec="seconds"), n.enters, n.leaves, *n.live, *(f"{hours:.2f}" for hours in n.hours)]
        for n in result.nights
    ]
    _write(path, head, rows)


def write_tables(result: Preview, folder: Path) -> None:
    """Write `changes.csv` and `nights.csv` into a folder. Raises SettingsError when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"folder {folder}: cannot be made ({error.strerror})") from error
    write_changes(result, folder / "changes.csv")
    write_nights(result, folder / "nights.csv")


def _write(path: Path, head: tuple[str, ...], rows: list[list[object]] | list[list[str]]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows(rows)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from error
