"""The list of targets in Chromium: its addresses, on paper, and to TOPCAT or Aladin by a real hub of SAMP."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from queue import Queue
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import requests
from astropy.samp import SAMPHubServer, SAMPIntegratedClient, conf
from astropy.samp.hub import WebProfileDialog
from astropy.table import Table
from itsdangerous import URLSafeTimedSerializer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.bridge import Bridge
from tests.browser import chromium, complaints
from tests.limits import LIMIT_S
from tests.looks import asked, ground
from tests.targets import LIVE, put_targets
from tides.page.app import app
from tides.page.frame import READ
from tides.page.targets import HUB
from tides.page.tickets import HOLDS_S, issue


class Consent(WebProfileDialog):
    """A hub's user who lets a page register, or does not."""

    def __init__(self) -> None:
        self.lets, self.over = True, False
        self.asked_by: list[str] = []
        threading.Thread(target=self._look, daemon=True).start()

    def show_dialog(self, name: str, details: object, client: object, origin: str) -> None:
        """Answers the question of the hub."""
        self.asked_by.append(name)
        if self.lets:
            self.consent()
        else:
            self.reject()

    def _look(self) -> None:
        while not self.over:
            self.handle_queue()
            time.sleep(0.02)


@pytest.fixture
def consent() -> Iterator[Consent]:
    """The user of the hub."""
    user = Consent()
    yield user
    user.over = True


@pytest.fixture
def told(tmp_path, consent) -> Iterator[Queue]:
    """What a program is told by a hub that listens where the Web Profile says. One hub at a time can."""
    with conf.set_temp("use_internet", False):
        _until_free(HUB)
        hub = SAMPHubServer(lockfile=str(tmp_path / "samp"), web_profile_dialog=consent, web_profile=True)
        hub.start()
        program = SAMPIntegratedClient()
        program.connect(hub_params=hub.params)
        messages: Queue = Queue()
        program.bind_receive_notification(
            "table.load.votable", lambda key, sender, mtype, params, extra: messages.put(params)
        )
        try:
            yield messages
        finally:
            program.disconnect()
            hub.stop()


def _until_free(address: str) -> None:
    """Waits until no other hub listens at an address."""
    until = time.monotonic() + LIMIT_S
    while True:
        with suppress(OSError), socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("localhost", urlsplit(address).port))
            return
        assert time.monotonic() < until, "a hub of somebody else listens"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """One browser for all tests of the file."""
    with chromium() as chrome:
        yield chrome


@pytest.fixture
def chrome(browser: Chrome) -> Iterator[Chrome]:
    """The browser of somebody whom Airflow lets read, with nothing open or noted."""
    app.dependency_overrides[READ.dependency] = lambda: None
    browser.get("about:blank")
    asked(browser)
    complaints(browser)
    yield browser
    app.dependency_overrides.clear()


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with nine targets, of which six are live."""
    made = make_syncing()
    put_targets(made.connection, 9)
    made.connection.execute(f"{LIVE} WHERE tides_id > 3")
    return made


def names(chrome: Chrome) -> list[str]:
    """The targets that a page lists."""
    return [row.text for row in chrome.find_elements(By.CSS_SELECTOR, "tbody th")]


def test_the_form_makes_a_short_address_which_is_shared_and_gone_back_to(bridge, served, chrome, monkeypatch):
    monkeypatch.setattr("tides.page.targets.MOST", 4)
    chrome.get(f"{served}targets")
    box = chrome.find_element(By.CSS_SELECTOR, "form.filters [name=q]")
    box.send_keys("TiDES26a")
    Select(chrome.find_element(By.NAME, "scope")).select_by_value("all")
    box.submit()
    wait = WebDriverWait(chrome, LIMIT_S)
    wait.until(lambda _: chrome.current_url != f"{served}targets")
    # The address changes before the page is there.
    wait.until(lambda _: chrome.find_elements(By.LINK_TEXT, "target"))[0].click()
    chrome.find_element(By.LINK_TEXT, "Next page").click()
    shared = chrome.current_url
    assert shared.startswith(f"{served}targets?q=TiDES26a&scope=all&sort=name&after=")
    assert names(chrome) == ["TiDES26aae", "TiDES26aaf", "TiDES26aag", "TiDES26aah"]
    chrome.find_element(By.LINK_TEXT, "Next page").click()
    assert names(chrome) == ["TiDES26aai"]
    chrome.back()
    assert (chrome.current_url, len(names(chrome))) == (shared, 4)
    chrome.get(shared)
    assert names(chrome) == ["TiDES26aae", "TiDES26aaf", "TiDES26aag", "TiDES26aah"]
    chrome.find_element(By.LINK_TEXT, "Previous page").click()
    assert names(chrome)[0] == "TiDES26aaa"
    assert complaints(chrome) == []


def test_on_paper_a_list_is_dark_on_white_and_all_else_is_left_out(bridge, served, chrome):
    chrome.get(f"{served}targets")
    chrome.execute_script("document.documentElement.dataset.theme = 'dark'")
    assert ground(chrome) == "dark"
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert ground(chrome) == "light"
    assert chrome.find_element(By.TAG_NAME, "table").is_displayed()
    for part in ("header", "form", ".files"):
        assert not chrome.find_element(By.CSS_SELECTOR, part).is_displayed(), part
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def send(chrome: Chrome) -> str:
    """Clicks, and gives what the page says at last."""
    chrome.find_element(By.CSS_SELECTOR, "button[data-samp]").click()
    said = chrome.find_element(By.ID, "samp")
    WebDriverWait(chrome, LIMIT_S).until(lambda _: said.text and not said.text.startswith("Waiting"))
    return said.text


def test_a_click_sends_the_list_by_a_hub_and_nobody_is_asked_before(bridge, served, told, consent, chrome):
    chrome.get(f"{served}targets?sort=-ra")
    assert {url for url in asked(chrome) if not url.startswith(served)} == set()
    assert send(chrome) == "Sent to all programs that load tables."
    params = told.get(timeout=LIMIT_S)
    assert consent.asked_by == ["TiDES"]
    assert params["name"] == "TiDES targets"
    assert params["table-id"] == "tides-targets?sort=-ra"
    with urlopen(params["url"], timeout=LIMIT_S) as answer:
        table = Table.read(BytesIO(answer.read()), format="votable", verify="exception")
    assert sorted(table["tides_id"]) == [4, 5, 6, 7, 8, 9]
    assert str(table["ra"].unit) == "deg"
    assert list(table["ra"]) == sorted(table["ra"], reverse=True)
    assert {url for url in asked(chrome) if not url.startswith(served)} == {f"{HUB}/"}
    assert send(chrome) == "Sent to all programs that load tables."
    assert consent.asked_by == ["TiDES"], "it is registered once"
    assert complaints(chrome) == []


def test_a_refusal_of_the_hubs_user_is_said(bridge, served, told, consent, chrome):
    consent.lets = False
    chrome.get(f"{served}targets")
    assert send(chrome).startswith("The hub refused: ")
    assert told.empty()


def test_without_a_hub_the_page_says_what_to_do(bridge, served, chrome):
    chrome.get(f"{served}targets")
    assert "Start TOPCAT or Aladin, then try again" in send(chrome)


def test_a_ticket_opens_one_list_for_a_few_minutes_and_nothing_else(bridge, served, monkeypatch):
    ticket = issue("?q=TiDES26aac&scope=all")
    answer = requests.get(f"{served}taken/{ticket}/targets.vot?q=&scope=live", timeout=LIMIT_S)
    assert list(Table.read(BytesIO(answer.content), format="votable")["tides_id"]) == [3]
    for place in (f"targets?ticket={ticket}", f"taken/{ticket}x/targets.vot", "taken/x/targets.vot"):
        assert requests.get(f"{served}{place}", timeout=LIMIT_S).status_code == 401, place
    later = time.time() + HOLDS_S + 1
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert requests.get(f"{served}taken/{ticket}/targets.vot", timeout=LIMIT_S).status_code == 401
    monkeypatch.undo()
    forged = URLSafeTimedSerializer("another key", salt="tides.page.tickets").dumps("?scope=all")
    assert requests.get(f"{served}taken/{forged}/targets.vot", timeout=LIMIT_S).status_code == 401
