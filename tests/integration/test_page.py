"""The page "TiDES" over HTTP, on a real database: who is let in, what each view shows, what foreign words do."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser

import pytest
import requests
from psycopg.types.json import Jsonb

from sandbox.services.service import HOST, free_port
from tests.bridge import Bridge
from tests.builders import a_red_task
from tests.limits import LIMIT_S
from tests.routes import closed_requests
from tests.targets import LIVE, fade_one, give_objects, put_targets
from tides.faults import Fault
from tides.journal.events import note_event, record_event
from tides.journal.kinds import Kind
from tides.page.app import ACTS, ASKS, LOOKS, MEASURES, TICKETED, app, views
from tides.page.frame import EDIT, READ, may_edit
from tides.page.metrics import TOKEN
from tides.page.tickets import TICKET
from tides.reports.nights import NIGHTS
from tides.reports.since import Did, read_since
from tides.runs.context import BRIDGE, RunContext

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e'\"{{7*7}}[x](javascript:alert(1))"
FOREIGN = requests.utils.quote(HOSTILE)
CURVE = f"light-curve?survey=lsst&object={FOREIGN}"
VIEWS = (
    "",
    "targets",
    "held",
    "health",
    "sky",
    "run",
    f"run?run_id={FOREIGN}",
    "runbook",
    f"dask?run_id={FOREIGN}",
    CURVE,
    "decide",
    f"decide?q={FOREIGN}&act={FOREIGN}&radius={FOREIGN}",
    "tonight",
    f"tonight?night={FOREIGN}&at={FOREIGN}",
    f"statistics?stream={FOREIGN}",
    "what-if",
    "object",
    f"object?q={FOREIGN}",
    f"object?q={FOREIGN}4",
    "object?q=10+20",
)
WITHOUT_FOREIGN_WORDS = {"runbook", "sky", "decide", "tonight", "object", "object?q=10+20"}
"""The views that show none, however much of it the tables hold."""
POLICY = "default-src 'self'"


@pytest.fixture
def viewer(served: str) -> Iterator[Callable[..., requests.Response]]:
    """Asks for a view as somebody whom Airflow lets read. Airflow's own answer is asked for in the tests of a stack."""
    app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: False}
    yield lambda place="": _ask(served, place)
    app.dependency_overrides.clear()


@pytest.fixture
def bridge(make_syncing: Callable[..., Bridge]) -> Bridge:
    """A bridge with a database."""
    return make_syncing()


def _ask(served: str, place: str = "") -> requests.Response:
    return requests.get(f"{served}{place}", timeout=LIMIT_S)


def _text(answer: requests.Response) -> str:
    """What a person reads of a view."""
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_nobody_gets_in_by_any_route_but_the_dead_mans(served):
    asked = closed_requests()
    assert {"GET", "POST"} == {method for method, _ in asked}
    assert len(asked) > 9
    for method, path in [*asked, ("GET", "/static/no-such-file"), ("GET", "/release")]:
        answer = requests.request(method, f"{served.rstrip('/')}{path}", timeout=LIMIT_S)
        assert answer.status_code in (401, 403), path
        assert "You are not logged in" in answer.text
        assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    for path in {path for _, path in asked}:
        for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = requests.request(method, f"{served.rstrip('/')}{path}", timeout=LIMIT_S)
            assert answer.status_code in (401, 403, 405), (method, path)


def test_each_view_asks_for_the_right_to_read_and_each_act_for_the_right_to_edit():
    looks = [route for router in (*LOOKS, views) for route in router.routes]
    asks = [route for router in ASKS for route in router.routes]
    acts = [route for router in ACTS for route in router.routes]
    assert all(READ in route.dependencies and route.methods == {"GET"} for route in looks)
    assert all(READ in route.dependencies and route.methods == {"POST"} for route in asks)
    assert all(EDIT in route.dependencies and route.methods == {"POST"} for route in acts)
    tickets = [route for router in TICKETED for route in router.routes]
    assert all(TICKET in route.dependencies and route.methods == {"GET"} for route in tickets)
    measures = [route for router in MEASURES for route in router.routes]
    assert all(TOKEN in route.dependencies and route.methods == {"GET"} for route in measures)
    known = [(method, route.path) for route in (*looks, *asks, *acts, *tickets, *measures) for method in route.methods]
    assert len(known) == len(closed_requests())


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_bridge_has_every_view(bridge, viewer, view):
    answer = viewer(view)
    assert _text(answer)
    assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    assert not re.search(r"<script(?! src=)|<style| style=| on\w+=|(src|href)=\"(https?:)?//", answer.text)
    for landmark in ("<main ", "<nav ", "<header>", '<html lang="en">', "<h1"):
        assert answer.text.count(landmark) == 1, landmark


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_also_json(bridge, viewer, view):
    bridge.report()
    answer = viewer(f"{view}{'&' if '?' in view else '?'}format=json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    assert isinstance(answer.json(), dict)


def test_the_json_has_the_numbers_of_the_view(bridge, viewer):
    fade_one(bridge.connection, 12)
    bridge.report()
    assert viewer("?format=json").json()["now"]["run"]["live"] == 11
    missing = viewer("no-such-view?format=json")
    assert (missing.status_code, missing.json()["title"]) == (404, "There is no such page")


def test_without_a_run_the_page_says_what_comes(bridge, viewer):
    assert "No run has ended yet" in _text(viewer())


def test_the_numbers_of_the_last_run_and_tonight_are_shown(bridge, viewer):
    fade_one(bridge.connection, 12)
    bridge.report()
    words = _text(viewer())
    assert "11 targets are live, 0 are active at 4MOST" in words
    assert "live now 11 –" in words
    assert "new 12 –" in words
    assert "ended: faint 1 –" in words
    assert "good" in words.split("The last runs")[1]


def test_a_red_run_and_a_bridge_that_stands_still_need_somebody(bridge, viewer):
    bridge.report(RunContext("good"))
    bridge.report(RunContext("red"), red=[a_red_task()])
    words = _text(viewer())
    assert "the last run was not good evaluate ztf ZTF26a" in words
    assert "no good run" not in words
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = now() - interval '4 h'")
    words = _text(viewer())
    assert "act no good run live no live run has ended well for" in words
    note_event(bridge.connection, Kind.NO_GOOD_RUN, "live", {"words": "none for 3 h"})
    assert _text(viewer()).count("no good run") == 1
    bridge.report(RunContext("next"))
    assert "no good run" not in _text(viewer()), "the watchdog has not looked yet"


def test_open_events_stand_with_what_to_do_and_their_place_in_the_runbook(bridge, viewer):
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
    note_event(bridge.connection, Kind.RECLASSIFIED, "TiDES26aaa", {})
    record_event(bridge.connection, Kind.FREED, "ZTF26aaa", {"by": "somebody"})
    answer = viewer()
    words = _text(answer)
    assert f"act {Kind.REFUSES_EVERYTHING} 4MOST 401 to everything What to do: mend the connection" in words
    assert "reclassified" not in words.split("Needs somebody")[1].split("Tonight")[0]
    (anchor,) = re.findall(r'href="runbook#(event-4most-refuses[^"]+)"', answer.text)
    assert f'id="{anchor}"' in viewer("runbook").text
    words = _text(viewer("health"))
    assert "reclassified target TiDES26aaa" in words.split("Closed events")[0]
    assert "freed ZTF26aaa" in words.split("Closed events")[1]


def test_what_is_live_and_not_at_4most_has_its_reason(bridge, viewer):
    put_targets(bridge.connection, 5)
    bridge.connection.execute(LIVE)
    rows = bridge.rows("SELECT tides_id AS id, name FROM tides.tides_master ORDER BY tides_id")
    told = {"is_active": True}
    for place, row in enumerate(rows[:4]):
        changes = (
            {"held": "created", "held_since": datetime.now(UTC)},
            {"refusal": "4MOST: mag must be positive"},
            {"sending_since": datetime.now(UTC)},
            {"told": Jsonb(told)},
        )[place]
        values = {"id": row["id"], "name": row["name"], "state": "live", "wanted": Jsonb(told), **changes}
        names = ", ".join(values)
        given = ", ".join(f"%({name})s" for name in values)
        bridge.connection.execute(f"INSERT INTO tides.fourmost_target ({names}) VALUES ({given})", values)
    bridge.report()
    words = _text(viewer("held"))
    assert "tides release --run run-1 --by NAME" in words
    held, missing = words.split("Live and not active at 4MOST")
    assert "created 1 1 0 0" in held
    assert rows[0]["name"] in held
    for row, cause in zip(
        rows, ("held created", "refused 4MOST: mag must be positive", "unknown", None, "not staged"), strict=True
    ):
        if cause is None:
            assert row["name"] not in missing
        else:
            assert re.search(rf"{row['name']} [\d: -]+ {cause}", missing), cause


def test_only_the_newest_report_is_the_view_of_that_name(bridge, viewer):
    newest = '<a href="run" aria-current="page">'
    assert newest in viewer("run").text, "before any run has ended"
    for run_id in ("older", "newest"):
        bridge.report(RunContext(run_id))
    assert newest in viewer("run").text
    assert newest in viewer("run?run_id=newest").text
    for other in ("older", "never-seen"):
        assert "aria-current" not in viewer(f"run?run_id={other}").text


def test_the_report_of_each_attempt_is_rendered(bridge, viewer):
    run_id = "manual__2026-11-20T03:00:00+00:00"
    note = "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, dag_id, lane, started_at, code_version)"
    for attempt, own in enumerate((run_id, f"{run_id}#2"), start=1):
        started = datetime.now(UTC) - timedelta(minutes=10 - attempt)
        bridge.connection.execute(
            f"{note} VALUES (%s, %s, %s, %s, 'live', %s, 'c')", (own, run_id, attempt, BRIDGE, started)
        )
    bridge.connection.execute(
        "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
        " SELECT run_id, lane, started_at, now(), true, '{}', %s, 'c' FROM tides.run_attempt WHERE attempt = 1",
        ("# Title\n\n| what | number |\n|---|---|\n| live | 7 |",),
    )
    answer = viewer(f"run?run_id={requests.utils.quote(run_id)}&dag_id={BRIDGE}")
    assert "<h2>Title</h2>" in answer.text
    assert "<td>live</td>" in answer.text
    assert "It goes on, or it ended without its report" in answer.text
    other = viewer(f"run?run_id={requests.utils.quote(run_id)}&dag_id=tides_hosts")
    assert "This run has no report here" in other.text


def test_the_nights_say_what_came_and_how_soon_it_was_at_4most(bridge, viewer):
    put_targets(bridge.connection, 10)
    give_objects(bridge.connection)
    for days in (0, 3):
        which = "FROM tides.tides_master WHERE tides_id <= 10 - 2 * %s"
        step = "INSERT INTO tides.tides_history (tides_id, step, reason, at) SELECT tides_id, %s, 'r', {} "
        at = "date_trunc('day', now(), 'UTC') - %s * interval '1 d'"
        bridge.connection.execute(f"{step.format(at)}{which}", ("selected", days, days))
        bridge.connection.execute(f"{step.format(at)}{which}", ("created", days, days))
    # The first target waited 1 h, the second 2 h …
    bridge.connection.execute(
        "UPDATE tides.selection SET trigger_known ="
        " date_trunc('day', now(), 'UTC') - interval '3 d' - object_id::integer * interval '1 h'"
    )
    for objects in (2, 3):
        record_event(bridge.connection, Kind.BROKER_LOST, "ztf", {"objects": objects})
    tonight, before = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (0, 3))
    assert f"{tonight} – – – – 5" in _text(viewer("health"))
    for _ in range(2):  # a night that is over is counted once
        bridge.report()
        words = _text(viewer("health"))
        assert f"{before} 4 4 2 h 30 min 3 h 42 min 0" in words
        assert f"{tonight} 10 10 3 d 5 h 3 d 9 h 5" in words
        assert f"{datetime.now(UTC) - timedelta(days=4):%Y-%m-%d} 0 0 – – 0" in words
        bridge.connection.execute(f"{step.format(at)}{which}", ("reactivated", 3, 3))
    kept = bridge.rows("SELECT what, targets FROM tides.night_step WHERE night = %s ORDER BY what", before)
    assert kept == [{"what": "created", "targets": 4}, {"what": "new", "targets": 4}]
    # What happened since takes the sum of a night that is over, and counts the others.
    night = datetime.combine(datetime.now(UTC) - timedelta(days=3), time(), UTC)
    for since, numbers in ((night, [Did("new", 14)]), (night + timedelta(seconds=1), [Did("new", 10)])):
        assert read_since(bridge.connection, since, datetime.now(UTC)).targets == numbers
    assert "New targets (most: 10)" in words
    assert viewer("health").text.count('<rect class="room"') == 4 * NIGHTS


def test_until_when_a_stream_was_compared_with_the_brokers_database_and_what_it_had_lost(bridge, viewer):
    assert "No stream has been read yet" in _text(viewer("health")).split("What the broker sent")[1]
    mark = "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset) VALUES ('live', %s, %s, 0)"
    for stream, partition in (("lsst", 0), ("lsst", 1), ("ztf", 0)):
        bridge.connection.execute(mark, (stream, partition))
    bridge.connection.execute("INSERT INTO tides.stream_audit VALUES ('lsst', '2026-11-20 12:00+00')")
    for days, objects in ((91, 7), (89, 2), (0, 3)):
        record_event(bridge.connection, Kind.BROKER_LOST, "lsst", {"objects": objects})
        last = "UPDATE tides.event SET last_seen_at = now() - %s * interval '1 d' WHERE detail ->> 'objects' = %s"
        bridge.connection.execute(last, (days, str(objects)))
    words = _text(viewer("health")).split("What the broker sent")[1]
    assert "lsst 2026-11-20 12:00 5 ztf never unknown Lost within 90 nights" in words


def _who_left(served: str) -> tuple[requests.Session, int]:
    """A browser that looked at the page ten hours ago, and when, in seconds since 1970."""
    ana = requests.Session()
    ana.get(served, timeout=LIMIT_S)
    (cookie,) = ana.cookies
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/tides", True)
    assert "Since your last visit" not in _text(ana.get(served, timeout=LIMIT_S))
    left = int((datetime.now(UTC) - timedelta(hours=10)).timestamp())
    ana.cookies.set(cookie.name, f"{left}.{left}", domain=cookie.domain, path=cookie.path)
    return ana, left


@pytest.fixture
def hostile(bridge: Bridge) -> None:
    """Foreign words wherever a view may show some, as if no writer of ours had quoted them."""
    put_targets(bridge.connection, 4)
    bridge.connection.execute(LIVE)
    bridge.connection.execute("UPDATE tides.tides_master SET name = %s || tides_id", (HOSTILE,))
    connection = bridge.connection
    for kind, closed in ((Kind.HELD, None), (Kind.HELD, datetime.now(UTC)), (Kind.REFUSES_EVERYTHING, None)):
        taken = datetime.now(UTC) if kind is Kind.REFUSES_EVERYTHING else None
        connection.execute(
            "INSERT INTO tides.event (kind, subject, detail, closed_at, acknowledged_by, acknowledged_at,"
            " acknowledgement) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (kind.value, HOSTILE, Jsonb({"words": HOSTILE}), closed, HOSTILE, taken, HOSTILE),
        )
    for kind in (HOSTILE, Kind.GAP.value):
        detail = Jsonb({HOSTILE: HOSTILE, "more": {HOSTILE: [HOSTILE]}})
        connection.execute("INSERT INTO tides.event (kind, subject, detail) VALUES (%s, 'x', %s)", (kind, detail))
    done = {"by": HOSTILE, "reason": HOSTILE}
    for kind, more in (
        (Kind.RELEASED, {"changes": {HOSTILE: HOSTILE}}),
        (Kind.FIRST_START_RELEASED, {"creates": HOSTILE}),
        (Kind.REFUSALS_RELEASED, {"targets": HOSTILE}),
        (Kind.LETTERS_REPLAYED, {"folded": HOSTILE, "woken": HOSTILE, "left": HOSTILE}),
        (Kind.LETTER_BURIED, {"partition": HOSTILE, "offset": HOSTILE}),
    ):
        connection.execute(
            "INSERT INTO tides.event (kind, subject, detail, closed_at) VALUES (%s, %s, %s, now())",
            (kind.value, HOSTILE, Jsonb(done | more)),
        )
    for kind in ("message", "object"):
        connection.execute(
            "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, raw, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (HOSTILE, HOSTILE, kind, HOSTILE, HOSTILE.encode() + b"\xff\x00", HOSTILE),
        )
    # One of each cause whose words are foreign.
    connection.execute(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, refusal, problem, held)"
        " SELECT tides_id, name, 'live', '{}', CASE n WHEN 2 THEN name END, CASE n WHEN 3 THEN name END,"
        " CASE n WHEN 1 THEN 'created' END"
        " FROM (SELECT *, row_number() OVER (ORDER BY tides_id) AS n FROM tides.tides_master) AS m WHERE n < 4"
    )
    connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset) VALUES ('live', %s, 0, 0)", (HOSTILE,)
    )
    connection.execute(
        "INSERT INTO tides.bridge_run"
        " (run_id, lane, started_at, ended_at, good, airflow_state, counts, report, code_version)"
        " VALUES (%(x)s, 'live', now(), now(), false, %(x)s, %(counts)s, %(report)s, %(x)s)",
        {
            "x": HOSTILE,
            "counts": Jsonb({"failed": [HOSTILE], "backlog": {HOSTILE: {"messages": 1}}}),
            "report": f"# {HOSTILE}\n\n{HOSTILE} ![x](//e/x) [x](//e/)\n\n| {HOSTILE} |\n|---|\n| {HOSTILE} |",
        },
    )
    connection.execute(
        "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, lane, started_at, code_version)"
        " VALUES (%(x)s, %(x)s, 1, %(x)s, now(), %(x)s)",
        {"x": HOSTILE},
    )
    connection.execute(
        "INSERT INTO tides.run_task (run_id, task_id, map_index, label, fault, error, failed_at)"
        " VALUES (%(x)s, %(x)s, 0, %(x)s, %(fault)s, %(x)s, now())",
        {"x": HOSTILE, "fault": Fault.DEFECT.value},
    )
    epoch = {"name": HOSTILE, "hash": "", "says": '{"x": 1}', "target": "live", "template": HOSTILE}
    connection.execute(
        "INSERT INTO tides.selection_epoch (kind, subject, content, run_id) VALUES ('function', %s, %s, 'r')",
        (f"lsst/{HOSTILE}", Jsonb(epoch)),
    )
    said = {"name": HOSTILE, "value": [HOSTILE], "limit": HOSTILE, "held": None, "note": HOSTILE}
    connection.execute(
        "INSERT INTO tides.checked_object"
        " (run_id, object_id, survey, function, function_hash, control, criteria, error)"
        " VALUES (%(x)s, %(x)s, %(x)s, %(x)s, '', false, '[]', %(x)s),"
        " (%(x)s, '1', %(x)s, %(x)s, '', false, %(c)s, NULL)",
        {"x": HOSTILE, "c": Jsonb([said | {"of": [said]}])},
    )


class Markup(HTMLParser):
    """What a browser would obey of a page: its scripts, what its attributes run, and where it leads or loads from."""

    def __init__(self, html: str):
        super().__init__()
        self.obeyed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            # A link to a page elsewhere tells that page nothing, and gives it no hold on ours.
            outside = "data-outside" in dict(attributes) and dict(attributes).get("rel") == "noopener noreferrer"
            leads = name in ("href", "src", "action") and not re.match(ELSEWHERE if outside else OWN, value or "")
            if leads or name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.obeyed.append(f"{tag} {name}={value}")
        if tag in ("script", "img", "iframe", "object", "embed", "base") and not dict(attributes).get("src"):
            self.obeyed.append(tag)


OWN = (
    r"(\.\./)*(static/|targets|object|decide|tonight|comment|held|health|what-if|statistics|sky|run|runbook|release|replay|bury"
    r"|acknowledge|curve\.json"
    r"|\./|\?|#|/dags/)"
    r"[\w.?#=&%/~-]*$"
)
"""The addresses that the page may name, whatever it shows."""

ELSEWHERE = r"https://[\w.-]+/[\w./~%?=&:;,+@#!-]*$"
"""Those of the settings, beyond the bridge."""


@pytest.mark.parametrize("edits", [False, True], ids=["who reads", "who may edit"])
def test_foreign_words_are_shown_and_never_obeyed(hostile, viewer, served, edits):
    app.dependency_overrides[may_edit] = lambda: edits
    nowhere = requests.utils.quote(HOSTILE, safe="")
    (who_left, _) = _who_left(served)
    without = set()
    for view in (*VIEWS, nowhere, f"static/{nowhere}"):
        text = who_left.get(f"{served}{view}", timeout=LIMIT_S).text
        assert Markup(text).obeyed == [], view
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", text), view
        assert "49[x]" not in text, view
        if "&lt;script&gt;" not in text:
            without.add(view.partition("/")[0])
        assert view or "Since your last visit" in text
    assert without == WITHOUT_FOREIGN_WORDS
    report = viewer(f"run?run_id={FOREIGN}").text.split('class="report"')[1].split("</article>")[0]
    assert report.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4, "heading, paragraph and both cells"


def test_a_database_that_is_away_or_slow_or_of_another_version_has_a_page_of_its_own(bridge, viewer, monkeypatch):
    away = json.dumps({"conn_type": "postgres", "host": HOST, "port": free_port(), "password": "a-secret-of-ours"})
    with monkeypatch.context() as change:
        change.setenv("AIRFLOW_CONN_TIDES_DB_READER", away)
        answer = viewer()
    assert answer.status_code == 503
    assert "The database cannot be read" in answer.text
    assert "a-secret-of-ours" not in answer.text
    assert "Traceback" not in answer.text
    with bridge.connection.transaction():
        bridge.connection.execute("LOCK TABLE tides.event")
        answer = viewer("health")
    assert answer.status_code == 503
    assert "The database is busy" in answer.text


def _alive(served: str) -> tuple[int, str]:
    """What a monitor outside is told. It has no login."""
    answer = _ask(served, "alive")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("text/plain")
    head = requests.head(f"{served}alive", timeout=LIMIT_S)
    assert (head.status_code, head.text) == (answer.status_code, "")
    return answer.status_code, answer.text


def test_the_dead_mans_address_says_no_until_a_run_has_ended_well(bridge, served):
    yes, no = (200, "yes\n"), (503, "no\n")
    assert _alive(served) == no
    bridge.report(red=[a_red_task()])
    assert _alive(served) == no
    bridge.report()
    assert _alive(served) == yes
    bridge.connection.execute("UPDATE tides.bridge_run SET lane = 'replay/objects/x'")
    assert _alive(served) == no
    bridge.connection.execute("UPDATE tides.bridge_run SET lane = 'live', ended_at = now() - interval '2 h 59 min'")
    assert _alive(served) == yes
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = now() - interval '3 h 1 min'")
    assert _alive(served) == no


def test_the_first_line_says_what_monitors_are_told(bridge, viewer):
    bridge.report()
    assert "No good run" not in _text(viewer())
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = now() - interval '4 h'")
    assert "act No good run has ended for 3 h 0 min. " in _text(viewer())


def test_the_dead_mans_address_says_no_and_nothing_more_when_it_cannot_know(bridge, served, monkeypatch):
    bridge.report()
    assert _alive(served) == (200, "yes\n")
    away = json.dumps({"conn_type": "postgres", "host": HOST, "port": free_port(), "password": "a-secret-of-ours"})
    for name, value in (("AIRFLOW_CONN_TIDES_DB_READER", away), ("TIDES_SETTINGS", "/no/such/file.yaml")):
        with monkeypatch.context() as change:
            change.setenv(name, value)
            assert _alive(served) == (503, "no\n"), name
    with bridge.connection.transaction():
        bridge.connection.execute("LOCK TABLE tides.bridge_run")
        assert _alive(served) == (503, "no\n")


def test_the_page_cannot_change_anything(bridge):
    from tides.page.frame import reading

    with reading() as connection, pytest.raises(Exception, match="read-only transaction"):
        connection.execute("DELETE FROM tides.event")


def test_who_comes_back_is_handed_over_what_happened_since(bridge, viewer, served):
    ana, left = _who_left(served)
    put_targets(bridge.connection, 2)
    bridge.connection.execute(
        "INSERT INTO tides.tides_history (tides_id, step, reason)"
        " SELECT tides_id, 'selected', 'r' FROM tides.tides_master"
    )
    note_event(bridge.connection, Kind.LAG_GROWS, "lsst", {})
    record_event(bridge.connection, Kind.FREED, HOSTILE, {"by": "Ben"})
    bridge.report()
    told = f"Since your last visit ({datetime.fromtimestamp(left, UTC):%Y-%m-%d %H:%M} UTC) 1 run; 2 new targets;"
    for _ in range(2):
        answer = ana.get(served, timeout=LIMIT_S)
        assert f"{told} 1 event opened: lag grows. Ben: freed, " in _text(answer)
        assert "<script>alert" not in answer.text
    assert "Since your last visit" not in _text(viewer()), "another browser"
