"""Kills of drain, evaluate and upsert, right before or right after any durable act, on real services."""

import pytest

from tests.faults.fate import Fate, Process, undisturbed
from tests.faults.nights import STEPS, known_objects, publish_round, step
from tests.state import differences, dump


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("wanted", [30, pytest.param(2000, marks=pytest.mark.soak)])
def test_no_kill_loses_or_doubles_anything(make_bridge, make_twin, outside, chance, wanted):
    bridge = make_bridge(partitions=2)
    twin = make_twin(bridge)
    known = known_objects(outside)
    kills, rounds = 0, 0
    while kills < wanted:
        publish_round(bridge, chance, known, rounds)
        rounds += 1
        history = []
        for name in STEPS:
            acts = undisturbed(step(twin, name))
            for _ in range(chance.randint(1, 5)):
                fate = Fate(chance.randrange(acts), chance.random() < 0.5)
                history.append((name, fate.act, "after" if fate.after else "before"))
                kills += Process(step(bridge, name), fate).struck()
            undisturbed(step(bridge, name))
        found = differences(dump(twin.database_url, []), dump(bridge.database_url, []))
        assert not found, f"round {rounds}, kills {history}: {found}"
    before, asked = dump(bridge.database_url, []), outside.calls("api/")
    for name in STEPS:
        undisturbed(step(bridge, name))
    assert differences(before, dump(bridge.database_url, [])) == []
    assert outside.calls("api/") == asked
    print(f"fault SIGKILL of a step, times {kills}, lost 0, doubled 0 ({rounds} rounds)")
