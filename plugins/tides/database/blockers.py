"""Who holds up a session that waits for a lock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import psycopg

from tides.database.session import Connection
from tides.database.statements import statement

Say = Callable[[str], None]
"""What takes a line of progress."""

LOOK_S = 0.5
"""The time between two looks at a session (s). A shorter wait for a lock is not worth a line."""


class Watch:
    """Finds out through a session of its own, `connection`, for whom another session waits.

    Each new answer goes to `say` as a line. `blockers` is the newest one.
    """

    def __init__(self, connection: Connection, say: Say):
        self.blockers = ""
        self._connection, self._say = connection, say

    @contextmanager
    def over(self, watched: Connection) -> Iterator[None]:
        """Watches a session while the block lasts, which must be within one transaction of it.

        A pooler may give its next transaction another session of the server.
        """
        row = watched.execute("SELECT pg_backend_pid() AS pid").fetchone() or {}
        end = Event()
        # The session that waits is busy in its own thread, and cannot ask.
        thread = Thread(target=self._look, args=(row["pid"], end), name="tides-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _look(self, pid: int, end: Event) -> None:
        while not end.wait(LOOK_S):
            try:
                rows = self._connection.execute(statement("database/who_blocks"), {"pid": pid}).fetchall()
            except psycopg.Error:  # the migration itself meets the same server, and says what is wrong with it
                return
            found = "; ".join(map(_sentence, rows))
            if found and found != self.blockers:
                self.blockers = found
                self._say(f"waiting for {found}")


def _sentence(row: dict[str, Any]) -> str:
    since = f"{row['query_start']:%Y-%m-%d %H:%M:%S} UTC" if row["query_start"] else "a time that only it may see"
    return f"pid {row['pid']} ({row['application_name'] or 'no name'}, role {row['role']}, its query since {since})"
