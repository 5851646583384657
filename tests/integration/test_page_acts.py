"""What a person changes by the page, over HTTP on a real database: who may, from where, once, and with which trace."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests
from psycopg.types.json import Jsonb
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import visibility_of_element_located as visible
from selenium.webdriver.support.ui import WebDriverWait

from tests.bridge import Bridge
from tests.browser import chromium, complaints
from tests.limits import LIMIT_S
from tests.targets import LIVE, put_targets
from tides.database.statements import statement
from tides.hooks.database import open_database
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.page.acts import MOST_WORDS
from tides.page.app import app
from tides.page.frame import may_edit

WHY = "looked at all of them: <b>a real flood</b>"


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with a database."""
    return make_syncing()


@pytest.fixture
def flood(bridge: Bridge) -> Bridge:
    """Five targets, of which the guard holds two as created, one as faint and one as of a first start."""
    put_targets(bridge.connection, 5)
    bridge.connection.execute(LIVE)
    held = ("created", "created", "faint", "initial", None)
    for place, row in enumerate(bridge.rows("SELECT tides_id AS id, name FROM tides.tides_master ORDER BY tides_id")):
        bridge.connection.execute(
            "INSERT INTO tides.fourmost_target (id, name, state, wanted, held, held_since)"
            " VALUES (%s, %s, 'live', %s, %s, %s)",
            (row["id"], row["name"], Jsonb({"is_active": True}), held[place], held[place] and datetime.now(UTC)),
        )
    bridge.report()
    return bridge


def held(bridge: Bridge) -> list[str]:
    rows = bridge.rows("SELECT held FROM tides.fourmost_target WHERE held IS NOT NULL ORDER BY id")
    return [row["held"] for row in rows]


def acted(bridge: Bridge) -> list[dict[str, object]]:
    rows = bridge.rows("SELECT kind, detail FROM tides.event WHERE detail ? 'by' ORDER BY event_id")
    return [{"kind": row["kind"], **row["detail"]} for row in rows]


def test_a_flood_is_released_with_its_trace_and_the_others_stay(flood, ada):
    assert "Release 2 created" in ada("held").text
    answer = ada("release", held="created", run_id="run-1", reason=WHY)
    assert (answer.status_code, answer.headers["Location"]) == (303, "held#acts")
    assert held(flood) == ["faint", "initial"]
    assert acted(flood) == [{"kind": "released", "by": "Ada", "changes": {"created": 2}, "reason": WHY}]
    by = flood.rows("SELECT DISTINCT released_by FROM tides.fourmost_target WHERE released_at IS NOT NULL")
    assert [row["released_by"] for row in by] == ["Ada"]
    view = ada("held").text
    assert "Release 1 faint" in view
    assert "Release 2 created" not in view
    assert "released: 2 created" in view
    assert WHY.replace("<", "&lt;").replace(">", "&gt;") in view


def test_a_double_click_releases_once_and_shows_what_was_done(flood, ada, served):
    with chromium() as chrome:
        chrome.get(f"{served}held")
        form = chrome.find_element(By.XPATH, "//form[.//input[@value='created']]")
        form.find_element(By.NAME, "reason").send_keys("looked at it")
        ActionChains(chrome).double_click(form.find_element(By.TAG_NAME, "button")).perform()
        WebDriverWait(chrome, LIMIT_S).until(visible((By.CSS_SELECTOR, "[aria-labelledby=acts] table")))
        assert "Released within a day" in chrome.find_element(By.TAG_NAME, "main").text
        assert complaints(chrome) == []
    assert [act["changes"] for act in acted(flood)] == [{"created": 2}]


def test_a_first_start_is_released_once(flood, ada):
    assert ada("release", held="initial", run_id="run-1", reason=WHY).status_code == 303
    assert held(flood) == ["created", "created", "faint"]
    again = ada("release", held="initial", run_id="run-1", reason="again")
    assert again.status_code == 409
    assert "Ada released what was held" in again.text
    assert [act["creates"] for act in acted(flood)] == [1]


def test_of_two_persons_at_once_one_releases_and_the_other_is_told_who_did(flood, ada):
    given = {"run_id": "run-1", "by": "Grace", "only": None}
    form = {"held": "created", "run_id": "run-1", "reason": WHY}
    answers: list[requests.Response] = []
    late = threading.Thread(target=lambda: answers.append(ada("release", **form)))
    # Grace has released, and her transaction is still open, when Ada asks.
    with open_database("grace") as first, first.transaction():
        first.execute(statement("fourmost/release_run"), given)
        late.start()
        until = time.monotonic() + LIMIT_S
        while not flood.rows("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"):
            assert time.monotonic() < until
            time.sleep(0.01)
    late.join(LIMIT_S)
    assert [answer.status_code for answer in answers] == [409]
    assert "Nothing of it is still held" in answers[0].text
    assert acted(flood) == []
    by = flood.rows("SELECT DISTINCT released_by FROM tides.fourmost_target WHERE released_at IS NOT NULL")
    assert [row["released_by"] for row in by] == ["Grace"]


def test_what_another_site_sends_changes_nothing(flood, ada):
    form = {"held": "created", "run_id": "run-1", "reason": WHY}
    elsewhere = ({}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"})
    for headers in (*elsewhere, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = ada("release", headers, **form)
        assert (answer.status_code, "did not come from the page" in answer.text) == (403, True), headers
    assert len(held(flood)) == 4
    assert ada("release", {"Sec-Fetch-Site": "same-origin"}, **form).status_code == 303


def test_behind_a_proxy_that_puts_another_host_the_address_of_the_settings_is_the_page_itself(flood, ada, monkeypatch):
    form = {"held": "created", "run_id": "run-1", "reason": WHY}
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://tides.example.org/airflow/")
    for origin in ("https://elsewhere.example", "https://tides.example.org.elsewhere.example", "null", ""):
        assert ada("release", {"Origin": origin}, **form).status_code == 403, origin
    assert len(held(flood)) == 4
    assert ada("release", {"Origin": "https://tides.example.org"}, **form).status_code == 303


def test_without_a_reason_nothing_is_changed(flood, ada):
    for reason in ("", " \t\n", "x" * (MOST_WORDS + 1)):
        answer = ada("release", held="created", run_id="run-1", reason=reason)
        assert (answer.status_code, "Nothing was changed" in answer.text) == (422, True)
    assert len(held(flood)) == 4


def test_what_does_not_exist_is_not_released(flood, ada):
    assert ada("release", held="created", run_id="gone", reason=WHY).status_code == 409
    assert ada("release", held="no-such-reason", run_id="run-1", reason=WHY).status_code == 409
    assert (len(held(flood)), acted(flood)) == (4, [])


def test_who_may_only_read_is_offered_the_command_instead(flood, ada):
    app.dependency_overrides[may_edit] = lambda: False
    view = ada("held").text
    assert '<form method="post"' not in view
    assert "tides release --run" in view


@pytest.fixture
def letters(bridge: Bridge) -> Bridge:
    """Two objects that wait as dead letters, and an event that asks for their replay."""
    for name in ("ZTF26a", "ZTF26b"):
        bridge.connection.execute(
            "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason)"
            " VALUES ('live', 'ztf', 'object', %s, 'r')",
            (name,),
        )
    note_event(bridge.connection, Kind.READER_FAULT, "ztf", {})
    return bridge


def left(bridge: Bridge) -> list[int]:
    return [row["dead_letter_id"] for row in bridge.rows("SELECT dead_letter_id FROM tides.dead_letter ORDER BY 1")]


def open_events(bridge: Bridge) -> list[str]:
    return [row["kind"] for row in bridge.rows("SELECT kind FROM tides.event WHERE closed_at IS NULL")]


def test_the_ticked_dead_letters_are_tried_again_and_their_event_closes_with_the_last(letters, ada):
    first, second = left(letters)
    assert 'form="replay"' in ada("health").text
    answer = ada("replay", letter=first, reason=WHY)
    assert (answer.status_code, answer.headers["Location"]) == (303, "health#acts")
    assert (left(letters), open_events(letters)) == ([second], [Kind.READER_FAULT])
    assert "dead letters replayed of ztf: 0 folded in, 1 waiting again, 0 left" in ada("health").text
    assert acted(letters)[0]["reason"] == WHY
    late = ada("replay", letter=first, reason=WHY)
    assert (late.status_code, "Somebody else was quicker" in late.text) == (409, True)
    assert ada("replay", reason=WHY).status_code == 422
    assert left(letters) == [second]
    assert ada("replay", letter=[second, first], reason=WHY).status_code == 303
    assert (left(letters), open_events(letters)) == ([], [])


def test_what_was_done_before_a_failure_has_its_trace(letters, ada):
    first, second = left(letters)
    letters.connection.execute(
        "CREATE FUNCTION tides.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$"
    )
    letters.connection.execute(
        "CREATE TRIGGER fails BEFORE DELETE ON tides.dead_letter FOR EACH ROW"
        f" WHEN (old.dead_letter_id = {second}) EXECUTE FUNCTION tides.fail()"
    )
    answer = ada("replay", letter=[first, second], reason=WHY)
    assert (answer.status_code, "Look whether it was done" in answer.text) == (503, True)
    assert left(letters) == [second]
    (act,) = acted(letters)
    assert (act["woken"], act["left"], act["reason"]) == (1, 0, WHY)


def test_an_event_is_taken_up_once_and_both_views_say_by_whom(bridge, ada):
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
    (row,) = bridge.rows("SELECT event_id FROM tides.event")
    assert "act" in ada("").text.split("<main")[1].split("</h3>")[0]
    assert ada("acknowledge", event_id=row["event_id"], reason=WHY).headers["Location"] == "health#open"
    late = ada("acknowledge", event_id=row["event_id"], reason="me too")
    assert (late.status_code, "Somebody else was quicker" in late.text) == (409, True)
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
    shown = WHY.replace("<", "&lt;").replace(">", "&gt;")
    now, health = ada("").text, ada("health").text
    assert "taken up by Ada" in now
    assert shown in now
    assert 'class="level act"' not in now, "somebody is at it"
    assert "Taken up by Ada" in health
    assert 'action="acknowledge"' not in health


def test_only_the_message_at_the_bookmark_is_buried(make_bridge, ada):
    bridge = make_bridge()
    bridge.publish("lsst", b"1")
    bridge.drain("lsst")
    bridge.publish("lsst", b"2")
    assert 'value="lsst 0 1"' in ada("health").text
    answer = ada("bury", place="lsst 0 2", reason=WHY)
    assert (answer.status_code, "the bookmark stands at offset 1" in answer.text) == (409, True)
    assert ada("bury", place="nowhere 0 1", reason=WHY).status_code == 422
    assert ada("bury", place="lsst 0 1", reason=WHY).status_code == 303
    assert ada("bury", place="lsst 0 1", reason=WHY).status_code == 409, "twice"
    assert len(left(bridge)) == 2
    assert acted(bridge) == [{"kind": "message buried", "by": "Ada", "partition": 0, "offset": 1, "reason": WHY}]
    assert "message buried of lsst: 0/1" in ada("health").text
