"""The view *Now*: how the night went, what happened since the last visit, what needs somebody, tonight's numbers."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tides.page.frame import READ, reading, view
from tides.page.visits import brought, keep, visit_of
from tides.reports.now import read_now
from tides.reports.since import read_since
from tides.settings.model import load_settings

views = APIRouter(dependencies=[READ])


@views.get("/")
def now(request: Request) -> Response:
    """The view."""
    settings, moment = load_settings(), datetime.now(UTC)
    visit = visit_of(brought(request), moment)
    with reading() as connection:
        found = read_now(connection, settings, moment)
        since = read_since(connection, visit.told_since, moment) if visit.told_since else None
    answer = view(request, "now.html", {"now": found, "since": since}, moment=moment, visit=visit)
    keep(answer, request, visit)
    return answer
