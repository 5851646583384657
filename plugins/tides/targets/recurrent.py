"""Targets that reappear after a long silence: only a person makes them live again."""

from psycopg.types.json import Jsonb

from tides.database.session import Connection, master_lock
from tides.errors import SettingsError
from tides.settings.sections import Database


def let_live_again(connection: Connection, database: Database, name: str, reason: str, by: str) -> None:
    """Lets a recurrent target count as live, from the next run on and until its next long silence.

    Closes its event with the reason and the person. Raises SettingsError when no recurrent target has this name.
    """
    with master_lock(connection, database):
        found = connection.execute(
            "UPDATE tides.tides_master SET reactivated_jd = jdmax, updated = now()"
            " WHERE name = %s AND why = 'recurrent' RETURNING tides_id",
            (name,),
        ).fetchone()
        if found is None:
            raise SettingsError(f"no recurrent target is called {name!r}: see tides.event for those that are reported")
        connection.execute(
            "UPDATE tides.event SET closed_at = now(), detail = detail || %s"
            " WHERE (kind, subject) = ('recurrent target', %s) AND closed_at IS NULL",
            (Jsonb({"reason": reason, "by": by}), name),
        )
