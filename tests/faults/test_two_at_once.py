"""Two runs at once, and a machine whose clock steps by an hour while a step is at work."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine

from tests.faults.fate import Fate, Process
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import RUN, end_alike, refusal, say

TIMES = pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
pytestmark = pytest.mark.timeout(1800)


@TIMES
def test_two_runs_at_once_end_as_one(make_sides, chance, times):
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        twin.run()
        story = []
        for name in RUN:
            both = [Process(disturbed.step(name)) for _ in range(2)]
            for process in both:
                process.struck()
            story += [refusal(process) for process in both]
        end_alike(disturbed, twin, story)
    say("two runs at once", times, disturbed, twin)


def step_the_clock(hours: int) -> None:
    """This process's clock jumps, and goes on from there."""
    time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True).start()


@TIMES
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_step_of_the_clock_changes_nothing(make_sides, chance, hours, times):
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        acts = twin.run()
        for name in RUN:
            fate = Fate(chance.randrange(acts[name]), chance.random() < 0.5, partial(step_the_clock, hours))
            assert disturbed.try_run([name], fate) == []
        end_alike(disturbed, twin, f"clock {hours:+} h")
    say(f"clock steps of {hours:+} h", times, disturbed, twin)
