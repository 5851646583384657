"""Who holds up a session that waits for a lock."""

from collections.abc import Callable, Iterator, Sequence
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
    """Finds out through a session of its own, `connection`, for whom another session waits, and who else migrates.

    Each session that was not there before goes to `say` once. `blockers` is the newest answer.
    """

    def __init__(self, connection: Connection, say: Say):
        self.blockers = ""
        self._connection, self._say = connection, say
        self._told: set[int] = set()

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
            if rows:
                self.blockers = _sentence(rows)
            # By pid, since a backup begins a query for each table.
            if new := {row["pid"] for row in rows} - self._told:
                self._told |= new
                self._say(self.blockers)


def _sentence(rows: Sequence[dict[str, Any]]) -> str:
    others = ", ".join(_session(row) for row in rows if not row["migrates"])
    migrates = ", ".join(_session(row) for row in rows if row["migrates"])
    parts = [f"another migrate is running: {migrates}"] if migrates else []
    return "; ".join(parts + ([f"waiting for {others}"] if others else []))


def _session(row: dict[str, Any]) -> str:
    since = f"{row['query_start']:%Y-%m-%d %H:%M:%S} UTC" if row["query_start"] else "a time that only it may see"
    return f"pid {row['pid']} ({row['application_name'] or 'no name'}, role {row['role']}, its query since {since})"
