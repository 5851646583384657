"""The pictures and figures of the documents, of a stack with some nights: `make pictures` writes them anew."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import requests
from confluent_kafka import Producer
from psycopg.rows import dict_row
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import element_to_be_clickable as clickable
from selenium.webdriver.support.expected_conditions import frame_to_be_available_and_switch_to_it as frame
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.stack import USER, VIEWER, Stack
from tests.browser import at_width, chromium, picture
from tests.e2e.conftest import Running
from tests.e2e.test_scheduler import Api, headers_of, log_in
from tests.limits import LIMIT_S
from tests.morning import follow
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.page.render import VIEWS
from tides.settings.model import load_settings

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
WIDTH = 1280
NIGHTS = 45
"""So many nights does the sandbox's one night become."""

BACK = f"(({{}} * 37) % {NIGHTS}) * interval '1 d'"
"""How far a target's whole story is moved back, by its id: all nights get their share."""

KEY = "(key ->> 'tides_id')::integer"
SPREAD = (
    "SET session_replication_role = replica",  # no trigger writes down what is moved
    "DELETE FROM tides.night_step",
    f"UPDATE tides.tides_history SET at = at - {BACK.format('tides_id')}",
    f"UPDATE tides.past SET at = at - {BACK.format(KEY)} WHERE kind = 'tides_master'",
    f"UPDATE tides.selection AS s SET trigger_known = trigger_known - {BACK.format('a.tides_id')}"
    " FROM tides.tides_alias AS a WHERE (a.survey, a.object_id) = (s.survey, s.object_id)",
    "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
    " SELECT run_id || '-' || n, lane, started_at - n * interval '1 h', ended_at - n * interval '1 h',"
    " n <> 9, jsonb_set(counts, '{live}', to_jsonb((counts ->> 'live')::integer - n % 7)), '', code_version"
    f" FROM tides.bridge_run CROSS JOIN generate_series(1, 24 * {NIGHTS}) AS n WHERE lane = 'live'",
    "INSERT INTO tides.night_rate (stream, night, function, function_hash, judged, passed, set_aside)"
    " SELECT stream, night - n, function, function_hash, judged, passed - least(passed, n % 5), set_aside"
    f" FROM tides.night_rate CROSS JOIN generate_series(1, {NIGHTS}) AS n",
)

HOLD = (
    "UPDATE tides.bridge_run SET counts = counts || '{\"held\": 60}'"
    " WHERE lane = 'live' AND ended_at = (SELECT max(ended_at) FROM tides.bridge_run)",
    "UPDATE tides.fourmost_target SET wanted = wanted || '{\"is_active\": false}', held = 'faint', held_since = now()"
    " WHERE id IN (SELECT id FROM tides.fourmost_target WHERE told ->> 'is_active' = 'true' ORDER BY id LIMIT 60)",
)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack with a cut-off eight hours ahead, whose first run and audit have ended, and with nights behind it."""
    folder: Path = tmp_path_factory.mktemp("pictures") / "run"
    cut_off = {"time": f"{datetime.now(UTC) + timedelta(hours=8):%H:%M}", "zone": "UTC", "last_run_min": 25}
    cut_off |= {"no_create_min": 3, "failed_after_h": 3}
    settings = folder.with_name("cut_off.yaml")
    settings.write_text(json.dumps({"fourmost": {"cut_off": cut_off}}), encoding="utf-8")
    with Stack(folder, settings=[settings], durable=False) as stack:
        stack.replay(fast=True)
        producer = Producer({"bootstrap.servers": stack.kafka.bootstrap})
        producer.produce(load_settings().streams["ztf"].topic, b'{"objectId": "ZTF26aaaaaaa", "ramean": 150.1163, "dec')
        assert producer.flush(LIMIT_S) == 0
        del producer
        stack.start_airflow()
        running, api = Running(stack), Api(stack)
        api.wait(lambda runs: any(run["state"] == "success" for run in runs))
        api.ask("POST", "dags/tides_audit/dagRuns", json={"logical_date": None})
        api.wait(lambda runs: any(run["state"] == "success" for run in runs), "tides_audit")
        with psycopg.connect(running.url, row_factory=dict_row) as connection:
            for statement in (*SPREAD, *HOLD):
                connection.execute(statement)  # type: ignore[arg-type]
            note_event(connection, Kind.HELD, "faint", {"number": 60})
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: the folder that TIDES_PICTURES names, else one of the test's own."""
    return Path(os.environ.get("TIDES_PICTURES", tmp_path))


def take(chrome: Chrome, file: Path, most: int) -> None:
    """Takes a picture of the whole view in its frame, or of its first pixels, and of Airflow's navigation beside it."""
    height = chrome.execute_script("return document.documentElement.scrollHeight")
    chrome.switch_to.default_content()
    at_width(chrome, WIDTH, min(most, height + 4))
    time.sleep(1)  # Airflow's own page lays itself out anew, and says nowhere that it has
    picture(chrome, file)
    assert file.stat().st_size > 20_000


def test_the_pictures_of_the_page(nights, folder):
    home = nights.stack.airflow_url
    run = nights.rows("SELECT run_id FROM tides.run_attempt WHERE lane = 'live' ORDER BY started_at DESC LIMIT 1")
    with chromium(WIDTH, 720) as chrome:
        wait = WebDriverWait(chrome, LIMIT_S)
        log_in(chrome, nights.stack, VIEWER)
        follow(chrome, home, "TiDES")
        assert "held active" in wait.until(visible((By.TAG_NAME, "h1"))).text
        take(chrome, folder / "page-now.png", 1400)
        log_in(chrome, nights.stack, USER)
        follow(chrome, home, "TiDES", "Held and not sent")
        wait.until(visible((By.NAME, "reason"))).send_keys("looked at ten of them: they have faded")
        take(chrome, folder / "page-held.png", 760)
        follow(chrome, home, "TiDES", "Health")
        assert "message " in wait.until(visible((By.XPATH, "//section[@aria-labelledby='letters']"))).text
        take(chrome, folder / "page-health.png", 1300)
        chrome.get(f"{home}/dags/tides_bridge/runs/{quote(run[0]['run_id'])}")
        wait.until(clickable((By.XPATH, "//a[contains(@href, 'plugin/tides-run')]"))).click()
        wait.until(frame((By.TAG_NAME, "iframe")))
        assert "TiDES bridge: live run" in wait.until(visible((By.CLASS_NAME, "report"))).text
        take(chrome, folder / "page-report.png", 1000)


TAKEN = {"./", "held", "health", "run", "runbook"}
OF_A_TARGET = ("object", "decide")
"""The views of one target, whose address names it."""


def test_the_pictures_of_the_further_views(nights, folder):
    (target,) = nights.rows(
        "SELECT name FROM tides.fourmost_target WHERE state = 'live' AND told IS NOT NULL AND held IS NULL LIMIT 1"
    )
    home, headers = nights.stack.airflow_url, headers_of(nights.stack, USER)
    places = [place for place, _ in VIEWS if place not in TAKEN | {*OF_A_TARGET}]
    places += [f"{view}?q={target['name']}" for view in OF_A_TARGET]
    with chromium(WIDTH, 720) as chrome:
        wait = WebDriverWait(chrome, LIMIT_S)
        log_in(chrome, nights.stack, USER)
        for place in places:
            view = place.partition("?")[0]
            answer = requests.get(f"{home}/tides/{place}", headers=headers, timeout=LIMIT_S)
            # A view of one target need not stand in the navigation.
            if answer.status_code == 404 and view in OF_A_TARGET and view not in dict(VIEWS):
                continue
            assert answer.ok, f"{place}: {answer.status_code} {answer.text[:300]}"
            chrome.get(f"{home}/plugin/tides/tides/{place}")
            wait.until(frame((By.TAG_NAME, "iframe")))
            wait.until(visible((By.TAG_NAME, "h1")))
            take(chrome, folder / f"page-{view}.png", 1300)


def test_the_figures_of_check_and_efficiency(nights, folder, tmp_path):
    (drawn,) = nights.rows(
        "SELECT object_id FROM tides.light_curve JOIN tides.tides_alias USING (survey, object_id)"
        " WHERE survey = 'lsst' AND lane = 'live' ORDER BY detections DESC, object_id LIMIT 1"
    )
    plots, simulated, figures = (tmp_path / name for name in ("plots", "supernovae.parquet", "figures"))
    judge = ["--from-database", "2000-01-01", "2100-01-01", "--function", "tidesSNLSST", "--plots", str(plots)]
    nights.stack.run([sys.executable, "-m", "tides", "check", *judge], "check.log", "the light curves")
    simulate = ["simulate", "--out", str(simulated), "--events", "5000"]
    nights.stack.run([sys.executable, "-m", "sandbox", *simulate], "simulate.log", "the supernovae")
    measure = ["--simulation", str(simulated), "--function", "tidesSNLSST", "--by", "z", "--out", str(figures)]
    nights.stack.run([sys.executable, "-m", "tides", "efficiency", *measure], "efficiency.log", "the efficiency")
    curve, efficiency = plots / f"{drawn['object_id']}_tidesSNLSST.png", figures / "efficiency_z.png"
    for made, name in ((curve, "light-curve"), (efficiency, "efficiency")):
        assert made.stat().st_size > 20_000
        shutil.copyfile(made, folder / f"figure-{name}.png")
