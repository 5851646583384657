"""A bridge of the test's own, on the real services."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn
from fastapi import FastAPI

from sandbox.services.servers import Kafka, Sandbox
from sandbox.services.service import HOST, free_port
from tests.bridge import Bridge, connections
from tests.limits import LIMIT_S
from tests.mail import Mailbox, mailbox
from tests.sorts import bring_all_sorts
from tests.standins import Standins
from tests.watchdog import Watchdog, watched
from tides.settings.model import BUNDLE
from tides_plugin import TidesPlugin


@pytest.fixture
def outside(standins: Sandbox) -> Standins:
    """The stand-ins with nothing in them, and their control address as verbs."""
    return Standins(standins)


@pytest.fixture
def make_bridge(
    database: str,
    kafka: Kafka,
    outside: Standins,
    topic: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Bridge]]:
    """Makes a bridge with an empty database and topics of its own; keyword arguments are changes of the settings."""
    made: list[Bridge] = []

    def make(partitions: int = 1, **changes: object) -> Bridge:
        for name, value in connections(database, outside, kafka.bootstrap).items():
            monkeypatch.setenv(name, value)
        overlays = (BUNDLE / "tests" / "settings.yaml", tmp_path / "bridge.yaml")
        monkeypatch.setenv("TIDES_SETTINGS", ":".join(map(str, overlays)))
        bridge = Bridge(
            database, kafka.bootstrap, tmp_path, {"lsst": topic(partitions), "ztf": topic(partitions)}, **changes
        )
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        bridge.close()


@pytest.fixture
def make_syncing(
    database: str, outside: Standins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Bridge]]:
    """Makes a bridge without topics, whose targets are put into the master; keywords are changes of the settings."""
    made: list[Bridge] = []

    def make(**changes: object) -> Bridge:
        for name, value in connections(database, outside, "").items():
            monkeypatch.setenv(name, value)
        overlays = (BUNDLE / "tests" / "settings.yaml", tmp_path / "bridge.yaml")
        monkeypatch.setenv("TIDES_SETTINGS", ":".join(map(str, overlays)))
        made.append(Bridge(database, "", tmp_path, {"lsst": "no_lsst", "ztf": "no_ztf"}, **changes))
        return made[-1]

    yield make
    for bridge in made:
        bridge.close()


@pytest.fixture
def bridge(make_bridge: Callable[..., Bridge]) -> Bridge:
    """A bridge with one partition a topic."""
    return make_bridge()


@pytest.fixture
def all_sorts(make_bridge: Callable[..., Bridge]) -> Bridge:
    """A bridge with objects of every standing."""
    bridge = make_bridge(evaluation={"attempts": 1})
    bring_all_sorts(bridge)
    return bridge


@contextmanager
def serving(path: str = "") -> Iterator[str]:
    """The address of the plugin's app, mounted as by an api-server of Airflow that is served below a path."""
    outer = FastAPI(root_path=path)
    (mounted,) = TidesPlugin.fastapi_apps
    outer.mount(mounted["url_prefix"], mounted["app"])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(outer, host=HOST, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + LIMIT_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield f"http://{HOST}:{port}{path}{mounted['url_prefix']}/"
    server.should_exit = True
    thread.join(LIMIT_S)


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of the plugin's app, mounted as Airflow's api-server mounts it."""
    with serving() as address:
        yield address


@pytest.fixture
def ada(served: str) -> Iterator[Callable[..., requests.Response]]:
    """Acts as a user whom Airflow lets edit, and follows no redirect. Without a form it asks for a view."""
    # The app is imported by the tests that ask it, and by no other.
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.security import get_user

    from tides.page.app import app
    from tides.page.frame import EDIT, READ, may_edit

    user = SimpleAuthManagerUser(username="Ada", role="op")
    allowed = {READ.dependency: lambda: None, EDIT.dependency: lambda: None}
    app.dependency_overrides |= {**allowed, get_user: lambda: user, may_edit: lambda: True}
    own = {"Origin": served.removesuffix("/tides/")}

    def ask(place: str, headers: dict[str, str] = own, /, **form: object) -> requests.Response:
        if not form:
            return requests.get(f"{served}{place}", timeout=LIMIT_S)
        return requests.post(f"{served}{place}", data=form, headers=headers, allow_redirects=False, timeout=LIMIT_S)

    yield ask
    app.dependency_overrides.clear()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server, and the connection to it."""
    with mailbox() as server:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "tides@example.org", "retry_limit": 0}
        found = {"conn_type": "smtp", "host": HOST, "port": server.port, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_TIDES_MAIL", json.dumps(found))
        yield server


@pytest.fixture
def watching(
    make_syncing: Callable[..., Bridge], post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Bridge, Watchdog]]:
    """Makes a bridge whose newest run was good, and its watchdog, which tells by mail to `post`."""
    return watched(make_syncing, monkeypatch)
