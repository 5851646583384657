"""All DAGs and all commands, in good and in bad times; then no secret is anywhere but where it belongs."""

import json
import secrets
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from sandbox.services.leash import ServiceError
from sandbox.services.service import HOST, free_port
from sandbox.services.stack import USER
from tests.e2e.conftest import Running
from tests.forks import QuickStack
from tests.limits import LIMIT_S
from tests.marked import Search, api_addresses, arguments_of_all, secrets_of
from tests.routes import closed_requests
from tests.runbook import PROJECT, commands

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3 * 3600)]

DAGS = sorted(file.stem for file in (PROJECT / "dags").glob("tides_*.py"))
FORMS = {"tides_check_objects": {"survey": "ztf", "objects": ["ZTF26aaaaaaa"], "function": "tidesSNZTFSelect"}}
SECRET_FIELDS = ("password", "lsst_token", "ztf_token", "sasl.password")
HOSTS = ("host", "lsst", "ztf")
STATUSES = (400, 401, 500)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack whose connections are encrypted, with scheduler and page."""
    with QuickStack(tmp_path_factory.mktemp("secrets") / "run", encrypted=True, durable=False) as stack:
        stack.replay(fast=True)
        stack.start_airflow()
        yield Running(stack)


def wrong(fields: dict, named: tuple[str, ...], value: object) -> dict:
    """A connection with another value in some of its fields, and in those of its extra."""
    own = {key: value if key in named else each for key, each in fields.items() if key != "extra"}
    extra = fields.get("extra") or {}
    return own | {"extra": {key: value if key in named else each for key, each in extra.items()}}


def all_runs(stack: QuickStack, times: str, **connections: dict) -> int:
    """Runs every DAG and every command of the guides, with some other connections: how many ended well."""
    words = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(fields) for name, fields in connections.items()}
    lines = [["airflow", "dags", "test", name, "--conf", json.dumps(FORMS.get(name, {}))] for name in DAGS]
    lines += [shlex.split(line) for line in commands() if line.startswith("tides ")]
    well = 0
    for line in lines:
        with suppress(ServiceError):
            stack.run([sys.executable, "-m", *line], f"{times}.log", times, stack.environment | words)
            well += 1
    return well


def test_no_secret_is_anywhere_after_good_and_bad_times(served):
    stack, known = served.stack, secrets_of(served.stack)
    refused = f"refused-{secrets.token_urlsafe(12)}{stack.mark}"
    connections = {name: fields for name, fields in stack.connections().items() if name != "dask"}
    with arguments_of_all() as arguments:
        assert all_runs(stack, "good_times") > len(DAGS)
        for status in STATUSES:
            served.standins.fault({"match": {}, "kind": "repeat", "status": status, "times": None})
            all_runs(stack, f"services_repeat_what_they_are_sent_{status}")
            served.standins.no_faults()
        logins = {name: wrong(fields, SECRET_FIELDS, refused) for name, fields in connections.items()}
        for name, fields in logins.items():
            all_runs(stack, f"{name}_refuses_the_login", **{name: fields})
        for name, fields in connections.items():
            port = free_port()
            away = wrong(wrong(fields, ("port",), port), ("bootstrap.servers",), f"{HOST}:{port}")
            away = wrong(away, HOSTS, HOST if "port" in fields else f"https://{HOST}:{port}")
            all_runs(stack, f"{name}_is_away", **{name: away})
    search = Search(known | {"a password that was refused": refused})
    run_id = served.newest_run()["run_id"].partition("#")[0]
    token = requests.post(
        f"{stack.airflow_url}/auth/token",
        json={"username": USER, "password": stack.password},
        timeout=LIMIT_S,
    )
    with requests.Session() as asking:
        asking.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        search.answers(asking, api_addresses(stack, run_id, "lasair_api"))
        pages = [path for method, path in closed_requests() if method == "GET"]
        search.answers(asking, [f"{stack.airflow_url}/tides{path}" for path in pages])
    search.files(stack.folder)
    for name in stack.postgres.databases:
        search.database(stack.postgres, name)
    # The site's proxy is told its own login so.
    search.look("the arguments of processes", "\n".join(each for each in arguments if "\0proxy\0" not in each))
    assert search.found == set()
    assert search.places > 100
