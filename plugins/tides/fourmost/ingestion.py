"""Whether 4MOST has ingested today, and what may be sent until it has."""

from datetime import datetime

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import AccessRefused, AnswerBroken, ServiceAway
from tides.fourmost.api import FourMostApi
from tides.fourmost.cutoff import ingestion_begins, is_too_late_to_create, is_waiting_time, last_cut_off
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.settings.sections import CutOff


def only_flags(connection: Connection, client: FourMostApi, limits: CutOff | None, now: datetime) -> str | None:
    """Why only flags may be sent at this moment; None when everything may.

    4MOST is asked when the tables do not show an ingestion of this day yet. That it failed is noted as an event.
    """
    if limits is None:
        return None
    if is_too_late_to_create(now, limits):
        return f"4MOST's cut-off is less than {limits.no_create_min:g} min away"
    cut_off = last_cut_off(now, limits)
    since = ingestion_begins(now, limits)
    known = connection.execute(statement("fourmost/ingestion"), {"cut_off": cut_off, "since": since}).fetchone() or {}
    if not known["waiting"] or known["seen"] or _shows_ingestion(client, since):
        close_event(connection, Kind.NOT_INGESTED, "4MOST")
        return None
    if is_waiting_time(now, limits):
        return f"4MOST has not ingested since its cut-off at {cut_off:%H:%M} UTC"
    note_event(connection, Kind.NOT_INGESTED, "4MOST", {"cut_off": cut_off.isoformat(), "waiting": known["waiting"]})
    return None


def _shows_ingestion(client: FourMostApi, since: datetime) -> bool:
    """Whether 4MOST holds a row ingested since then; a filter that it ignores shows an older one."""
    try:
        row = next(iter(client.rows(date_ingested__gt=f"{since:%Y-%m-%dT%H:%M:%SZ}")), None)
        return row is not None and datetime.fromisoformat(str(row.get("date_ingested"))) > since
    except (ServiceAway, AnswerBroken, AccessRefused, ValueError):
        return False
