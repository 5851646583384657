"""The criteria of a verdict in two parts: what all verdicts of a function share, and what one of them found.

The form has each criterion's name and limit, its window and its note. A verdict adds the value, and whether it holds.
`tides.criteria_in_full` puts them together in SQL.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NotRequired, TypedDict

from tides.functions.keys import Criterion
from tides.judgement.criteria import Outcome

Found = Sequence[Any]
"""What a verdict found of one criterion: [value, held], and a list of the same for the parts of `all` and `any`."""

FORMS_AT_ONCE = 256
"""So many forms are kept as read: more than the functions of one process."""


class Said(TypedDict):
    """What a verdict says of a criterion, ready for JSON.

    `held` is None where the criterion is unknown, and `note` then names the unknown facts. `of` are its parts.
    """

    name: str
    value: Any
    limit: Any
    held: bool | None
    days: NotRequired[float]
    note: NotRequired[str]
    of: NotRequired[list["Said"]]


def form_of(asked: Sequence[Criterion], outcomes: Sequence[Outcome]) -> str:
    """The form of criteria as JSON: the same text for the same criteria."""
    return json.dumps([_form(*each) for each in zip(asked, outcomes, strict=True)])


def in_full(form: str, found: Sequence[Found]) -> list[Said]:
    """Each criterion of a verdict."""
    return [_criterion(*each) for each in zip(_read(form), found, strict=True)]


def named_held(form: str, found: Sequence[Found]) -> Iterator[tuple[str, bool | None]]:
    """Each criterion's name, and whether it holds; the parts of `all` and `any` are not told."""
    return ((said["name"], one[1]) for said, one in zip(_read(form), found, strict=True))


@lru_cache(maxsize=FORMS_AT_ONCE)
def _read(form: str) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = json.loads(form)
    return said


def _form(asked: Criterion, outcome: Outcome) -> dict[str, Any]:
    form: dict[str, Any] = {"name": asked.label, "limit": asked.limit}
    if asked.days is not None:
        form["days"] = asked.days
    if outcome.note:
        form["note"] = outcome.note
    if outcome.parts:
        form["of"] = [_form(*each) for each in zip(asked.parts, outcome.parts, strict=True)]
    return form


def _criterion(said: dict[str, Any], found: Found) -> Said:
    value, held, *parts = found
    criterion: Said = {"name": said["name"], "value": value, "limit": said["limit"], "held": held}
    if "days" in said:
        criterion["days"] = said["days"]
    # A criterion is unknown for the facts that its note names, and known without them.
    if "note" in said and held is None:
        criterion["note"] = said["note"]
    for part in parts:
        criterion["of"] = [_criterion(*each) for each in zip(said["of"], part, strict=True)]
    return criterion
