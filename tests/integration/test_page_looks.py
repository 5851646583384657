"""The page in Chromium: narrow and wide, light and dark, by keyboard, for a screen reader, and in each state."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import trustme
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from psycopg.types.json import Jsonb
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.fronts import Front
from sandbox.services.service import HOST, free_port
from tests.bridge import Bridge
from tests.browser import at_width, chromium, complaints
from tests.builders import a_red_task
from tests.integration.conftest import serving
from tests.limits import LIMIT_S
from tests.looks import THEMES, WIDTHS, asked, barriers, by_keyboard, faults, ground, themed
from tests.targets import LIVE, put_targets
from tides.evaluation.epochs import open_epochs
from tides.hooks.dask_reports import Batch, Report, file_of, keep
from tides.journal.events import acknowledge, note_event, record_event
from tides.journal.kinds import Kind
from tides.page.app import app
from tides.page.frame import EDIT, READ, may_edit
from tides.runs.context import RunContext
from tides.targets.comments import comment
from tides.targets.decisions import decide, undo
from tides.targets.places import Position

LONG = "withoutaspace" * 20
HOSTILE = f"<script>alert(1)</script>\x1b[31m\u202e'\"{{{{7*7}}}}{LONG}"
DASK = "dask?run_id=run-1&map_index=0"
VETO = "decide?q=TiDES26aaa&act=veto"
CURVE = "light-curve?survey=lsst&object=1"
VIEWS = (
    "",
    "targets?scope=all",
    "held",
    "health",
    "sky",
    "run",
    f"run?run_id={LONG}",
    DASK,
    "runbook",
    CURVE,
    "statistics",
    "what-if",
    "object",
    f"object?q={quote(HOSTILE)}",
    f"object?q={LONG}",
    "object?q=0.01+-30&radius=60",
    "decide",
    VETO,
    "tonight",
    "no-such-view",
)
PREFIX = "/airflow"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """One browser for all tests of the file."""
    with chromium(trusting=True) as chrome:
        yield chrome


@pytest.fixture
def chrome(browser: Chrome, served: str) -> Chrome:
    """The browser, wide and light, with nothing open, stored or noted."""
    browser.get("about:blank")
    stored = {"origin": served.removesuffix("/tides/"), "storageTypes": "local_storage"}
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", stored)
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    at_width(browser, WIDTHS[0])
    themed(browser, "light")
    asked(browser)
    complaints(browser)
    return browser


@pytest.fixture
def edits() -> Iterator[Callable[[bool], None]]:
    """Lets in somebody who may edit; `edits(False)`: who may only read."""
    user = SimpleAuthManagerUser(username="Ada", role="op")
    allowed = {READ.dependency: lambda: None, EDIT.dependency: lambda: None}
    app.dependency_overrides |= {**allowed, get_user: lambda: user, may_edit: lambda: True}
    yield lambda may: app.dependency_overrides.update({may_edit: lambda: may})
    app.dependency_overrides.clear()


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge], tmp_path: Path) -> Bridge:
    """A bridge with a database, which keeps what Dask did."""
    return make_syncing(evaluation={"reports_folder": str(tmp_path / "dask")})


def fill(bridge: Bridge) -> None:
    """Puts something into every part of every view, with foreign words that are long and bad."""
    connection = bridge.connection
    put_targets(connection, 6)
    connection.execute(LIVE)
    connection.execute("UPDATE tides.tides_master SET name = %s WHERE tides_id = 6", (HOSTILE,))
    step = "INSERT INTO tides.tides_history (tides_id, step, reason) SELECT tides_id, 'selected', 'r'"
    connection.execute(f"{step} FROM tides.tides_master")
    wanted = {"wanted": Jsonb({"is_active": True})}
    held = {"held": "created", "held_since": datetime.now(UTC)}
    for changes, row in zip(
        (held, held | {"held": "faint"}, {"refusal": HOSTILE}, {"sending_since": datetime.now(UTC)}, {}),
        bridge.rows("SELECT tides_id AS id, name FROM tides.tides_master ORDER BY tides_id"),
        strict=False,
    ):
        values = {"id": row["id"], "name": row["name"], "state": "live", **wanted, **changes}
        given = ", ".join(f"%({name})s" for name in values)
        connection.execute(f"INSERT INTO tides.fourmost_target ({', '.join(values)}) VALUES ({given})", values)
    for kind in (Kind.REFUSES_EVERYTHING, Kind.HELD, Kind.READER_FAULT, Kind.RECLASSIFIED):
        note_event(connection, kind, HOSTILE, {"words": HOSTILE})
    comment(connection, 1, HOSTILE, HOSTILE)
    decide(connection, "veto", 2, HOSTILE, HOSTILE)
    undo(connection, decide(connection, "force", 6, HOSTILE, HOSTILE), HOSTILE, HOSTILE)
    decide(connection, "veto", Position(0, -30, 60), HOSTILE, HOSTILE)
    acknowledge(connection, bridge.row("SELECT max(event_id) AS id FROM tides.event")["id"], HOSTILE, HOSTILE)
    record_event(connection, Kind.BROKER_LOST, "ztf", {"objects": 3})
    record_event(connection, Kind.RELEASED, "", {"by": "Ada", "changes": {"created": 2}, "reason": HOSTILE})
    connection.execute(
        "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, raw, reason)"
        " VALUES ('live', 'ztf', 'object', %s, %s, %s), ('replay/x', 'lsst', 'object', 'x', NULL, 'r')",
        (HOSTILE, HOSTILE.encode() + b"\xff\x00", HOSTILE),
    )
    connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset) VALUES ('live', 'lsst', 0, 7)"
    )
    connection.execute("INSERT INTO tides.visit_reading (visits, unreadable) VALUES (400, 2)")
    connection.execute(
        "INSERT INTO tides.candidate_visit (visit_no, visit, tile, planned, ra, dec, content)"
        " VALUES (0, %(x)s, %(x)s, %(x)s, 180, -89.5, '{}'), (1, 'x', NULL, NULL, NULL, NULL, '{}')",
        {"x": HOSTILE},
    )
    open_epochs(connection, RunContext("run-1"), bridge.settings, bridge.functions)
    bridge.report()
    bridge.report(red=[a_red_task(label=HOSTILE)])
    connection.execute(
        "INSERT INTO tides.checked_object"
        " (run_id, object_id, survey, function, function_hash, control, criteria, error)"
        " SELECT run_id, %(x)s, 'ztf', %(x)s, '', false, '[]', %(x)s FROM tides.bridge_run",
        {"x": HOSTILE},
    )
    batch = Batch(HOSTILE, f"tcp://{LONG}", began=1e9, compute_s=2, move_s=1, result_bytes=10**9, good=False)
    folder = bridge.settings.evaluation.reports_folder
    keep(Report(1e9, 1e9 + 4, workers=2, batches=[batch]), file_of(folder, "run-1", 0), most=1)


STALE = "UPDATE tides.bridge_run SET started_at = started_at - interval '5 h', ended_at = ended_at - interval '5 h'"
AWAY = json.dumps({"conn_type": "postgres", "host": HOST, "port": free_port(), "password": "a-secret-of-ours"})


@pytest.fixture
def state(bridge: Bridge, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Brings the bridge into a state."""
    name: str = request.param
    if name in ("busy", "stale"):
        fill(bridge)
    if name == "stale":
        bridge.connection.execute(STALE)
    if name == "away":
        monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB_READER", AWAY)
    return name


SAYS = {
    "empty": {
        "": "No run has ended yet: the first one comes with the hour",
        "targets": "No run has ended yet. The view Now says what comes",
        "held": "No run has ended yet. The view Now says what comes",
        "health": "No run has ended yet. The view Now says what comes",
        "statistics": "Nothing was judged in these nights",
        "sky": "No run has ended yet. The view Now says what comes",
        "what-if": "No live run has recorded yet what it selects by",
        "run": "No run has ended yet",
        "decide": "None yet",
        VETO: "no target has",
        "tonight": "No target was new so far",
    },
    "stale": {
        "": "No good run has ended for 3 h 0 min",
        "targets": "No good run has ended for 3 h 0 min: what stands here may be old",
        "held": "No good run has ended for 3 h 0 min: what stands here may be old",
        "health": "No good run has ended for 3 h 0 min: what stands here may be old",
        "what-if": "No good run has ended for 3 h 0 min: what stands here may be old",
        "statistics": "No good run has ended for 3 h 0 min: what stands here may be old",
        "sky": "No good run has ended for 3 h 0 min: what stands here may be old",
        "run": "TiDES bridge: live run",
    },
    "away": dict.fromkeys(
        ("", "tonight", "targets", "held", "decide", VETO, "health", "sky", "statistics", "run", "what-if"),
        "The database cannot be read",
    ),
}


@pytest.mark.parametrize("state", SAYS, indirect=True)
def test_each_state_has_a_clear_text_on_each_view(state, served, edits):
    for view, words in SAYS[state].items():
        answer = requests.get(f"{served}{view}", timeout=LIMIT_S)
        assert answer.status_code == (503 if state == "away" else 200), view
        text = " ".join(re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1]).split())
        assert words in text, view
        assert "a-secret-of-ours" not in answer.text
        assert "4MOST holds every live target" not in text, "of none it is no news"
    assert requests.get(f"{served}runbook", timeout=LIMIT_S).status_code == 200, "it needs no database"


def come_back(chrome: Chrome, served: str) -> None:
    """Has the browser look at *Now* again two hours after its first look, so that it is told what happened since."""
    chrome.get(served)
    (cookie,) = chrome.get_cookies()
    before = int(datetime.now(UTC).timestamp()) - 7200
    chrome.add_cookie({**cookie, "value": f"{before}.{before}"})


def wrong(chrome: Chrome, served: str, view: str) -> list[str]:
    """What is wrong with a view that the browser opens, but for a status that the view is about."""
    chrome.get(f"{served}{view}")
    status = "Failed to load resource: the server responded with a status of"
    about = (f"{served}{view} - {status}", f"{served}{view.replace('light-curve', 'curve.json')}&scale=")
    return [fault for fault in faults(chrome, served) if not fault.startswith(about)]


def test_each_view_is_whole_on_a_telephone_in_the_dark_and_without_barriers(bridge, served, edits, chrome):
    fill(bridge)
    at_width(chrome, 390)
    themed(chrome, "dark")
    come_back(chrome, served)
    chrome.refresh()
    assert "Since your last visit" in chrome.find_element(By.TAG_NAME, "main").text
    for view in VIEWS:
        assert wrong(chrome, served, view) == [], view
        assert barriers(chrome) == [], view
    assert ground(chrome) == "dark"


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("may", [True, False], ids=["forms", "no forms"])
@pytest.mark.parametrize("state", ["busy", "empty", "stale", "away"], indirect=True)
def test_each_view_in_each_state_theme_and_width_is_whole_and_without_barriers(state, may, served, edits, chrome):
    edits(may)
    if state != "away":
        come_back(chrome, served)
    looked = 0
    for theme in THEMES:
        themed(chrome, theme)
        for width in WIDTHS:
            at_width(chrome, width)
            for view in VIEWS:
                assert wrong(chrome, served, view) == [], (theme, width, view)
                assert barriers(chrome) == [], (theme, width, view)
                assert faults(chrome, served) == [], (theme, width, view, "with open folds")
                assert ground(chrome) == theme
                assert bool(chrome.find_elements(By.CSS_SELECTOR, "form[method=post]")) == (
                    state in ("busy", "stale")
                    and (view == "what-if" or (may and view in ("held", "health", VETO, "tonight")))
                )
                looked += 1
    assert looked == 2 * 3 * len(VIEWS)


def switch(chrome: Chrome, served: str, chosen: str, shown: str) -> None:
    """Chooses a theme as Airflow in another tab does, and waits until the view has the one to be shown."""
    here = chrome.current_window_handle
    chrome.switch_to.new_window("tab")
    chrome.get(f"{served}run")
    chrome.execute_script("localStorage.setItem('theme', arguments[0])", chosen)
    chrome.close()
    chrome.switch_to.window(here)
    WebDriverWait(chrome, LIMIT_S).until(lambda _: ground(chrome) == shown)


def test_an_open_view_follows_the_theme_of_airflow_and_of_the_system(bridge, served, edits, chrome):
    fill(bridge)
    chrome.get(served)
    assert ground(chrome) == "light"
    themed(chrome, "dark")
    assert ground(chrome) == "dark"
    switch(chrome, served, "light", "light")
    assert faults(chrome, served) == []
    switch(chrome, served, "system", "dark")
    switch(chrome, served, "dark", "dark")
    themed(chrome, "light")
    assert ground(chrome) == "dark"
    chrome.get(f"{served}health")
    assert ground(chrome) == "dark", "the next view too"
    assert faults(chrome, served) == []


def entered(chrome: Chrome, action: str, before: Callable[[], None] = lambda: None) -> str:
    """Sends a form of a view by Enter in its reason; the address that it leads to."""
    before()
    left = chrome.find_element(By.TAG_NAME, "html")
    for fold in chrome.find_elements(By.XPATH, f"//details[.//form[@action='{action}']]/summary")[:1]:
        fold.send_keys(Keys.ENTER)
    xpath = f"//form[@action='{action}']//input[@name='reason']"
    chrome.find_element(By.XPATH, xpath).send_keys("looked at it", Keys.ENTER)
    WebDriverWait(chrome, LIMIT_S).until(lambda _: chrome.find_element(By.TAG_NAME, "html") != left)
    return str(chrome.current_url)


def test_all_of_a_view_is_reached_by_the_keyboard_and_its_place_is_seen(bridge, served, edits, chrome):
    fill(bridge)
    for view in ("", "tonight", "targets", "held", VETO, "sky", "health", "what-if"):
        chrome.get(f"{served}{view}")
        assert by_keyboard(chrome) == [], view
    chrome.get(f"{served}health")
    assert entered(chrome, "acknowledge") == f"{served}health#open"
    assert "Taken up by Ada" in chrome.find_element(By.TAG_NAME, "main").text


def search(chrome: Chrome, words: str) -> None:
    """Asks for words in the box of a view, by the keyboard, and waits for the answer."""
    left = chrome.find_element(By.TAG_NAME, "html")
    box = chrome.find_element(By.ID, "search")
    box.clear()
    box.send_keys(words, Keys.ENTER)
    WebDriverWait(chrome, LIMIT_S).until(lambda _: chrome.find_element(By.TAG_NAME, "html") != left)


def copy(chrome: Chrome, label: str) -> str:
    """Copies what stands beside a button, by the keyboard; what the view says of it."""
    chrome.find_element(By.XPATH, f"//button[@aria-label='Copy {label}']").send_keys(Keys.ENTER)
    status = chrome.find_element(By.ID, "copied")
    WebDriverWait(chrome, LIMIT_S).until(lambda _: status.text)
    return str(status.text)


def test_any_object_is_found_in_every_view_copied_shared_and_left_again(bridge, served, edits, chrome):
    put_targets(bridge.connection, 2)
    bridge.connection.execute("UPDATE tides.tides_master SET ra = 359.999, dec = -89 WHERE tides_id = 1")
    first, second = (row["name"] for row in bridge.rows("SELECT name FROM tides.tides_master ORDER BY tides_id"))
    for view in VIEWS:
        chrome.get(f"{served}{view}")
        (box,) = chrome.find_elements(By.CSS_SELECTOR, "header form[role=search] input[name=q]")
        assert bool(box.get_attribute("value")) == view.startswith("object?"), view
    chrome.get(f"{served}no/such/view")
    complaints(chrome)  # of the views that are not there
    search(chrome, first)
    assert chrome.current_url == f"{served}object?q={first}"
    assert chrome.find_element(By.TAG_NAME, "h1").text == first
    search(chrome, second)
    assert chrome.find_element(By.TAG_NAME, "h1").text == second
    chrome.back()
    WebDriverWait(chrome, LIMIT_S).until(lambda _: chrome.find_element(By.TAG_NAME, "h1").text == first)
    assert chrome.find_element(By.ID, "search").get_attribute("value") == first
    origin = {
        "origin": served.removesuffix("/tides/"),
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
    }
    chrome.execute_cdp_cmd("Browser.grantPermissions", origin)
    assert copy(chrome, "degrees, ICRS") == "Copied: 359.999000 -89.000000"
    assert chrome.execute_script("return navigator.clipboard.readText()") == "359.999000 -89.000000"
    chrome.execute_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        " document.getElementById('copied').textContent = ''"
    )
    assert copy(chrome, "hours and degrees") == "Copied: 23:59:59.760 -89:00:00.00"
    chrome.execute_script("document.execCommand = () => false; document.getElementById('copied').textContent = ''")
    assert copy(chrome, "hours and degrees").startswith("The browser does not let this page copy.")
    search(chrome, "0.001 -89")
    chrome.find_element(By.LINK_TEXT, "Look within 60 arcsec").send_keys(Keys.ENTER)
    WebDriverWait(chrome, LIMIT_S).until(lambda _: first in chrome.find_element(By.TAG_NAME, "main").text)
    shared = chrome.current_url
    chrome.get("about:blank")
    chrome.get(shared)
    assert first in chrome.find_element(By.TAG_NAME, "main").text
    assert faults(chrome, served) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("may", [True, False], ids=["forms", "no forms"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["busy", "empty", "stale", "away"], indirect=True)
def test_each_view_is_used_by_the_keyboard_alone(state, width, may, served, edits, chrome):
    edits(may)
    at_width(chrome, width)
    for view in VIEWS:
        chrome.get(f"{served}{view}")
        assert by_keyboard(chrome) == [], view


@pytest.mark.soak
def test_each_form_is_sent_by_enter(make_bridge, served, edits, chrome):
    bridge = make_bridge()
    bridge.publish("lsst", b"1")
    bridge.drain("lsst")
    bridge.publish("lsst", b"2")
    put_targets(bridge.connection, 1)
    bridge.connection.execute(LIVE)
    bridge.connection.execute(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, held, held_since)"
        " SELECT tides_id, name, 'live', '{}', 'created', now() FROM tides.tides_master"
    )
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
    bridge.report()
    chrome.get(f"{served}held")
    assert entered(chrome, "release") == f"{served}held#acts"
    chrome.get(f"{served}health")
    assert entered(chrome, "acknowledge") == f"{served}health#open"
    box = "[name=letter]"
    assert (
        entered(chrome, "replay", lambda: chrome.find_element(By.CSS_SELECTOR, box).send_keys(Keys.SPACE))
        == f"{served}health#acts"
    )
    chrome.find_element(By.XPATH, "//details[.//form[@action='bury']]/summary").send_keys(Keys.ENTER)
    chrome.find_element(By.NAME, "place").send_keys("lsst")
    chrome.find_element(By.XPATH, "//form[@action='bury']//input[@name='reason']").send_keys("it stops", Keys.ENTER)
    # While the answer comes, what was found belongs to no page any more.
    waiting = WebDriverWait(chrome, LIMIT_S, ignored_exceptions=(WebDriverException,))
    waiting.until(lambda _: "message buried" in chrome.find_element(By.TAG_NAME, "main").text)
    kinds = [row["kind"] for row in bridge.rows("SELECT kind FROM tides.event WHERE detail ? 'by' ORDER BY event_id")]
    assert kinds == ["released", "dead letters replayed", "message buried"]


def test_a_click_on_the_map_opens_the_targets_of_a_cell_or_of_a_tile(bridge, served, edits, chrome):
    fill(bridge)
    tile = "INSERT INTO tides.candidate_visit (visit_no, visit, ra, dec, content) VALUES (5, 'x', 100, -50, '{}')"
    bridge.connection.execute(tile)
    (*_, cell) = bridge.rows(
        "SELECT tides.sky_cell(ra, dec) / 4 AS number FROM tides.tides_master WHERE active GROUP BY 1"
        " ORDER BY count(*) DESC, 1"
    )
    leads_to = {".cells": f"targets?cell=16-{cell['number']}", ".tiles": "targets?visit=%235"}
    for shapes, leads in leads_to.items():
        chrome.get(f"{served}sky")
        chrome.find_elements(By.CSS_SELECTOR, f"{shapes} path")[-1].click()
        WebDriverWait(chrome, LIMIT_S).until(lambda _: "/sky" not in chrome.current_url)
        assert chrome.current_url == f"{served}{leads}"
        chrome.back()
        WebDriverWait(chrome, LIMIT_S).until(lambda _: "/sky" in chrome.current_url)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a page whose Airflow has a path, behind a front that speaks TLS, and its authority's file."""
    folder = tmp_path_factory.mktemp("front")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "front.pem")
    with serving(PREFIX) as address:
        port, path = re.fullmatch(r"http://[^:]+:(\d+)(/.*)", address).groups()
        front = Front(folder, int(port), folder / "front.pem")
        front.start()
        try:
            yield f"{front.url}{path}", folder / "ca.pem"
        finally:
            front.stop()


def links_of(chrome: Chrome) -> set[str]:
    """Where the links of a view lead, without the places in it."""
    return set(chrome.execute_script("return [...document.links].map((link) => link.href.split('#')[0])"))


def test_behind_tls_and_below_a_path_every_link_form_and_file_works(bridge, below, edits, chrome):
    home, authority = below
    assert home.startswith("https://")
    assert home.endswith(f"{PREFIX}/tides/")
    chrome.get(home)
    links = links_of(chrome)
    fill(bridge)
    for view in ("", "held", "health", "what-if", "run", "runbook", "no/such/view", "no%2Fsuch%2Fview"):
        assert wrong(chrome, home, view) == [], view
        assert chrome.execute_script("return document.styleSheets.length") == 1, view
        links |= links_of(chrome)
    assert {link for link in links if not link.startswith(home)} == {home.replace("tides/", "dags/tides_bridge")}
    assert len(links) > 6
    for link in links:
        if link.startswith(home) and "/no" not in link:
            assert requests.get(link, verify=authority, timeout=LIMIT_S).status_code == 200, link
    chrome.get(f"{home}held")
    assert entered(chrome, "release") == f"{home}held#acts"
    assert "Released within a day" in chrome.find_element(By.TAG_NAME, "main").text
