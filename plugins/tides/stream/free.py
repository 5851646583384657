"""Frees an object of what was believed of it: the broker's next word counts, whatever its dates."""

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.journal.events import record_event
from tides.journal.kinds import Kind


def free(connection: Connection, survey: str, object_id: str, by: str) -> None:
    """Frees a survey's object: the next run asks the broker for its light curve, and any message counts as newer.

    What was measured and remembered of it holds until then, and contradicts nothing any more. Records an event with
    `by`, who asked. Can be repeated. Raises SettingsError when no stream has brought the object.
    """
    where = {"survey": survey, "object_id": object_id}
    with connection.transaction():
        if not connection.execute(statement("stream/free_candidate"), where).rowcount:
            raise SettingsError(f"no stream has brought {survey} {object_id}")
        connection.execute(statement("stream/free_light_curve"), where)
        record_event(connection, Kind.FREED, f"{survey} {object_id}", {"by": by})
