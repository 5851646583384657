"""The view What if says what `tides preview` says and what the bridge then does, and loses nothing that is typed."""

import html
import json
import re
from contextlib import suppress

import pytest
import requests
import yaml
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.services.service import HOST, free_port
from tests.browser import at_width, chromium, complaints
from tests.builders import AN_ID, an_lsst_message
from tests.integration.test_preview import PRESENT, SKY, selected
from tests.integration.test_selection_epochs import with_function
from tests.limits import LIMIT_S
from tests.looks import barriers, faults, themed
from tides.__main__ import main
from tides.functions.functions import DEFAULT_FILE, read_function
from tides.page import what_if
from tides.page.app import MOST_POSTED, app
from tides.page.frame import READ, may_edit

NAME = "tidesSNLSST"
BOTH_WAYS = {"filters": ["g", "r", "i"], "significance": 5, "minNights": 2, "magLimit": 22.5}
HOSTILE = "<script>alert(1)</script>\u202e{{7*7}}'\""


@pytest.fixture
def filled(bridge):
    """A bridge that has judged a small sky by a function of three nights: bright and faint, fresh and old."""
    with_function(bridge, **PRESENT)
    messages = [an_lsst_message(AN_ID + n, ra=150.0 + n / 10, **each) for n, each in enumerate(SKY)]
    bridge.take_in("lsst", *messages)
    return bridge


@pytest.fixture
def reader(served):
    """Sends the form as somebody whom Airflow lets read, and no more. Without a form it asks for the view."""
    app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: False}
    own = {"Origin": served.removesuffix("/tides/")}

    def ask(place="what-if", headers=own, /, **form):
        if not form:
            return requests.get(f"{served}{place}", timeout=LIMIT_S)
        return requests.post(
            f"{served}{place}", data={"function": NAME, "nights": 60} | form, headers=headers, timeout=LIMIT_S
        )

    yield ask
    app.dependency_overrides.clear()


def text_of(keys):
    return yaml.safe_dump({NAME: keys}, sort_keys=False)


def found(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["found"]


def of(found, how):
    """The changes of a kind."""
    (group,) = [group for group in found["groups"] if group["how"] == how]
    assert group["number"] == len(group["changes"])
    return group["changes"]


def ids(found, how):
    return {change["object_id"] for change in of(found, how)}


def typed(answer):
    """What stands in the field of the text, as a browser takes it."""
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)[1])


def test_it_says_what_the_command_says_and_what_the_bridge_then_does(filled, reader, tmp_path, capsys):
    file = tmp_path / "edit.yaml"
    file.write_text(text_of(BOTH_WAYS))
    kept, before = DEFAULT_FILE.read_bytes(), selected(filled)
    said = found(reader("what-if?format=json", text=text_of(BOTH_WAYS)))
    assert main(["preview", "--functions", str(file), "--nights", "60", "--json"]) == 0
    command = json.loads(capsys.readouterr().out)
    told = {(each["how"], each["object_id"], tuple(each["reasons"])) for each in command["changes"]}
    shown = {(g["how"], c["object_id"], tuple(c["reasons"])) for g in said["groups"] for c in g["changes"]}
    assert shown == told
    assert {how for how, _, _ in shown} == {"enters", "leaves", "ends", "begins"}
    assert (said["live"], said["hours"]) == (command["live"], pytest.approx(command["hours"]))
    assert [night["live"] for night in said["nights"]] == [night["live"] for night in command["nights"]]
    assert (said["objects"], said["ended"]) == (len(SKY), False)
    # Nothing is recorded by it, and no file is changed.
    assert filled.rows("SELECT FROM tides.selection_preview") == []
    assert (DEFAULT_FILE.read_bytes(), selected(filled)) == (kept, before)
    filled.functions |= {NAME: read_function("here", NAME, BOTH_WAYS)}
    filled.evaluate()
    filled.remember()
    after = selected(filled)
    assert (ids(said, "enters"), ids(said, "leaves")) == (after - before, before - after)


def test_the_criterion_that_decides_has_both_limits_and_margins(filled, reader):
    said = found(reader("what-if?format=json", text=text_of(BOTH_WAYS)))
    faint = str(AN_ID + next(n for n, each in enumerate(SKY) if (each["nights"], each["mag"]) == (5, 22.9)))
    few = str(AN_ID + next(n for n, each in enumerate(SKY) if (each["nights"], each["mag"]) == (2, 20.5)))
    (left,) = [change for change in of(said, "leaves") if change["object_id"] == faint]
    (decides,) = left["decides"]
    assert (decides["function"], decides["name"]) == (NAME, "magLimit")
    assert decides["before"] == {"value": 22.9, "limit": 23.0, "held": True, "margin": pytest.approx(0.1)}
    assert decides["after"] == {"value": 22.9, "limit": 22.5, "held": False, "margin": pytest.approx(-0.4)}
    assert left["target"].startswith("TiDES")
    (entered,) = [change for change in of(said, "enters") if change["object_id"] == few]
    (decides,) = entered["decides"]
    assert (decides["name"], decides["before"]["margin"], decides["after"]["margin"]) == ("minNights", -1, 0)
    view = reader(text=text_of(BOTH_WAYS)).text
    assert f'<a href="object?q={faint}">' in view
    assert '<td class="number">22.9</td><td class="number">23</td><td class="number">+0.1</td>' in view
    assert "-  minBands: 3" in view, "the patch"
    assert "tides preview --functions edit.yaml --nights 60 --record" in view


def test_a_look_ends_at_its_bound_and_says_so(filled, reader, monkeypatch):
    whole = found(reader("what-if?format=json", text=text_of(BOTH_WAYS)))
    monkeypatch.setattr(what_if, "MOST_OBJECTS", 6)
    part = found(reader("what-if?format=json", text=text_of(BOTH_WAYS)))
    assert (part["objects"], part["ended"]) == (6, True)
    newest = "SELECT object_id FROM tides.candidate ORDER BY known_at DESC, object_id LIMIT 6"
    looked = {row["object_id"] for row in filled.rows(newest)}
    for how in ("enters", "leaves", "ends", "begins"):
        assert ids(part, how) == ids(whole, how) & looked
    assert part["live"][0] <= 6 < whole["live"][0]
    assert "it takes at most 6 objects of each stream" in reader(text=text_of(BOTH_WAYS)).text
    monkeypatch.setattr(what_if, "MOST_SECONDS", 0.0)
    monkeypatch.setattr(what_if, "MOST_OBJECTS", 1000)
    monkeypatch.setattr("tides.evaluation.looks.OBJECTS_A_CHUNK", 4)
    late = found(reader("what-if?format=json", text=text_of(BOTH_WAYS)))
    assert (late["objects"], late["ended"]) == (4, True)


def test_what_is_wrong_is_said_with_its_line_and_nothing_typed_is_lost(bridge, reader, monkeypatch):
    assert "No live run has recorded yet what it selects by" in reader().text
    bridge.evaluate()
    text = f"{NAME}:\r\n  filters: [g]\t# {HOSTILE}\r\n  significance: 5\r\n  minNight: 3\r\n\r\n"
    answer = reader(text=text)
    assert answer.status_code == 422
    assert "<b>Line 4, minNight: </b>" in answer.text
    assert "did you mean minNights?" in answer.text
    assert typed(answer) == text.replace("\r\n", "\n")
    assert "<script>alert" not in answer.text
    other = reader("what-if?format=json", text="tidesX: {filters: [g], significance: 5, maxAge: 1}").json()
    assert other["wrong"]["words"] == f"tidesX: the text must have the function {NAME}, and no other."
    bomb = "\n".join([f"{NAME}: &a [x]", *(f"k{n}: &k{n} [*a, *a]" for n in range(9))])
    for form, key, words in (
        ({"text": bomb}, "", "has an alias or an anchor"),
        ({"text": "#" * 70_000}, "", "65536 bytes"),
        ({"text": "x", "nights": "61"}, "nights", "a whole number from 1 to 60"),
        ({"text": "x", "nights": "1e3"}, "nights", "a whole number from 1 to 60"),
        ({"text": "x", "function": HOSTILE}, "function", "is in force"),
    ):
        wrong = reader("what-if?format=json", **form)
        assert (wrong.status_code, wrong.json()["wrong"]["key"], wrong.json()["found"]) == (422, key, None)
        assert words in wrong.json()["wrong"]["words"]
        assert wrong.json()["asked"]["text"] == form["text"]
    same = reader(text=typed(reader()))
    assert "Nothing differs from what the newest live run selects by" in same.text
    monkeypatch.setattr(what_if, "WAITS_S", 0.05)
    with what_if.ONE_AT_A_TIME:
        busy = reader(text=text_of(BOTH_WAYS))
    assert (busy.status_code, typed(busy)) == (503, text_of(BOTH_WAYS))
    assert "Somebody else&#39;s edit is judged just now" in busy.text
    away = {"conn_type": "postgres", "host": HOST, "port": free_port(), "password": "a-secret-of-ours"}
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB_READER", json.dumps(away))
    gone = reader(text=text_of(BOTH_WAYS))
    assert (gone.status_code, typed(gone)) == (503, text_of(BOTH_WAYS))
    assert "a-secret-of-ours" not in gone.text


def test_only_the_page_itself_asks_and_nothing_too_long_is_read(bridge, reader, served):
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert reader("what-if", headers, text="x").status_code == 403
    app.dependency_overrides.clear()
    left = reader(text="x")
    assert left.status_code in (401, 403)
    assert "You are not logged in" in left.text
    long = reader(text="x" * MOST_POSTED)
    assert long.status_code == 413
    assert "at most" in long.text
    unsaid = requests.post(f"{served}what-if", data=iter([b"text=x"]), timeout=LIMIT_S)
    assert unsaid.status_code == 413
    assert requests.post(f"{served}release", data="x" * (MOST_POSTED + 1), timeout=LIMIT_S).status_code == 413


def test_an_edit_is_made_looked_at_and_kept_in_a_browser(filled, reader, served):
    with chromium() as chrome:
        wait = WebDriverWait(chrome, LIMIT_S)

        def main_has(words):
            with suppress(TimeoutException):
                wait.until(lambda _: words in chrome.find_element(By.TAG_NAME, "main").text)
            assert words in chrome.find_element(By.TAG_NAME, "main").text

        chrome.get(f"{served}what-if")
        text = chrome.find_element(By.ID, "text")
        for written, line in (
            (f"{NAME}:\n  filters: [g]\n  significance: 5\n  maxAge: old\n", "  maxAge: old"),
            (text_of(BOTH_WAYS), None),
        ):
            text.clear()
            text.send_keys(written)
            nights = chrome.find_element(By.ID, "nights")
            nights.clear()
            nights.send_keys("60", Keys.ENTER)
            if line:
                main_has("Line 4, maxAge:")
                marked = (
                    "const t = document.getElementById('text'); return t.value.slice(t.selectionStart, t.selectionEnd)"
                )
                assert chrome.execute_script(marked) == line
                assert all("status of 422" in each for each in complaints(chrome))
        main_has("fibre hours")
        assert chrome.current_url == f"{served}what-if?function={NAME}&nights=60"
        for theme, width in (("light", 1440), ("dark", 390)):
            themed(chrome, theme)
            at_width(chrome, width)
            assert barriers(chrome) == []
            assert faults(chrome, served) == []
        # A link leads away, and the back button leads to what was typed.
        chrome.find_element(By.CSS_SELECTOR, ".changed a").click()
        wait.until(lambda _: "object?q=" in chrome.current_url)
        chrome.back()
        main_has("What you typed before is here again.")
        assert chrome.find_element(By.ID, "text").get_property("value") == text_of(BOTH_WAYS)
        # The session ends, and what was typed stays where it is. Two clicks ask once.
        app.dependency_overrides.clear()
        button = chrome.find_element(By.CSS_SELECTOR, "#edit button")
        ActionChains(chrome).double_click(button).perform()
        main_has("Your session with Airflow has ended. What you typed is kept here")
        assert chrome.find_element(By.ID, "text").get_property("value") == text_of(BOTH_WAYS)
        app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: False}
        button.click()
        main_has("fibre hours")
