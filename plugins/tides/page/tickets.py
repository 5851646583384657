"""Tickets: by one, a program that has no login may fetch one list for a few minutes, and nothing else.

TOPCAT and Aladin get the address of a table, and ask for it themselves. A browser's session is not theirs.
"""

from airflow.configuration import conf
from fastapi import Depends, HTTPException
from itsdangerous import BadData, URLSafeTimedSerializer

HOLDS_S = 300
"""For so long a ticket holds (s)."""


def issue(address: str) -> str:
    """A ticket for the list that an address asks for. It may stand in a path."""
    return str(_seal().dumps(address))


def admitted(ticket: str) -> str:
    """What a ticket is for. Raises HTTPException for one that is not ours, or is too old."""
    try:
        return str(_seal().loads(ticket, max_age=HOLDS_S))
    except BadData:
        raise HTTPException(401, "This address was made for a few minutes: send the list anew.") from None


TICKET = Depends(admitted)
"""Who has a ticket may fetch what it is for."""


def _seal() -> URLSafeTimedSerializer:
    # Airflow signs its own sessions with it; all api-servers of an installation share it.
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="tides.page.tickets")
