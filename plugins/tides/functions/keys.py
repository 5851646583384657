"""The keys of a selection function's YAML: the values that each takes, with unit, and the criteria that it gives."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tides.errors import SettingsError, within
from tides.photometry.bands import BANDS

CLASS, RA, DEC = "sherlock_class", "ra_deg", "dec_deg"
"""Columns that every stream gives under these names: Sherlock's class and the position (ICRS degrees)."""

SHERLOCK_CLASSES = ("NULL", "SN", "NT", "AGN", "CV", "BS", "VS", "ORPHAN", "UNCLEAR")

CURRENT_MAG_DAYS = 14.0
"""Days before the newest detection in which `currentMag` looks, unless the function gives others."""

MOVING_MINUTES = 20.0
"""Least minutes between first and last detection that tell a fixed source from an asteroid (notSolarSystem)."""

CHANGE_SIGMA = 3.0
"""Errors by which two detections are taken nearer to each other before `change` and `dips` compare them."""

QUIET_SIGMA = 5.0
"""Signal to noise, of either sign, from which on a measurement before the light curve is activity (quietBefore)."""

HOST_SEPARATION_COLUMN = "separationArcsec"
"""Sherlock's distance (arcsec) from the object to its best match, as `sherlock_classifications` has it."""

BRIGHT_STAR_COLUMNS = ("distpsnr1", "srmag1")
"""Distance (arcsec) and r magnitude of the nearest Pan-STARRS source, as Lasair-ZTF's `objects` has them."""

RANGES = frozenset({"declination", "colour", "colourChange", "hostSeparation"})
"""The criteria whose limit is a range: its lower and its upper end."""

UNITS = {
    "magLimit": "mag",
    "currentMag": "mag",
    "bandMagLimit": "mag",
    "change": "mag",
    "colour": "mag",
    "colourChange": "mag",
    "rise": "mag/d",
    "maxAge": "d",
    "notSolarSystem": "min",
    "galacticLatitude": "deg",
    "declination": "deg",
    "hostSeparation": "arcsec",
}
"""The unit of a criterion's value and limit. Those of other criteria are numbers or have several."""

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=", "in", "not in")


@dataclass(frozen=True)
class Criterion:
    """One demand of a function.

    `name` is the key in the YAML. A verdict shows `limit` beside the value. Some criteria have a window of `days`
    before the newest detection, a `band`, `columns` of the alert that they read, a comparison `op`, or `parts` (of
    `all` and `any`).
    """

    name: str
    limit: Any
    days: float | None = None
    band: str | None = None
    columns: tuple[str, ...] = ()
    op: str | None = None
    parts: tuple["Criterion", ...] = ()

    @property
    def bands(self) -> tuple[str, ...]:
        """The band, or both bands of a colour such as `g-r`."""
        return tuple(self.band.split("-")) if self.band else ()

    @property
    def label(self) -> str:
        """The name of the criterion in a verdict."""
        if self.name == "column":
            return f"{self.columns[0]} {self.op}"
        return f"{self.name} {self.band}" if self.band else self.name

    def leaves(self) -> tuple["Criterion", ...]:
        """The criterion itself, or the criteria that it combines."""
        return tuple(leaf for part in self.parts for leaf in part.leaves()) if self.parts else (self,)


Criteria = tuple[Criterion, ...]


@dataclass(frozen=True)
class Control:
    """The control sample: a fraction of the objects that fail the criterion `fails` and no other is selected too.

    Seed and object id alone decide the draw. So it stays the same when an object is judged again or another key of the
    function changes. A larger fraction contains a smaller one.
    """

    fails: str
    fraction: float
    seed: int

    def draws(self, object_id: str) -> bool:
        """Whether the object belongs to the sample if it fails that criterion alone."""
        # No generator of random numbers: the draw must be the same on every worker and in every version.
        digest = hashlib.sha256(f"{self.seed}/{object_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < self.fraction * 2**64


def nearest(key: str, valid: Mapping[str, Any]) -> str:
    """Give the valid key that is nearest to a wrong one."""
    by_lower_case = {name.lower(): name for name in valid}
    return by_lower_case[get_close_matches(key.lower(), by_lower_case, n=1, cutoff=0.0)[0]]


def known_keys(where: str, keys: Any, valid: Mapping[str, Any]) -> dict[str, Any]:
    """Give the map back. Raises SettingsError when it is no map or has a key that is not valid."""
    if not isinstance(keys, dict):
        raise SettingsError(f"{where}: must be a map of keys ({', '.join(valid)})")
    for key in keys:
        if key not in valid:
            near = nearest(str(key), valid)
            raise SettingsError(f"{where}: unknown key {key}; did you mean {near}?", place=(str(key),))
    return keys


def _filters(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(not isinstance(band, str) for band in value):
        raise SettingsError(f"{where}: {value!r} must be a list of bands, such as ['g', 'r', 'i', 'z']")
    for band in value:
        if len(band) != 1 or band not in BANDS:
            raise SettingsError(f"{where}: {band!r} is no band; the bands are {', '.join(BANDS)}")
        if value.count(band) > 1:
            raise SettingsError(f"{where}: {band!r} stands twice")
    # In one order, so that the function's hash does not depend on the order in the YAML.
    return tuple(sorted(value, key=BANDS.index))


def _switch(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{where}: {value!r} must be true or false")
    return value


def _number(unit: str, low: float, high: float, whole: bool = False) -> Callable[[str, Any], float]:
    def read(where: str, value: Any) -> float:
        kind = "a whole number" if whole else "a number"
        # Python takes true for 1, and YAML reads `yes` as true.
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or (whole and value != int(value)):
            raise SettingsError(f"{where}: {value!r} must be {kind} ({unit})")
        if not low <= value <= high:
            raise SettingsError(f"{where}: {value} must lie between {low:g} and {high:g} ({unit})")
        # 22 and 22.0 are one limit, and must give one hash.
        return int(value) if whole else float(value)

    return read


_MAG = _number("AB mag", 0, 40)
_COUNT = _number("detections", 1, 10000, whole=True)
_DAYS = _number("days", 0.01, 36525)
_DEGREES = _number("degrees", -90, 90)

Reader = Callable[[str, Any], Criteria]


def _limit(name: str, read: Callable[[str, Any], Any]) -> Reader:
    return lambda where, value: (Criterion(name, read(where, value)),)


def _asked_for(name: str, limit: float) -> Reader:
    """A criterion that the value `true` asks for."""
    return lambda where, value: (Criterion(name, limit),) if _switch(where, value) else ()


def _within(name: str, read: Callable[[str, Any], float], default_days: float | None = None) -> Reader:
    """A limit in a window of days: {limit, days}, or the limit alone where the days have a default."""

    def read_window(where: str, value: Any) -> Criteria:
        if default_days is not None and not isinstance(value, dict):
            value = {"limit": value, "days": default_days}
        keys = known_keys(where, value, {"limit": None, "days": None})
        for key in ("limit", "days"):
            if key not in keys:
                raise SettingsError(f"{where}: {key} is missing")
        return (Criterion(name, read(f"{where}: limit", keys["limit"]), days=_DAYS(f"{where}: days", keys["days"])),)

    return read_window


def _each_band(name: str, read: Callable[[str, Any], float]) -> Reader:
    """A limit a band, such as {g: 22.5, r: 22}: one criterion each."""

    def read_bands(where: str, value: Any) -> Criteria:
        if not isinstance(value, dict):
            raise SettingsError(f"{where}: must be a map of bands, such as {{g: 2, r: 2}}")
        bands = _filters(where, list(value))
        return tuple(Criterion(name, read(f"{where}: {band}", value[band]), band=band) for band in bands)

    return read_bands


def _band_mag_limit(where: str, value: Any) -> Criteria:
    parts = _each_band("bandMagLimit", _MAG)(where, value)
    # One band that is bright enough is enough.
    return parts if len(parts) == 1 else (Criterion("any", 1, parts=parts),)


def _classes(where: str, value: Any) -> Criteria:
    if not isinstance(value, list) or not value:
        raise SettingsError(f"{where}: {value!r} must be a list of Sherlock classes, such as [SN, NT]")
    value = ["NULL" if name is None else name for name in value]  # as YAML reads it without quotes
    for name in value:
        if name not in SHERLOCK_CLASSES:
            raise SettingsError(f"{where}: {name!r} is no Sherlock class; they are {', '.join(SHERLOCK_CLASSES)}")
    # In one order for the hash, as the filters are.
    return (Criterion("classes", tuple(sorted(set(value), key=SHERLOCK_CLASSES.index)), columns=(CLASS,)),)


def _declination(where: str, value: Any) -> Criteria:
    if not isinstance(value, list) or len(value) != 2:
        raise SettingsError(f"{where}: {value!r} must be a range in degrees, such as [-80, 20]")
    low, high = (_DEGREES(where, each) for each in value)
    if low >= high:
        raise SettingsError(f"{where}: {value!r} holds nothing; the lower declination comes first")
    return (Criterion("declination", (low, high), columns=(DEC,)),)


def _range(where: str, value: Any, read: Callable[[str, Any], float]) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise SettingsError(f"{where}: {value!r} must be a range of two numbers, such as [0.3, 30]")
    low, high = (read(where, each) for each in value)
    if low >= high:
        raise SettingsError(f"{where}: {value!r} holds nothing; the lower end comes first")
    return low, high


def _colour(name: str) -> Reader:
    """The colour of two bands: {bands: [g, r], range: [-0.5, 1], days: 1}."""
    read_mag = _number("mag", -20, 20)

    def read(where: str, value: Any) -> Criteria:
        keys = _all_of(where, value, ("bands", "range", "days"))
        bands = keys["bands"]
        if len(_filters(f"{where}: bands", bands)) != 2:
            raise SettingsError(f"{where}: bands: {bands!r} must be two bands, such as [g, r]")
        limit = _range(f"{where}: range", keys["range"], read_mag)
        # The order tells which magnitude is subtracted.
        return (Criterion(name, limit, days=_DAYS(f"{where}: days", keys["days"]), band="-".join(bands)),)

    return read


def _dips(where: str, value: Any) -> Criteria:
    read = {"fraction": _number("fraction", 0, 1), "mag": _number("mag", 0, 10)}
    keys = _all_of(where, value, tuple(read))
    return (Criterion("dips", tuple(read[key](f"{where}: {key}", keys[key]) for key in read)),)


def _host_separation(where: str, value: Any) -> Criteria:
    keys = known_keys(where, value, {"range": None, "column": None})
    if "range" not in keys:
        raise SettingsError(f"{where}: range is missing; write {{range: [0.3, 30]}}")
    limit = _range(f"{where}: range", keys["range"], _number("arcsec", 0, 3600))
    column = _column_name(f"{where}: column", keys.get("column", HOST_SEPARATION_COLUMN))
    return (Criterion("hostSeparation", limit, columns=(column,)),)


def _all_of(where: str, value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    keys = known_keys(where, value, dict.fromkeys(names))
    for key in names:
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing")
    return keys


def _galactic_latitude(where: str, value: Any) -> Criteria:
    return (Criterion("galacticLatitude", _number("degrees", 0, 90)(where, value), columns=(RA, DEC)),)


def _bright_star(where: str, value: Any) -> Criteria:
    read = {"arcsec": _number("arcsec", 0.1, 1000), "mag": _MAG}
    keys = known_keys(where, value, {**read, "columns": None})
    for key in read:
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing")
    columns = keys.get("columns", list(BRIGHT_STAR_COLUMNS))
    if not isinstance(columns, list) or len(columns) != 2:
        raise SettingsError(f"{where}: columns: {columns!r} must be two columns: distance (arcsec), magnitude")
    limits = tuple(read[key](f"{where}: {key}", keys[key]) for key in read)
    return (Criterion("brightStar", limits, columns=tuple(_column_name(f"{where}: columns", c) for c in columns)),)


def _column_name(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{where}: {value!r} must be the name of a column of the alert")
    return value


def _unclassified(where: str, value: Any) -> Criteria:
    return (Criterion("notClassifiedAtTns", None, columns=(_column_name(where, value),)),)


def _column(where: str, value: Any) -> Criteria:
    comparisons = value if isinstance(value, list) else [value]
    return tuple(_comparison(where, each) for each in comparisons)


def _comparison(where: str, value: Any) -> Criterion:
    keys = known_keys(where, value, {"column": None, "op": None, "value": None})
    for key in ("column", "op", "value"):
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing; write {{column: NAME, op: '>=', value: 3}}")
    op, limit = keys["op"], keys["value"]
    if op not in COMPARISONS:
        raise SettingsError(f"{where}: op: {op!r} is no comparison; they are {' '.join(COMPARISONS)}")
    if (op in ("in", "not in")) != isinstance(limit, list):
        raise SettingsError(f"{where}: value: {limit!r} must be a list for `in` and `not in`, and one value otherwise")
    if op in ("<", "<=", ">", ">="):
        limit = _number("a number of the column", -1e300, 1e300)(f"{where}: value", limit)
    elif isinstance(limit, list):
        limit = tuple(_plain(where, each) for each in limit)
    else:
        limit = _plain(where, limit)
    return Criterion("column", limit, columns=(_column_name(f"{where}: column", keys["column"]),), op=op)


def _plain(where: str, value: Any) -> str | float | bool:
    # NaN equals nothing, so that a comparison with it would never hold.
    if not isinstance(value, str | int | float) or value != value:
        raise SettingsError(f"{where}: value: {value!r} must be a number, a text, true or false")
    return value


def _group(name: str) -> Reader:
    def read(where: str, value: Any) -> Criteria:
        if not isinstance(value, list) or not value:
            raise SettingsError(f"{where}: must be a list of maps of criteria, such as [{{maxAge: 20}}, {{rise: 0.1}}]")
        parts = []
        for number, each in enumerate(value):
            with within(number):
                asked = read_criteria(where, known_keys(where, each, CRITERION_KEYS))
                if not asked:
                    raise SettingsError(f"{where}: {each!r} asks for nothing")
            parts.append(asked[0] if len(asked) == 1 else Criterion("all", len(asked), parts=asked))
        return (Criterion(name, 1 if name == "any" else len(parts), parts=tuple(parts)),)

    return read


COUNTING_KEYS: dict[str, Callable[[str, Any], Any]] = {
    "filters": _filters,
    "significance": _number("signal to noise", 0.1, 1000),
    "positiveOnly": _switch,
    "reliability": _number("real-bogus score", 0, 1),
    "historyDays": _number("days", 1, 36525),
}
"""The keys that say which detections count."""

CRITERION_KEYS: dict[str, Reader] = {
    "minBands": _limit("minBands", _number("bands", 1, len(BANDS), whole=True)),
    "minNights": _limit("minNights", _number("nights", 1, 10000, whole=True)),
    "magLimit": _limit("magLimit", _MAG),
    "minDetections": _limit("minDetections", _COUNT),
    "minBandDetections": _each_band("minBandDetections", _COUNT),
    "recentDetections": _within("recentDetections", _COUNT),
    "currentMag": _within("currentMag", _MAG, CURRENT_MAG_DAYS),
    "bandMagLimit": _band_mag_limit,
    "positiveFraction": _limit("positiveFraction", _number("fraction", 0, 1)),
    "rise": _limit("rise", _number("mag a day", -10, 10)),
    "maxAge": _limit("maxAge", _DAYS),
    "quietBefore": _within("quietBefore", _number("measurements", 0, 10000, whole=True)),
    "change": _limit("change", _number("mag", 0.01, 10)),
    "dips": _dips,
    "colour": _colour("colour"),
    "colourChange": _colour("colourChange"),
    "notSolarSystem": _asked_for("notSolarSystem", MOVING_MINUTES),
    "classes": _classes,
    "galacticLatitude": _galactic_latitude,
    "declination": _declination,
    "brightStar": _bright_star,
    "hostSeparation": _host_separation,
    "notClassifiedAtTns": _unclassified,
    "column": _column,
    "all": _group("all"),
    "any": _group("any"),
}
"""The criteria on counted detections and on the alert, in the order of a verdict."""

ALL_KEYS: dict[str, Any] = {**COUNTING_KEYS, **CRITERION_KEYS, "control": None}

CONTROL_KEYS: dict[str, Callable[[str, Any], float]] = {
    "fraction": _number("fraction", 0, 1),
    "seed": _number("seed", 0, 2**31, whole=True),
}


def read_criteria(where: str, keys: Mapping[str, Any]) -> Criteria:
    """Give the criteria of a map, all of which must hold. Raises SettingsError for a wrong value."""
    asked: list[Criterion] = []
    for key, read in CRITERION_KEYS.items():
        if key in keys:
            with within(key):
                asked += read(f"{where}: {key}", keys[key])
    return tuple(asked)


def read_control(where: str, value: Any, criteria: Criteria) -> Control:
    """Give the control sample of a function with these criteria. Raises SettingsError for a wrong value."""
    keys = known_keys(where, value, {"fails": None, **CONTROL_KEYS})
    for key in ("fails", *CONTROL_KEYS):
        if key not in keys:
            raise SettingsError(f"{where}: {key} is missing; write {{fails: maxAge, fraction: 0.01, seed: 1}}")
    asked = {criterion.name: criterion for criterion in criteria}
    if keys["fails"] not in asked:
        near = nearest(str(keys["fails"]), asked)
        raise SettingsError(f"{where}: fails: the function asks for no {keys['fails']}; did you mean {near}?")
    numbers = {key: read(f"{where}: {key}", keys[key]) for key, read in CONTROL_KEYS.items()}
    return Control(keys["fails"], numbers["fraction"], int(numbers["seed"]))
