"""What 4MOST does not take as a whole goes in smaller requests, and one target keeps no other out."""

from itertools import chain

import pytest

from tests.targets import FADED, LIVE, put_targets
from tides.database.statements import statement
from tides.fourmost.exchange import keep_outcome
from tides.fourmost.guard import release_refused
from tides.fourmost.outcomes import Unknown
from tides.fourmost.tell import update
from tides.fourmost.wanted import batches_to_create, batches_to_update
from tides.hooks.fourmost import FourMostHook
from tides.journal.kinds import Kind

ROWS = "targetCat/transients/"
CREATE = {"method": "POST", "path": f"{ROWS}$"}
CHANGE = {"method": "PATCH", "path": ROWS}
FAULTS = ({"kind": "status", "status": 500}, {"kind": "status", "status": 502}, {"kind": "cut"})


class Sync:
    """A bridge whose targets are put into the master, and its runs."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside = bridge, outside

    def put(self, count, first=0):
        put_targets(self.bridge.connection, count, first=first)
        self.bridge.connection.execute(LIVE)

    def run(self):
        """A run, after the settle time of the last one."""
        passed = "UPDATE tides.fourmost_target SET sending_since = sending_since - make_interval(secs => %s)"
        self.bridge.connection.execute(passed, (self.bridge.settings.fourmost.settle_s + 0.1,))
        return self.bridge.tell()

    def failing(self):
        return self.bridge.rows(
            "SELECT subject, detail FROM tides.event WHERE kind = %s AND closed_at IS NULL", Kind.FAILS_AT_TARGET
        )

    def bulks(self):
        """The rows of each create until now, in their order."""
        calls = self.outside.recent()
        return [call["ids_count"] for call in calls if call["method"] == "POST" and call["path"].endswith(ROWS)]

    def changed(self):
        """The targets of which a change was sent, in the order in which they were marked."""
        asked = "SELECT id FROM tides.fourmost_exchange WHERE verb = 'change' AND part = 'request' ORDER BY exchange_id"
        return list(dict.fromkeys(row["id"] for row in self.bridge.rows(asked)))

    def visit(self, *targets):
        """4MOST may observe these next."""
        connection = self.bridge.connection
        connection.execute("INSERT INTO tides.candidate_visit (visit_no, visit, content) VALUES (1, 'a visit', '{}')")
        connection.execute(
            "INSERT INTO tides.candidate_visit_target SELECT 1, id FROM unnest(%s::integer[]) AS id", (list(targets),)
        )

    def throttle(self, calls, seconds, **more):
        self.outside.fault(
            {"match": CHANGE, "kind": "throttle", "calls": calls, "seconds": seconds, "times": None} | more
        )

    def name(self, target):
        return self.bridge.row("SELECT name FROM tides.target WHERE tides_id = %s", target)["name"]

    def active(self):
        return sorted(row["name"] for row in self.outside.rows() if row["is_active"])


@pytest.fixture
def sync(make_syncing, outside):
    return Sync(make_syncing(fourmost={"retry_s": 1800}), outside)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f['kind']} {f.get('status', '')}")
def test_a_row_that_spoils_its_bulk_keeps_no_neighbour_out_and_is_set_aside(sync, outside, fault):
    sync.put(50)
    bad = sync.name(17)
    outside.fault({**fault, "match": {**CREATE, "contains": bad}, "times": None})
    for _ in range(3):
        sync.run()
    assert len(sync.active()) == 49
    assert sync.bulks() == [50, *[7] * 7, 1, *[1] * 7], "in parts, and then one by one"
    assert sync.failing() == []
    for _ in range(3):
        sync.run()
    (event,) = sync.failing()
    (aside,) = sync.bridge.rows("SELECT name, refusal FROM tides.fourmost_target WHERE refused IS NOT NULL")
    assert (event["subject"], aside["name"], event["detail"]["times"]) == (bad, bad, 3)
    assert ("500" in event["detail"]["words"]) == (fault.get("status") == 500)
    before = outside.calls(ROWS)
    sync.run()
    assert outside.calls(ROWS) == before, "it is not sent again as it is"
    outside.no_faults()
    release_refused(sync.bridge.connection, "a test")
    sync.run()
    sync.run()
    assert (len(sync.active()), sync.failing()) == (50, [])


def test_a_row_that_was_set_aside_goes_again_when_it_differs(sync, outside):
    sync.put(3)
    outside.fault({"kind": "cut", "match": {**CREATE, "contains": sync.name(2)}, "times": None})
    for _ in range(5):
        sync.run()
    assert [event["subject"] for event in sync.failing()] == [sync.name(2)]
    outside.no_faults()
    sync.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 20 WHERE tides_id = 2")
    sync.run()
    assert (len(sync.active()), sync.failing()) == (3, [])


def test_a_change_that_fails_alone_is_set_aside_and_keeps_no_other_out(sync, outside):
    sync.put(20)
    sync.run()
    bad = [row["id"] for row in outside.rows()[:10]]
    for pk in bad:
        outside.fault({"kind": "status", "status": 500, "match": {**CHANGE, "path": f"{ROWS}{pk}/"}, "times": None})
    sync.bridge.connection.execute(FADED)
    sync.run()
    sync.run()
    assert len(sync.active()) == 10, "more changes fail than are sent at a time, and the others go all the same"
    for _ in range(4):
        sync.run()
    assert len(sync.failing()) == 10
    before = outside.calls(ROWS, "PATCH")
    sync.run()
    assert outside.calls(ROWS, "PATCH") == before
    outside.no_faults()
    release_refused(sync.bridge.connection, "a test")
    sync.run()
    sync.run()
    assert (sync.active(), sync.failing()) == ([], [])


@pytest.mark.parametrize("answered", [False, True])
def test_a_task_of_ours_that_died_does_not_count_against_its_row(sync, answered):
    sync.put(2)
    sync.run()
    connection = sync.bridge.connection
    # What a killed task leaves after many tries: a mark, and no answer. Others were stored since.
    left = connection.execute(
        "UPDATE tides.fourmost_target SET before_told = told, told = NULL, attempt = 9, in_bulk = 1,"
        " sending_since = now() - interval '1 hour' WHERE id = 1 RETURNING sending_since"
    ).fetchone()
    if answered:
        keep_outcome(connection, "run", 1, sync.name(1), "change", Unknown("<html>500</html>"))
    given = {"id": 1, "mark": left["sending_since"], "failures_alone": 3}
    found = connection.execute(statement("fourmost/put_back_unclear"), given).fetchone()
    assert found["set_aside"] is answered
    row = sync.bridge.row("SELECT told IS NOT NULL AS told, attempt, refusal FROM tides.fourmost_target WHERE id = 1")
    assert row == {
        "told": True,
        "attempt": 9 if answered else 8,
        "refusal": "no clear answer to it alone: <html>500</html>" if answered else None,
    }


def test_while_4most_stores_nothing_no_row_is_held_to_be_the_cause(sync, outside):
    sync.put(9)
    outside.fault({"kind": "status", "status": 503, "match": CREATE, "times": None})
    for _ in range(6):
        sync.run()
    assert sync.failing() == []
    assert sync.bridge.rows("SELECT FROM tides.fourmost_target WHERE refused IS NOT NULL OR not_before > now()") == []
    outside.no_faults()
    sync.run()
    assert len(sync.active()) == 9


def test_a_gateway_that_fails_above_a_number_of_rows_costs_no_failure_in_each_run(sync, outside):
    failures = []
    for run, most in enumerate([20, 20, 20, 20, 5, 5, 5, 5]):
        outside.no_faults()
        outside.fault({"kind": "status", "status": 502, "match": {**CREATE, "over": most}, "times": None})
        sync.put(50, first=50 * run)
        before = len(sync.bulks())
        sync.run()
        failures.append(sum(rows > most for rows in sync.bulks()[before:]))
    assert len(sync.active()) >= 350
    assert max(failures) <= 2
    assert sum(failures) <= 5
    outside.no_faults()
    sync.run()
    assert len(sync.active()) == 400
    sync.bridge.connection.execute("UPDATE tides.fourmost_bulk SET believed_until = now()")
    sync.put(200, first=400)
    sync.run()
    assert max(sync.bulks()[-10:]) == 50, "it grows again with success"


def test_a_bulk_that_is_refused_for_its_size_is_remembered_too(sync, outside):
    outside.fault({"kind": "status", "status": 400, "match": {**CREATE, "over": 10}, "times": None})
    sync.put(50)
    assert sync.run().created == 50
    sync.put(50, first=50)
    before = len(sync.bulks())
    assert sync.run().created == 50
    assert max(sync.bulks()[before:]) <= 10


@pytest.mark.parametrize("silent", [False, True], ids=["Retry-After", "silent"])
def test_flags_go_at_the_pace_of_a_throttle_the_most_urgent_first(make_syncing, outside, silent):
    sync = Sync(make_syncing(fourmost={"objects_an_update_batch": 20, "updates_in_flight": 4}), outside)
    sync.put(50)
    sync.run()
    sync.visit(31, 47, 50)
    sync.bridge.connection.execute(f"{FADED} WHERE tides_id > 10")
    sync.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 20 WHERE tides_id = 3")
    sync.throttle(15, 1.0, silent=silent)
    told = sync.run()
    assert (told.updated, told.denied) == (41, None)
    sent = sync.changed()
    assert set(sent[:4]) == {31, 47, 50, 11}, "what may be observed next goes first, four side by side"
    assert set(sent[:20]) == {31, 47, 50, *range(11, 28)}
    assert sent[-1] == 3, "a magnitude waits for every flag"


def test_look_ups_wait_for_a_throttle_too(sync, outside):
    sync.put(12)
    outside.fault({"match": CREATE, "kind": "store_then_cut"})
    sync.run()
    outside.fault(
        {
            "match": {"method": "GET", "contains": "name=TiDES"},
            "kind": "throttle",
            "calls": 5,
            "seconds": 1,
            "times": None,
        }
    )
    told = sync.run()
    assert (told.adopted, told.not_sent, told.denied) == (12, None, None)


def test_more_batches_than_mapped_tasks_are_larger_and_keep_their_order(make_syncing, outside):
    sync = Sync(make_syncing(fourmost={"objects_a_create": 10, "mapped_tasks": 3}), outside)
    sync.put(61)
    sync.bridge.stage()
    limits = sync.bridge.settings.fourmost
    batches = batches_to_create(sync.bridge.connection, limits)
    assert [len(ids) for ids in batches] == [21, 21, 19]
    alone = batches_to_create(sync.bridge.connection, limits.model_copy(update={"mapped_tasks": 99}))
    assert [*chain(*batches)] == [*chain(*alone)]
    assert sync.run().created == 61
    assert max(sync.bulks()) == 10


@pytest.mark.soak
@pytest.mark.parametrize("silent", [False, True], ids=["Retry-After", "silent"])
def test_many_flags_go_at_the_pace_of_a_throttle(make_syncing, outside, silent):
    """1,400 flags at 100 in 6 s, in the place of 14,000 at 100 a minute. A run ends amid them, and the next goes on."""
    sync = Sync(make_syncing(guard={"initial": False, "faint": 1.0}), outside)
    sync.put(1400)
    sync.run()
    sync.bridge.connection.execute(FADED)
    sync.bridge.stage()
    sync.throttle(100, 6.0, silent=silent)
    batches = batches_to_update(sync.bridge.connection, sync.bridge.settings.fourmost)
    assert [len(ids) for ids in batches] == [175] * 8
    for ids in batches[:3]:
        told = update(sync.bridge.connection, FourMostHook(), *sync.bridge.to_tell, "run-1", ids)
        assert (told.updated, told.denied) == (175, None)
    assert len(sync.active()) == 875
    told = sync.run()
    assert (told.updated, told.denied, sync.active()) == (875, None, [])
