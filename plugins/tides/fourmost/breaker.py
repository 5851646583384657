"""The breaker: when 4MOST refuses everything, the sync stops with one alarm and blames no target.

It opens at a 401 or 403. It also opens when too many targets in a row are refused, and nothing is stored in between.
Then the cause is a column, a template or the server, and not the targets. For the settle time nothing is asked. Later
each run, or a cleared task, tries one batch. A stored row closes the breaker.
"""

from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind

SUBJECT = "the sync"


class Breaker:
    """The breaker as one batch sees it."""

    def __init__(self, connection: Connection, limit: int, pause_s: float):
        self._connection = connection
        self._limit = limit
        self._pause_s = pause_s
        self._in_a_row: list[int] | None = None
        self._was_open = is_open(connection)

    def just_opened(self) -> str | None:
        """Why another batch has stopped the sync, if one just has."""
        row = self._connection.execute(
            "SELECT detail FROM tides.event WHERE (kind, subject) = (%s, %s) AND closed_at IS NULL"
            " AND last_seen_at > now() - make_interval(secs => %s)",
            (Kind.REFUSES_EVERYTHING.value, SUBJECT, self._pause_s),
        ).fetchone()
        return str(row["detail"]["words"]) if row else None

    def stored(self) -> None:
        """4MOST took a row: it does not refuse everything."""
        self._in_a_row = []
        if self._was_open:
            close_event(self._connection, Kind.REFUSES_EVERYTHING, SUBJECT)
            self._was_open = False

    def refused(self, ids: list[int], others_were_fine: bool) -> bool:
        """Takes in that 4MOST refused these targets of one call. Gives whether that is one too many."""
        # 4MOST took other rows of this bulk as fine, so it does not refuse everything.
        if others_were_fine:
            self._in_a_row = []
            return False
        if self._in_a_row is None:
            # Small runs have few targets each, so the count goes on across runs.
            self._in_a_row = self._before_this_batch()
        self._in_a_row += ids
        return len(set(self._in_a_row)) >= self._limit

    def open(self, words: str) -> None:
        """Raises the alarm, and takes back the refusals of the targets in a row."""
        with self._connection.transaction():
            note_event(self._connection, Kind.REFUSES_EVERYTHING, SUBJECT, {"words": words})
            # A set-aside target would wait until its row differs, though it is not at fault.
            self._connection.execute(statement("fourmost/take_back_refusals"), {"ids": self._in_a_row or []})
        self._was_open = True

    def _before_this_batch(self) -> list[int]:
        """The targets that 4MOST refused last, with nothing stored since."""
        rows = self._connection.execute(
            "SELECT id, outcome FROM tides.fourmost_exchange WHERE part = 'answer' AND verb IN ('create', 'change')"
            " ORDER BY exchange_id DESC LIMIT %s",
            (self._limit,),
        ).fetchall()
        first_other = next((place for place, row in enumerate(rows) if row["outcome"] != "refused"), len(rows))
        return [row["id"] for row in rows[:first_other]]


def close_when_nothing_waits(connection: Connection) -> None:
    """Ends the alarm when there is nothing left that 4MOST could refuse."""
    if is_open(connection):
        waiting = "SELECT FROM tides.fourmost_target WHERE differs LIMIT 1"
        if connection.execute(waiting).fetchone() is None:
            close_event(connection, Kind.REFUSES_EVERYTHING, SUBJECT)


def is_open(connection: Connection) -> bool:
    """Whether the sync stands still."""
    row = connection.execute(
        "SELECT FROM tides.event WHERE (kind, subject) = (%s, %s) AND closed_at IS NULL",
        (Kind.REFUSES_EVERYTHING.value, SUBJECT),
    ).fetchone()
    return row is not None
