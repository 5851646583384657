"""Criteria on the columns of an object's alerts. A detection is judged by what was said when it was first judged."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tides.functions.keys import Criterion
from tides.judgement.criteria import UNKNOWN, Judge, Outcome
from tides.judgement.history import History
from tides.photometry.sky import galactic_latitude_deg

COMPARE: dict[str | None, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda value, limit: value in limit,
    "not in": lambda value, limit: value not in limit,
}

Row = Mapping[str, object]


def _of_each_object(judged: Callable[[Row, Criterion], tuple[Any, bool | None]]) -> Judge:
    """Make a criterion of a question to each object's alert, whose answer is a value and whether it holds (or None)."""

    def judge(history: History, asked: Criterion) -> Outcome:
        # A file of light curves has no alerts: then criteria on their columns are unknown, and pass.
        answers = [judged(row, asked) for row in history.contexts] or [(None, None)] * history.objects
        # The value is that of now; earlier contexts come after.
        value = np.fromiter((value for value, _ in answers[: history.objects]), dtype=object, count=history.objects)
        held = np.array([UNKNOWN if held is None else int(held) for _, held in answers], dtype=np.int8)
        return Outcome(value, held[history.context_of], f"not known: {', '.join(asked.columns)}")

    judge.__doc__ = judged.__doc__
    return judge


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    # JSON's true is no number, though Python's is one.
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]


def classes(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """Sherlock's class is among those named."""
    value = row.get(asked.columns[0])
    return value, None if value is None else value in asked.limit


def declination(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """The declination (degrees) lies in the range."""
    dec = _number(row, asked.columns[0])
    return dec, None if dec is None else asked.limit[0] <= dec <= asked.limit[1]


def galactic_latitude(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """The place is at least so many degrees from the Galactic plane."""
    ra, dec = (_number(row, column) for column in asked.columns)
    if ra is None or dec is None:
        return None, None
    distance = float(abs(galactic_latitude_deg(ra, dec)))
    return distance, distance >= asked.limit


def bright_star(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """No source of the catalogue within so many arcsec is brighter than so many mag."""
    distance, mag = (_number(row, column) for column in asked.columns)
    if distance is None or mag is None or distance < 0:
        return None, None
    return [distance, mag], distance > asked.limit[0] or mag > asked.limit[1]


def host_separation(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """Sherlock's best match lies between so many arcsec from the object. It is unknown where Sherlock has none."""
    separation = _number(row, asked.columns[0])
    if separation is None or separation < 0:
        return None, None
    return separation, asked.limit[0] <= separation <= asked.limit[1]


def not_classified(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """TNS has no type for the object yet. This is unknown when the alert has no such column."""
    if asked.columns[0] not in row:
        return None, None
    value = row[asked.columns[0]]
    return value, value is None or value == ""


def column(row: Row, asked: Criterion) -> tuple[Any, bool | None]:
    """A column of the alert compares with the limit as asked. It is unknown where null, missing or of another kind."""
    value = row.get(asked.columns[0])
    # Lasair sends NaN where it has no value (docs/contracts/lasair.md, "Messages").
    if value is None or value != value:
        return None, None
    if not isinstance(value, str | int | float):
        return None, None
    try:
        return value, bool(COMPARE[asked.op](value, asked.limit))
    # A column can change its type at any time, so that a text may come for a number.
    except TypeError:
        return value, None


ALERT_CRITERIA: dict[str, Judge] = {
    "classes": _of_each_object(classes),
    "declination": _of_each_object(declination),
    "galacticLatitude": _of_each_object(galactic_latitude),
    "brightStar": _of_each_object(bright_star),
    "hostSeparation": _of_each_object(host_separation),
    "notClassifiedAtTns": _of_each_object(not_classified),
    "column": _of_each_object(column),
}
"""The criteria that look at the alert, by their key in the YAML."""
