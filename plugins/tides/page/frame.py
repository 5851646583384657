"""What all views share: who may read them, the session in which they ask, and how an answer is made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from psycopg import IsolationLevel

from tides.database.session import Connection
from tides.hooks.database import DatabaseHook
from tides.page import render
from tides.runs.context import BRIDGE
from tides.settings.model import load_settings

LIMITS = {"statement_timeout_s": 5, "lock_timeout_s": 2}
"""The longest question of a view: whoever looks waits no longer, and the database works no longer for it."""

MOST_TARGETS = 300
"""How many targets a view lists; it says how many there are."""

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
"""What a browser lets a view load, and of whom it lets its scripts ask: of the page alone."""

READ = Depends(requires_access_dag("GET", param_dag_id=BRIDGE))
"""Who may look at the DAG may look at the page."""

EDIT = Depends(requires_access_dag("PUT", param_dag_id=BRIDGE))
"""Who may edit the DAG may act by the page."""


def may_edit(request: Request, user: GetUserDep) -> bool:
    """Whether a view offers what changes something."""
    try:
        EDIT.dependency(request, user)
    except HTTPException:
        return False
    return True


May = Annotated[bool, Depends(may_edit)]


@contextmanager
def reading(*, still: bool = False) -> Iterator[Connection]:
    """A session in which PostgreSQL itself refuses to change anything, and ends each question that lasts long.

    Each question sees the database as it stands then; `still`: all see it as the first one does.
    Raises as `DatabaseHook.get_conn`.
    """
    limits = load_settings().database.model_copy(update=LIMITS)
    with DatabaseHook("page", limits, read_only=True).get_conn() as connection:
        if still:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            yield connection


def asks_json(request: Request) -> bool:
    """Whether a program asks, by `format=json` in the address."""
    return request.query_params.get("format") == "json"


def json_of(data: object, status: int = 200) -> Response:
    """Typed data as JSON: times as ISO 8601, bytes as base64, a number that is none as null."""
    return Response(msgspec.json.encode(data, enc_hook=str), status, media_type="application/json")


def view(request: Request, template: str, data: Mapping[str, object], **more: object) -> Response:
    """A view as HTML or, where a program asks, its data as JSON. `more` is for the template alone."""
    if asks_json(request):
        return json_of(data)
    asked = [(key, value) for key, value in request.query_params.multi_items() if key != "format"]
    as_json = "?" + urlencode([*asked, ("format", "json")], quote_via=quote)
    values = {"moment": datetime.now(UTC), "up": "", "as_json": as_json, "nonce": request.state.nonce}
    return HTMLResponse(render.page(template, **(values | dict(data) | more)))
