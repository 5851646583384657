"""Both sides brought in step, against the stand-in for 4MOST: each kind of drift, and a database that is older."""

from threading import Thread
from time import sleep

import pytest

from tests.bridge import Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.targets import LIVE, put_targets
from tides.errors import AnswerBroken, ServiceAway
from tides.fourmost.reconcile import meet_newer, reconcile
from tides.fourmost.tell import create
from tides.hooks.fourmost import FourMostHook
from tides.journal.states import history, unexpected

CREATE = {"method": "POST", "path": "targetCat/transients/$"}


class Sides:
    """A bridge with targets that 4MOST knows, and both sides' view of them."""

    def __init__(self, bridge, outside):
        self.bridge, self.outside, self.hook = bridge, outside, FourMostHook()

    def see(self, *objects, ra=150.0, **columns):
        """A message of each object (a number), and the run that takes it."""
        self.bridge.publish("lsst", *(an_lsst_message(AN_ID + n, ra=ra + n, **columns) for n in objects))
        return self.bridge.run()

    def reconcile(self, *, full=True):
        return reconcile(self.bridge.connection, self.hook, *self.bridge.to_compare, "reconcile-1", full=full)

    def row(self, place=0):
        return self.outside.rows()[place]

    def target(self, tides_id=1):
        return self.bridge.row("SELECT * FROM tides.tides_master WHERE tides_id = %s", tides_id)

    def events(self, *, still_open=True):
        where = "closed_at IS NULL" if still_open else "true"
        return [e["kind"] for e in self.bridge.rows(f"SELECT kind FROM tides.event WHERE {where} ORDER BY event_id")]

    def objects_at_4most(self):
        """Which object each row at 4MOST is, by our keys."""
        rows = self.bridge.rows(
            "SELECT k.pk, a.object_id::bigint AS object FROM tides.fourmost_key AS k"
            " JOIN tides.tides_alias AS a ON a.tides_id = k.id WHERE k.status = 'current'"
        )
        return {row["pk"]: row["object"] - AN_ID for row in rows}


@pytest.fixture
def sides(bridge, outside):
    return Sides(bridge, outside)


def test_ids_and_dates_that_4most_gives_at_ingestion_reach_the_master(sides):
    sides.see(0, 1)
    sides.outside.ingest()
    done = sides.reconcile()
    assert (done.rows, done.ingested, dict(done.found)) == (2, 2, {})
    target, row = sides.target(), sides.row()
    assert (target["ostd_targ_id"], target["ostd_u_obj_id"]) == (row["ostd_targ_id"], row["ostd_u_obj_id"])
    assert [h.step for h in history(sides.bridge.connection, 1)] == ["selected", "created", "ingested"]
    assert (
        "Both sides agree."
        in sides.bridge.row("SELECT report FROM tides.bridge_run WHERE lane = 'reconcile'")["report"]
    )


def test_a_second_reconcile_asks_for_what_changed_only_and_finds_ingestions_by_their_own_date(sides):
    sides.see(0, 1)
    assert sides.reconcile(full=False).full, "the first one has nothing to begin at"
    sides.bridge.connection.execute("UPDATE tides.bridge_run SET started_at = now() + interval '3 h'")
    again = sides.reconcile(full=False)
    assert (again.full, again.rows) == (False, 0)
    sides.bridge.connection.execute("UPDATE tides.bridge_run SET started_at = now() - interval '1 h'")
    sides.outside.ingest()
    assert sides.reconcile(full=False).ingested == 2
    sides.bridge.connection.execute("UPDATE tides.bridge_run SET started_at = now() - interval '8 days'")
    assert sides.reconcile(full=False).full, "once a week the whole list is due"


def test_a_filter_that_4most_ignores_is_noticed_and_what_comes_is_compared_all_the_same(sides, monkeypatch):
    sides.see(0)
    sides.reconcile()
    sides.outside.ingest()
    sides.bridge.connection.execute("UPDATE tides.bridge_run SET started_at = now() + interval '3 h'")
    listed = FourMostHook.rows
    monkeypatch.setattr(
        FourMostHook,
        "rows",
        lambda self, after=0, **lookups: listed(self, after, **{f"x{k}": v for k, v in lookups.items()}),
    )
    done = sides.reconcile(full=False)
    assert done.ingested == 1
    assert "4MOST ignores a filter" in sides.events()


def test_a_flag_that_somebody_changed_at_4most_is_told_again(sides):
    sides.see(0)
    sides.hook.update(sides.row()["id"], {"is_active": False})
    assert sides.reconcile().found["rows that differed, told again"] == 1
    assert sides.bridge.tell().updated == 1
    assert sides.row()["is_active"] is True
    assert dict(sides.reconcile().found) == {}
    assert sides.bridge.row("SELECT detail FROM tides.event")["detail"]["ours_theirs"] == {"is_active": [True, False]}


def test_after_ingestion_a_field_that_differs_is_taken_as_it_is_there(sides):
    sides.see(0)
    sides.hook.update(sides.row()["id"], {"mag": 19.0})
    sides.outside.ingest()
    sides.reconcile()
    assert sides.bridge.tell().updated == 0
    assert dict(sides.reconcile().found) == {}


def test_a_row_under_way_is_left_to_the_tell_protocol(sides):
    sides.see(0)
    sides.bridge.connection.execute("UPDATE tides.fourmost_target SET sending_since = now(), told = NULL")
    sides.hook.update(sides.row()["id"], {"is_active": False})
    assert dict(sides.reconcile().found) == {}
    assert sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"] is None


def test_a_create_that_is_answered_between_two_looks_is_taken_neither_for_a_stray_nor_for_a_double(
    make_syncing, outside, monkeypatch
):
    """Two runs at once: one lists the row that the other has just made, whose key is known before it looks again."""
    bridge = make_syncing(fourmost={"create_timeout_s": 10, "total_timeout_s": 11, "settle_s": 12})
    sides, looked = Sides(bridge, outside), FourMostHook.get
    put_targets(bridge.connection, 1)
    bridge.connection.execute(LIVE)
    bridge.stage()
    other = Bridge.__new__(Bridge)
    other.__dict__.update(vars(bridge))
    other.connect()
    sides.outside.fault(CREATE | {"kind": "trickle", "seconds": 0.002})
    creates = Thread(target=create, args=(other.connection, FourMostHook(), *bridge.to_tell, "run-2", [1]))
    creates.start()
    while not sides.outside.rows():
        sleep(0.01)

    def look_again(hook, pk):
        creates.join()
        return looked(hook, pk)

    monkeypatch.setattr(FourMostHook, "get", look_again)
    met = meet_newer(bridge.connection, FourMostHook(), *bridge.to_compare, "run-1")
    other.close()
    assert dict(met) == {"unknown rows: left alone": 1}
    assert sides.row()["is_active"] is True
    assert bridge.tell().updated == 0


def test_a_double_made_by_hand_is_switched_off_and_stays_known(sides):
    sides.see(0)
    told = sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    sides.hook.create([told])
    assert sides.reconcile().found["doubles switched off"] == 1
    assert [row["is_active"] for row in sides.outside.rows()] == [True, False]
    keys = sides.bridge.rows("SELECT status FROM tides.fourmost_key ORDER BY pk")
    assert [k["status"] for k in keys] == ["current", "double"]
    sides.hook.update(sides.row(1)["id"], {"is_active": True})
    assert sides.reconcile().found["doubles switched off"] == 1, "also when somebody switches it on again"
    assert sides.bridge.run().created == 0


def test_a_double_that_cannot_be_switched_off_yet_is_an_event_until_it_is(sides):
    sides.see(0)
    sides.hook.create([sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]])
    sides.outside.fault({"method": "PATCH", "kind": "status", "status": 503})
    sides.reconcile()
    assert sides.events() == ["double at 4MOST"]
    sides.reconcile()
    assert sides.events() == []
    assert [row["is_active"] for row in sides.outside.rows()] == [True, False]


def test_the_last_row_of_a_target_is_never_taken_for_a_double(sides):
    sides.see(0)
    told = sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    sides.hook.create([told])
    sides.hook.delete(sides.row()["id"])
    done = sides.reconcile()
    assert done.found["doubles that could not be switched off yet"] == 1
    assert [row["is_active"] for row in sides.outside.rows()] == [True]
    assert "missing at 4MOST" in sides.events()


def test_a_row_that_was_deleted_is_reported_never_made_anew_and_the_event_ends_when_it_is_back(sides):
    sides.see(0, 1)
    gone = sides.row()
    sides.hook.delete(gone["id"])
    assert sides.reconcile().found["missing at 4MOST, reported"] == 1
    assert sides.events() == ["missing at 4MOST"]
    sides.bridge.run()
    assert len(sides.outside.rows()) == 1
    sides.outside.add_rows([{k: v for k, v in gone.items() if not k.startswith(("date_sub", "date_mod"))}])
    sides.reconcile()
    assert sides.events() == []


def test_another_name_under_our_key_is_reported_and_nothing_is_changed(sides):
    sides.see(0)
    sides.hook.update(sides.row()["id"], {"name": "TiDES26zzz"})
    before = sides.row()
    assert sides.reconcile().found["keys or names of another target, reported"] == 1
    assert sides.events() == ["another target at 4MOST"]
    assert sides.row() == before


def test_our_name_at_another_place_is_never_adopted_nor_changed(sides):
    sides.see(0)
    told = sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    sides.hook.create([told | {"ra": 10.0}])
    assert sides.reconcile().found["unknown rows: of another target"] == 1
    assert [row["is_active"] for row in sides.outside.rows()] == [True, True]
    sides.reconcile()
    assert sides.events() == ["another target at 4MOST"], "it is reported as long as it is there"


def test_rows_of_others_are_none_of_our_business(sides):
    sides.see(0)
    told = sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    sides.hook.create([told | {"name": "a galaxy"}, told | {"name": "TiDES26zzz", "uploadedfor_survey_id": 5}])
    assert dict(sides.reconcile().found) == {}


def test_a_row_under_our_prefix_that_nobody_knows_is_reported_until_it_is_gone(sides):
    sides.see(0)
    told = sides.bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    sides.hook.create([told | {"name": "TiDES26xyz", "ra": 10.0}])
    assert sides.reconcile().found["unknown rows: stray"] == 1
    assert sides.events() == ["unknown row at 4MOST"]
    sides.hook.delete(sides.row(1)["id"])
    sides.reconcile()
    assert sides.events() == []
    assert sides.bridge.rows("SELECT * FROM tides.fourmost_stray") == []


def test_rows_that_change_while_the_list_is_paged_are_neither_missed_nor_taken_for_missing(sides, monkeypatch):
    monkeypatch.setattr("tides.hooks.fourmost.PAGE_ROWS", 2)
    sides.see(0, 1, 2, 3, 4)
    first, second, *_ = sides.outside.rows()
    read = FourMostHook.rows

    def disturbed(self, after=0, /, **lookups):
        for place, row in enumerate(read(self, after, **lookups)):
            if place == 1:
                sides.hook.delete(first["id"])
                sides.hook.update(second["id"], {"is_active": False})
                sides.see(5)
            yield row

    monkeypatch.setattr(FourMostHook, "rows", disturbed)
    done = sides.reconcile()
    monkeypatch.undo()
    assert done.rows == 6, "the one that came while it read is there, and the deleted one had been read"
    assert "missing at 4MOST" not in sides.events()
    assert sides.reconcile().found["missing at 4MOST, reported"] == 1


def test_a_list_of_10000_rows_is_read_by_21_requests_and_compared(sides):
    sides.see(0)
    (row,) = sides.outside.rows()
    made = {k: v for k, v in row.items() if k not in ("id", "date_submitted", "date_modified")}
    sides.outside.add_rows([made | {"name": f"other {n}"} for n in range(9_999)])
    before = sides.outside.calls("targetCat/transients/", "GET")
    done = sides.reconcile()
    assert (done.rows, dict(done.found)) == (10_000, {})
    assert sides.outside.calls("targetCat/transients/", "GET") - before <= 21


def test_columns_that_4most_no_longer_has_are_named(sides, monkeypatch):
    sides.see(0)
    read = FourMostHook.rows

    def without_dec(self, after=0, /, **lookups):
        return ({k: v for k, v in row.items() if k != "dec"} for row in read(self, after, **lookups))

    monkeypatch.setattr(FourMostHook, "rows", without_dec)
    with pytest.raises(AnswerBroken, match="has no dec: its columns have changed"):
        sides.reconcile()


def test_a_reconcile_that_breaks_off_keeps_its_bound(sides):
    sides.see(0)
    sides.reconcile()
    bound = sides.bridge.row("SELECT started_at FROM tides.bridge_run WHERE lane = 'reconcile'")
    sides.outside.fault({"method": "GET", "kind": "status", "status": 503, "times": None})
    with pytest.raises(ServiceAway):
        sides.reconcile(full=False)
    assert sides.bridge.row("SELECT started_at FROM tides.bridge_run WHERE lane = 'reconcile'") == bound


class TestARestoredOlderDatabase:
    """The bookkeeping is older than 4MOST: what was created since is met again."""

    @pytest.fixture
    def restore(self, sides, postgres):
        """Keeps a copy of the database now; calling what it gives goes back to it."""
        original = sides.bridge.database_url.rsplit("/", 1)[1]

        def keep():
            sides.bridge.connection.close()
            copy = postgres.create_database("restored", template=original)
            sides.bridge.connect()

            def go_back():
                sides.bridge.connection.close()
                sides.bridge.database_url = postgres.url(copy)
                sides.bridge.connect()

            return go_back

        return keep

    def test_its_keys_are_learnt_again_and_nothing_is_doubled(self, sides, restore):
        sides.see(0)
        go_back = restore()
        sides.see(1, 2, days_ago=3)
        sides.see(3, 4)
        assert len(sides.outside.rows()) == 5
        known = sides.objects_at_4most()
        go_back()
        sides.bridge.run()
        assert len(sides.outside.rows()) == 5
        assert sides.objects_at_4most() == known
        assert dict(sides.reconcile().found) == {}

    def test_a_new_target_never_gets_a_name_that_4most_knows(self, sides, restore):
        sides.see(0)
        go_back = restore()
        sides.see(1)
        taken = sides.row(1)["name"]
        go_back()
        sides.bridge.publish("lsst", an_lsst_message(AN_ID - 5, ra=200.0))  # the first of its run to be named
        sides.bridge.run()
        rows = sides.outside.rows()
        names = [row["name"] for row in rows]
        assert len(names) == len(set(names)) == 3
        assert [row["ra"] for row in rows if row["name"] == taken] == [151.0]
        assert sorted(sides.objects_at_4most().values()) == [-5, 0, 1]
        assert "target renamed" in sides.events(still_open=False)

    def test_a_target_that_was_named_anew_takes_the_name_that_4most_has(self, sides, restore):
        sides.see(0)
        go_back = restore()
        sides.see(1, 2)
        names = {row["ra"]: row["name"] for row in sides.outside.rows()}
        go_back()
        sides.reconcile()
        assert sides.events() == ["unknown row at 4MOST"] * 2
        sides.see(9, ra=190.0)
        sides.bridge.run()
        rows = sides.outside.rows()
        assert len(rows) == 4
        assert {ra: name for ra, name in ((r["ra"], r["name"]) for r in rows) if ra in names} == names
        ours = {row["ra"]: row["name"] for row in sides.bridge.rows("SELECT ra, name FROM tides.tides_master")}
        assert {ra: ours[ra] for ra in names} == names
        for target in sides.bridge.rows("SELECT tides_id FROM tides.tides_master"):
            steps = history(sides.bridge.connection, target["tides_id"])
            assert unexpected([step.step for step in steps]) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("date_ingested", "2126-11-25T15:00:00+01:00"),
        ("date_ingested", "1970-01-01T00:00:00Z"),
        ("ostd_targ_id", 2**70),
        ("is_active", "yes"),
        ("ra", "two hours"),
    ],
)
def test_a_value_of_4most_that_cannot_be_true_is_unknown_told_and_stops_no_other_row(sides, column, value):
    sides.see(0, 1)
    sides.outside.ingest()
    sides.outside.fault({"kind": "values", "path": "targetCat/transients/", "times": None, "values": {column: value}})
    done = sides.reconcile()
    assert done.rows == 2
    first, second = sides.bridge.rows("SELECT date_ingested FROM tides.fourmost_target ORDER BY id")
    assert second["date_ingested"] is not None
    assert (first["date_ingested"] is None) == (column == "date_ingested")
    told = sides.bridge.row("SELECT subject, detail FROM tides.event WHERE kind = 'implausible row at 4MOST'")
    assert told["subject"].endswith(f" {column}")
    assert told["detail"]["value"] == str(value)[:60]
    sides.outside.no_faults()
    sides.bridge.run()
    sides.reconcile()
    sides.bridge.run()
    assert dict(sides.reconcile().found) == {}
    assert sides.events() == []


def test_a_key_is_kept_although_the_row_that_brings_it_has_a_date_that_cannot_be_true(sides):
    create = {"method": "POST", "path": "targetCat/transients/$"}
    sides.outside.fault({**create, "kind": "values", "values": {"date_ingested": "2126-11-25T15:00:00+01:00"}})
    assert sides.see(0).created == 1
    row = sides.bridge.row("SELECT date_ingested FROM tides.fourmost_target")
    assert row["date_ingested"] is None
    assert sides.target()["pk_4most"] == sides.row()["id"]
    assert "implausible row at 4MOST" in sides.events()
