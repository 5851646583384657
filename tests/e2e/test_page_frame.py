"""The page in Airflow's own frame, where Airflow lies below a path and behind TLS: each view, theme and width."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import element_to_be_clickable as clickable
from selenium.webdriver.support.expected_conditions import frame_to_be_available_and_switch_to_it as frame
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.certificates import Authority
from sandbox.services.fronts import Front
from sandbox.services.service import HOST
from sandbox.services.stack import USER, VIEWER, Stack
from tests.browser import at_width, chromium
from tests.e2e.test_scheduler import Api, token_of
from tests.limits import LIMIT_S
from tests.looks import THEMES, WIDTHS, asked, barriers, by_keyboard, faults, ground
from tides.database.session import connect
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.settings.model import load_settings

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
PATH = "/airflow"
VIEWS = ("", "targets", "object", "object?q=1", "held", "health", "sky", "run", "runbook")


class Framed:
    """A stack below a path, the address of the front with TLS before it, and a run that has ended."""

    def __init__(self, stack: Stack, home: str):
        self.stack, self.home = stack, home
        api = Api(stack)
        (run, *_) = api.wait(lambda runs: bool(runs) and runs[0]["state"] in ("success", "failed"))
        assert run["state"] == "success"
        # The next hour's run would take back what the tests put into the tables.
        api.ask("PATCH", "dags/tides_bridge", json={"is_paused": True})
        self.run_id = run["dag_run_id"]

    def log_in(self, chrome: Chrome, user: str) -> None:
        """Gives the browser a session of Airflow's."""
        chrome.get(f"{self.home}/api/v2/version")
        chrome.add_cookie({"name": "_token", "value": token_of(self.stack, user)})
        # A browser asks for an icon of what is no page, at the root of the server.
        asked(chrome)

    def open(self, chrome: Chrome, view: str) -> None:
        """Opens a view in Airflow's frame, as by an address that somebody has passed on."""
        chrome.get(f"{self.home}/plugin/tides{PATH}/tides/{view}")
        into_the_frame(chrome)


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framed]:
    """A stack with a run, and with a change that the guard holds and an event that needs somebody."""
    folder = tmp_path_factory.mktemp("framed")
    with Stack(folder / "run", path=PATH, durable=False) as stack:
        stack.replay(fast=True)
        stack.start_airflow()
        front = Front(folder, stack.api_port, Authority(folder).issue("front", HOST))
        front.start()
        try:
            found = Framed(stack, f"{front.url}{PATH}")
            url = stack.postgres.url(stack.tides_database)
            with connect(url, load_settings().database, "tides-test") as connection:
                note_event(connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
                connection.execute(
                    "UPDATE tides.fourmost_target"
                    " SET wanted = wanted || '{\"mag\": 1}', held = 'faint', held_since = now() - interval '1 d'"
                    " WHERE id = (SELECT min(id) FROM tides.fourmost_target WHERE state = 'live' AND told IS NOT NULL)"
                )
            yield found
        finally:
            front.stop()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    """One browser for all tests of the file."""
    with chromium(trusting=True) as browser:
        yield browser


def into_the_frame(chrome: Chrome) -> None:
    """Looks into the frame, once its view is there."""
    wait = WebDriverWait(chrome, LIMIT_S)
    wait.until(frame((By.TAG_NAME, "iframe")))
    wait.until(visible((By.TAG_NAME, "h1")))


def choose(chrome: Chrome, theme: str) -> None:
    """Chooses a theme of Airflow, as another tab with Airflow does, and waits for the view to follow."""
    chrome.execute_script(
        "parent.localStorage.setItem('theme', arguments[0]);"
        " parent.dispatchEvent(new parent.StorageEvent('storage', { key: 'theme', newValue: arguments[0] }))",
        theme,
    )
    WebDriverWait(chrome, LIMIT_S).until(lambda _: ground(chrome) == theme)


def wrong(chrome: Chrome, home: str) -> list[str]:
    """What is wrong with the view in the frame. Errors of Airflow's own pages are not ours."""
    found = [fault for fault in faults(chrome, home) if not fault.startswith(home) or "/tides/" in fault]
    return [*found, *barriers(chrome)]


@pytest.mark.parametrize("user", [USER, VIEWER])
def test_each_view_in_the_frame_in_each_theme_and_width_is_whole_and_without_barriers(framed, chrome, user):
    framed.log_in(chrome, user)
    for width in WIDTHS:
        at_width(chrome, width)
        for view in VIEWS:
            framed.open(chrome, view)
            for theme in (*THEMES, THEMES[0]):
                choose(chrome, theme)
                assert wrong(chrome, framed.home) == [], (width, theme, view)
            forms = chrome.find_elements(By.CSS_SELECTOR, "main form")
            assert bool(forms) == (user == USER and view in ("held", "health")), view


@pytest.mark.parametrize("width", WIDTHS)
def test_each_view_in_the_frame_is_used_by_the_keyboard_alone(framed, chrome, width):
    framed.log_in(chrome, USER)
    at_width(chrome, width)
    for view in VIEWS:
        framed.open(chrome, view)
        assert by_keyboard(chrome) == [], view


def test_what_airflow_shows_of_the_page_leads_to_it_below_its_path(framed, chrome):
    framed.log_in(chrome, VIEWER)
    at_width(chrome, WIDTHS[0])
    chrome.get(f"{framed.home}/")
    wait = WebDriverWait(chrome, LIMIT_S)
    entry = "//a[contains(., 'TiDES') and contains(@href, 'plugin')]"
    link = wait.until(clickable((By.XPATH, entry)))
    icon = link.find_element(By.TAG_NAME, "img")
    wait.until(lambda _: icon.get_property("naturalWidth"))
    link.click()
    into_the_frame(chrome)
    assert "targets are live" in chrome.find_element(By.TAG_NAME, "h1").text
    chrome.find_element(By.LINK_TEXT, "Health").click()
    wait.until(visible((By.ID, "lag")))
    address = f"{framed.home}/plugin/tides{PATH}/tides/health"
    wait.until(lambda _: chrome.current_url == address)
    tab = f"{framed.home}/dags/tides_bridge/runs/{quote(framed.run_id)}"
    for place, route in ((tab, "tides-run"), (f"{tab}/tasks/report", "tides-task")):
        chrome.get(place)
        wait.until(clickable((By.XPATH, f"//a[contains(@href, 'plugin/{route}')]"))).click()
        wait.until(frame((By.TAG_NAME, "iframe")))
        assert "TiDES bridge: live run" in wait.until(visible((By.CLASS_NAME, "report"))).text


def test_a_release_in_the_frame_behind_tls_is_done(framed, chrome):
    framed.log_in(chrome, USER)
    at_width(chrome, WIDTHS[0])
    framed.open(chrome, "held")
    chrome.find_element(By.NAME, "reason").send_keys("looked at it", Keys.ENTER)
    wait = WebDriverWait(chrome, LIMIT_S)
    assert "looked at it" in wait.until(visible((By.XPATH, "//section[@aria-labelledby='acts']"))).text
    assert "Nothing is held" in chrome.find_element(By.TAG_NAME, "main").text
