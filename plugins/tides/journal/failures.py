"""The objects that Lasair fails at, while it answers for others: they are asked for last, and after growing pauses."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.journal.events import note_event
from tides.journal.kinds import Kind

TOLD_AFTER = 3
"""After so many failures in a row, one a day, an event tells of the object."""


class Call(StrEnum):
    """What Lasair was asked of an object, or told."""

    LIGHT_CURVE = "light curve"
    ROW = "row"
    TNS = "entry at TNS"
    HOSTS = "hosts"
    ANNOTATION = "annotation"


def note_failures(
    connection: Connection,
    survey: str,
    call: Call,
    failed: Mapping[str, str],
    good: Iterable[str],
    told_after: int = TOLD_AFTER,
) -> None:
    """Notes the objects that Lasair failed at, each with its words, and forgets what is noted of the `good` ones.

    An event is opened for each that has failed `told_after` times in a row. It is closed when Lasair answers for it.
    """
    given = {
        "survey": survey,
        "call": call.value,
        "kind": Kind.LASAIR_FAILS.value,
        "failed": json.dumps([{"object_id": i, "said": quoted(said)} for i, said in sorted(failed.items())]),
        "good": sorted(set(good) - failed.keys()),
    }
    noted = connection.execute(statement("journal/note_failures"), given).fetchall()
    # In one order, so that two tasks do not wait for each other.
    for row in sorted(noted, key=lambda row: str(row["object_id"])):
        if row["failures"] >= told_after:
            detail = {"times": row["failures"], "said": row["said"]}
            note_event(connection, Kind.LASAIR_FAILS, f"{survey} {row['object_id']}: {call}", detail)


def resting_objects(connection: Connection, survey: str, call: Call, at_most: int) -> list[str]:
    """The objects of a survey that Lasair is not asked for now, those that failed last."""
    found = connection.execute(
        "SELECT object_id FROM tides.lasair_rests JOIN tides.lasair_failure USING (survey, object_id, call)"
        " WHERE (survey, call) = (%(survey)s, %(call)s) ORDER BY failed_at DESC, object_id LIMIT %(at_most)s",
        {"survey": survey, "call": call.value, "at_most": at_most},
    ).fetchall()
    return [row["object_id"] for row in found]
