"""The FastAPI app that Airflow's api-server mounts at /tides. Each route asks Airflow who may see it, but for three.

One has no login. One has tickets for programs of the viewer, and one a token for a monitor.
"""

import logging
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

import psycopg
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException as HttpError

from tides.errors import TidesError
from tides.foreign import quoted
from tides.journal.runs import good_run_within
from tides.page import (
    acts,
    any_object,
    curve,
    decide,
    health,
    held,
    metrics,
    now,
    render,
    run,
    sky,
    statistics,
    targets,
    tonight,
    what_if,
)
from tides.page.acts import Declined
from tides.page.frame import EDIT, LIMITS, POLICY, READ, asks_json, json_of, reading, view
from tides.runs.context import BRIDGE
from tides.settings.model import load_settings
from tides.settings.yaml_text import MOST_BYTES

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

LOOKS = (
    now.views,
    tonight.views,
    any_object.views,
    held.views,
    decide.views,
    health.views,
    run.views,
    curve.views,
    sky.views,
    statistics.views,
    targets.views,
    what_if.views,
)
"""The views, each from a module of its own."""

ASKS = (what_if.asks,)
"""What is asked by a form, and changes nothing: who may read may ask."""

ACTS = (acts.acts, decide.acts, tonight.acts)
"""What changes something."""

MOST_POSTED = 4 * MOST_BYTES
"""The longest body of a request (bytes): a text as long as may be, as a browser writes it in a form."""

views = APIRouter(dependencies=[READ])
"""What lies beside them. It has the last word on addresses: whatever no other has."""

TICKETED = (targets.ticketed,)
"""What is answered without a login to who has a ticket."""

MEASURES = (metrics.measures,)
"""What a monitor is answered that has the token of the connection `tides_metrics`, and no login."""

open_to_all = APIRouter()
"""What is answered without a login."""


@open_to_all.api_route("/alive", methods=["GET", "HEAD"])
def alive() -> Response:
    """Whether the bridge works: yes or no, and nothing more, for a monitor outside that has no login."""
    try:
        hours = load_settings().alarms.no_good_run_h
        with reading() as connection:
            good = good_run_within(connection, hours)
    # Whatever keeps us from knowing is a no, and who asks learns nothing else.
    except Exception:
        log.warning("whether the bridge works could not be found out", exc_info=True)
        good = False
    return PlainTextResponse("yes\n" if good else "no\n", 200 if good else 503)


@views.get("/runbook")
def runbook(request: Request) -> Response:
    """The runbook, docs/operations.md."""
    html = render.runbook_html()
    if html is None:
        raise HTTPException(404, "The runbook is not installed here: docs/operations.md in the repository has it.")
    return view(request, "runbook.html", {"html": html})


@views.get("/static/{name}")
def static(name: str) -> Response:
    """Style, script and icon of the page."""
    if name not in render.STATIC:
        raise HTTPException(404, "There is no such file.")
    kept = {"Cache-Control": "private, max-age=3600"}
    return Response(render.static(name), media_type=render.STATIC[name], headers=kept)


@views.get("/{place:path}")
def nowhere(place: str) -> Response:
    """Whatever else is asked for: who may not read the page learns not even what is there."""
    raise HTTPException(404, f"There is no view {quoted(place)}.")


def _message(request: Request, status: int, title: str, words: str, todo: str = "") -> Response:
    if asks_json(request):
        answer = json_of({"title": title, "words": words, "todo": todo}, status)
        answer.headers.update(HEADERS)
        return answer
    # Every link of the page is relative, and what is asked for in vain may lie deeper than a view. To a browser, a
    # slash that is written as %2F leads no deeper.
    path = request.scope["raw_path"].decode()
    up = "../" * (path.removeprefix(request.scope["root_path"]).count("/") - 1)
    content = render.page("message.html", moment=datetime.now(UTC), up=up, title=title, words=words, todo=todo)
    # An error of our own passes the middleware by.
    return HTMLResponse(content, status_code=status, headers=HEADERS)


def _too_long(request: Request) -> Response | None:
    """A page that refuses a body before any of it is read: one that is too long, or does not say how long it is."""
    if request.method != "POST" or 0 <= int(request.headers.get("Content-Length", -1)) <= MOST_POSTED:
        return None
    words = f"What is sent must say its length, and have at most {MOST_POSTED} bytes. Nothing was changed."
    return _message(request, 413, "This is too long", words, "Go back, and make it shorter.")


async def refused(request: Request, error: Exception) -> Response:
    """A page that says why there is nothing to see: no login, no right, no such place, or a fault of ours."""
    status = error.status_code if isinstance(error, HttpError) else 500
    if status in (401, 403) and EDIT in getattr(request.scope.get("route"), "dependencies", ()):
        return _act_refused(request, status)
    titles = {401: "You are not logged in", 403: "You may not see this page", 404: "There is no such page"}
    words = {
        401: "This page shows itself to users of Airflow.",
        403: f"It needs the right to read the DAG {BRIDGE}.",
        500: "The page itself failed: the log of Airflow's api-server has the error.",
    }
    todo = {401: "Log in to Airflow, then come back.", 403: "Ask whoever administers Airflow for the right."}
    detail = str(error.detail) if isinstance(error, HttpError) else ""
    return _message(
        request, status, titles.get(status, "This did not work"), words.get(status, detail), todo.get(status, "")
    )


def _act_refused(request: Request, status: int) -> Response:
    if status == 401:
        words = "Your session with Airflow has ended, so nothing was changed."
        return _message(
            request, status, "You are not logged in", words, "Log in to Airflow, come back, and do it again."
        )
    words = f"It needs the right to edit the DAG {BRIDGE}. Nothing was changed."
    return _message(request, status, "You may not change this", words, "Ask whoever administers Airflow for the right.")


async def declined(request: Request, error: Exception) -> Response:
    """A page that says why an act was not done."""
    assert isinstance(error, Declined)
    return _message(request, error.status, error.title, error.words, error.todo)


async def away(request: Request, error: Exception) -> Response:
    """A page that says that the database does not answer, in the error's own words. No secret is in them."""
    log.warning("the page could not be read", exc_info=error)
    if isinstance(error, TidesError):
        words = str(error)
    elif isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        words = f"The database is busy: it did not answer within {LIMITS['statement_timeout_s']} s."
    else:
        words = "The session with the database broke off."
    todo = "The bridge may still work: look at its runs in Airflow. tides doctor says what is wrong."
    if request.method == "POST":
        todo = f"Look whether it was done before you do it again. {todo}"
    return _message(request, 503, "The database cannot be read", words, todo)


def make_app() -> FastAPI:
    """The app, with every view behind Airflow's login."""
    app = FastAPI(title="TiDES", docs_url=None, redoc_url=None, openapi_url=None)
    render.prepare()

    @app.middleware("http")
    async def with_headers(request: Request, call_next: Any) -> Response:
        request.state.nonce = token_urlsafe(16)
        response: Response = _too_long(request) or await call_next(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # Bokeh puts style elements into its figures. Only those go through that curve.js has given this word, which
            # nobody can foresee: markup that got in by a fault of ours could still not bring a style, or a script.
            policy = response.headers.get("Content-Security-Policy", POLICY)
            response.headers["Content-Security-Policy"] = f"{policy}; style-src 'self' 'nonce-{request.state.nonce}'"
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.include_router(open_to_all)
    for router in (*LOOKS, *ASKS, *ACTS, *TICKETED, *MEASURES, views):
        app.include_router(router)
    app.add_exception_handler(HttpError, refused)
    app.add_exception_handler(Exception, refused)
    app.add_exception_handler(Declined, declined)
    for error in (TidesError, psycopg.Error):
        app.add_exception_handler(error, away)
    return app


app = make_app()
