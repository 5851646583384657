"""The deck of a night's new targets: what a card says, its keys in a browser, and what people say of a target."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import requests
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.bridge import Bridge
from tests.browser import chromium, complaints
from tests.limits import LIMIT_S
from tests.targets import give_objects, put_targets
from tides.__main__ import main
from tides.page.app import app
from tides.page.frame import may_edit
from tides.targets.comments import comment

NAMES = ("TiDES26aaa", "TiDES26aab", "TiDES26aac")
CRITERIA = [
    {"name": "detectionsMin", "value": 5, "limit": 3, "held": True},
    {"name": "rMax", "value": 20.5, "limit": 22, "held": True},
]
Post = Callable[..., requests.Response]


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """Three targets of tonight, and one of yesterday."""
    bridge = make_syncing()
    put_targets(bridge.connection, 4)
    give_objects(bridge.connection)
    bridge.connection.execute("UPDATE tides.selection SET criteria = %s", (json.dumps(CRITERIA),))
    bridge.connection.execute(
        "INSERT INTO tides.tides_history (tides_id, step, reason, at)"
        " SELECT tides_id, 'selected', 'by a function', CASE WHEN tides_id = 4 THEN now() - interval '1 d' ELSE"
        " greatest(now() - interval '1 h', date_trunc('day', now(), 'UTC')) END FROM tides.tides_master"
    )
    bridge.remember()
    return bridge


def night(days_ago: int = 0) -> str:
    return str((datetime.now(UTC) - timedelta(days=days_ago)).date())


def deck(ada: Post, address: str = "tonight") -> dict[str, Any]:
    answer = ada(f"{address}{'&' if '?' in address else '?'}format=json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["deck"]
    return found


def test_a_card_says_why_the_target_was_selected_and_how_it_stands(bridge, ada):
    card = deck(ada)["card"]
    assert (card["new"]["name"], card["new"]["place"], card["new"]["number"]) == (NAMES[0], 1, 3)
    page = ada("tonight").text
    assert "detectionsMin 5, limit 3: holds" in page
    assert "tidesSNLSST: passes" in page
    assert "21.0" in page.split("<dt>lsst r</dt>")[1][:20]
    assert "4MOST: waits to be created" in page
    assert f'href="object?q={NAMES[0]}"' in page
    bridge.tell().or_raise()
    assert "; 4MOST: active, key " in ada("tonight").text


def test_without_a_script_it_is_a_list_and_each_card_has_an_address(bridge, ada):
    page = ada("tonight").text
    for name in NAMES:
        assert f'href="tonight?night={night()}&amp;at={name}"' in page
    middle = deck(ada, f"tonight?night={night()}&at={NAMES[1]}")
    assert [middle[which]["name"] for which in ("before", "after")] == [NAMES[0], NAMES[2]]
    last = deck(ada, f"tonight?at={NAMES[2]}")
    assert (last["before"]["name"], last["after"]) == (NAMES[1], None)
    assert deck(ada, f"tonight?night={night(1)}")["card"]["new"]["name"] == "TiDES26aad"
    assert deck(ada, f"tonight?night={night(2)}")["card"] is None
    assert "No target was new then" in ada(f"tonight?night={night(2)}").text


def test_what_is_no_night_or_not_of_it_is_said(bridge, ada):
    for address, words in {
        "tonight?night=yesterday": "yesterday is no night",
        f"tonight?night={night(-1)}": "has not come yet",
        "tonight?night=9999-12-31": "has not come yet",
        "tonight?night=0001-01-01": "No target was new then",
        "tonight?at=TiDES99zzz": "TiDES99zzz is not among the new targets",
        "tonight?at=%00%27%3Cscript%3E": "is not among the new targets",
    }.items():
        answer = ada(address)
        assert (answer.status_code, words in answer.text) == (200, True), address
        assert "'<script>" not in answer.text


def test_of_a_night_with_very_many_the_first_are_shown_and_only_those_about_the_card(bridge, ada, monkeypatch):
    monkeypatch.setattr("tides.reports.tonight.MOST", 2)
    monkeypatch.setattr("tides.page.tonight.MOST", 2)
    monkeypatch.setattr("tides.reports.tonight.ABOUT", 0)
    found = deck(ada, f"tonight?at={NAMES[1]}")
    assert [each["name"] for each in found["cards"]] == [NAMES[1]]
    assert found["card"]["new"]["number"] == 2
    assert "The first 2 of the night are here" in ada("tonight").text


def test_what_somebody_says_of_a_target_stays_with_it_once_and_trace_shows_it(bridge, ada, capsys):
    words = "a nice one: <b>spectrum please</b>"
    answer = ada("comment", q=NAMES[1], night=night(), reason=words)
    assert answer.headers["Location"] == f"tonight?night={night()}&at={NAMES[1]}#comments"
    assert ada("comment", q=NAMES[1], night=night(), reason=words).status_code == 303, "twice"
    rows = bridge.rows("SELECT tides_id, by, words FROM tides.target_comment")
    assert rows == [{"tides_id": 2, "by": "Ada", "words": words}]
    page = ada(f"tonight?at={NAMES[1]}").text
    assert "a nice one: &lt;b&gt;spectrum please&lt;/b&gt;" in page
    assert words not in ada("tonight").text
    assert main(["trace", NAMES[1]]) == 0
    assert "a nice one" in capsys.readouterr().out
    assert ada("comment", q=NAMES[1], reason=" ").status_code == 422
    assert ada("comment", q="TiDES99zzz", reason="x").status_code == 409
    assert ada("comment", {}, q=NAMES[1], reason="x").status_code == 403
    assert main(["comment", NAMES[1], "by a command", "--by", "Grace"]) == 0
    assert main(["comment", NAMES[1], " "]) == 1
    assert "by a command" in ada(f"tonight?at={NAMES[1]}").text
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        bridge.connection.execute("DELETE FROM tides.target_comment")


def test_who_may_only_read_says_nothing_and_vetoes_nothing(bridge, ada):
    comment(bridge.connection, 1, "Grace", "look at its host")
    app.dependency_overrides[may_edit] = lambda: False
    page = ada("tonight").text
    assert "look at its host" in page
    assert 'method="post"' not in page
    assert "act=veto" not in page


@pytest.fixture
def chrome(bridge: Bridge, ada: Post, served: str) -> Iterator[Chrome]:
    """A browser that shows the deck."""
    with chromium() as chrome:
        chrome.get(f"{served}tonight")
        yield chrome


def press(chrome: Chrome, *keys: str) -> None:
    ActionChains(chrome).send_keys(*keys).perform()


HEADING = "return (document.getElementById('card') ?? document.querySelector('h1')).textContent"


def until_shown(chrome: Chrome, name: str) -> None:
    """Waits for the whole view: a key belongs to an element that may come after the heading."""
    whole = "return document.readyState === 'complete'"
    WebDriverWait(chrome, LIMIT_S).until(
        lambda _: name in chrome.execute_script(HEADING) and chrome.execute_script(whole)
    )


def test_the_deck_is_gone_through_by_keys_which_rest_while_somebody_types(bridge, ada, served, chrome):
    until_shown(chrome, NAMES[0])
    press(chrome, "n")
    until_shown(chrome, NAMES[1])
    press(chrome, Keys.ARROW_RIGHT)
    until_shown(chrome, NAMES[2])
    assert chrome.current_url.endswith(f"tonight?night={night()}&at={NAMES[2]}"), "the address has the place"
    press(chrome, "n", "p")
    until_shown(chrome, NAMES[1])
    chrome.back()
    until_shown(chrome, NAMES[2])
    chrome.get(f"{served}tonight?night={night()}&at={NAMES[1]}")
    press(chrome, "y")
    until = WebDriverWait(chrome, LIMIT_S)
    until.until(lambda _: f"Copied: {NAMES[1]} 0.001667" in chrome.find_element(By.ID, "copied").text)
    press(chrome, "c")
    field = chrome.switch_to.active_element
    assert field.get_attribute("id") == "words"
    press(chrome, "n p v y", Keys.ARROW_LEFT)
    assert field.get_attribute("value") == "n p v y", "the c itself is no part of it"
    ActionChains(chrome).double_click(chrome.find_element(By.XPATH, "//button[.='Say it']")).perform()
    said = WebDriverWait(chrome, LIMIT_S, ignored_exceptions=[NoSuchElementException, StaleElementReferenceException])
    said.until(lambda _: "n p v y" in chrome.find_element(By.CSS_SELECTOR, "[aria-labelledby=comments]").text)
    until_shown(chrome, NAMES[1])
    assert [row["words"] for row in bridge.rows("SELECT words FROM tides.target_comment")] == ["n p v y"]
    press(chrome, "v")
    until_shown(chrome, f"Decisions: {NAMES[1]}")
    assert "what 4MOST will be told" in chrome.find_element(By.ID, "preview").text
    assert complaints(chrome) == []
