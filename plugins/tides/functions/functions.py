"""Selection functions: read from YAML, checked key by key, and given a hash of their content.

A function with only the five keys of the deliverable D3.3.3 is judged as D3.3.3 judges. Any further key makes it one of
ours: then detections are cut to `historyDays`, and magLimit looks at counted detections only. The key `control` changes
none of this.
"""

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypedDict

from tides.errors import SettingsError, within
from tides.functions.keys import (
    ALL_KEYS,
    CLASS,
    COUNTING_KEYS,
    CRITERION_KEYS,
    DEC,
    RA,
    Control,
    Criteria,
    known_keys,
    nearest,
    read_control,
    read_criteria,
)
from tides.settings.model import BUNDLE, setting_files
from tides.settings.streams import Stream
from tides.settings.yaml_text import StrictLoader, read_yaml

log = logging.getLogger(__name__)

DEFAULT_FILE = BUNDLE / "include" / "config" / "selection_functions.yaml"

HISTORY_DAYS = 365.0
"""Days before the newest detection that one of our functions looks at, as many as an LSST alert packet holds."""

MISPRINTS = {"tidesSNZTFSelectDEM01": "tidesSNZTFSelectDEMO1"}
"""Misprinted names of the deliverable, each with the name that it stands for."""

DELIVERABLE_KEYS = frozenset({"filters", "significance", "minBands", "minNights", "magLimit"})

COUNTING = ("filters", "significance", "positive_only", "reliability", "history_days", "as_deliverable")
"""The attributes of a function that say which detections count."""


@dataclass(frozen=True)
class Function:
    """A selection function.

    `filters` and `significance` (S/N) define the counted detections. These have either sign, unless `positive_only`.
    With `reliability` a detection that the survey scores below it does not count; one without a score does.
    `history_days` cuts the light curve before its newest detection (None: no cut). `criteria` stand in the order in
    which a verdict lists them. For `as_deliverable` see the head of this module. `control` is the control sample, None
    without one. `written` has the keys as they were written, as JSON.
    """

    name: str
    filters: tuple[str, ...]
    significance: float
    positive_only: bool
    reliability: float | None
    history_days: float | None
    as_deliverable: bool
    criteria: Criteria
    control: Control | None
    written: str

    @property
    def hash(self) -> str:
        """The SHA-256 of the function's content; name, order of keys and notation of numbers do not matter."""
        # Verdicts are kept by it: a new name or another order of keys must not judge all anew. It is never cached or
        # sent along: a worker hashes the function by which it judges.
        said = {name: getattr(self, name) for name in COUNTING}
        content = [said, [asdict(each) for each in self.criteria], *([asdict(self.control)] if self.control else [])]
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the alert that the function reads."""
        leaves = (leaf for criterion in self.criteria for leaf in criterion.leaves())
        return tuple(sorted({column for leaf in leaves for column in leaf.columns}))

    @cached_property
    def without_solar_system(self) -> bool:
        """Whether detections near a known solar-system object do not count."""
        return any(leaf.name == "notSolarSystem" for criterion in self.criteria for leaf in criterion.leaves())

    @property
    def needs(self) -> frozenset[str]:
        """The needs that a stream must meet: `lightcurve.lite`, and `column.NAME` for each column of the alert.

        No criterion needs a full light curve or a refresh. Without them some criteria are unknown; these pass, and the
        verdict names them.
        """
        return frozenset({"lightcurve.lite", *(f"column.{name}" for name in self.columns)})


def load_functions(path: Path | str = DEFAULT_FILE) -> dict[str, Function]:
    """Read a file of selection functions, by name in the order of the file.

    Raises SettingsError, which names the file, the function, the key and the right form.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); name an existing YAML file") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not valid YAML: {error}") from error
    return read_functions(text, str(path))


def read_functions(text: str, where: str) -> dict[str, Function]:
    """Read selection functions from YAML. Raises SettingsError, which begins with `where`."""
    content = read_yaml(text, where, StrictLoader)
    if not isinstance(content, dict) or not content:
        raise SettingsError(f"{where}: holds no functions; write one map a function, its name as the key")
    functions: dict[str, Function] = {}
    for written, keys in content.items():
        with within(str(written)):
            name = _without_misprint(str(written), where)
            if name in functions:
                raise SettingsError(f"{where}: {written} is the same function as {name}; keep one of them")
            functions[name] = read_function(f"{where}: {written}", name, keys)
    return functions


def named(functions: Mapping[str, Function], name: str, where: str) -> Function:
    """Give the function of a name, also when the name is the deliverable's misprint.

    Raises SettingsError for an unknown name; the error begins with `where` and names the nearest function.
    """
    name = _without_misprint(name, where)
    if name not in functions:
        raise SettingsError(f"{where}: no function {name}; did you mean {nearest(name, functions)}?")
    return functions[name]


def _without_misprint(name: str, where: str) -> str:
    # Only the name is misprinted, in one place (docs/science.md, "The deliverable's four functions").
    if name in MISPRINTS:
        log.warning("%s: %s is a misprint of the deliverable, taken as %s", where, name, MISPRINTS[name])
    return MISPRINTS.get(name, name)


def recorded_function(where: str, name: str, says: str, expected: str) -> Function:
    """Read a function from the text that a live run has recorded, with its hash then (`expected`).

    Raises SettingsError, which begins with `where`, when this code cannot read it, or reads it as another function.
    """
    function = read_function(where, name, json.loads(says))
    if function.hash != expected:
        raise SettingsError(f"{where}: this code reads the text of the function otherwise")
    return function


def read_function(where: str, name: str, keys: Any) -> Function:
    """Read one function from its keys. Raises SettingsError, which begins with `where`."""
    keys = known_keys(where, keys, ALL_KEYS)
    for key in ("filters", "significance"):
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing; it says which detections count")
    values = {}
    for key, read in COUNTING_KEYS.items():
        if key in keys:
            with within(key):
                values[key] = read(f"{where}: {key}", keys[key])
    criteria = read_criteria(where, keys)
    if not criteria:
        raise SettingsError(f"{where}: has no criterion; write at least one of {', '.join(CRITERION_KEYS)}")
    _can_pass(where, values["filters"], criteria)
    control = None
    if "control" in keys:
        with within("control"):
            control = read_control(f"{where}: control", keys["control"], criteria)
    # A control sample selects more objects, and changes the judging of none.
    as_deliverable = keys.keys() - {"control"} <= DELIVERABLE_KEYS
    said = {
        "filters": values["filters"],
        "significance": values["significance"],
        "positive_only": values.get("positiveOnly", False),
        "reliability": values.get("reliability"),
        "history_days": None if as_deliverable else values.get("historyDays", HISTORY_DAYS),
        "as_deliverable": as_deliverable,
    }
    return Function(name=name, **said, criteria=criteria, control=control, written=json.dumps(keys, default=str))


def _can_pass(where: str, filters: tuple[str, ...], criteria: Criteria) -> None:
    # A function that can never pass selects nothing, and no run would show why.
    for leaf in (leaf for criterion in criteria for leaf in criterion.leaves()):
        if leaf.name == "minBands" and leaf.limit > len(filters):
            words = f"{where}: minBands: {leaf.limit} of {len(filters)} filters never pass"
            raise SettingsError(words, place=("minBands",))
        for band in leaf.bands:
            if band not in filters:
                words = f"{where}: {leaf.name}: {band} is not among filters, so it never counts"
                raise SettingsError(words, place=(leaf.name,))


def functions_of(stream: Stream, functions: Mapping[str, Function]) -> list[Function]:
    """The functions that a stream uses, in order of precedence.

    Raises SettingsError for a function that does not exist or that needs a column which the stream does not give.
    """
    where = f"{setting_files()[-1]}: topic {stream.topic}"
    used = [named(functions, use.name, f"{where}: functions") for use in stream.functions]
    given = _given(stream)
    for function in used:
        for need in sorted(function.needs - given):
            column = need.removeprefix("column.")
            raise SettingsError(
                f"{where}: {function.name} reads the column {column}, which this stream does not give; add it to the "
                "filter's SELECT at Lasair and to `filter.selected` here, or leave the criterion out"
            )
    return used


def _given(stream: Stream) -> frozenset[str]:
    """The needs that a stream meets, as `Function.needs` names them, by the columns of its settings and its filter."""
    selected = stream.filter.selected
    while (flat := re.sub(r"\([^()]*\)", "", selected)) != selected:  # a comma within a call parts no columns
        selected = flat
    aliases = [re.split(r"\s+as\s+|\s|\.", part.strip(), flags=re.IGNORECASE)[-1] for part in selected.split(",")]
    # Class and position have names of ours, whatever the stream's columns are called.
    columns = stream.columns.names().union(aliases, (CLASS, RA, DEC))
    return frozenset({"lightcurve.lite", *(f"column.{name}" for name in columns)})


class InUse(TypedDict):
    """A function that a stream uses, as the SQL steps read it from JSON.

    The lowest `rank` goes first. `classes` are Sherlock's that the function asks for; none where it does not ask.
    """

    stream: str
    name: str
    hash: str
    template: str
    target: Literal["live", "host"]
    spectra: int
    rank: int
    classes: list[str]


def functions_in_use(streams: Mapping[str, Stream], functions: Mapping[str, Function]) -> list[InUse]:
    """The functions in use as SQL steps need them: stream, name, hash, template, target, spectra, rank, classes.

    `streams` are those that are read, by name, in the order of precedence.

    Raises SettingsError as `functions_of` does.
    """
    used: list[InUse] = []
    # The order in the settings is the precedence, by which a target gets its template.
    for stream_name, stream in streams.items():
        for use, function in zip(stream.functions, functions_of(stream, functions), strict=True):
            used.append(
                {
                    "stream": stream_name,
                    "name": function.name,
                    "hash": function.hash,
                    "template": use.template,
                    "target": use.target,
                    "spectra": use.spectra,
                    "rank": len(used),
                    "classes": _classes(function),
                }
            )
    return used


def _classes(function: Function) -> list[str]:
    leaves = [leaf for criterion in function.criteria for leaf in criterion.leaves()]
    return sorted({name for leaf in leaves if leaf.name == "classes" for name in leaf.limit})
