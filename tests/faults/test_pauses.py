"""A task that is stopped at a durable act goes on beside its retry, as an orphan does whose supervisor was killed."""

import signal

import pytest

from tests.faults.fate import Fate, Process, undisturbed
from tests.faults.nights import STEPS, known_objects, publish_round, step
from tests.state import differences, dump


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("wanted", [6, pytest.param(60, marks=pytest.mark.soak)])
def test_an_orphan_that_goes_on_after_its_retry_changes_nothing(make_bridge, make_twin, outside, chance, wanted):
    bridge = make_bridge(database={"idle_in_transaction_s": 1, "lock_timeout_s": 3})
    twin = make_twin(bridge)
    known = known_objects(outside)
    pauses = number = 0
    while pauses < wanted:
        publish_round(bridge, chance, known, number)
        number += 1
        history = []
        for name in STEPS:
            acts = undisturbed(step(twin, name))
            fate = Fate(chance.randrange(acts), chance.random() < 0.5, signal.SIGSTOP)
            history.append((name, fate.act, "after" if fate.after else "before"))
            orphan = Process(step(bridge, name), fate)
            pauses += orphan.struck()
            retry = Process(step(bridge, name))
            try:
                retry.struck()
            finally:
                orphan.go_on()
            if (
                refusal := retry.refusal()
            ):  # stopped in the middle of a COPY, it keeps its locks; its own work holds then
                assert "another task holds the bookmark" in refusal
                undisturbed(step(bridge, name))
        found = differences(dump(twin.database_url, []), dump(bridge.database_url, []))
        assert not found, f"round {number}, pauses {history}: {found}"
    print(f"fault pause of a step beside its retry, times {pauses}, lost 0, doubled 0")
