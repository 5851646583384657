"""How many rows one create has: what 4MOST does not take as a whole goes again in smaller requests, down to one row.

A row that was in a bulk without a clear answer goes with fewer others the next time. Two such steps leave it alone, so
a row that spoils its bulk keeps its neighbours out for two runs at most. The size that works is remembered for the
connection, since a gateway may fail above a number of rows.
"""

from collections.abc import Sequence
from itertools import groupby

from tides.database.session import Connection
from tides.database.statements import statement
from tides.fourmost.outcomes import Outcome, Spared, Stored, Unknown
from tides.fourmost.wanted import Wanted

CONNECTION = "fourmost"

PARTS = 7
"""So many parts are made of a bulk that failed: 50 rows are single after two steps. `shrink_bulk.sql` knows it, too."""


def rows_a_bulk(connection: Connection, most: int) -> int:
    """How many rows a create may have now: `most`, or fewer while more of them fail."""
    where = "SELECT rows FROM tides.fourmost_bulk WHERE connection = %s"
    remembered = connection.execute(where, (CONNECTION,)).fetchone()
    return min(most, remembered["rows"]) if remembered else most


def remember(connection: Connection, answers: Sequence[tuple[Wanted, Outcome]], most: int) -> None:
    """Learns from the outcomes of one create how many rows the next ones may have."""
    said = {"connection": CONNECTION, "rows": len(answers), "most": most}
    if any(isinstance(outcome, Stored) for _, outcome in answers):
        connection.execute(statement("fourmost/grow_bulk"), said)
    elif len(answers) > 1 and all(_says_of_size(target, outcome) for target, outcome in answers):
        connection.execute(statement("fourmost/shrink_bulk"), said)


def in_bulks(targets: Sequence[Wanted]) -> list[list[Wanted]]:
    """The targets of a batch in bulks, in which those that failed are with few others or alone, and come last.

    They keep their order else. A bulk may be larger than the connection takes.
    """

    def most(target: Wanted) -> int:
        return 0 if target.failed_in is None else max(target.failed_in // PARTS, 1)

    found: list[list[Wanted]] = []
    # Without a failure first, then from large bulks to small ones.
    for size, of_size in groupby(sorted(targets, key=lambda t: (most(t) > 0, -most(t))), key=most):
        rows = list(of_size)
        step = size or len(rows)
        found += [rows[start : start + step] for start in range(0, len(rows), step)]
    return found


def _says_of_size(target: Wanted, outcome: Outcome) -> bool:
    # Of rows that fail again, one is more likely the cause than their number. Without an answer nothing was sent.
    refused_as_a_whole = isinstance(outcome, Spared) and outcome.answer is not None
    return refused_as_a_whole or (isinstance(outcome, Unknown) and target.failed_in is None)
