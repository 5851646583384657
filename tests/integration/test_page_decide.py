"""Decisions by the page: what it says 4MOST will be told is what the run then tells; who may, once, one at a time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
from airflow.api_fastapi.core_api.security import get_user
from fastapi import HTTPException
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located as there
from selenium.webdriver.support.ui import WebDriverWait

from tests.bridge import Bridge
from tests.browser import chromium, complaints
from tests.limits import LIMIT_S
from tests.state import dump
from tests.targets import give_objects, put_hosts, put_targets
from tides.database.session import master_lock
from tides.hooks.database import open_database
from tides.page.app import app
from tides.page.frame import EDIT, may_edit
from tides.reports.decided import MOST_MET
from tides.targets.decisions import decide, undo

WHY = "a known variable: <b>see its spectrum</b>"
NAMES = ("TiDES26aaa", "TiDES26aab", "TiDES26aac")
Post = Callable[..., requests.Response]


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """Three live targets at 4MOST."""
    return filled(make_syncing())


def filled(bridge: Bridge, count: int = 3) -> Bridge:
    put_targets(bridge.connection, count)
    give_objects(bridge.connection)
    bridge.remember()
    bridge.tell().or_raise()
    return bridge


def json_of(ada: Post, **asked: object) -> dict[str, Any]:
    answer = ada(f"decide?{'&'.join(f'{key}={quote(str(value))}' for key, value in asked.items())}&format=json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(ada: Post, verb: str, q: str = NAMES[0], **more: object) -> requests.Response:
    """Looks at what an act would do, and does it as the form of that view does."""
    seen = json_of(ada, q=q, act=verb, **more)
    return ada("decide", q=q, act=verb, state=seen["act"]["state"], reason=WHY, **more)


def decisions(bridge: Bridge) -> list[tuple[object, ...]]:
    found = bridge.rows("SELECT verb, reason, by, undone_by, undone_reason FROM tides.operator_decision ORDER BY 1, 2")
    return [tuple(row.values()) for row in found]


def next_run(bridge: Bridge) -> dict[str, Any]:
    """What the next run sends, by name; each target once at most."""
    newest = "SELECT coalesce(max(exchange_id), 0) AS id FROM tides.fourmost_exchange"
    before = bridge.row(newest)["id"]
    bridge.remember()
    bridge.tell().or_raise()
    rows = bridge.rows(
        "SELECT name, content FROM tides.fourmost_exchange"
        " WHERE exchange_id > %s AND part = 'request' AND verb IN ('create', 'change')",
        before,
    )
    assert len({row["name"] for row in rows}) == len(rows)
    return {row["name"]: row["content"] for row in rows}


def told(preview: dict[str, Any]) -> dict[str, Any]:
    """What a preview says that is sent."""
    assert preview["problem"] == ""
    return {each["name"]: each["fields"] for each in preview["told"] if each["fields"] and not each["why_not"]}


def test_what_the_preview_says_is_what_the_next_run_tells_and_a_look_changes_nothing(bridge, ada):
    put_hosts(bridge.connection)
    bridge.remember()
    before = dump(bridge.database_url, [])
    seen = json_of(ada, q=NAMES[0], act="veto")
    assert dump(bridge.database_url, []) == before
    (row,) = seen["preview"]["told"]
    assert (row["does"], row["active"], row["reason"], row["why_not"]) == ("switch off", False, "vetoed", "")
    assert row["told"]["is_active"] is True
    assert act(ada, "veto").headers["Location"] == f"decide?q={NAMES[0]}#decided"
    assert next_run(bridge) == told(seen["preview"]) == {NAMES[0]: row["fields"]}
    assert row["fields"]["is_active"] is False
    now = json_of(ada, q=NAMES[0])
    number = now["decisions"][0]["decision_id"]
    assert now["stands"][0] == {
        "name": NAMES[0],
        "active": False,
        "reason": "vetoed",
        "at_4most": "at 4MOST as inactive",
    }
    # the way back
    back = json_of(ada, q=NAMES[0], act="undo", number=number)["preview"]
    assert back["told"][0]["does"] == "switch on"
    assert act(ada, "undo", number=number).status_code == 303
    assert next_run(bridge) == told(back)
    assert decisions(bridge) == [("veto", WHY, "Ada", "Ada", WHY)]


def test_a_forced_target_is_switched_on_and_its_host_off(bridge, ada):
    hosts = put_hosts(bridge.connection)
    # So faint that the transient counts as gone.
    bridge.connection.execute("UPDATE tides.target_band SET current_mag = 24.8 WHERE tides_id = 1")
    next_run(bridge)
    host = bridge.row("SELECT name, active FROM tides.tides_hosts WHERE tides_id = %s", hosts[1])
    seen = json_of(ada, q=NAMES[0], act="force")
    assert act(ada, "force").status_code == 303
    assert next_run(bridge) == told(seen["preview"])
    by_name = {each["name"]: each for each in seen["preview"]["told"]}
    assert by_name[NAMES[0]]["does"] == "switch on"
    assert host["active"]
    assert (by_name[host["name"]]["kind"], by_name[host["name"]]["does"]) == ("host", "switch off")


def test_a_decision_on_a_place_meets_what_lies_there_and_what_comes(bridge, ada):
    place = "0.0008333 -30"
    seen = json_of(ada, q=place, radius=2, act="veto")
    assert [each["name"] for each in seen["preview"]["told"]] == [NAMES[0]]
    assert act(ada, "veto", place, radius=2).headers["Location"] == "decide?q=0.0008333%20-30&radius=2#decided"
    assert next_run(bridge) == told(seen["preview"])
    row = bridge.row("SELECT ra, dec, radius_arcsec, tides_id FROM tides.operator_decision")
    assert row == {"ra": 0.0008333, "dec": -30.0, "radius_arcsec": 2.0, "tides_id": None}
    nobody = json_of(ada, q="10 -30", act="veto")
    assert (nobody["stands"], nobody["preview"]) == ([], {"told": [], "problem": ""})
    (listed,) = json_of(ada, q=NAMES[0])["decisions"]
    assert listed["targets"] == [NAMES[0]]


def test_a_place_with_more_targets_than_are_tried_says_so(bridge, ada):
    put_targets(bridge.connection, MOST_MET - 2, first=3)
    bridge.connection.execute("UPDATE tides.tides_master SET ra = 10, dec = -30")
    seen = json_of(ada, q="10 -30")
    assert len(seen["stands"]) == MOST_MET
    assert seen["subject"]["more"]
    assert "More targets lie there. These 20 are shown" in ada("decide?q=10+-30").text
    bridge.connection.execute("UPDATE tides.tides_master SET ra = 11 WHERE tides_id = 1")
    assert not json_of(ada, q="10 -30")["subject"]["more"]


def test_the_guard_and_a_template_say_when_a_row_is_not_told(make_syncing, ada):
    bridge = filled(make_syncing(guard={"initial": True}), 1)
    seen = json_of(ada, q=NAMES[0], act="force")["preview"]["told"]
    assert [(each["does"], each["why_not"]) for each in seen] == [("create", "held by the guard: initial")]
    page = ada(f"decide?q={NAMES[0]}&act=force").text
    assert "Not told by the next run (create): held by the guard: initial" in page
    assert bridge.rows("SELECT FROM tides.fourmost_key") == []


def test_it_says_when_the_next_run_is_and_when_4most_takes_rows_in(make_syncing, ada):
    filled(make_syncing(schedules={"hourly_minute": 35}), 1)
    when = json_of(ada, q=NAMES[0], act="veto")["when"]
    run = datetime.fromisoformat(when["run"])
    assert (run.minute, run.second) == (35, 0)
    assert timedelta(0) < run - datetime.now(UTC) <= timedelta(hours=1)
    assert (when["cut_off"], when["only_flags"]) == (None, False)


def test_while_a_run_writes_the_master_the_view_says_so_and_waits_for_nobody(bridge, ada, monkeypatch):
    monkeypatch.setattr("tides.page.decide.MASTER_LIMITS", {"master_lock_timeout_s": 0.2})
    with open_database("run") as run, master_lock(run, bridge.settings.database):
        answer = ada(f"decide?q={NAMES[0]}&act=veto")
    assert answer.status_code == 200
    assert "another run has been writing the master" in answer.text
    assert 'method="post"' not in answer.text, "nobody decides without having seen what it does"


def test_who_may_only_read_is_offered_the_command_and_tries_nothing(bridge, ada):
    app.dependency_overrides[may_edit] = lambda: False
    assert act_is_none(json_of(ada, q=NAMES[0], act="veto"))
    page = ada(f"decide?q={NAMES[0]}&act=veto").text
    assert 'method="post"' not in page
    assert f"tides decide veto {NAMES[0]} --reason WORDS" in page
    decide(bridge.connection, "veto", 1, WHY, "Grace")
    assert "tides decide undo 1" in ada("decide").text
    assert "tides decide veto 10.0 -30.0 --radius 3" in ada("decide?q=10%20-30&radius=3").text


def act_is_none(seen: dict[str, Any]) -> bool:
    return seen["preview"] is None


def test_what_cannot_be_decided_is_said_and_changes_nothing(bridge, ada):
    put_hosts(bridge.connection)
    bridge.connection.execute("UPDATE tides.tides_hosts SET name = 'TiDES-H26aaa' WHERE catalogue_id = '1'")
    for q, words in {
        "TiDES99zzz": "no target has 'TiDES99zzz'",
        "400 10": "ra is 0 to 360 deg",
        "\0'\x1b[31m<script>": "no target has",
        "1 2 3": "is no position",
    }.items():
        page = ada(f"decide?q={quote(q)}&act=veto")
        assert (page.status_code, 'method="post"' in page.text, "<script>" in page.text) == (200, False, False), q
        assert words in page.text.replace("&#39;", "'"), q
        assert ada("decide", q=q, act="veto", state="0.0", reason=WHY).status_code == 409, q
    assert "is no radius" in ada("decide?q=1%202&radius=far").text
    assert "can be vetoed, but not forced" in json_of(ada, q="TiDES-H26aaa", act="force")["preview"]["problem"]
    for form in ({"act": "end"}, {"act": "undo", "number": "1"}, {"act": "undo", "number": "x"}, {}):
        assert ada("decide", q=NAMES[0], state="0.0", reason=WHY, **form).status_code == 422, form
    assert ada("decide", q=NAMES[0], act="veto", state="0.0").status_code == 422, "without a reason"
    assert ada("decide", {}, q=NAMES[0], act="veto", state="0.0", reason=WHY).status_code == 403, "another site"
    assert decisions(bridge) == []


def test_who_decides_by_what_has_changed_meanwhile_is_told_by_whom_and_changes_nothing(bridge, ada):
    connection = bridge.connection
    seen = {"q": NAMES[0], "act": "veto", "state": "0.0", "reason": WHY}
    number = decide(connection, "force", 1, "a rare kind", "Grace")
    late = ada("decide", **seen)
    assert (late.status_code, "Somebody else was quicker" in late.text) == (409, True)
    assert "Grace forced it at" in late.text
    assert "(a rare kind)" in late.text
    undo(connection, number, "Edwin", "not rare")
    gone = ada("decide", **seen | {"act": "undo", "number": number, "state": f"{number}.0"})
    assert gone.status_code == 409
    assert f"Edwin undid decision {number} at" in gone.text
    assert "(not rare)" in gone.text
    assert decisions(bridge) == [("force", "a rare kind", "Grace", "Edwin", "not rare")]
    decide(connection, "veto", 2, "of another target", "Grace")
    assert act(ada, "veto").status_code == 303


@pytest.mark.parametrize("first", ["veto", "undo"])
def test_of_two_persons_at_once_the_second_waits_and_is_told_of_the_first(bridge, ada, first):
    number = decide(bridge.connection, "force", 1, "a rare kind", "Edwin")
    form = {"q": NAMES[0], "act": "veto", "state": f"{number}.0", "reason": WHY}
    answers: list[requests.Response] = []
    late = threading.Thread(target=lambda: answers.append(ada("decide", **form)))
    # Grace has decided by a command, and her transaction is still open, when Ada asks.
    with open_database("grace") as other, other.transaction():
        if first == "veto":
            decide(other, "veto", 1, "a star", "Grace")
        else:
            undo(other, number, "Grace")
        late.start()
        until = time.monotonic() + LIMIT_S
        while not bridge.rows("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"):
            assert time.monotonic() < until
            time.sleep(0.01)
    late.join(LIMIT_S)
    assert [answer.status_code for answer in answers] == [409]
    assert ("Grace vetoed it" if first == "veto" else f"Grace undid decision {number}") in answers[0].text
    assert [row[2] for row in decisions(bridge)] == (["Edwin", "Grace"] if first == "veto" else ["Edwin"])


def to_the_form(chrome: Chrome, served: str, verb: str) -> Any:
    """Goes from the view of a target to the form of an act, and gives a reason."""
    chrome.get(f"{served}decide?q={NAMES[0]}")
    chrome.find_element(By.PARTIAL_LINK_TEXT, verb).click()
    wait = WebDriverWait(chrome, LIMIT_S)
    form = wait.until(there((By.CSS_SELECTOR, "form[method=post]")))
    form.find_element(By.NAME, "reason").send_keys(WHY)
    return form.find_element(By.TAG_NAME, "button")


def test_in_a_browser_a_double_click_decides_once_and_a_session_that_has_ended_changes_nothing(bridge, ada, served):
    allowed = dict(app.dependency_overrides)
    with chromium() as chrome:
        button = to_the_form(chrome, served, "Force")
        # Airflow's session ends while somebody writes.
        app.dependency_overrides[EDIT.dependency] = app.dependency_overrides[get_user] = ended
        button.click()
        main = WebDriverWait(chrome, LIMIT_S).until(there((By.XPATH, "//h1[.='You are not logged in']/..")))
        assert "Your session with Airflow has ended, so nothing was changed" in main.text
        assert decisions(bridge) == []
        app.dependency_overrides.update(allowed)
        complaints(chrome)
        ActionChains(chrome).double_click(to_the_form(chrome, served, "Veto")).perform()
        found = WebDriverWait(chrome, LIMIT_S).until(there((By.CSS_SELECTOR, "[aria-labelledby=decided] table")))
        assert WHY in found.text
        assert chrome.current_url == f"{served}decide?q={NAMES[0]}#decided"
        assert "Undo" in found.text
        chrome.back()
        WebDriverWait(chrome, LIMIT_S).until(there((By.CSS_SELECTOR, "form[method=post]")))
        assert complaints(chrome) == []
    assert decisions(bridge) == [("veto", WHY, "Ada", None, None)]


def ended() -> None:
    raise HTTPException(401, "the session has ended")
