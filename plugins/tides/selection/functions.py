"""Selection functions: read from YAML, checked key by key, and given a hash by what they say.

A function written with the five keys of the deliverable D3.3.3 alone is judged as D3.3.3 judges. Any further key makes
it one of ours: detections are then cut to `historyDays`, and magLimit looks at counted detections only.
"""

import hashlib
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from tides.errors import SettingsError
from tides.lightcurves.model import BANDS
from tides.settings import Settings, Stream, setting_files

log = logging.getLogger(__name__)

DEFAULT_FILE = Path(__file__).parents[3] / "include" / "config" / "selection_functions.yaml"

HISTORY_DAYS = 365.0
"""Days before the newest detection that one of our functions looks at: what an LSST alert packet holds."""

MISPRINTS = {"tidesSNZTFSelectDEM01": "tidesSNZTFSelectDEMO1"}
"""Names as the deliverable misprints them, and what they stand for."""

DELIVERABLE_KEYS = frozenset({"filters", "significance", "minBands", "minNights", "magLimit"})


@dataclass(frozen=True)
class Function:
    """A selection function.

    `filters` and `significance` (S/N) define the counted detections, of either sign unless `positive_only`;
    `history_days` cuts the light curve before its newest detection (None: no cut); `criteria` are (key, limit) in the
    order in which a verdict lists them. `as_deliverable`: see the head of this module. `hash` is the SHA-256 of what
    the function says, whatever its name, the order of its keys and the way its numbers are written. `needs` is what
    it must be given: `lightcurve.lite`, or `column.NAME` for a column of the alert.
    """

    name: str
    filters: tuple[str, ...]
    significance: float
    positive_only: bool
    history_days: float | None
    as_deliverable: bool
    criteria: tuple[tuple[str, float], ...]
    hash: str
    needs: frozenset[str] = frozenset({"lightcurve.lite"})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the alert that the function reads."""
        return tuple(sorted(need.removeprefix("column.") for need in self.needs if need.startswith("column.")))


def load_functions(path: Path | str = DEFAULT_FILE) -> dict[str, Function]:
    """Read a file of selection functions, by name in the order of the file.

    Raises SettingsError naming file, function, key and what to write instead.
    """
    path = Path(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); name an existing YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, dict) or not content:
        raise SettingsError(f"{path}: holds no functions; write one map a function, its name as the key")
    functions: dict[str, Function] = {}
    for written, keys in content.items():
        name = _without_misprint(str(written), f"{path}")
        if name in functions:
            raise SettingsError(f"{path}: {written} is the same function as {name}; keep one of them")
        functions[name] = _read(f"{path}: {written}", name, keys)
    return functions


def named(functions: Mapping[str, Function], name: str, where: str) -> Function:
    """Give the function of a name, also when the name is the deliverable's misprint.

    `where` is what asks for it, for the SettingsError that names the nearest function.
    """
    name = _without_misprint(name, where)
    if name not in functions:
        raise SettingsError(f"{where}: no function {name}; did you mean {_nearest(name, functions)}?")
    return functions[name]


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one map: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"{key} stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _without_misprint(name: str, where: str) -> str:
    if name in MISPRINTS:
        log.warning("%s: %s is a misprint of the deliverable, taken as %s", where, name, MISPRINTS[name])
    return MISPRINTS.get(name, name)


def _nearest(key: str, valid: Mapping[str, Any]) -> str:
    by_lower_case = {name.lower(): name for name in valid}
    return by_lower_case[get_close_matches(key.lower(), by_lower_case, n=1, cutoff=0.0)[0]]


def _read(where: str, name: str, keys: Any) -> Function:
    if not isinstance(keys, dict):
        raise SettingsError(f"{where}: must be a map of keys ({', '.join(_READERS)})")
    for key in keys:
        if key not in _READERS:
            raise SettingsError(f"{where}: unknown key {key}; did you mean {_nearest(str(key), _READERS)}?")
    for key in ("filters", "significance"):
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing; it says which detections count")
    values = {key: _READERS[key](f"{where}: {key}", keys[key]) for key in _READERS if key in keys}
    if values.get("minBands", 1) > len(values["filters"]):
        raise SettingsError(f"{where}: minBands: {values['minBands']} of {len(values['filters'])} filters never pass")
    criteria = {key: values[key] for key in ("minBands", "minNights", "magLimit") if key in values}
    if not criteria:
        raise SettingsError(f"{where}: has no criterion; write at least one of minBands, minNights, magLimit")
    as_deliverable = keys.keys() <= DELIVERABLE_KEYS
    said = {
        "filters": values["filters"],
        "significance": values["significance"],
        "positive_only": values.get("positiveOnly", False),
        "history_days": None if as_deliverable else values.get("historyDays", HISTORY_DAYS),
        "as_deliverable": as_deliverable,
    }
    canonical = json.dumps({**said, **criteria}, sort_keys=True, separators=(",", ":"))
    return Function(
        name=name, **said, criteria=tuple(criteria.items()), hash=hashlib.sha256(canonical.encode()).hexdigest()
    )


def _filters(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(not isinstance(band, str) for band in value):
        raise SettingsError(f"{where}: {value!r} must be a list of bands, such as ['g', 'r', 'i', 'z']")
    for band in value:
        if len(band) != 1 or band not in BANDS:
            raise SettingsError(f"{where}: {band!r} is no band; the bands are {', '.join(BANDS)}")
        if value.count(band) > 1:
            raise SettingsError(f"{where}: {band!r} stands twice")
    return tuple(sorted(value, key=BANDS.index))


def _switch(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{where}: {value!r} must be true or false")
    return value


def _number(unit: str, low: float, high: float, whole: bool = False) -> Callable[[str, Any], float]:
    def read(where: str, value: Any) -> float:
        kind = "a whole number" if whole else "a number"
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or (whole and value != int(value)):
            raise SettingsError(f"{where}: {value!r} must be {kind} ({unit})")
        if not low <= value <= high:
            raise SettingsError(f"{where}: {value} must lie between {low:g} and {high:g} ({unit})")
        return int(value) if whole else float(value)

    return read


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "filters": _filters,
    "significance": _number("signal to noise", 0.1, 1000),
    "minBands": _number("bands", 1, len(BANDS), whole=True),
    "minNights": _number("nights", 1, 10000, whole=True),
    "magLimit": _number("AB mag", 0, 40),
    "positiveOnly": _switch,
    "historyDays": _number("days", 1, 36525),
}


def functions_of(stream: Stream, functions: Mapping[str, Function]) -> list[Function]:
    """The functions that a stream uses, in order of precedence. Raises SettingsError for one that does not exist."""
    return [
        named(functions, use.name, f"{setting_files()[-1]}: topic {stream.topic}: functions")
        for use in stream.functions
    ]


def functions_in_use(settings: Settings, functions: Mapping[str, Function]) -> list[dict[str, Any]]:
    """What the SQL steps need to know of the functions in use: stream, name, hash, template, rank of precedence.

    Raises SettingsError for a function that a stream names and that does not exist.
    """
    used: list[dict[str, Any]] = []
    for stream_name, stream in settings.enabled_streams().items():
        for use, function in zip(stream.functions, functions_of(stream, functions), strict=True):
            used.append(
                {
                    "stream": stream_name,
                    "name": function.name,
                    "hash": function.hash,
                    "template": use.target,
                    "rank": len(used),
                }
            )
    return used
