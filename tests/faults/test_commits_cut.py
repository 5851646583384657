"""A connection to PostgreSQL that breaks at COMMIT: the transaction was stored or not, and the client cannot know."""

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.faults.fate import Process, undisturbed
from tests.faults.nights import STEPS, known_objects, publish_round, step
from tests.faults.proxy import Proxy
from tests.state import differences, dump


@pytest.fixture
def proxy(database):
    login = conninfo_to_dict(database)
    proxy = Proxy(login["host"], int(login["port"]))
    yield proxy
    proxy.close()


@pytest.fixture
def bridge(make_bridge, proxy):
    """A bridge whose sessions go through the proxy."""
    bridge = make_bridge()
    bridge.database_url = make_conninfo(bridge.database_url, host="127.0.0.1", port=proxy.port)
    return bridge


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("wanted", [12, pytest.param(500, marks=pytest.mark.soak)])
def test_a_commit_that_is_cut_in_flight_loses_and_doubles_nothing(bridge, make_twin, proxy, outside, chance, wanted):
    twin = make_twin(bridge)
    known = known_objects(outside)
    number = 0
    while proxy.cuts < wanted:
        publish_round(bridge, chance, known, number)
        number += 1
        history = []
        for name in STEPS:
            lost, before = chance.choice(["question", "answer"]), proxy.cuts
            proxy.cut_at(b"COMMIT", lost, skip=chance.randrange(5))
            process = Process(step(bridge, name))
            process.struck()
            if proxy.cuts > before:
                assert b"psycopg.OperationalError" in process.said()
                history.append((name, lost))
            proxy.cut_nothing()
            undisturbed(step(bridge, name))
            undisturbed(step(twin, name))
        found = differences(dump(twin.database_url, []), dump(bridge.database_url, []))
        assert not found, f"round {number}, cuts {history}: {found}"
    print(f"fault commit cut in flight, times {proxy.cuts}, lost 0, doubled 0")


def test_a_connection_that_trickles_changes_nothing(bridge, make_twin, proxy, outside, chance):
    twin = make_twin(bridge)
    publish_round(bridge, chance, known_objects(outside), 0)
    proxy.trickle(97, 0.0001)
    for name in STEPS:
        undisturbed(step(bridge, name))
        undisturbed(step(twin, name))
    assert differences(dump(twin.database_url, []), dump(bridge.database_url, [])) == []
