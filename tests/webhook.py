"""A chat on this machine: a receiver of hooks as Slack has them, and a notifier that a site could write for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from airflow.sdk import BaseHook, BaseNotifier

from sandbox.services.service import HOST
from tests.limits import LIMIT_S
from tests.listening import listening


class Chat(ThreadingHTTPServer):
    """Takes `{"text": …}` by POST at its secret path, as Slack does, and nothing else."""

    path = "/services/T000/B000/a-secret-of-ours"

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Hook)
        self.texts: list[str] = []


class _Hook(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        """Takes a message."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        taken = self.path == self.server.path and isinstance(body.get("text"), str)
        if taken:
            self.server.texts.append(body["text"])
        self.send_response(200 if taken else 404)
        self.end_headers()
        self.wfile.write(b"ok" if taken else b"no_service")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class WebhookNotifier(BaseNotifier):
    """Posts a text to the address of a connection: its host, and the secret path as its password."""

    template_fields = ("text",)

    def __init__(self, webhook_conn_id: str, text: str):
        super().__init__()
        self.webhook_conn_id, self.text = webhook_conn_id, text

    def notify(self, context: Any) -> None:
        """Sends the text. Raises HTTPError when it is not taken."""
        found = BaseHook.get_connection(self.webhook_conn_id)
        answer = requests.post(f"{found.host}{found.password}", json={"text": self.text}, timeout=LIMIT_S)
        answer.raise_for_status()


@contextmanager
def chat() -> Iterator[Chat]:
    """A chat that listens until the end."""
    with listening(Chat()) as server:
        yield server
