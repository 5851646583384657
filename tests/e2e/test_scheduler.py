"""Under the real scheduler, through the REST API that the UI uses: scheduled, cleared and backfilled runs."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import psycopg
import pytest
import requests
import yaml
from confluent_kafka import Producer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable as clickable
from selenium.webdriver.support.expected_conditions import frame_to_be_available_and_switch_to_it as frame
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.debian import program
from sandbox.services.leash import patient
from sandbox.services.service import HOST
from sandbox.services.stack import ROLES, USER, VIEWER, Stack
from tests.browser import chromium, complaints
from tests.builders import AN_ID, an_lsst_message
from tests.e2e.conftest import Running
from tests.forks import QuickStack
from tests.limits import LIMIT_S
from tests.mail import mailbox
from tests.marked import Search, api_addresses, arguments_of_all, secrets_of
from tests.morning import MOST_CLICKS, answers, follow, questions
from tests.routes import ALIVE, BY_TICKET, BY_TOKEN, closed_requests
from tests.runbook import blocks, command
from tests.statsd import names_sent
from tides.journal.kinds import Kind
from tides.reports.metrics import METRICS
from tides.settings.model import load_settings

pytestmark = pytest.mark.timeout(900)
RUN_LIMIT_S = patient(300)
DAILY = ("tides_hosts", "tides_audit", "tides_reconcile")
OFF = "UPDATE tides.tides_master SET active = false, why = 'faint', active_since = NULL"

DASHBOARD = "http://localhost:8787/status"
FIRST_IN_THE_QUEUE = """
import time
from datetime import UTC, datetime, timedelta
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import TaskInstance
from airflow.models.serialized_dag import SerializedDagModel
from airflow.utils.session import create_session
from airflow.utils.sqlalchemy import is_lock_not_available_error
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

NOW = datetime.now(UTC)
LIVE = (DagRunType.ASSET_TRIGGERED, "asset_triggered__the_live_one", None)
HOURS = [NOW - timedelta(hours=n) for n in range(30, 36)]
# An hour that already ran keeps its name in a backfill.
KINDS = [DagRunType.BACKFILL_JOB] * 3 + [DagRunType.SCHEDULED] * 3
REPLAYS = [(kind, f"{kind.value}__{hour.isoformat()}", hour) for kind, hour in zip(KINDS, HOURS, strict=True)]

def queued():
    with create_session() as session:
        dag = SerializedDagModel.get("tides_bridge", session=session).dag
        for kind, run_id, hour in (*REPLAYS, LIVE):
            interval = hour and (hour, hour + timedelta(hours=1))
            when = {"logical_date": hour, "data_interval": interval, "run_after": hour or NOW}
            dag.create_dagrun(run_id=run_id, run_type=kind, state=DagRunState.RUNNING, session=session,
                              triggered_by=DagRunTriggeredByType.TEST, **when)
            session.execute(update(TaskInstance).where(TaskInstance.run_id == run_id).values(state="scheduled"))
        try:
            found = SchedulerJobRunner(Job())._executable_task_instances_to_queued(max_tis=5, session=session)
            return [each.run_id for each in found]
        except OperationalError as error:
            # The stack's own scheduler looks at the queue, too, and neither waits for the other.
            if not is_lock_not_available_error(error):
                raise
        finally:
            session.rollback()

while (found := queued()) is None:
    time.sleep(0.2)
print(*(f"queued {run_id}" for run_id in found), sep="\\n")
"""
"""What Airflow's scheduler queues first where six replays and a live run wait. Nothing is stored."""


class Api:
    """Airflow's REST API as the user of the stack."""

    def __init__(self, stack: Stack):
        self.url = f"{stack.airflow_url}/api/v2"
        self.headers = headers_of(stack, USER)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """What the API answers."""
        answer = requests.request(method, f"{self.url}/{path}", headers=self.headers, timeout=LIMIT_S, **body)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def runs(self, dag: str = "tides_bridge") -> list[dict[str, Any]]:
        """All runs of a DAG."""
        return self.ask("GET", f"dags/{dag}/dagRuns", params={"limit": 100})["dag_runs"]

    def states(self, run_id: str) -> dict[str, set[str]]:
        """The states of a run's task instances, by task."""
        found = self.ask("GET", f"dags/tides_bridge/dagRuns/{run_id}/taskInstances", params={"limit": 500})
        states: dict[str, set[str]] = {}
        for instance in found["task_instances"]:
            states.setdefault(instance["task_id"], set()).add(instance["state"])
        return states

    def wait(self, wanted: Any, dag: str = "tides_bridge") -> list[dict[str, Any]]:
        """Waits until `wanted(runs)` of the DAG's runs is true."""
        until = time.monotonic() + RUN_LIMIT_S
        while time.monotonic() < until:
            runs = self.runs(dag)
            if wanted(runs):
                return runs
            time.sleep(1)
        raise AssertionError(f"not in {RUN_LIMIT_S} s: {[(r['dag_run_id'], r['state']) for r in self.runs(dag)]}")


def token_of(stack: Stack, user: str) -> str:
    """The token of a user's session."""
    login = {"username": user, "password": stack.passwords[user]}
    return str(requests.post(f"{stack.airflow_url}/auth/token", json=login, timeout=LIMIT_S).json()["access_token"])


def headers_of(stack: Stack, user: str) -> dict[str, str]:
    """What a request of a user says of them."""
    return {"Authorization": f"Bearer {token_of(stack, user)}"}


def log_in(chrome: Chrome, stack: Stack, user: str) -> None:
    """Gives a browser the session of a user."""
    # A cookie can be set where something was shown already.
    chrome.get(f"{stack.airflow_url}/api/v2/version")
    chrome.add_cookie({"name": "_token", "value": token_of(stack, user)})


def of_the_page(said: list[str]) -> list[str]:
    """The complaints of a browser that are of our page."""
    return [each for each in said if "/tides/" in each]


class Watched(QuickStack):
    """A stack that is watched from outside: a server of statsd gets its metrics, and its logs are JSON."""

    statsd: ClassVar[dict[str, str]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of an Airflow process or of `tides`."""
        return super().environment | self.statsd | {"AIRFLOW__LOGGING__JSON_LOGS": "True"}


@pytest.fixture(scope="module")
def sent() -> Iterator[set[str]]:
    """The names of the metrics that the stack has sent so far."""
    with names_sent() as (settings, names):
        Watched.statsd.update(settings)
        yield names


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, sent: set[str]) -> Iterator[Running]:
    """A stack with scheduler and api-server, its stream published before they start; runs start on alerts, too."""
    folder: Path = tmp_path_factory.mktemp("scheduled") / "run"
    watch = folder.with_name("watch.yaml")
    # By `late_s`, the first run is late.
    settings = {"watch": {"enabled": True, "poll_s": 1, "spacing_s": 5}, "tasks": {"late_s": 5}}
    settings["evaluation"] = {"dashboard": DASHBOARD, "reports_folder": str(folder.with_name("dask_reports"))}
    watch.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with Watched(folder, settings=[watch], durable=False) as stack:
        stack.replay(fast=True)
        stack.start_airflow()
        yield Running(stack)


@pytest.fixture(scope="module", autouse=True)
def arguments() -> Iterator[set[str]]:
    """The arguments of all processes that have run since the first test."""
    with arguments_of_all() as seen:
        yield seen


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    """A browser."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def api(live: Running) -> Api:
    """The REST API of the stack."""
    return Api(live.stack)


@pytest.fixture(scope="module")
def first(api: Api) -> dict[str, Any]:
    """The scheduler's own first run, ended. An audit goes on after it, beside the first tests."""
    runs = api.wait(lambda runs: any(r["state"] in ("success", "failed") for r in runs))
    api.ask("POST", "dags/tides_audit/dagRuns", json={"logical_date": None})
    return next(r for r in runs if r["state"] in ("success", "failed"))


@pytest.fixture
def lost(live: Running, api: Api, first: dict[str, Any]) -> str:
    """A run that Airflow has ended as it does at the time limit: after it has begun, and before its report."""
    asked = api.ask("POST", "dags/tides_bridge/dagRuns", json={"logical_date": None})
    run_id: str = asked["dag_run_id"]
    until = time.monotonic() + RUN_LIMIT_S
    while not live.rows("SELECT FROM tides.run_attempt WHERE run_id = %s", run_id) and time.monotonic() < until:
        time.sleep(0.1)
    api.ask("PATCH", f"dags/tides_bridge/dagRuns/{run_id}", json={"state": "failed"})
    return run_id


def test_the_scheduler_runs_the_bridge(live, api, first):
    assert (first["run_type"], first["state"]) == ("scheduled", "success"), api.states(first["dag_run_id"])
    assert live.newest_run()["good"] is True
    assert len([r for r in live.standins.rows() if r["is_active"]]) > 100


def test_airflows_deadline_notes_a_run_that_is_late(live, first):
    until = time.monotonic() + LIMIT_S
    late = "SELECT detail FROM tides.event WHERE kind = %s AND subject = 'tides_bridge'"
    while not (found := live.rows(late, Kind.RUN_LATE.value)) and time.monotonic() < until:
        time.sleep(0.2)
    assert "of tides_bridge has not ended 0 min after it was due" in found[0]["detail"]["words"]
    # The runs that follow are not late.
    (watch,) = live.stack.settings
    kept = yaml.safe_load(watch.read_text(encoding="utf-8")) | {"tasks": {}}
    watch.write_text(yaml.safe_dump(kept), encoding="utf-8")
    live.rows("UPDATE tides.event SET closed_at = now() WHERE kind = %s RETURNING event_id", Kind.RUN_LATE.value)


def test_the_report_is_one_message_of_the_log(live, api, first):
    (row,) = live.rows("SELECT report FROM tides.bridge_run WHERE run_id = %s", first["dag_run_id"])
    path = f"dags/tides_bridge/dagRuns/{first['dag_run_id']}/taskInstances/report/logs/1"
    said = [entry["event"] for entry in api.ask("GET", path, params={"full_content": True})["content"]]
    assert row["report"].strip() in [event.strip() for event in said]


OTHERWISE = {"/no-such-view": 404, "/curve.json": 404, BY_TICKET: 401, BY_TOKEN: 401}
"""How paths answer that ask for more than a login: a view or an object that is there, a ticket, a monitor's token."""


def test_each_role_reads_the_page_and_nobody_else_does(live, first):
    page = f"{live.stack.airflow_url}/tides"
    for method, path in closed_requests():
        nobody = requests.request(method, f"{page}{path}", timeout=LIMIT_S)
        assert nobody.status_code == 401, path
        broken = {"Authorization": "Bearer broken"}
        refused = requests.request(method, f"{page}{path}", headers=broken, timeout=LIMIT_S)
        assert refused.status_code == (401 if path in (BY_TICKET, BY_TOKEN) else 403), path
    monitor = requests.get(f"{page}{ALIVE}", timeout=LIMIT_S)
    assert (monitor.status_code, monitor.text) == (200, "yes\n"), "the one address that needs no login"
    for user, role in ROLES.items():
        seen = {}
        for path in [path for method, path in closed_requests() if method == "GET"]:
            answer = requests.get(f"{page}{path}", headers=headers_of(live.stack, user), timeout=LIMIT_S)
            assert answer.status_code == OTHERWISE.get(path, 200), (user, path)
            seen[path] = answer.text
        assert ('<form method="post"' in seen["/health"]) == (role != "viewer"), user
        assert "<h2>TiDES bridge: live run</h2>" in seen["/run"]


@pytest.fixture
def held(live: Running, first: dict[str, Any]) -> Iterator[None]:
    """A change that the guard holds, which is taken back in the end."""
    change = "UPDATE tides.fourmost_target SET wanted = {}, held = {}, held_since = now() - interval '1 d'"
    which = " WHERE id = (SELECT min(id) FROM tides.fourmost_target WHERE state = 'live' AND told IS NOT NULL)"
    with psycopg.connect(live.url, autocommit=True) as connection:
        connection.execute(change.format("wanted || '{\"mag\": 1}'", "'faint'") + which)  # type: ignore[arg-type]
        yield
        back = ", held_since = NULL, released_by = NULL, released_at = NULL"
        connection.execute(f"UPDATE tides.fourmost_target SET wanted = told, held = NULL{back}{which}")  # type: ignore[arg-type]


LETTER = (
    "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason)"
    " VALUES ('live', 'ztf', 'object', 'ZTF00aaa', 'no point can be read') RETURNING dead_letter_id AS id"
)
EVENT = "INSERT INTO tides.event (kind, subject, detail) VALUES (%s, 'ztf', '{}') RETURNING event_id AS id"


@pytest.fixture
def letter(live: Running, first: dict[str, Any]) -> Iterator[int]:
    """A dead letter, by its id."""
    (row,) = live.rows(LETTER)
    yield row["id"]
    with psycopg.connect(live.url) as connection:
        connection.execute("DELETE FROM tides.dead_letter WHERE dead_letter_id = %s", (row["id"],))


@pytest.fixture
def event(live: Running, first: dict[str, Any]) -> Iterator[int]:
    """An open event, by its id."""
    (row,) = live.rows(EVENT, Kind.GAP.value)
    yield row["id"]
    with psycopg.connect(live.url) as connection:
        connection.execute("DELETE FROM tides.event WHERE event_id = %s", (row["id"],))


@pytest.mark.parametrize("user", ROLES)
def test_who_may_edit_the_dag_does_each_act_and_a_viewer_none(live, held, letter, event, user):
    forms: dict[str, dict[str, object]] = {
        "/release": {"held": "faint", "run_id": live.newest_run()["run_id"]},
        "/replay": {"letter": letter},
        "/acknowledge": {"event_id": event},
        "/bury": {"place": "lsst 0 999999999"},
        "/comment": {"q": live.rows("SELECT name FROM tides.tides_master ORDER BY tides_id LIMIT 1")[0]["name"]},
        # Where no target can be, and each user in a place of their own.
        "/decide": {"q": f"{10 * list(ROLES).index(user)} 89", "act": "veto", "state": "0.0"},
    }
    asked = [path for method, path in closed_requests() if method != "GET"]
    # Who may read may ask what an edit would change, since nothing is changed by it.
    acts = [path for path in asked if path != "/what-if"]
    assert sorted(acts) == sorted(forms)
    may, name = ROLES[user] != "viewer", headers_of(live.stack, user)
    for path in acts:
        words = {"data": forms[path] | {"reason": "looked at it"}, "timeout": LIMIT_S, "allow_redirects": False}
        elsewhere = requests.post(f"{live.stack.airflow_url}/tides{path}", headers=name, **words)
        assert (elsewhere.status_code, "This did not come from the page" in elsewhere.text) == (403, may), path
        own = name | {"Origin": live.stack.airflow_url}
        answer = requests.post(f"{live.stack.airflow_url}/tides{path}", headers=own, **words)
        # There is nothing to bury, as the act itself says.
        done = 409 if path == "/bury" else 303
        assert answer.status_code == (done if may else 403), path
        assert ("You may not change this" in answer.text) != may, path
        assert ("the bookmark stands at offset" in answer.text) == (may and path == "/bury"), path
    by = live.rows("SELECT DISTINCT kind FROM tides.event WHERE detail ->> 'by' = %s ORDER BY kind", user)
    assert [row["kind"] for row in by] == ([Kind.LETTERS_REPLAYED, Kind.RELEASED] if may else [])
    (taken,) = live.rows("SELECT acknowledged_by AS by FROM tides.event WHERE event_id = %s", event)
    assert taken["by"] == (user if may else None)
    assert len(live.rows("SELECT FROM tides.dead_letter WHERE dead_letter_id = %s", letter)) == (0 if may else 1)
    assert len(live.rows("SELECT FROM tides.target_comment WHERE by = %s", user)) == may
    assert len(live.rows("SELECT FROM tides.operator_decision WHERE by = %s AND dec = 89", user)) == may


def test_what_is_held_is_released_in_the_frame(live, held, chrome):
    log_in(chrome, live.stack, "user")
    follow(chrome, live.stack.airflow_url, "TiDES", "Held and not sent")
    wait = WebDriverWait(chrome, LIMIT_S)
    wait.until(visible((By.NAME, "reason"))).send_keys("looked at it in the frame")
    chrome.find_element(By.XPATH, "//button[contains(., 'Release 1 faint')]").click()
    assert "looked at it in the frame" in wait.until(visible((By.XPATH, "//section[@aria-labelledby='acts']"))).text
    assert "Nothing is held" in chrome.find_element(By.TAG_NAME, "main").text
    assert of_the_page(complaints(chrome)) == []
    (row,) = live.rows("SELECT detail FROM tides.event WHERE detail ->> 'reason' = 'looked at it in the frame'")
    assert row["detail"]["by"] == "user"


def test_the_page_has_airflows_theme_and_a_run_has_its_report(live, first, chrome):
    log_in(chrome, live.stack, VIEWER)
    follow(chrome, live.stack.airflow_url, "TiDES")
    wait = WebDriverWait(chrome, LIMIT_S)
    for theme in ("dark", "light"):
        chrome.execute_script(f"parent.document.documentElement.className = '{theme}'")
        wait.until(visible((By.CSS_SELECTOR, f"html[data-theme={theme}]")))
    assert "good" in chrome.find_element(By.CLASS_NAME, "strip").text
    chrome.get(f"{live.stack.airflow_url}/dags/{first['dag_id']}/runs/{quote(first['dag_run_id'])}")
    wait.until(clickable((By.XPATH, "//a[contains(@href, 'plugin/tides-run')]"))).click()
    wait.until(frame((By.TAG_NAME, "iframe")))
    assert "TiDES bridge: live run" in wait.until(visible((By.CLASS_NAME, "report"))).text
    assert of_the_page(complaints(chrome)) == []


def test_map_indices_say_stream_and_object_range(api, first):
    found = api.ask(
        "GET", f"dags/tides_bridge/dagRuns/{first['dag_run_id']}/taskInstances", params={"task_id": "evaluate"}
    )
    labels = {i["rendered_map_index"] for i in found["task_instances"] if i["task_id"] == "evaluate"}
    assert any(label.startswith("ztf ZTF") for label in labels)
    assert any(label.startswith("lsst 17") for label in labels)


def test_the_tasks_link_to_the_report_of_their_run_and_to_dask(live, api, first):
    run_id = quote(first["dag_run_id"], safe="")
    ask = f"dags/tides_bridge/dagRuns/{run_id}/taskInstances"
    report = f"/dags/tides_bridge/runs/{run_id}/plugin/tides-run"
    dask = f"/tides/dask?run_id={run_id}&map_index=0"
    merged = api.ask("GET", f"{ask}/upsert_master/links")["extra_links"]
    judged = api.ask("GET", f"{ask}/evaluate/links", params={"map_index": 0})["extra_links"]
    assert merged == {"Report of the run": report, "Dashboard of Dask": None, "What Dask did": None}
    assert judged == {"Report of the run": report, "Dashboard of Dask": DASHBOARD, "What Dask did": dask}
    shown = requests.get(f"{live.stack.airflow_url}{dask}", headers=api.headers, timeout=LIMIT_S).text
    assert re.search(r"\d+ batches on [12] of 2 workers", shown)
    assert requests.get(f"{live.stack.airflow_url}{report}", timeout=LIMIT_S).ok


def test_a_run_leaves_what_it_changed_as_events_of_assets_with_counts(live, api, first):
    asked = {"source_dag_id": "tides_bridge", "source_run_id": first["dag_run_id"]}
    events = api.ask("GET", "assets/events", params=asked)["asset_events"]
    left = {event["source_task_id"]: event["extra"] for event in events}
    assert set(left) == {"upsert_master", "deactivate_unobserved", "create_in_4most"}
    targets = live.rows("SELECT count(*) AS n FROM tides.tides_master")[0]["n"]
    assert left["upsert_master"]["new"] == targets
    assert 0 < left["deactivate_unobserved"]["live"] <= targets
    told = [event["extra"] for event in events if event["source_task_id"] == "create_in_4most"]
    assert sum(each["created"] for each in told) == len(live.standins.rows())


def test_a_connection_of_each_kind_is_made_and_tested_in_the_ui(live, api, first):
    meta = requests.get(f"{live.stack.airflow_url}/ui/connections/hook_meta", headers=api.headers, timeout=LIMIT_S)
    forms = {form["connection_type"]: form for form in meta.json()}
    assert {"lsst_token", "ztf", "proxy", "ca_file"} < set(forms["lasair"]["extra_fields"])
    assert forms["lasair"]["extra_fields"]["lsst_token"]["schema"]["format"] == "password"
    assert forms["fourmost"]["standard_fields"]["host"]["title"] == "Address"
    assert forms["dask"]["standard_fields"]["password"]["hidden"]
    for name, fields in live.stack.connections().items():
        made = {"connection_id": f"{name}_by_hand", **fields, "extra": json.dumps(fields.get("extra", {}))}
        assert made["conn_type"] in forms
        api.ask("POST", "connections", json=made)
        shown = api.ask("GET", f"connections/{name}_by_hand")
        tested = {key: shown[key] for key in ("connection_id", "conn_type", "host", "login", "schema", "port", "extra")}
        said = api.ask("POST", "connections/test", json=tested | {"password": shown["password"]})
        assert said["status"], f"{name}: {said}"
        api.ask("DELETE", f"connections/{name}_by_hand")


def test_a_stored_secret_goes_to_no_address_that_came_with_a_test(live, api, first):
    lasair, kafka = (live.stack.connections()[name] for name in ("lasair_api", "lasair_kafka_lsst"))
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "tides"}
    stored = {"connection_id": "kafka_by_hand", "conn_type": "kafka"}
    api.ask(
        "POST", "connections", json=stored | {"extra": json.dumps({**kafka["extra"], **login, "sasl.password": "s"})}
    )
    with socket.create_server((HOST, 0)) as theirs:
        theirs.settimeout(0.1)
        address = f"{HOST}:{theirs.getsockname()[1]}"
        changed = {"bootstrap.servers": address, **login, "sasl.password": "***"}
        hidden = {"connection_id": "lasair_api", "conn_type": "lasair", "host": lasair["host"], "password": "***"}
        for asked in (
            stored | {"extra": json.dumps(changed)},
            hidden | {"extra": json.dumps({"lsst": f"http://{address}"})},
            hidden | {"extra": json.dumps({"proxy": f"http://{address}"})},
            hidden | {"host": f"http://{address}"},
        ):
            answer = requests.post(f"{api.url}/connections/test", json=asked, headers=api.headers, timeout=LIMIT_S)
            assert (answer.status_code, "credentials" in answer.text) == (400, True), (asked, answer.text)
            nobody = requests.post(f"{api.url}/connections/test", json=asked, timeout=LIMIT_S)
            assert nobody.status_code == 401
        with pytest.raises(TimeoutError):
            theirs.accept()
    api.ask("DELETE", "connections/kafka_by_hand")


def test_the_tasks_of_a_live_run_are_queued_before_those_of_replays_that_wait(live, first):
    said = live.stack.run([sys.executable, "-c", FIRST_IN_THE_QUEUE], "queue.log", "the queue")
    queued = [line for line in said.splitlines() if line.startswith("queued ")]
    assert queued == ["queued asset_triggered__the_live_one"] * 5


@pytest.fixture(scope="module")
def red(live: Running, api: Api, first: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The first run, whose upsert was cleared and failed: it lacks a table. How it is cleared; its attempts before."""
    before = _attempts(live, first)
    clear = {"dry_run": False, "dag_run_id": first["dag_run_id"], "task_ids": ["upsert_master"]}
    clear |= {"only_failed": False, "include_downstream": True, "reset_dag_runs": True}
    api.wait(lambda runs: any(r["state"] == "success" for r in runs), "tides_audit")
    with psycopg.connect(live.url, autocommit=True) as connection:
        connection.execute("UPDATE tides.selection SET merged_at = NULL")
        connection.execute("DELETE FROM tides.target_band")
        connection.execute("ALTER TABLE tides.target_band RENAME TO hidden")
        api.ask("POST", "dags/tides_bridge/clearTaskInstances", json=clear)
        api.wait(lambda runs: _state(runs, first) == "failed")
        yield clear, before
        connection.execute("ALTER TABLE IF EXISTS tides.hidden RENAME TO target_band")


def test_the_questions_of_a_morning_are_answered_within_three_clicks(live, red, held, letter, chrome):
    counts = live.newest_run()["counts"]
    (new,) = live.rows("SELECT count(*) AS n FROM tides.tides_history WHERE step = 'selected' AND at >= current_date")
    (audited,) = live.rows("SELECT audited_until AS until FROM tides.stream_audit WHERE stream = 'lsst'")
    missing = live.rows(
        "SELECT m.name FROM tides.tides_master AS m LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id"
        " WHERE m.active AND (f.told ->> 'is_active') IS DISTINCT FROM 'true'"
    )
    wanted = {
        "Did the night go well?": [rf"^(look|act) .*{counts['live']} targets are live", "to look at$|somebody now$"],
        "How many targets are new?": [rf"new {new['n']} "],
        "What is red, and why?": ['upsert_master is red: error of the code .* "tides.target_band" does not exist'],
        "What does the report say?": ["TiDES bridge: live run", "Failed: 1 task", "upsert_master, error of the code"],
        "What is held?": ["faint 1 0 0 1 20"],
        "What does 4MOST not have?": ["cannot be sent", *(row["name"] for row in missing)],
        "How far do the streams lag?": [rf"{stream} 20\S+ \S+ 0 0 now " for stream in ("lsst", "ztf")],
        "How much of the quota is spent?": [r"Calls to Lasair in this hour: \d+ of \d+\."],
        "Are there dead letters?": ["object ZTF00aaa no point can be read"],
        "Is the broker complete?": [rf"lsst {audited['until'].astimezone(UTC):%Y-%m-%d %H:%M} \d+ ztf 20"],
    }
    assert [question.words for question in questions()] == list(wanted)
    assert max(len(question.clicks) for question in questions()) <= MOST_CLICKS
    log_in(chrome, live.stack, VIEWER)
    for question, seen in answers(chrome, live.stack.airflow_url).items():
        for words in wanted[question]:
            assert re.search(words, seen), question


def test_a_failed_upsert_cleared_from_the_ui_takes_in_what_it_had_to(live, api, first, red):
    (clear, before), run_id = red, first["dag_run_id"]
    assert api.states(run_id)["upsert_master"] == {"failed"}
    assert api.states(run_id)["report"] == {"success"}, "the report is made all the same"
    assert live.newest_run()["good"] is False
    said = _log(api, first, "upsert_master")
    error = next(entry["event"] for entry in said if entry.get("level") == "error")
    assert error.startswith('UndefinedTable: relation "tides.target_band" does not exist')
    assert "What to do: show the developers the task's log" in error
    assert f"{live.stack.airflow_url}/tides/runbook#any-task" in error
    assert not [entry for entry in said if entry.get("level") == "info" and "SELECT" in entry["event"]]
    (told,) = live.rows("SELECT report FROM tides.bridge_run WHERE run_id = %s", f"{run_id}#2")
    assert "**Failed: 1 task; " in told["report"]
    assert "`upsert_master`, error of the code: UndefinedTable" in told["report"]
    assert "**Not good:**" in told["report"]
    assert "all_good" not in told["report"]
    page = requests.get(f"{live.stack.airflow_url}/tides/", headers=api.headers, timeout=LIMIT_S).text
    assert "upsert_master is red: error of the code" in page
    with psycopg.connect(live.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE tides.hidden RENAME TO target_band")
        connection.execute(f"{OFF} WHERE tides_id = (SELECT min(tides_id) FROM tides.tides_master WHERE active)")
    api.ask("POST", "dags/tides_bridge/clearTaskInstances", json=clear)
    api.wait(lambda runs: _state(runs, first) == "success")
    # In the first seconds of an hour the hourly run comes in between.
    author = live.rows("SELECT by FROM tides.tides_history WHERE step = 'reactivated'")[0]["by"]
    assert author == f"{run_id}#3" or (author != run_id and "#" not in author)
    own, failed, good = _attempts(live, first)
    assert [own] == before
    assert (failed["run_id"], failed["good"]) == (f"{run_id}#2", False)
    assert (good["run_id"], good["good"]) == (f"{run_id}#3", True)
    assert live.rows("SELECT count(*) AS n FROM tides.target_band")[0]["n"] > 500


def test_the_runbooks_backfill_replays_an_hour_that_already_ran_too_and_leaves_4most_alone(live, api, first):
    start, end = map(datetime.fromisoformat, _interval(first))
    hours = {"from_date": (start - timedelta(hours=2)).isoformat(), "to_date": start.isoformat()}
    alone = {"dag_id": "tides_bridge", "reprocess_behavior": "none", **hours}
    assert api.ask("POST", "backfills/dry_run", json=alone)["total_entries"] == 2, "Airflow leaves out what ran"
    told = live.rows("SELECT id, told FROM tides.fourmost_target ORDER BY id")
    before = _attempts(live, first)
    form = json.dumps({"start": start.isoformat(), "end": end.isoformat()})
    dates = {"2026-11-20T03:00Z": hours["from_date"], "2026-11-20T05:00Z": hours["to_date"]}
    for words in (
        command("airflow pools import"),
        command("airflow dags unpause"),
        command("airflow backfill create", **dates),
        [*command("airflow dags trigger tides_bridge")[:-1], form],
        command("airflow dags trigger tides_hosts"),
        command("airflow dags trigger tides_audit"),
        command("airflow dags trigger tides_reconcile"),
    ):
        live.stack.airflow(*words[1:])
    runs = api.wait(lambda runs: sum(r["run_type"] == "backfill" and r["state"] == "success" for r in runs) == 3)
    # an hourly run that started while the test before hid a table is red, and rightly so
    assert not [r for r in runs if r["run_type"] == "backfill" and r["state"] == "failed"]
    assert first["dag_run_id"] in [r["dag_run_id"] for r in runs if r["run_type"] == "backfill"]
    for dag in ("tides_bridge", *DAILY):
        api.wait(lambda runs: any(r["run_type"] == "manual" and r["state"] == "success" for r in runs), dag)
    by_hand = live.rows("SELECT run_id FROM tides.bridge_run WHERE lane LIKE 'replay/%' AND run_id LIKE 'manual%'")
    assert len(by_hand) == 1
    lanes = live.rows("SELECT DISTINCT lane FROM tides.bridge_run WHERE lane LIKE 'replay/%'")
    assert len(lanes) == 3
    *earlier, reprocessed = _attempts(live, first)
    assert earlier == before
    assert reprocessed["lane"].startswith("replay/")
    assert live.rows("SELECT count(*) AS n FROM tides.candidate WHERE lane <> 'live'")[0]["n"] == 0
    assert live.rows("SELECT id, told FROM tides.fourmost_target ORDER BY id") == told


def test_a_run_starts_when_a_topic_has_grown_and_is_live_and_the_hours_of_the_others_stay(live, api, lost):
    message = an_lsst_message(AN_ID - 1)
    producer = Producer({"bootstrap.servers": live.stack.kafka.bootstrap})
    producer.produce(load_settings().streams["lsst"].topic, json.dumps(message).encode())
    assert producer.flush(LIMIT_S) == 0
    runs = api.wait(lambda runs: any(r["run_type"] == "asset_triggered" and r["state"] == "success" for r in runs))
    (watched,) = [r for r in runs if r["run_type"] == "asset_triggered"]
    assert watched["data_interval_start"] is None
    (ran,) = live.rows("SELECT lane FROM tides.bridge_run WHERE run_id = %s", watched["dag_run_id"])
    assert ran["lane"] == "live"
    # Another live run may have been quicker to read it; it was read once.
    of_it = "SELECT messages FROM tides.candidate WHERE lane = 'live' AND object_id = %s"
    assert live.rows(of_it, str(AN_ID - 1)) == [{"messages": 1}]
    (closed,) = live.rows("SELECT good, airflow_state, report FROM tides.bridge_run WHERE run_id = %s", lost)
    assert (closed["good"], closed["airflow_state"]) == (False, "failed")
    assert "ended without a report" in closed["report"]
    for run in (r for r in runs if r["run_type"] == "scheduled"):
        start, end = map(datetime.fromisoformat, _interval(run))
        assert (end - start, start.minute) == (timedelta(hours=1), 35)


def test_the_lines_of_the_runbook_start_runs_from_outside(live, api, first, tmp_path):
    token, runs, check, look, event = blocks("Started from outside")
    named = "SELECT object_id FROM tides.candidate WHERE lane = 'live' AND stream = 'ztf' ORDER BY object_id LIMIT 2"
    one, two = (row["object_id"] for row in live.rows(named))
    ours = {"ZTF26aaaaaaa": one, "ZTF26aaaaaab": two}
    ours |= dict(zip(("2026-11-20T03:35:00Z", "2026-11-20T04:35:00Z"), _interval(first), strict=True))
    (tmp_path / "login").write_text(json.dumps({"username": USER, "password": live.stack.password}))

    def shell(block: str) -> str:
        for word, own in ours.items():
            block = block.replace(word, own)
        environment = os.environ | {"AIRFLOW": live.stack.airflow_url}
        for tool in (program("curl"), program("jq")):
            environment |= tool.needs | {"PATH": f"{tool.path.parent}:{environment['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
        return done.stdout

    before = {run["dag_run_id"] for run in api.runs()}
    for block in (token, runs, check, event):
        shell(block)
    api.wait(lambda runs: [run["state"] for run in runs] == ["success"], "tides_check_objects")
    assert (tmp_path / "headers").stat().st_mode & 0o077 == 0
    state, _, page = shell(look).partition("\n")
    assert state == "success"
    assert "1 objects of ztf, by tidesSNZTFSelect" in page
    assert one in page

    def new(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [run for run in runs if run["dag_run_id"] not in before]

    started = new(api.wait(lambda runs: len(new(runs)) >= 3 and all(r["state"] == "success" for r in new(runs))))
    assert {"manual", "asset_triggered"} <= {run["run_type"] for run in started}
    reports = "SELECT lane, report FROM tides.bridge_run WHERE run_id = ANY (%s)"
    found = {row["lane"].split("/")[0]: row for row in live.rows(reports, [run["dag_run_id"] for run in started])}
    assert found.keys() == {"replay", "dry", "live"}
    assert found["replay"]["lane"].startswith("replay/objects/")
    assert "## If it were not dry" in found["dry"]["report"]


def test_the_tasks_themselves_send_each_metric_to_a_monitor_outside(live, api, first, sent):
    wanted = {f"airflow.tides.{metric.name}" for metric in METRICS if metric.label is None}
    until = time.monotonic() + LIMIT_S
    while not wanted <= sent and time.monotonic() < until:
        time.sleep(0.2)
    assert wanted - sent == set()


def test_each_line_that_airflow_and_its_tasks_write_is_json_with_typed_fields(live, api, first):
    for process in live.stack.airflow_processes:
        # The last line may be one that is being written.
        *lines, _ = process.log.read_text(encoding="utf-8").split("\n")
        assert lines, process.name
        for line in lines:
            said = json.loads(line)
            assert {"timestamp", "level", "event"} <= said.keys(), (process.name, line)
    report = _log(api, first, "report")
    ours = [line for line in report if "# TiDES bridge: " in str(line["event"])]
    assert ours
    for line in ours:
        of_task = (line["dag_id"], line["run_id"], line["task_id"])
        assert of_task == ("tides_bridge", first["dag_run_id"], "report")


def test_a_stopped_scheduler_is_told_to_a_monitor_outside_and_by_mail(live, first):
    # Nothing runs after this test.
    (scheduler,) = [each for each in live.stack.airflow_processes if each.name == "Airflow scheduler"]
    scheduler.stop()
    (watch,) = live.stack.settings
    with mailbox() as post:
        arguments = {"smtp_conn_id": "tides_mail", "to": "shift@example.org", "html_content": "{{ alarm_html }}"}
        arguments["subject"] = "{{ alarm_title }}"
        mail = {"notifier": "airflow.providers.smtp.notifications.smtp.SmtpNotifier", "arguments": arguments}
        alarms = {"no_good_run_h": 0.0001, "notifiers": {"mail": mail}}
        watch.write_text(f"{watch.read_text(encoding='utf-8')}\nalarms: {json.dumps(alarms)}", encoding="utf-8")
        address = f"{live.stack.airflow_url}/tides/alive"
        until = time.monotonic() + LIMIT_S
        while requests.get(address, timeout=LIMIT_S).status_code == 200 and time.monotonic() < until:
            time.sleep(0.2)
        answer = requests.get(address, timeout=LIMIT_S)
        assert (answer.status_code, answer.text) == (503, "no\n")
        there = {"conn_type": "smtp", "host": HOST, "port": post.port}
        there["extra"] = {"disable_ssl": True, "disable_tls": True, "from_email": "tides@example.org"}
        environment = live.stack.environment | {"AIRFLOW_CONN_TIDES_MAIL": json.dumps(there)}
        words = [sys.executable, "-m", "airflow", "dags", "test", "tides_watchdog"]
        live.stack.run(words, "watchdog.log", "the watchdog", environment)
        assert f"TiDES: {Kind.NO_GOOD_RUN}" in post.subjects
        assert sum(subject.startswith("TiDES: digest of ") for subject in post.subjects) == 1


def test_no_secret_is_in_any_answer_file_database_or_argument(live, api, first, arguments):
    """After all runs of this file, good and failed ones. The scheduler has ended, and the page answers."""
    extra = json.dumps({"lsst_token": live.stack.lasair_token})
    stored = live.stack.connections()["lasair_api"] | {"connection_id": "lasair_stored", "extra": extra}
    api.ask("POST", "connections", json=stored)
    search = Search(secrets_of(live.stack))
    with requests.Session() as asking:
        asking.headers = api.headers
        search.answers(asking, api_addresses(live.stack, first["dag_run_id"], stored["connection_id"]))
        page = f"{live.stack.airflow_url}/tides"
        search.answers(asking, [f"{page}{path}" for method, path in closed_requests() if method == "GET"])
    search.files(live.stack.folder)
    for database in live.stack.postgres.databases:
        search.database(live.stack.postgres, database)
    seen = arguments.copy()  # since the reading goes on
    search.look("the arguments of processes", "\n".join(seen))
    assert search.found == set()
    assert search.places > 100
    assert sum("airflow" in each for each in seen) > 3


def _interval(run: dict[str, Any]) -> tuple[str, str]:
    """The start and the end of a run's hour."""
    return run["data_interval_start"], run["data_interval_end"]


def _log(api: Api, run: dict[str, Any], task: str) -> list[dict[str, Any]]:
    """The log of a task's last try, line by line."""
    place = f"dags/tides_bridge/dagRuns/{run['dag_run_id']}/taskInstances/{task}"
    tries = api.ask("GET", place)["try_number"]
    content: list[dict[str, Any]] = api.ask("GET", f"{place}/logs/{tries}", params={"full_content": True})["content"]
    return content


def _attempts(live: Running, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a run's attempts, the first one first."""
    rows = "SELECT r.* FROM tides.bridge_run AS r JOIN tides.run_attempt USING (run_id) WHERE dag_run_id = %s"
    return live.rows(f"{rows} ORDER BY attempt", run["dag_run_id"])


def _state(runs: list[dict[str, Any]], run: dict[str, Any]) -> str:
    return next(r["state"] for r in runs if r["dag_run_id"] == run["dag_run_id"])
