"""The log of exchanges with 4MOST, target by target: `tides.fourmost_exchange`.

A request is written with the mark that goes before it (`mark_sending.sql`), an answer with what it changes. Headers and
secrets never come here. The hook redacts secrets that a server repeats.
"""

import json
import re
from typing import Any, Literal

from tides.database.session import Connection
from tides.database.statements import statement
from tides.fourmost.outcomes import Denied, Late, NotSent, Outcome, Refused, Spared, Stored, Unknown

Verb = Literal["create", "change", "look up"]

WORDS = {
    Stored: "stored",
    Refused: "refused",
    Spared: "spared",
    Late: "not sent",
    Denied: "denied",
    NotSent: "not sent",
    Unknown: "unknown",
}

NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""The one JSON escape that PostgreSQL does not take."""


def keep_request(connection: Connection, run_id: str, target_id: int, name: str, verb: Verb, content: Any) -> None:
    """Keeps a question to 4MOST about a target."""
    _keep(connection, run_id, target_id, name, verb, "request", None, content)


def keep_answer(
    connection: Connection, run_id: str, target_id: int, name: str, verb: Verb, outcome: str, content: Any
) -> None:
    """Keeps 4MOST's answer about a target, in its own words."""
    _keep(connection, run_id, target_id, name, verb, "answer", outcome, content)


def keep_outcome(connection: Connection, run_id: str, target_id: int, name: str, verb: Verb, outcome: Outcome) -> None:
    """Keeps the answer to a write."""
    said = outcome.row if isinstance(outcome, Stored) else getattr(outcome, "answer", None)
    content = said if said is not None else outcome.reason  # type: ignore[union-attr]
    keep_answer(connection, run_id, target_id, name, verb, WORDS[type(outcome)], content)


def storable(content: Any) -> str:
    """JSON that PostgreSQL takes: without NUL and halves of a surrogate pair, both of which are valid JSON."""
    # Half of a surrogate pair has no UTF-8 form: it becomes a question mark.
    text = json.dumps(content, ensure_ascii=False).encode(errors="replace").decode()
    return NUL.sub("\\1�", text)


def _keep(
    connection: Connection,
    run_id: str,
    target_id: int,
    name: str,
    verb: Verb,
    part: Literal["request", "answer"],
    outcome: str | None,
    content: Any,
) -> None:
    given = {"run_id": run_id, "id": target_id, "name": name, "verb": verb, "part": part, "outcome": outcome}
    connection.execute(statement("fourmost/keep_exchange"), {**given, "content": storable(content)})
