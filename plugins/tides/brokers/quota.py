"""The ledger of calls to Lasair. Each call is taken before it is made, by the hours of the database's clock."""

from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import QuotaSpent
from tides.settings.sections import Audit, Lasair


def take(connection: Connection, token_digest: str, calls: int, limit: int) -> None:
    """Takes calls of the current hour for a token. `limit` is the calls an hour of all tasks together.

    The connection is outside a transaction, so that taken calls stay taken and the row is not kept locked. Raises
    QuotaSpent, with the seconds to the next hour, when the hour has fewer calls left. Then none is taken.
    """
    row = _one(connection, "brokers/lasair_call_take", {"token": token_digest, "calls": calls, "limit": limit})
    if not row["taken"]:
        raise QuotaSpent(
            f"Lasair: this hour has no {calls} of {limit} calls left; the rest continues in the next hour",
            row["wait_s"],
        )


def take_spare(connection: Connection, token_digest: str, lasair: Lasair, audit: Audit) -> None:
    """Takes one spare call: only from the share `audit.quota_share` of the hour. Raises as `take` does."""
    take(connection, token_digest, 1, int(lasair.calls_an_hour * audit.quota_share))


def left(connection: Connection, token_digest: str, limit: int) -> int:
    """How many calls of the current hour a token has left under `limit` calls an hour."""
    return int(_one(connection, "brokers/lasair_call_left", {"token": token_digest, "limit": limit})["calls"])


def _one(connection: Connection, name: str, values: dict[str, Any]) -> dict[str, Any]:
    row = connection.execute(statement(name), values).fetchone()
    assert row is not None, f"{name}.sql gives one row"
    return row
