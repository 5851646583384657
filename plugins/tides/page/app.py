"""The FastAPI app that Airflow's api-server mounts at /tides. Every route but one asks Airflow who may see it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException as HttpError

from tides.database.session import Connection
from tides.errors import TidesError
from tides.foreign import quoted
from tides.fourmost.guard import release_command
from tides.hooks import dask_reports
from tides.hooks.database import DatabaseHook
from tides.journal.red_tasks import failures
from tides.journal.runs import good_run_within
from tides.page import render
from tides.page.acts import RELEASES, Declined, May, acts, lately
from tides.page.health import MOST_EVENTS, read_health
from tides.page.visits import brought, keep, visit_of
from tides.reports.now import read_now, standing
from tides.reports.rows import Attempt, Checked, Held, LastRun, NotSent, RedOfRun, ask
from tides.reports.since import read_since
from tides.runs.context import BRIDGE
from tides.settings.model import load_settings

log = logging.getLogger(__name__)

LIMITS = {"statement_timeout_s": 5, "lock_timeout_s": 2}
"""The longest question of a view: whoever looks waits no longer, and the database works no longer for it."""

MOST_TARGETS = 300
"""How many targets a view lists; it says how many there are."""

MOST_BATCHES = 50
"""How many batches of Dask a view lists."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

READ = Depends(requires_access_dag("GET", param_dag_id=BRIDGE))
"""Who may look at the DAG may look at the page."""

views = APIRouter(dependencies=[READ])

open_to_all = APIRouter()
"""What is answered without a login."""


@contextmanager
def reading() -> Iterator[Connection]:
    """A session in which PostgreSQL itself refuses to change anything, and ends each question that lasts long.

    Raises as `DatabaseHook.get_conn`.
    """
    limits = load_settings().database.model_copy(update=LIMITS)
    with DatabaseHook("page", limits, read_only=True).get_conn() as connection, connection.transaction():
        yield connection


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


@views.get("/")
def now(request: Request) -> HTMLResponse:
    """How the night went, what happened since the last visit, what needs somebody, and tonight's numbers."""
    settings, moment = load_settings(), datetime.now(UTC)
    visit = visit_of(brought(request), moment)
    with reading() as connection:
        found = read_now(connection, settings, moment)
        since = read_since(connection, visit.told_since, moment) if visit.told_since else None
    answer = _view("now.html", moment, now=found, visit=visit, since=since)
    keep(answer, request, visit)
    return answer


@views.get("/held")
def held(edits: May) -> HTMLResponse:
    """What is live and not at 4MOST, and what the guard holds."""
    moment = datetime.now(UTC)
    with reading() as connection:
        found = ask(connection, NotSent, "page/not_sent", {"most": MOST_TARGETS})
        floods = ask(connection, Held, "page/held")
        run = next(iter(ask(connection, LastRun, "page/last_run", {"until": moment})), None)
        released = lately(connection, moment, *RELEASES)
        stands = standing(connection, run, load_settings().alarms.no_good_run_h)
    numbers = {each.cause: each.number for each in found}
    commands = list(dict.fromkeys(release_command(flood.held, run.run_id) for flood in floods)) if run else []
    return _view(
        "held.html", moment, targets=found, floods=floods, numbers=numbers, commands=commands, run=run, edits=edits,
        released=released, standing=stands,
    )  # fmt: skip


@views.get("/health")
def health(edits: May) -> HTMLResponse:
    """Events, dead letters and lag."""
    moment = datetime.now(UTC)
    with reading() as connection:
        found = read_health(connection, moment)
        stands = standing(connection, found.run, load_settings().alarms.no_good_run_h)
    return _view("health.html", moment, health=found, edits=edits, most=MOST_EVENTS, standing=stands)


@views.get("/run")
def run(run_id: str = "", dag_id: str = "") -> HTMLResponse:
    """The report of a run by Airflow's id, with those of its other attempts; without one, of the newest live run.

    Of a check of objects also what its newest attempt said of each.
    """
    with reading() as connection:
        if not run_id:
            newest = ask(connection, LastRun, "page/last_run", {"until": datetime.now(UTC)})
            run_id = newest[0].run_id if newest else ""
        asked = {"run": run_id, "dag": dag_id}
        attempts = ask(connection, Attempt, "page/attempts", asked)
        red = ask(connection, RedOfRun, "page/red_of_attempts", asked)
        given = {"run": attempts[0].run_id if attempts else "", "most": MOST_TARGETS}
        checked = ask(connection, Checked, "page/checked", given)
    failed = {each.run_id: failures(task for task in red if task.run_id == each.run_id) for each in attempts}
    reports = [(each, render.report_html(each.report) if each.report else None) for each in attempts]
    return _view("run.html", run_id=run_id, dag_id=dag_id, reports=reports, failed=failed, checked=checked)


@views.get("/dask")
def dask(run_id: str = "", map_index: int = -1) -> HTMLResponse:
    """What Dask did for a task instance of `evaluate`."""
    folder = load_settings().evaluation.reports_folder
    report = dask_reports.read(dask_reports.file_of(folder, run_id, map_index)) if folder else None
    longest = sorted(report.batches, key=lambda batch: batch.compute_s, reverse=True) if report else []
    return _view(
        "dask.html", run_id=run_id, map_index=map_index, report=report, longest=longest[:MOST_BATCHES],
        workers=dask_reports.shares(report) if report else [],
        began=datetime.fromtimestamp(report.began, UTC) if report else None,
    )  # fmt: skip


@views.get("/runbook")
def runbook() -> HTMLResponse:
    """The runbook, docs/operations.md."""
    html = render.runbook_html()
    if html is None:
        raise HTTPException(404, "The runbook is not installed here: docs/operations.md in the repository has it.")
    return _view("runbook.html", html=html)


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


def _view(template: str, moment: datetime | None = None, **values: object) -> HTMLResponse:
    return HTMLResponse(render.page(template, moment=moment or datetime.now(UTC), up="", **values))


def _message(request: Request, status: int, title: str, words: str, todo: str = "") -> HTMLResponse:
    # Every link of the page is relative, and what is asked for in vain may lie deeper than a view. To a browser, a
    # slash that is written as %2F leads no deeper.
    path = request.scope["raw_path"].decode()
    up = "../" * (path.removeprefix(request.scope["root_path"]).count("/") - 1)
    content = render.page("message.html", moment=datetime.now(UTC), up=up, title=title, words=words, todo=todo)
    # An error of our own passes the middleware by.
    return HTMLResponse(content, status_code=status, headers=HEADERS)


async def refused(request: Request, error: Exception) -> Response:
    """A page that says why there is nothing to see: no login, no right, no such place, or a fault of ours."""
    status = error.status_code if isinstance(error, HttpError) else 500
    if request.method == "POST" and status in (401, 403):
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
    """The app, with every view behind Airflow's login, and one address without."""
    app = FastAPI(title="TiDES", docs_url=None, redoc_url=None, openapi_url=None)
    render.prepare()

    @app.middleware("http")
    async def with_headers(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.include_router(open_to_all)
    app.include_router(views)
    app.include_router(acts)
    app.add_exception_handler(HttpError, refused)
    app.add_exception_handler(Exception, refused)
    app.add_exception_handler(Declined, declined)
    for error in (TidesError, psycopg.Error):
        app.add_exception_handler(error, away)
    return app


app = make_app()
