"""4MOST's columns, as its own OPTIONS describe them, compared with the row that we send."""

from typing import Any

from tides.database.session import Connection
from tides.errors import AnswerBroken
from tides.foreign import quoted
from tides.fourmost.fields import NAMES, BandMagnitude, Target
from tides.fourmost.payload import wanted_row
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.settings.sections import TargetTemplate

KINDS = {
    "integer": (int,),
    "float": (float, int),
    "decimal": (float, int),
    "string": (str,),
    "choice": (str, int),
    "boolean": (bool,),
}
"""The types of a Django REST framework description, and what we may send for each."""

AN_EVENING_JD = 2461000.0
"""Any date (JD UTC) will do for an example."""


def misfits(options: dict[str, Any], templates: dict[str, TargetTemplate], prefix: str) -> list[str]:
    """How 4MOST's columns differ from what each target template makes. Empty when all fit. Raises AnswerBroken.

    `prefix` is that of our names, since a column may be too short for them.
    """
    # Each template must find a magnitude that it has a `mag_type` for, of a survey or of a catalogue.
    surveys = {survey for template in templates.values() for survey in template.mag_type}
    bands = tuple(BandMagnitude(survey, "r", 21.0, 0.05) for survey in sorted(surveys))
    target = Target(0, f"{prefix}26aaaa", 150.0, -30.0, bands)
    return [
        f"template {name}: {difference}"
        for name, template in templates.items()
        for difference in differences(options, wanted_row(target, template, AN_EVENING_JD))
    ]


def note_misfits(
    connection: Connection, options: dict[str, Any], templates: dict[str, TargetTemplate], prefix: str
) -> list[str]:
    """Opens an event while 4MOST's columns do not fit what we send, and closes it; gives the misfits."""
    found = misfits(options, templates, prefix)
    if found:
        note_event(connection, Kind.COLUMNS_CHANGED, "4MOST", {"misfits": found})
    else:
        close_event(connection, Kind.COLUMNS_CHANGED, "4MOST")
    return found


def differences(options: dict[str, Any], example: dict[str, Any]) -> list[str]:
    """How the columns that 4MOST describes differ from a row of ours, in words. Empty when they agree.

    Raises AnswerBroken when the description does not have the form of a Django REST framework server's.
    """
    described = options.get("actions", {}).get("POST") if isinstance(options.get("actions"), dict) else None
    if not isinstance(described, dict) or not all(isinstance(column, dict) for column in described.values()):
        raise AnswerBroken("4MOST's answer to OPTIONS describes no columns")
    found = [f"{name} is not known there" for name in NAMES if name not in described]
    for name, column in described.items():
        writable = not column.get("read_only", False)
        if name not in example:
            if writable and column.get("required"):
                found.append(f"{quoted(name)} is required there, and we do not send it")
        elif not writable:
            found.append(f"{name} can only be read there")
        elif not _fits(example[name], column):
            found.append(f"{name} is {quoted(column.get('type'))} there, and we send {example[name]!r}")
    return found


def _fits(value: Any, column: dict[str, Any]) -> bool:
    kinds = KINDS.get(column.get("type", ""))
    # A bool is an int in Python. In a column of numbers it would be a mistake.
    if kinds is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        return False
    if isinstance(value, str):
        return bool(len(value) <= column.get("max_length", len(value)))
    low, high = column.get("min_value", value), column.get("max_value", value)
    return bool(low <= value <= high)
