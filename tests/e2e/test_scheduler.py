"""Under the real scheduler, through the REST API that the UI uses: scheduled, cleared and backfilled runs."""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import requests
from confluent_kafka import Producer
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable as clickable
from selenium.webdriver.support.expected_conditions import frame_to_be_available_and_switch_to_it as frame
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.leash import patient
from sandbox.services.service import HOST
from sandbox.services.stack import USER, VIEWER, Stack
from tests.browser import chromium, complaints, picture
from tests.builders import AN_ID, an_lsst_message
from tests.e2e.conftest import Running
from tests.limits import LIMIT_S
from tests.mail import mailbox
from tests.runbook import command
from tides.journal.kinds import Kind
from tides.page.acts import acts
from tides.page.app import views
from tides.settings.model import load_settings

pytestmark = pytest.mark.timeout(900)
RUN_LIMIT_S = patient(300)
DAILY = ("tides_hosts", "tides_audit", "tides_reconcile")
OFF = "UPDATE tides.tides_master SET active = false, why = 'faint', active_since = NULL"


class Api:
    """Airflow's REST API as the user of the stack."""

    def __init__(self, stack: Stack):
        self.url = f"{stack.airflow_url}/api/v2"
        self.headers = {"Authorization": f"Bearer {token_of(stack, USER, stack.password)}"}

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """What the API answers."""
        answer = requests.request(method, f"{self.url}/{path}", headers=self.headers, timeout=LIMIT_S, **body)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

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


def token_of(stack: Stack, user: str, password: str) -> str:
    """The token of a user's session."""
    login = {"username": user, "password": password}
    return str(requests.post(f"{stack.airflow_url}/auth/token", json=login, timeout=LIMIT_S).json()["access_token"])


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack with scheduler and api-server, its stream published before they start; runs start on alerts, too."""
    folder: Path = tmp_path_factory.mktemp("scheduled") / "run"
    watch = folder.with_name("watch.yaml")
    watch.write_text("watch: {enabled: true, poll_s: 1, spacing_s: 5}", encoding="utf-8")
    with Stack(folder, settings=[watch], durable=False) as stack:
        stack.replay(fast=True)
        stack.start_airflow()
        yield Running(stack)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the page go: the folder that TIDES_PICTURES names, else one of the test's own."""
    return Path(os.environ.get("TIDES_PICTURES", tmp_path))


@pytest.fixture(scope="module")
def api(live: Running) -> Api:
    """The REST API of the stack."""
    return Api(live.stack)


@pytest.fixture(scope="module")
def first(api: Api) -> dict[str, Any]:
    """The scheduler's own first run, ended."""
    runs = api.wait(lambda runs: any(r["state"] in ("success", "failed") for r in runs))
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


def test_the_report_is_one_message_of_the_log(live, api, first):
    (row,) = live.rows("SELECT report FROM tides.bridge_run WHERE run_id = %s", first["dag_run_id"])
    path = f"dags/tides_bridge/dagRuns/{first['dag_run_id']}/taskInstances/report/logs/1"
    said = [entry["event"] for entry in api.ask("GET", path, params={"full_content": True})["content"]]
    assert row["report"].strip() in [event.strip() for event in said]


def test_the_page_is_shown_to_who_may_read_the_dag_and_to_nobody_else(live, first):
    page = f"{live.stack.airflow_url}/tides"
    viewer = {"Authorization": f"Bearer {token_of(live.stack, VIEWER, live.stack.viewer_password)}"}
    for path in [route.path.replace("{name}", "page.css") for route in views.routes if "{place" not in route.path]:
        assert requests.get(f"{page}{path}", timeout=LIMIT_S).status_code == 401, path
        broken = {"Authorization": "Bearer broken"}
        assert requests.get(f"{page}{path}", headers=broken, timeout=LIMIT_S).status_code == 403, path
        assert requests.get(f"{page}{path}", headers=viewer, timeout=LIMIT_S).status_code == 200, path
    assert requests.get(f"{page}/no-such-view", timeout=LIMIT_S).status_code == 401
    monitor = requests.get(f"{page}/alive", timeout=LIMIT_S)
    assert (monitor.status_code, monitor.text) == (200, "yes\n"), "the one address that needs no login"
    asked = {"run_id": first["dag_run_id"], "dag_id": first["dag_id"]}
    report = requests.get(f"{page}/run", params=asked, headers=viewer, timeout=LIMIT_S)
    assert "<h2>TiDES bridge: live run</h2>" in report.text


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


def test_who_may_edit_the_dag_acts_by_the_page_and_a_viewer_does_not(live, api, held, pictures):
    page = f"{live.stack.airflow_url}/tides"
    own = {"Origin": live.stack.airflow_url}
    viewer = {"Authorization": f"Bearer {token_of(live.stack, VIEWER, live.stack.viewer_password)}"}
    asked = {"data": {"held": "faint", "reason": "looked at it"}, "timeout": LIMIT_S, "allow_redirects": False}
    for path in [route.path for route in acts.routes]:
        assert requests.post(f"{page}{path}", headers=own, **asked).status_code == 401, path
        answer = requests.post(f"{page}{path}", headers=own | viewer, **asked)
        assert answer.status_code == 403, path
        assert "You may not change this" in answer.text
        elsewhere = requests.post(f"{page}{path}", headers=api.headers, **asked)
        assert "This did not come from the page" in elsewhere.text
    assert "<form" not in requests.get(f"{page}/held", headers=viewer, timeout=LIMIT_S).text
    with chromium() as chrome:
        chrome.get(f"{live.stack.airflow_url}/api/v2/version")
        chrome.add_cookie({"name": "_token", "value": token_of(live.stack, USER, live.stack.password)})
        chrome.get(f"{live.stack.airflow_url}/plugin/tides")
        wait = WebDriverWait(chrome, LIMIT_S)
        wait.until(frame((By.TAG_NAME, "iframe")))
        wait.until(clickable((By.LINK_TEXT, "Held and not sent"))).click()
        wait.until(visible((By.NAME, "reason"))).send_keys("looked at it")
        picture(chrome, pictures / "page-held.png")
        chrome.find_element(By.XPATH, "//button[contains(., 'Release 1 faint')]").click()
        assert "looked at it" in wait.until(visible((By.XPATH, "//section[@aria-labelledby='acts']"))).text
        assert "Nothing is held" in chrome.find_element(By.TAG_NAME, "main").text
        assert [said for said in complaints(chrome) if "/tides/" in said] == []
    (row,) = live.rows("SELECT detail FROM tides.event WHERE kind = 'released'")
    assert (row["detail"]["by"], row["detail"]["reason"]) == (USER, "looked at it")


def test_the_navigation_of_airflow_opens_the_page_and_a_run_has_its_report(live, first, pictures):
    home, run_id = live.stack.airflow_url, first["dag_run_id"]
    with chromium() as chrome:
        # A cookie can be set where something was shown already.
        chrome.get(f"{home}/api/v2/version")
        chrome.add_cookie({"name": "_token", "value": token_of(live.stack, VIEWER, live.stack.viewer_password)})
        chrome.get(home)
        wait = WebDriverWait(chrome, LIMIT_S)
        wait.until(clickable((By.XPATH, "//a[contains(., 'TiDES') and contains(@href, 'plugin')]"))).click()
        wait.until(frame((By.TAG_NAME, "iframe")))
        line = wait.until(visible((By.TAG_NAME, "h1"))).text
        assert "targets are live" in line
        assert "good" in chrome.find_element(By.CLASS_NAME, "strip").text
        chrome.execute_script("parent.document.documentElement.className = 'dark'")
        wait.until(lambda _: chrome.find_element(By.CSS_SELECTOR, "html[data-theme=dark]"))
        chrome.execute_script("parent.document.documentElement.className = 'light'")
        wait.until(lambda _: chrome.find_element(By.CSS_SELECTOR, "html[data-theme=light]"))
        chrome.switch_to.default_content()
        picture(chrome, pictures / "page-now.png")
        assert [said for said in complaints(chrome) if "/tides/" in said] == []
        chrome.get(f"{home}/dags/{first['dag_id']}/runs/{quote(run_id)}")
        wait.until(clickable((By.XPATH, "//a[contains(@href, 'plugin/tides-run')]"))).click()
        wait.until(frame((By.TAG_NAME, "iframe")))
        assert "TiDES bridge: live run" in wait.until(visible((By.CLASS_NAME, "report"))).text
        assert [said for said in complaints(chrome) if "/tides/" in said] == []


def test_map_indices_say_stream_and_object_range(api, first):
    found = api.ask(
        "GET", f"dags/tides_bridge/dagRuns/{first['dag_run_id']}/taskInstances", params={"task_id": "evaluate"}
    )
    labels = {i["rendered_map_index"] for i in found["task_instances"] if i["task_id"] == "evaluate"}
    assert any(label.startswith("ztf ZTF") for label in labels)
    assert any(label.startswith("lsst 17") for label in labels)


def test_a_failed_upsert_cleared_from_the_ui_takes_in_what_it_had_to(live, api, first):
    run_id = first["dag_run_id"]
    with psycopg.connect(live.url, autocommit=True) as connection:
        connection.execute("UPDATE tides.selection SET merged_at = NULL")
        connection.execute("DELETE FROM tides.target_band")
        connection.execute("ALTER TABLE tides.target_band RENAME TO hidden")
        clear = {"dry_run": False, "dag_run_id": run_id, "task_ids": ["upsert_master"]}
        clear |= {"only_failed": False, "include_downstream": True, "reset_dag_runs": True}
        before = _attempts(live, first)
        api.ask("POST", "dags/tides_bridge/clearTaskInstances", json=clear)
        api.wait(lambda runs: _state(runs, first) == "failed")
        assert api.states(first["dag_run_id"])["upsert_master"] == {"failed"}
        assert api.states(first["dag_run_id"])["report"] == {"success"}, "the report is made all the same"
        said = _log(api, first, "upsert_master")
        error = next(entry["event"] for entry in said if entry.get("level") == "error")
        assert error.startswith('UndefinedTable: relation "tides.target_band" does not exist')
        assert "What to do: show the developers the task's log" in error
        assert f"{live.stack.airflow_url}/tides/runbook#any-task" in error
        assert not [entry for entry in said if entry.get("level") == "info" and "SELECT" in entry["event"]]
        (red,) = live.rows("SELECT report FROM tides.bridge_run WHERE run_id = %s", f"{run_id}#2")
        assert "**Failed: 1 task; " in red["report"]
        assert "`upsert_master`, error of the code: UndefinedTable" in red["report"]
        assert "all_good" not in red["report"]
        page = requests.get(f"{live.stack.airflow_url}/tides/", headers=api.headers, timeout=LIMIT_S).text
        assert "upsert_master is red: error of the code" in page
        connection.execute("ALTER TABLE tides.hidden RENAME TO target_band")
        connection.execute(f"{OFF} WHERE tides_id = (SELECT min(tides_id) FROM tides.tides_master WHERE active)")
    assert live.newest_run()["good"] is False
    api.ask("POST", "dags/tides_bridge/clearTaskInstances", json=clear | {"only_failed": False})
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
    start, end = (datetime.fromisoformat(first[f"data_interval_{what}"]) for what in ("start", "end"))
    hours = {"from_date": (start - timedelta(hours=2)).isoformat(), "to_date": start.isoformat()}
    alone = {"dag_id": "tides_bridge", "reprocess_behavior": "none", **hours}
    assert api.ask("POST", "backfills/dry_run", json=alone)["total_entries"] == 2, "Airflow leaves out what ran"
    told = live.rows("SELECT id, told FROM tides.fourmost_target ORDER BY id")
    before = _attempts(live, first)
    form = json.dumps({"start": start.isoformat(), "end": end.isoformat()})
    dates = {"2026-11-20T03:00Z": hours["from_date"], "2026-11-20T05:00Z": hours["to_date"]}
    live.airflow_each(
        [
            command("airflow pools import"),
            command("airflow dags unpause"),
            command("airflow backfill create", **dates),
            [*command("airflow dags trigger tides_bridge")[:-1], form],
            command("airflow dags trigger tides_hosts"),
            command("airflow dags trigger tides_audit"),
            command("airflow dags trigger tides_reconcile"),
        ]
    )
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
        start, end = (datetime.fromisoformat(run[f"data_interval_{what}"]) for what in ("start", "end"))
        assert (end - start, start.minute) == (timedelta(hours=1), 35)


def test_a_stopped_scheduler_is_told_to_a_monitor_outside_and_by_mail(live, first):
    # The last test of the file: nothing runs after it.
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
