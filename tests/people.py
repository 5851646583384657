"""Three users of Airflow's api-server with FAB, and what each is asked to try."""

import json
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from itsdangerous import URLSafeSerializer

from sandbox.services.certificates import Authority
from sandbox.services.debian import program
from sandbox.services.leash import Daemon
from sandbox.services.servers import PostgreSQL
from sandbox.services.service import HOST, PROJECT, answers, free_port, library_environment
from tests.limits import LIMIT_S
from tides.hooks.people import MANAGER
from tides.people.roles import Role
from tides.runs.context import BRIDGE

SECRET_KEY = secrets.token_urlsafe(32)
TRUSTED = HOST
"""From where headers of a proxy are believed."""

A_DAY = {"from_date": "2026-11-01T00:00:00Z", "to_date": "2026-11-02T00:00:00Z"}
A_CONNECTION = {"connection_id": "made_up", "conn_type": "http"}
A_VARIABLE = {"key": "made_up", "value": "1"}
A_POOL = {"name": "made_up", "slots": 1}
A_RUN = {"dag_run_id": "made_up", "dag_id": BRIDGE}


def _bulk(action: str, entity: object) -> dict[str, object]:
    return {"actions": [{"action": action, "entities": [entity]}]}


BODIES: dict[tuple[str, str], object] = {
    ("PATCH", "/api/v2/connections"): _bulk("create", A_CONNECTION),
    ("PATCH", "/api/v2/variables"): _bulk("create", A_VARIABLE),
    ("PATCH", "/api/v2/pools"): _bulk("create", A_POOL),
    ("PATCH", "/api/v2/dags/{dag_id}/dagRuns"): _bulk("update", {**A_RUN, "state": "failed"}),
    ("PATCH", "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances"): _bulk(
        "update", {"task_id": "made_up", "new_state": "failed"}
    ),
    ("POST", "/api/v2/dags/{dag_id}/clearDagRuns"): {"dag_runs": [A_RUN]},
    ("POST", "/api/v2/connections/test"): A_CONNECTION,
    ("POST", "/api/v2/connections/enqueue-test"): A_CONNECTION,
    ("POST", "/api/v2/backfills"): {"dag_id": "no_such_dag", **A_DAY},
    ("POST", "/api/v2/backfills/dry_run"): {"dag_id": "no_such_dag", **A_DAY},
}
"""The requests of which Airflow reads the body before it asks who may make them."""

PARTS = {"dag_id": BRIDGE, "backfill_id": "1", "pool_name": "default_pool"}
"""A value for a part of a path; any other part gets one that names nothing."""


class WithoutTls(requests.Session):
    """A browser that sends cookies for TLS by a way that has none, as browsers do to `localhost`."""

    def send(self, *args: Any, **more: Any) -> requests.Response:
        """Keeps the cookies of each answer so."""
        answer = super().send(*args, **more)
        for cookie in self.cookies:
            cookie.secure = False
        return answer


@dataclass
class Served:
    """A running api-server.

    Its address and routes, FAB's own views, passwords, its database, what the start printed, the address that people
    use, and the log that goes on.
    """

    url: str
    routes: list[tuple[str, str]]
    views: list[tuple[str, str]]
    passwords: Mapping[Role, str]
    metadata: str
    said: str
    outer: str
    log: Path

    def session(self, role: Role | None) -> requests.Session:
        """Somebody who asks as a program does; None is a stranger."""
        made = requests.Session()
        made.headers["Origin"] = self.url
        if role:
            login = {"username": role.lower(), "password": self.passwords[role]}
            answer = made.post(f"{self.url}/auth/token", json=login, timeout=LIMIT_S)
            made.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return made

    @cached_property
    def plain_port(self) -> int:
        """Where the proxy leads from plain HTTP to TLS."""
        return free_port()

    def browser(self, role: Role) -> requests.Session:
        """Somebody who has logged in by the form."""
        made = WithoutTls()
        form = made.get(f"{self.url}/auth/login/", timeout=LIMIT_S)
        words = {"csrf_token": word_of(form.text), "username": role.lower(), "password": self.passwords[role]}
        made.post(f"{self.url}/auth/login/", data=words, timeout=LIMIT_S, allow_redirects=False)
        return made

    def ask(self, who: requests.Session, method: str, path: str) -> int:
        """The status that a request gets."""
        token = URLSafeSerializer(SECRET_KEY).dumps({"bundle_name": "tides", "relative_fileloc": "tides_bridge.py"})
        parts = PARTS | {"file_token": token}
        # What is deleted must be there for whoever comes next.
        if method == "DELETE":
            parts = parts | {"dag_id": "no_such_dag", "pool_name": "no_such_pool"}
        place = re.sub(r"[{<](?:\w+:)?(\w+)(?::path)?[}>]", lambda part: parts.get(part[1], "7"), path)
        body = BODIES.get((method, path), {}) if method != "GET" else None
        answer = who.request(method, self.url + place, json=body, timeout=LIMIT_S, allow_redirects=False)
        return answer.status_code


@contextmanager
def behind_tls(served: Served, folder: Path) -> Iterator[Path]:
    """The proxy of docker-compose.yaml ahead of a running Airflow; gives whom a client must trust.

    The shipped Caddyfile is used as it is, but for the ports, which need no root here.
    """
    authority = Authority(folder)
    own = authority.issue("proxy", "localhost")
    text = (PROJECT / "config" / "Caddyfile").read_text(encoding="utf-8")
    assert text.count("admin localhost:2019") == 1
    ports = f"admin off\n\thttp_port {served.plain_port}\n\thttps_port {urlsplit(served.outer).port}"
    file = folder / "Caddyfile"
    file.write_text(text.replace("admin localhost:2019", ports), encoding="utf-8")
    caddy = program("caddy")
    proxy = Daemon(
        "Caddy",
        [str(caddy.path), "run", "--config", str(file), "--adapter", "caddyfile"],
        log=folder / "caddy.log",
        ready=lambda: answers(int(urlsplit(served.outer).port or 0)),
        cwd=folder,
        environment=caddy.environment
        | {
            "HOME": str(folder),
            "PAGE_URL": served.outer,
            "PROXY_TLS": f"tls {own} {own}",
            "UPSTREAM": urlsplit(served.url).netloc,
        },
    )
    try:
        proxy.start()
        yield authority.file
    finally:
        proxy.stop()


def word_of(form: str) -> str:
    """The word in a form of FAB's by which it knows that a request comes from it."""
    (word,) = set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', form))
    return word


@contextmanager
def people_served(postgres: PostgreSQL, bridge: str, folder: Path, **more: str) -> Iterator[Served]:
    """An api-server with FAB, a metadata database of its own and one user a role.

    `bridge` is the bridge's database, `more` further variables of the environment.
    """
    name, port, outer = postgres.create_database("people"), free_port(), f"https://localhost:{free_port()}"
    passwords = {role: secrets.token_urlsafe(12) for role in Role}
    for role, password in passwords.items():
        (folder / f"{role.lower()}.txt").write_text(f"{password}\n")
    metadata = postgres.url(name, "postgresql+psycopg2")
    environment = library_environment() | {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": MANAGER,
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",
        "AIRFLOW__FAB__COOKIE_SECURE": "True",
        "AIRFLOW__API__BASE_URL": outer,
        "AIRFLOW__API__SECRET_KEY": SECRET_KEY,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW_CONN_TIDES_DB": json.dumps(_connection(postgres, bridge)),
        "AIRFLOW__CORE__TEST_CONNECTION": "Disabled",
        "AIRFLOW__FAB__CACHE_TTL": "3",
        # Tests log in more often than people do.
        "AIRFLOW__FAB__AUTH_RATE_LIMIT": "1000 per 1 second",
        "AIRFLOW__FAB__CONFIG_FILE": str(PROJECT / "config" / "webserver_config.py"),
        "FORWARDED_ALLOW_IPS": TRUSTED,
        **more,
    }
    url = f"http://{HOST}:{port}"
    server = Daemon(
        "api-server with FAB",
        [sys.executable, "-m", "tests.people_server", HOST, str(port), str(folder)],
        log=folder / "server.log",
        ready=lambda: _answers(url),
        cwd=PROJECT,
        environment=environment,
    )
    try:
        server.start()
        found = json.loads((folder / "routes.json").read_text())
        routes, views = ([(method, path) for method, path in found[kind]] for kind in ("routes", "views"))
        said = server.log.read_text()
        yield Served(url, routes, views, passwords, postgres.url(name), said, outer, server.log)
    finally:
        server.stop()
        postgres.drop_database(name)


def _connection(postgres: PostgreSQL, database: str) -> dict[str, Any]:
    login = postgres.conninfo
    return {
        "conn_type": "postgres",
        "host": login["host"],
        "port": int(login["port"]),
        "login": login["user"],
        "password": login.get("password", ""),
        "schema": database,
    }


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/v2/version", timeout=LIMIT_S).ok
    except requests.ConnectionError:
        return False
