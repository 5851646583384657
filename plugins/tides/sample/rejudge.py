"""Makes stored verdicts again, from the light curves and columns that were kept, and compares."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.functions.functions import Function, recorded_function
from tides.judgement.judge import Context, Subject, Verdict, judge
from tides.surveys.survey import survey, surveys

AT_ONCE = 500
"""How many verdicts are held in memory."""

COMPARED = ("passed", "passes_now", "control", "trigger_jd", "context_until_jd", "criteria", "input_hash")
"""What two verdicts must have in common."""


class Outcome(StrEnum):
    """How a verdict that is made again compares with the stored one."""

    AGREED = "agreed"
    DIFFERS = "differs"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Rejudged:
    """A verdict that was made again. `why` names what differs, or why it cannot be made."""

    survey: str
    object_id: str
    function: str
    code_version: str
    outcome: Outcome
    why: str = ""


def rejudge(connection: Connection, function: str | None, ids: Sequence[str] | None) -> Iterator[Rejudged]:
    """Makes all verdicts again whose input is kept: of one function and of some objects or targets, or of all (None).

    To be used up within one transaction, which it opens. They come in the order in which they were stored.
    """
    about = {"function": function, "ids": None if ids is None else list(ids)}
    with connection.transaction(), connection.cursor("rejudge") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(statement("sample/kept_verdicts"), about)
        for row in cursor:
            yield _again(row)


def not_kept(connection: Connection, function: str | None, ids: Sequence[str] | None) -> int:
    """How many verdicts cannot be made again, since their input is not kept: between first pass and last failure."""
    about = {"function": function, "ids": None if ids is None else list(ids)}
    counted = connection.execute(statement("sample/verdicts_without_inputs"), about).fetchone()
    return int(counted["verdicts"]) if counted else 0


def _again(row: Mapping[str, Any]) -> Rejudged:
    about = (row["survey"], row["object_id"], row["function"], row["code_version"])
    if row["survey"] not in {known.name for known in surveys()}:
        return Rejudged(*about, Outcome.CANNOT, "this code does not know the survey")
    if row["says"] is None:
        return Rejudged(*about, Outcome.CANNOT, "the text of its function is not kept")
    function = _function(row["function"], row["says"], row["function_hash"])
    if isinstance(function, str):
        return Rejudged(*about, Outcome.CANNOT, function)
    contexts = tuple(Context(said["until_jd"], said["columns"]) for said in row["contexts"])
    raw = zlib.decompress(row["raw"])
    subject = Subject(
        row["object_id"], raw, row["columns"], row["known_until_jd"], sent_jd=row["sent_jd"], earlier=contexts
    )
    judgement = judge(survey(row["survey"]), [subject], [function], None)
    if not judgement.verdicts:
        reason = ", ".join(broken.reason for broken in judgement.broken)
        return Rejudged(*about, Outcome.DIFFERS, f"its light curve cannot be read any more: {reason}")
    odd = differences(row, judgement.verdicts[0])
    return Rejudged(*about, Outcome.DIFFERS if odd else Outcome.AGREED, "; ".join(odd))


def differences(stored: Mapping[str, Any], again: Verdict) -> list[str]:
    """What differs between a stored verdict and the same made again, in words."""
    # As it would be stored.
    made = json.loads(json.dumps({name: getattr(again, name) for name in COMPARED}))
    odd = [name for name in COMPARED if stored[name] != made[name]]
    words = []
    for name in odd:
        if name == "criteria":
            before, after = ({c["name"]: c for c in criteria} for criteria in (stored[name], made[name]))
            changed = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
            words.append(f"criteria {', '.join(changed) or 'in another order'}")
        else:
            words.append(f"{name} was {stored[name]}, is {made[name]}")
    return words


@cache
def _function(name: str, says: str, expected: str) -> Function | str:
    """A function as it was written, or why this code cannot read it."""
    try:
        return recorded_function("its function", name, says, expected)
    except SettingsError as error:
        return str(error)
