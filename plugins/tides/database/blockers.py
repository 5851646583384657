"""Who holds up a session that waits for a lock."""

from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Any

import psycopg

from tides.database.session import Connection
from tides.database.statements import statement

Say = Callable[[str], None]
"""What takes a line of progress."""

LOOK_S = 0.5
"""Between two looks at a session. A lock that is waited for no longer than this is not worth a line."""


class Watch:
    """While it is open, looks through a session of its own at whom the session `pid` waits for.

    Each new answer goes to `say` as a line; `blockers` is the newest one, at first that of the watch before.
    """

    def __init__(self, connection: Connection, pid: int, say: Say, blockers: str = ""):
        self.blockers = blockers
        self._connection, self._pid, self._say = connection, pid, say
        self._over = Event()
        self._thread = Thread(target=self._look, name="tides-watch", daemon=True)

    def __enter__(self) -> "Watch":
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
            found = "; ".join(map(_sentence, rows))
            if found and found != self.blockers:
                self.blockers = found
                self._say(f"waiting for {found}")


def _sentence(row: dict[str, Any]) -> str:
    since = f"{row['query_start']:%Y-%m-%d %H:%M:%S} UTC" if row["query_start"] else "a time that only it may see"
    return f"pid {row['pid']} ({row['application_name'] or 'no name'}, role {row['role']}, its query since {since})"
