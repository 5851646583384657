"""Annotations tell Lasair the state of its objects here. They are level-triggered: there is no queue."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, cast

from psycopg.types.json import Jsonb

from tides.archive.one_by_one import SherlockClient, one_by_one, probe_of
from tides.brokers import quota
from tides.database.session import Connection
from tides.database.statements import statement
from tides.functions.functions import InUse
from tides.journal.failures import Call, note_failures
from tides.settings.sections import Annotations, Audit, Lasair
from tides.version import code_version

LOOK = 20_000
"""What is to be told is asked of so many objects at a time: of a million it takes longer than a statement may."""

ORDERED = 200_000
"""So many objects are ordered at a time. To order some, the database reads all that are noted."""


class AnnotationClient(SherlockClient, Protocol):
    """Lasair's annotations, beside Sherlock's matches."""

    def annotate(self, survey: str, object_id: str, content: dict[str, Any], again: Callable[[], None]) -> None:
        """Stores an annotation in the place of the topic's last one. `again` is called before each repeated attempt."""
        ...


class ToTell(TypedDict):
    """What Lasair should be told of an object, and by which number the object is noted, where it is."""

    object_id: str
    content: dict[str, Any]
    noted_id: int | None


@dataclass
class Annotated:
    """How many objects of one survey Lasair was told of. The next audit looks at the `waiting` ones."""

    survey: str
    sent: int = 0
    refused: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)


def annotate(
    connection: Connection,
    lasair: AnnotationClient,
    survey: str,
    annotations: Annotations,
    limits: Lasair,
    audit: Audit,
    functions: Sequence[InUse],
) -> Annotated:
    """Tells Lasair the verdict and the state at 4MOST of each target of a survey, where these have changed.

    Each answer is stored as it comes. So a retry goes on from there, and an annotation whose answer was lost is told
    once more, in its own place. `functions` are those in use. This work has a share of each hour's calls
    (`audit.quota_share`); when the share is spent, the rest waits. An object that Lasair refuses or fails at is
    counted, and a later audit tries it again, after the others. Raises ServiceAway, AccessRefused, and AnswerBroken
    after many refusals in a row.
    """
    # An audit ends with the share of an hour's calls, so that it cannot tell more than an hour's calls.
    wanted, not_seen = objects_to_tell(connection, survey, annotations.topic, functions, limits.calls_an_hour)
    done = Annotated(survey)

    def take() -> None:
        quota.take_spare(connection, lasair.token_digest(survey), limits, audit)

    def send(row: ToTell) -> None:
        # A repeated attempt is a call too, so that the client takes one before each.
        take()
        lasair.annotate(survey, row["object_id"], row["content"], take)

    def record(failed: dict[str, str], told: list[str]) -> None:
        done.refused = len(failed)
        note_failures(connection, survey, Call.ANNOTATION, failed, told)

    words = "Lasair refuses our annotations one after the other"
    for row, _ in one_by_one(wanted, send, probe_of(lasair, survey, take), record, done.notes, words):
        _keep(connection, survey, row)
        done.sent += 1
    # When the share of the hour is spent, the loop ends early: other work comes first.
    done.waiting = not_seen + len(wanted) - done.sent - done.refused
    return done


def objects_to_tell(
    connection: Connection,
    survey: str,
    topic: str | None,
    functions: Sequence[InUse],
    most: int,
    look: int = LOOK,
    ordered: int = ORDERED,
) -> tuple[list[ToTell], int]:
    """The objects of a survey of which Lasair should be told otherwise than it was, in order, and how many may follow.

    Only those are looked at that have changed since Lasair was told. All are where the topic, the code or a function
    is another one. They are looked at in pieces of at most `look` objects, and no further ones when `most` are found.
    """
    # Level-triggered: the wanted content is compared with the told one, so that an interrupted audit needs no repair.
    # Two transactions: what changes after the first is noted, and what changed before it is seen by the second.
    said = Jsonb({"topic": topic, "code": code_version(), "functions": functions})
    connection.execute(statement("archive/begin_annotations"), {"survey": survey})
    connection.execute(statement("archive/note_annotations"), {"survey": survey, "said": said})
    asked = {"survey": survey, "topic": topic, "functions": json.dumps(functions)}
    found: list[ToTell] = []
    place = {"failures": 0, "ended": False, "object_id": ""}
    while len(found) < most:
        noted = connection.execute(
            statement("archive/objects_noted"), {"survey": survey, "most": ordered, **place}
        ).fetchall()
        if not noted:
            return found, 0
        for first in range(0, len(noted), look):
            piece = noted[first : first + look]
            objects = {"objects": [row["object_id"] for row in piece], "notes": [row["noted_id"] for row in piece]}
            rows = connection.execute(statement("archive/annotations_to_send"), asked | objects).fetchall()
            found += cast(list[ToTell], rows)
            if len(found) >= most:
                break
        place = {name: noted[-1][name] for name in place}
    counted = connection.execute("SELECT count(*) AS n FROM tides.to_annotate WHERE survey = %s", (survey,)).fetchone()
    return found, max(0, counted["n"] - len(found)) if counted else 0


def _keep(connection: Connection, survey: str, row: ToTell) -> None:
    told = {"survey": survey, "object_id": row["object_id"], "noted_id": row["noted_id"]}
    connection.execute(statement("archive/store_annotation"), told | {"told": Jsonb(row["content"])})
