"""Who holds up a session that waits for a lock."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from types import TracebackType
from typing import Any

import psycopg

from tides.database.session import Connection
from tides.database.statements import statement

Say = Callable[[str], None]
"""What takes a line of progress."""

LOOK_S = 0.5
"""The time between two looks at a session (s). A shorter wait for a lock is not worth a line."""


class Watch:
    """While open, it finds out through a session of its own for whom the session `pid` waits, and who else migrates.

    It can be opened again. Each session that was not there before goes to `say` once. `blockers` is the newest answer.
    """

    def __init__(self, connection: Connection, pid: int, say: Say):
        self.blockers = ""
        self._connection, self._pid, self._say = connection, pid, say
        self._told: set[int] = set()

    def __enter__(self) -> "Watch":
        self._over = Event()
        # The session that waits is busy in its own thread, and cannot ask.
        self._thread = Thread(target=self._look, name="tides-watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                rows = self._connection.execute(statement("database/who_blocks"), {"pid": self._pid}).fetchall()
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
