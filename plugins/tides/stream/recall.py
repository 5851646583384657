"""A replay of a list of objects: their stored alerts take the place of a drain."""

from tides.database.session import Connection
from tides.database.statements import statement
from tides.runs.context import RunContext
from tides.stream.drain import Drained


def recall(connection: Connection, name: str, run: RunContext) -> Drained:
    """Puts those of `run.objects` that the stream `name` has brought among the waiting candidates of the run's lane.

    A note counts the objects that it has never brought. A rehearsal has none, so that nothing is written. Can be
    repeated.
    """
    where = {"lane": run.lane, "stream": name, "objects": list(run.objects)}
    row = connection.execute(statement("stream/recall_objects"), where).fetchone()
    known = connection.execute(
        "SELECT count(*) AS n FROM tides.candidate"
        " WHERE lane = 'live' AND stream = %(stream)s AND object_id = ANY (%(objects)s)",
        where,
    ).fetchone()
    done = Drained(name, objects=row["objects"] if row else 0)
    missing = len(run.objects) - (known["n"] if known else 0)
    if missing:
        done.notes.append(f"{missing} of the {len(run.objects)} objects asked for have never come in this stream")
    return done
