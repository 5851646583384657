"""The messages of each night: how many were read, and how many the broker had sent."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from tides.database.session import Connection
from tides.database.statements import statement


def count_messages(connection: Connection, stream: str, sent: Sequence[datetime], now: datetime) -> None:
    """Adds messages to the nights (UTC days) in which the broker had sent them, and to tonight, in which they are read.

    `sent` has the moment (UTC) of each. Runs in the transaction that moves the bookmark.
    """
    if not sent:
        return
    by_night, tonight = Counter(at.astimezone(UTC).date() for at in sent), now.astimezone(UTC).date()
    nights = [
        {"night": night.isoformat(), "read": len(sent) if night == tonight else 0, "sent": by_night[night]}
        for night in {tonight, *by_night}
    ]
    connection.execute(statement("stream/count_messages"), {"stream": stream, "nights": json.dumps(nights)})
