"""The metrics as Prometheus asks for them, by a token of its own: no login of Airflow's lasts as long as a monitor."""

from secrets import compare_digest

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from tides.errors import SettingsError
from tides.hooks.fields import connection_named
from tides.page.frame import reading
from tides.reports.metrics import exposed, read_metrics
from tides.settings.model import load_settings

CONNECTION_ID = "tides_metrics"
"""The connection whose password is the token. Without it nobody is answered."""

SHORTEST = 20
"""A shorter token could be guessed (characters)."""


def has_token(request: Request) -> None:
    """Lets in who sends the token as `Authorization: Bearer TOKEN`. Raises HTTPException for anybody else."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        token = connection_named(CONNECTION_ID).password or ""
    except SettingsError:
        token = ""
    fits = compare_digest(given.encode(), token.encode())
    if scheme.lower() != "bearer" or len(token) < SHORTEST or not fits:
        raise HTTPException(401, f"It needs the token of the connection {CONNECTION_ID}.")


TOKEN = Depends(has_token)
"""Who has the token may read the numbers, and nothing else."""

measures = APIRouter(dependencies=[TOKEN])


@measures.get("/metrics")
def metrics() -> Response:
    """The metrics of docs/monitoring.md in Prometheus' text format."""
    settings = load_settings()
    with reading() as connection:
        found = read_metrics(connection, settings)
    return Response(exposed(found), media_type="text/plain; version=0.0.4")
