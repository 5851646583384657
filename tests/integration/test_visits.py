"""What may be observed next: 4MOST's candidate visits, against the stand-in, and in shapes that 4MOST might give."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.targets import LIVE, put_targets
from tides.database.session import connect
from tides.errors import AccessRefused, AnswerBroken, ServiceAway
from tides.fourmost.visits import read_visits
from tides.hooks.fourmost import FourMostHook
from tides.reports.trace import trace

VISITS = "targetCat/get-candidate-visits/"


class Told:
    """A 4MOST that gives these visits."""

    def __init__(self, *visits):
        self.given = list(visits)

    def visits(self):
        return self.given


class Sky:
    """A bridge whose targets 4MOST knows, one on each of these places (ra, dec in deg), numbered from 1."""

    def __init__(self, bridge, outside, *places):
        self.bridge, self.outside = bridge, outside
        put_targets(bridge.connection, len(places))
        for tides_id, place in enumerate(places, start=1):
            self.change("UPDATE tides.tides_master SET ra = %s, dec = %s WHERE tides_id = %s", *place, tides_id)
        self.change(LIVE)
        bridge.tell()

    def change(self, statement, *parameters):
        self.bridge.connection.execute(statement, parameters)

    def read(self, *visits):
        """One reading: of the stand-in, or of these visits."""
        return read_visits(
            self.bridge.connection, Told(*visits) if visits else FourMostHook(), self.bridge.settings.fourmost
        )

    def on(self, visit):
        """The targets that may be observed by a visit."""
        found = self.bridge.rows("SELECT id FROM tides.observable_next WHERE visit = %s ORDER BY id", str(visit))
        return [row["id"] for row in found]

    def key(self, tides_id):
        return self.bridge.row("SELECT pk FROM tides.fourmost_key WHERE id = %s", tides_id)["pk"]

    def name(self, tides_id):
        return self.bridge.row("SELECT name FROM tides.tides_master WHERE tides_id = %s", tides_id)["name"]

    def events(self):
        return self.bridge.rows("SELECT kind, seen, detail FROM tides.event WHERE closed_at IS NULL")


@pytest.fixture
def a_sky(make_syncing, outside):
    return lambda *places: Sky(make_syncing(), outside, *places)


@pytest.fixture
def sky(a_sky):
    """Two targets on one tile, a third one elsewhere."""
    return a_sky((150.0, -30.0), (150.5, -30.5), (170.0, -30.0))


def a_visit(name=1, **columns):
    return {"visit_id": name, "tile_id": 7, "ra": 150.0, "dec": -30.0, **columns}


def test_the_visits_of_the_stand_in_bring_targets_by_place_and_by_name(sky):
    done = sky.read()
    assert (done.visits, done.unreadable, len(done.targets)) == (3, 0, 3)
    assert (sky.on(1000), sky.on(1001), sky.on(1002)) == ([1, 2], [3], [1, 2])
    kept = sky.bridge.rows("SELECT content FROM tides.candidate_visit ORDER BY visit_no")
    assert [row["content"] for row in kept] == FourMostHook().visits()
    assert "targets" in kept[2]["content"]


def test_an_empty_answer_is_a_reading_too(a_sky):
    sky = a_sky()
    assert sky.read().as_text() == "0 candidate visits; 0 of our targets may be observed next."
    assert sky.bridge.row("SELECT visits FROM tides.visit_reading")["visits"] == 0


def test_a_visit_names_targets_by_key_or_by_name_and_others_are_none_of_ours(sky):
    sky.read(
        a_visit(1, targets=[sky.key(3), 999_999]),
        a_visit(2, Transients=[sky.name(2), "a galaxy"]),
        a_visit(3, target_ids=[]),
        a_visit(4, targets=2),
    )
    assert (sky.on(1), sky.on(2), sky.on(3)) == ([3], [2], [])
    assert sky.on(4) == [1, 2], "a count names nobody: the place tells"


def test_a_visit_that_names_its_targets_need_not_say_where_it_is(sky):
    sky.read({"VISIT": "A-1", "targets": [sky.key(1)]})
    assert sky.on("A-1") == [1]


def test_a_target_on_a_tile_is_one_within_its_radius(a_sky):
    sky = a_sky((150.0, -28.81), (150.0, -28.79))
    sky.read(a_visit())
    assert sky.on(1) == [1]


def test_a_tile_lies_across_the_beginning_of_right_ascension(a_sky):
    sky = a_sky((359.9, -30.0), (0.4, -30.0), (2.0, -30.0))
    sky.read(a_visit(1, ra=0.2), a_visit(2, ra=359.8), a_visit(3, ra=360.0))
    assert (sky.on(1), sky.on(2), sky.on(3)) == ([1, 2], [1, 2], [1, 2])


def test_a_place_that_comes_as_text_is_read(sky):
    sky.read(a_visit(ra="150.0", dec="-30"))
    assert sky.on(1) == [1, 2]


def test_what_is_switched_off_is_not_listed_in_the_reading_nor_after_it(sky):
    sky.change("UPDATE tides.tides_master SET active = false, why = 'vetoed' WHERE tides_id = 1")
    sky.bridge.stage()
    sky.read(a_visit(1), a_visit(2, targets=[sky.key(1), sky.key(3)]))
    assert (sky.on(1), sky.on(2)) == ([2], [3])
    sky.change("UPDATE tides.tides_master SET active = false, why = 'faint' WHERE tides_id = 2")
    sky.bridge.tell()
    assert sky.on(1) == []


def test_what_4most_does_not_hold_as_active_is_not_listed(sky):
    sky.change("UPDATE tides.fourmost_target SET told = jsonb_set(told, '{is_active}', 'false') WHERE id = 1")
    sky.change("DELETE FROM tides.fourmost_key WHERE id = 2")
    sky.read(a_visit())
    assert sky.on(1) == []


def test_a_target_with_a_request_under_way_is_listed_by_what_4most_was_told_before(sky):
    sky.change("UPDATE tides.fourmost_target SET before_told = told, told = NULL, sending_since = now() WHERE id = 1")
    sky.read(a_visit())
    assert sky.on(1) == [1, 2]


MALFORMED = {
    "no name": {"ra": 150.0, "dec": -30.0},
    "a name of another kind": {"visit_id": [1], "tile_id": True, "ra": 150.0, "dec": -30.0},
    "no place": {"visit_id": 2},
    "half a place": {"visit_id": 2, "ra": 150.0},
    "a place beyond the sky": {"visit_id": 2, "ra": 150.0, "dec": -91},
    "no number": {"visit_id": 2, "ra": "10h", "dec": -30},
    "infinity": {"visit_id": 2, "ra": float("inf"), "dec": -30},
    "infinity elsewhere": {"visit_id": 2, "ra": 150.0, "dec": -30, "airmass": float("inf")},
    "a target of another kind": {"visit_id": 2, "targets": [{"id": 1}]},
    "a key that is none": {"visit_id": 2, "targets": [2**63]},
    "nothing": {},
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_visit_is_set_aside_and_counted_and_the_others_stay(sky, malformed):
    done = sky.read(malformed, a_visit())
    assert (done.visits, done.unreadable) == (1, 1)
    assert sky.on(1) == [1, 2]
    (event,) = sky.events()
    assert (event["kind"], event["detail"]["visits"]) == ("visits unreadable", 1)
    assert event["detail"]["first"][0].startswith("visit 1 of the answer: ")
    assert "set aside: 1 visits" in done.as_text()
    sky.read(a_visit())
    assert sky.events() == []


def test_words_that_postgresql_does_not_take_are_kept_without(sky):
    sky.read(a_visit("a\0b", note="\ud800"))
    assert sky.bridge.row("SELECT visit FROM tides.candidate_visit")["visit"] == "a�b"


def test_each_reading_takes_the_place_of_the_last_one_whole(sky):
    sky.read(a_visit(1), a_visit(2, ra=170.0))
    first = sky.bridge.row("SELECT read_at FROM tides.visit_reading")["read_at"]
    sky.read(a_visit(3), a_visit(3))
    assert [row["visit"] for row in sky.bridge.rows("SELECT visit FROM tides.candidate_visit")] == ["3", "3"]
    assert sky.bridge.row("SELECT count(DISTINCT id) AS n FROM tides.observable_next")["n"] == 2
    assert sky.bridge.row("SELECT read_at FROM tides.visit_reading")["read_at"] > first


def test_of_two_readings_at_once_the_later_one_holds_whole(sky):
    settings = sky.bridge.settings
    with (
        connect(sky.bridge.database_url, settings.database, "tides-test") as other,
        ThreadPoolExecutor(1) as pool,
        sky.bridge.connection.transaction(),
    ):
        sky.read(a_visit(1), a_visit(2, ra=170.0))
        later = pool.submit(read_visits, other, Told(a_visit(3), a_visit(4)), settings.fourmost)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.5)
    assert later.result().visits == 2
    kept = sky.bridge.rows("SELECT visit FROM tides.candidate_visit ORDER BY visit_no")
    assert [row["visit"] for row in kept] == ["3", "4"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 503}, ServiceAway),
        ({"kind": "wrong_json", "form": "half"}, AnswerBroken),
        ({"kind": "wrong_json", "form": "html"}, AnswerBroken),
        ({"kind": "status", "status": 403}, AccessRefused),
    ],
    ids=str,
)
def test_a_reading_that_fails_leaves_the_last_one_as_it_is(sky, fault, error):
    sky.read()
    before = sky.bridge.rows("SELECT * FROM tides.observable_next ORDER BY visit_no, id")
    sky.outside.fault({"method": "GET", "path": VISITS, "times": None, **fault})
    with pytest.raises(error):
        sky.read()
    assert sky.bridge.rows("SELECT * FROM tides.observable_next ORDER BY visit_no, id") == before


def test_an_answer_of_which_no_visit_can_be_read_leaves_the_last_reading_and_names_the_columns(sky):
    sky.read(a_visit())
    with pytest.raises(AnswerBroken, match=r"none of 4MOST's 2 .* its columns are pointing, alpha"):
        sky.read({"pointing": 1, "alpha": 150.0}, {"pointing": 2})
    assert sky.on(1) == [1, 2]


def test_a_token_alone_is_an_event_and_no_failure_and_a_login_ends_it(sky, monkeypatch):
    sky.read()
    login = json.loads(FourMostHook.get_connection("fourmost").as_json())
    address = {"conn_type": "fourmost", "host": login["host"]}
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_FOURMOST", json.dumps({**address, "password": "token"}))
        before = sky.outside.calls(VISITS)
        texts = {sky.read().as_text() for _ in range(2)}
        assert sky.outside.calls(VISITS) == before
    (text,) = texts
    assert "need a login and password in connection fourmost; it has a token only" in text
    (event,) = sky.events()
    assert (event["kind"], event["seen"]) == ("candidate visits closed", 2)
    assert sky.on(1001) == [3], "the last reading stays"
    sky.read()
    assert sky.events() == []


def test_the_tasks_report_lists_the_targets_with_magnitude_visits_and_when(sky):
    text = sky.read(a_visit(11, night="2026-11-28"), a_visit(12, targets=[sky.key(1)])).as_text()
    assert text.startswith("2 candidate visits; 2 of our targets may be observed next.")
    (row,) = [line for line in text.splitlines() if line.startswith(sky.name(1))]
    assert row.split() == [sky.name(1), "21", "11", "tile", "7,", "12", "tile", "7", "2026-11-28"]


def test_the_run_report_says_how_many_may_be_observed_and_as_of_when(sky):
    def said():
        text = sky.bridge.report()
        return [line for line in text.splitlines() if "observed next" in line]

    assert said() == ["May be observed next: unknown, since 4MOST's candidate visits have not been read yet."]
    sky.read()
    read_at = sky.bridge.row("SELECT read_at FROM tides.visit_reading")["read_at"]
    as_of = f"{read_at:%Y-%m-%d %H:%M} UTC"
    assert said() == [f"May be observed next: 3 of our targets, by 4MOST's candidate visits as of {as_of}."]


def test_the_trace_says_by_which_visit_a_target_may_be_observed_and_nothing_of_one_that_may_not(sky):
    sky.read(a_visit(11), {"tile": "T7", "date": "2026-11-28", "targets": [sky.key(1)]})
    read_at = sky.bridge.row("SELECT read_at FROM tides.visit_reading")["read_at"]
    lines = [line for line in trace(sky.bridge.connection, 1).as_text().splitlines() if "observed next" in line]
    assert lines == [
        f"may be observed next: visit 11, tile 7 (read {read_at:%Y-%m-%d %H:%M:%S})",
        f"may be observed next: tile T7, planned 2026-11-28 (read {read_at:%Y-%m-%d %H:%M:%S})",
    ]
    assert "observed next" not in trace(sky.bridge.connection, 3).as_text()
