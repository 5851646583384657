"""Airflow's test of connections, kept from taking stored secrets to addresses that came with the test.

Airflow fills what a form hides, and what it leaves out, from the stored connection. It compares host and port alone.
Addresses are also in extras: Kafka's `bootstrap.servers`, Lasair's of each survey, a proxy, PostgreSQL's `hostaddr`.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.api_fastapi.core_api.datamodels.connections import ConnectionBody
from airflow.api_fastapi.core_api.services.public.connections import update_orm_from_pydantic
from airflow.models.connection import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

PATH = "/api/v2/connections/test"

NOWHERE = "another-address.invalid"
"""A host that no stored connection has, and whose name never resolves (RFC 2606)."""

FIELDS = ("conn_type", "host", "port", "login", "schema")
"""All that says where secrets go and how, but the extra."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class StoredSecretsStay:
    """The app behind it, as ASGI has it, whose tests of connections take no stored secret to a new address."""

    def __init__(self, app: Callable[[Any, Receive, Send], Awaitable[None]]):
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Hands a request on; a test that must not be made as one that Airflow itself refuses."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].rstrip("/").endswith(PATH):
            await self._app(scope, receive, send)
            return
        asked = await Request(scope, receive).body()
        content = await run_in_threadpool(harmless, asked)
        # Airflow asks first who it is, so that a refusal tells a stranger nothing of what is stored.
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        scope = {**scope, "headers": [*headers, (b"content-length", str(len(content)).encode())]}
        whole: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, again, send)


def harmless(asked: bytes) -> bytes:
    """The body of a test, as it is where it may be made, else one that Airflow refuses since the host is another."""
    try:
        body = ConnectionBody.model_validate(json.loads(asked))
        stored = Connection.get_connection_from_secrets(body.connection_id)
    # Airflow says itself what is wrong with it, or has nothing to fill in.
    except (ValueError, AirflowNotFoundException):
        return asked
    before = _parts(stored)
    alone = _parts(Connection(**body.model_dump(by_alias=True)))
    update_orm_from_pydantic(stored, body)
    filled = _parts(stored)
    # A new password may go to the stored address, and whatever came whole may go anywhere.
    if filled == alone or {**filled, "password": None} == {**before, "password": None}:
        return asked
    other = {"connection_id": body.connection_id, "conn_type": body.conn_type, "host": NOWHERE}
    return json.dumps(other).encode()


def _parts(connection: Connection) -> dict[str, Any]:
    """The fields of a connection; what is empty is not set."""
    fields = {name: getattr(connection, name) or None for name in (*FIELDS, "password")}
    return fields | {"extra": {key: value for key, value in connection.extra_dejson.items() if value not in ("", None)}}
