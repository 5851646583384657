"""Targets that reappear after a long silence: only a person makes them live again."""

from psycopg.types.json import Jsonb

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.settings.sections import Database


def let_live_again(connection: Connection, database: Database, name: str, reason: str, by: str) -> None:
    """Lets a recurrent target count as live, from the next run on and until its next long silence.

    Closes its event with the reason and the person. Raises SettingsError when no recurrent target has this name.
    """
    with master_lock(connection, database):
        given = {"name": name, "detail": Jsonb({"reason": reason, "by": by})}
        found = connection.execute(statement("targets/reactivate"), given).fetchone()
        if found is None:
            raise SettingsError(f"no recurrent target is called {name!r}: see tides.event for those that are reported")
