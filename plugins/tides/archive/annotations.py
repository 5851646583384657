"""Annotations: Lasair is told what became of its objects here. Level-triggered, no queue."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from tides.archive.one_by_one import one_by_one
from tides.brokers import quota
from tides.database.session import Connection
from tides.database.statements import statement
from tides.functions.functions import InUse
from tides.settings.model import Settings


class AnnotationClient(Protocol):
    """Lasair's annotations, with what the ledger of calls knows its token by."""

    def annotate(self, survey: str, object_id: str, content: dict[str, Any], again: Callable[[], None]) -> None:
        """Stores an annotation in the place of the topic's last one; `again` is called before a repeated attempt."""
        ...

    def token_digest(self, survey: str) -> str:
        """A digest of the token that a survey's server is asked with."""
        ...


@dataclass
class Annotated:
    """What was told to Lasair of one survey's objects. `waiting` ones are told by the next audit."""

    survey: str
    sent: int = 0
    refused: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)


def annotate(
    connection: Connection,
    lasair: AnnotationClient,
    survey: str,
    settings: Settings,
    functions: Sequence[InUse],
) -> Annotated:
    """Tells Lasair of each object of a survey that is a target its verdict and state at 4MOST, where that changed.

    What was told is stored answer by answer: a retry goes on from there, and an annotation whose answer was lost is
    told once more, in its own place. `functions` are those in use. Calls are taken from what other work leaves of the
    hour (`audit.quota_share`); when that is spent the rest waits. An object that Lasair refuses is counted, and tried
    again by the next audit. Raises AnswerBroken when Lasair refuses one after the other, ServiceAway, AccessRefused.
    """
    parameters = {"survey": survey, "topic": settings.annotations.topic, "functions": json.dumps(functions)}
    wanted = connection.execute(statement("archive/annotations_to_send"), parameters).fetchall()
    done = Annotated(survey)

    def take() -> None:
        quota.take_spare(connection, lasair.token_digest(survey), settings)

    def send(row: dict[str, Any]) -> bool:
        take()
        lasair.annotate(survey, row["object_id"], row["content"], take)
        return True

    for row, sent in one_by_one(wanted, send, done.notes, "Lasair refuses our annotations one after the other"):
        if sent:
            _keep(connection, survey, row)
            done.sent += 1
        else:
            done.refused += 1
    done.waiting = len(wanted) - done.sent - done.refused
    return done


def _keep(connection: Connection, survey: str, row: dict[str, Any]) -> None:
    told = {"survey": survey, "object_id": row["object_id"], "told": Jsonb(row["content"])}
    connection.execute(statement("archive/store_annotation"), told)
