"""What 4MOST's answers say: rows, refusals one by one or as a whole, and pages of a list."""

from collections.abc import Sequence
from typing import Any, TypeGuard

from tides.errors import AnswerBroken
from tides.foreign import quoted
from tides.fourmost.api import Row
from tides.fourmost.outcomes import Outcome, Refused, Spared, Stored, Unknown
from tides.hooks.http import Answer


def created(answer: Answer, names: Sequence[str]) -> list[Outcome]:
    """The outcome of each name: Stored where exactly one row of the answer has it, under a key of its own."""
    body = json_of(answer)
    rows = [row for row in (body if isinstance(body, list) else [body]) if is_row(row)]
    keys = [row["id"] for row in rows]
    outcomes: list[Outcome] = []
    for name in names:
        own = [row for row in rows if row["name"] == name]
        if len(own) == 1 and keys.count(own[0]["id"]) == 1:
            outcomes.append(Stored(own[0]))
        else:
            outcomes.append(Unknown(f"4MOST answered 201, but not with one row named {name}", answer.words()))
    return outcomes


def refused_singly(answer: Answer, names: Sequence[str]) -> list[Outcome]:
    """A 400 to a bulk create: a list with one entry an object, empty where it was fine; nothing is stored."""
    entries = answer.json()
    # A list of another form does not say which rows were fine, nor that nothing was stored.
    if len(entries) != len(names) or not any(entries) or not all(isinstance(entry, dict) for entry in entries):
        return [Unknown("4MOST answered 400, but not with one entry for each row", answer.words())] * len(names)
    return [
        Refused(400, quoted(entry), entry) if entry else Spared("4MOST refused another row of this bulk create")
        for entry in entries
    ]


def refusal(answer: Answer) -> Refused | Unknown:
    """A clean 4xx is a refusal. Any other answer does not say what was stored."""
    if 400 <= answer.status < 500 and is_reason(json_of(answer)):
        return Refused(answer.status, answer.said(), answer.words())
    return Unknown(f"4MOST answered {answer.status}: {answer.said()}", answer.words())


def page(answer: Any) -> tuple[list[Row], bool]:
    """The rows of a list, paged or bare, and whether more follow. A bare list is complete."""
    paged = isinstance(answer, dict)
    rows = answer.get("results") if paged else answer
    if not isinstance(rows, list) or not all(is_row(row) for row in rows):
        raise AnswerBroken("4MOST's answer is no list of transients")
    if paged:
        return rows, answer.get("next") is not None
    return sorted(rows, key=lambda row: row["id"]), False


def json_of(answer: Answer) -> Any:
    """The JSON of an answer; None where it has none."""
    try:
        return answer.json()
    except AnswerBroken:
        return None


def is_row(row: object) -> TypeGuard[Row]:
    """Whether an object is a transient whose key and name can be kept."""
    if not isinstance(row, dict) or type(row.get("id")) is not int or not isinstance(row.get("name"), str):
        return False
    # The bounds of a bigint in PostgreSQL, which keeps the key.
    return bool(0 < row["id"] < 2**63)


def is_reason(said: object) -> bool:
    """Whether a refusal has one of the forms in docs/contracts/fourmost.md, "Errors"."""
    return isinstance(said, dict) and bool(said)
