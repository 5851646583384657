"""What is staged in an hour: only what may have changed, in pieces, and as if all had been computed anew."""

import random
import tracemalloc

import pytest

from tests.targets import FADED, LIVE, give_objects, put_hosts, put_targets
from tides.fourmost import wanted
from tides.fourmost.wanted import batches_to_create, batches_to_update, read_wanted, wanted_in_pieces

TARGETS = 30
F = "UPDATE tides.fourmost_target AS f SET"
OF_THESE = "id = ANY (%s)"
TELL = f"{F} told = wanted, before_told = NULL, sending_since = NULL WHERE wanted IS NOT NULL AND {OF_THESE}"
KEY = (
    "INSERT INTO tides.fourmost_key (pk, id, name, status, learnt_how) SELECT id, id, name, 'current', 'create'"
    f" FROM tides.fourmost_target WHERE told IS NOT NULL AND {OF_THESE} ON CONFLICT DO NOTHING"
)
CHANGES = (
    f"{LIVE} WHERE tides_{OF_THESE}",
    f"{FADED} WHERE tides_{OF_THESE}",
    f"UPDATE tides.tides_hosts SET active = NOT active, name = 'H' || tides_id WHERE tides_{OF_THESE}",
    f"{F} date_ingested = now() WHERE told IS NOT NULL AND {OF_THESE}",
    f"{F} before_told = told, told = NULL, sending_since = now() - interval '1 d' WHERE wanted IS NOT NULL"
    f" AND sending_since IS NULL AND {OF_THESE}",
    f"{F} told = before_told, before_told = NULL, sending_since = NULL WHERE sending_since IS NOT NULL AND {OF_THESE}",
    f"{F} told = told || '{{\"mag\": 12.5}}' WHERE {OF_THESE}",
    f"{F} told = jsonb_set(told, '{{is_active}}', to_jsonb(told -> 'is_active' = 'false')) WHERE {OF_THESE}",
    f"{F} refused = wanted, refusal = 'no' WHERE {OF_THESE}",
    f"{F} held = 'created' WHERE {OF_THESE}",
    f"UPDATE tides.target_band SET current_mag = current_mag + 0.5 WHERE tides_{OF_THESE}",
    f"UPDATE tides.target_band SET newest_jd = newest_jd - 300 WHERE tides_{OF_THESE}",
    f"UPDATE tides.tides_master SET ra = ra + 0.01 WHERE tides_{OF_THESE}",
    f"UPDATE tides.tides_master SET template = 'first' WHERE tides_{OF_THESE}",
    "INSERT INTO tides.tides_context (survey, object_id, redshift) SELECT survey, object_id, 0.1"
    f" FROM tides.tides_alias WHERE tides_{OF_THESE} ON CONFLICT DO NOTHING",
)


@pytest.fixture
def bridge(make_syncing):
    made = make_syncing()
    made.settings.targets["first"] = made.settings.targets["tides-sn"].model_copy(update={"priority": 5})
    return made


def stored(bridge):
    rows = bridge.rows("SELECT id, state, wanted, problem, priority FROM tides.fourmost_target")
    return {row["id"]: (row["state"], row["wanted"], row["problem"], row["priority"]) for row in rows}


def test_what_is_left_out_would_be_computed_as_it_is_stored(bridge):
    chance = random.Random(19)
    put_targets(bridge.connection, TARGETS)
    hosts = put_hosts(bridge.connection)
    give_objects(bridge.connection)
    everybody = [*hosts, *hosts.values()]
    left_out = 0
    for _ in range(80):
        these = chance.sample(everybody, 12)
        change = chance.choice((*CHANGES, TELL, TELL))
        bridge.connection.execute(change, (these,))
        bridge.connection.execute(KEY, (these,))
        if chance.random() < 0.05:
            template = bridge.settings.targets["tides-sn"]
            bridge.settings.targets["tides-sn"] = template.model_copy(update={"priority": chance.randint(0, 3)})
        staged = {w.id for piece in wanted_in_pieces(bridge.connection, *bridge.to_tell) for w in piece}
        there = stored(bridge)
        for target in read_wanted(bridge.connection, *bridge.to_tell, everybody):
            if target.id in staged:
                continue
            left_out += 1
            if target.id not in there:
                assert target.state == "absent", f"{target.id} after {change}"
                continue
            state, row, problem, priority = there[target.id]
            assert (target.state, target.row, target.problem) == (state, row, problem), f"{target.id} after {change}"
            # The priority of what is off counts for nothing.
            assert state != "live" or target.priority == priority
        if chance.random() < 0.5:
            bridge.stage()
    assert left_out > TARGETS * 20


def test_what_an_orphan_told_as_active_after_the_end_of_its_target_is_switched_off(bridge):
    put_targets(bridge.connection, 1)
    bridge.connection.execute(LIVE)
    bridge.stage()
    # The target has ended, and a task of an earlier run has sent its create all the same.
    bridge.connection.execute(TELL, ([1],))
    bridge.connection.execute(KEY, ([1],))
    bridge.connection.execute(f"{F} state = 'absent'")
    bridge.connection.execute(FADED)
    bridge.stage()
    assert stored(bridge)[1][1]["is_active"] is False
    assert batches_to_update(bridge.connection, bridge.settings.fourmost) == [[1]]


def test_a_change_of_unknown_outcome_is_read_back_also_when_nothing_can_be_sent_any_more(bridge):
    put_targets(bridge.connection, 1)
    bridge.connection.execute(LIVE)
    bridge.stage()
    bridge.connection.execute(TELL, ([1],))
    bridge.connection.execute(KEY, ([1],))
    bridge.connection.execute(f"{F} before_told = told, told = NULL, sending_since = now() - interval '1 d'")
    bridge.connection.execute("UPDATE tides.target_band SET newest_jd = newest_jd - 300")
    bridge.stage()
    assert stored(bridge)[1][:2] == ("live", None)
    assert batches_to_update(bridge.connection, bridge.settings.fourmost) == [[1]]


def test_the_memory_does_not_grow_with_the_targets(bridge, monkeypatch):
    monkeypatch.setattr(wanted, "AT_ONCE", 100)
    peaks = []
    for first, count in ((0, 200), (200, 1800)):
        put_targets(bridge.connection, count, first=first)
        bridge.connection.execute(LIVE)
        tracemalloc.start()
        staged = bridge.stage()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert staged["live"] == first + count
        bridge.connection.execute(f"{F} told = wanted")
    assert sum(map(len, batches_to_create(bridge.connection, bridge.settings.fourmost))) == 2000
    assert peaks[1] <= 1.2 * peaks[0] or peaks[1] - peaks[0] < 500_000


def test_the_key_that_a_person_makes_the_current_one_again_is_recorded(bridge):
    put_targets(bridge.connection, 1)
    bridge.connection.execute(
        "INSERT INTO tides.fourmost_key (pk, id, name, status, learnt_how)"
        " VALUES (7, 1, 'a', 'current', 'create'), (8, 1, 'a', 'double', 'create')"
    )
    keys = []
    for current in (7, 8, 7):
        status = "CASE WHEN pk = %s THEN 'current' ELSE 'double' END"
        bridge.connection.execute("UPDATE tides.fourmost_key SET status = 'double'")
        bridge.connection.execute(f"UPDATE tides.fourmost_key SET status = {status}", (current,))
        bridge.sql_step("fourmost/record_4most_keys", keys="[]")
        keys.append(bridge.row("SELECT pk_4most FROM tides.tides_master")["pk_4most"])
    assert keys == [7, 8, 7]
