"""Two bridges on the same topics, each with a world outside of its own: one is disturbed, its twin is not.

Every fault test ends alike: the faults stop, the disturbed one runs until nothing changes, and then both hold the same.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.bridge import Bridge, connections
from tests.faults.fate import DURABLE, Act, Fate, Process, Step, undisturbed
from tests.faults.nights import STEPS, step
from tests.standins import Standins
from tests.state import differences, dump
from tides.errors import AnswerBroken, Conflict, ServiceAway

RUN = (*STEPS, "tell")

CLEAR = (ServiceAway, AnswerBroken, Conflict, psycopg.OperationalError, psycopg.InternalError)
"""How a disturbed step may end: a typed error, or PostgreSQL's own, of which `tides.runs.airflow.step` makes one."""

RUNS = 12
"""After so many undisturbed runs a bridge that still changes never comes to rest."""


class ClearlyRefused(Exception):
    """A step that ended as it may."""


@dataclass
class Side:
    """One of the two: a bridge and the stand-ins that it talks to."""

    bridge: Bridge
    outside: Standins
    steps: Callable[[Bridge, str], Step] = step

    def step(self, name: str) -> Step:
        """A step of a run, to be taken in a process of its own; ends well, ClearlyRefused, or by what is a fault."""

        def take() -> None:
            os.environ.update(connections(self.bridge.database_url, self.outside, self.bridge.bootstrap))
            try:
                self.steps(self.bridge, name)()
            except CLEAR as error:
                raise ClearlyRefused(f"{name}: {error}") from error

        return take

    def run(self, names: Iterable[str] = RUN, acts: Iterable[Act] = DURABLE) -> dict[str, int]:
        """One run that nothing disturbs: how many acts each step took. Raises AssertionError when a step fails."""
        return {name: undisturbed(self.step(name), acts) for name in names}

    def try_run(self, names: Iterable[str] = RUN, fate: Fate | None = None) -> list[str]:
        """One run under a fault: the tracebacks of the steps that were refused, each of them clearly."""
        refused = []
        for name in names:
            process = Process(self.step(name), fate)
            process.struck()
            refused.append(refusal(process))
        return [one for one in refused if one]

    def state(self) -> dict[str, list[Any]]:
        """All that must be equal, with 4MOST's list."""
        return dump(self.bridge.database_url, self.outside.rows())

    def run_until_nothing_changes(self) -> None:
        """Undisturbed runs; the last of them has asked nothing of anybody and changed no row."""
        for _ in range(RUNS):
            before, asked = self.state(), self.outside.calls("/")
            self.run()
            after = self.state()
            if any(told["under_way"] for told in after["told"]):
                time.sleep(self.bridge.settings.fourmost.settle_s / 4)
            elif self.outside.calls("/") == asked and not differences(before, after):
                return
        raise AssertionError(f"after {RUNS} undisturbed runs there is still change: {differences(before, after)}")


def refusal(process: Process) -> str:
    """The traceback of an ended process that was clearly refused; empty when it ended well."""
    said = process.refusal()
    assert not said or "ClearlyRefused" in said, said
    return said


def end_alike(disturbed: Side, twin: Side, story: object) -> None:
    """The faults have stopped: what the disturbed one comes to is what its twin came to."""
    disturbed.run_until_nothing_changes()
    found = differences(twin.state(), disturbed.state())
    assert not found, f"{story}: {found}"


def say(fault: str, times: int, disturbed: Side, twin: Side) -> None:
    """The fault's line of the table: how often it struck, and what it lost and doubled against the twin."""
    wanted, found = counted(twin), counted(disturbed)
    lost = sum(max(0, n - found.get(key, 0)) for key, n in wanted.items())
    doubled = sum(max(0, n - wanted.get(key, 0)) for key, n in found.items())
    print(f"fault {fault}, times {times}, lost {lost}, doubled {doubled}")


def counted(side: Side) -> dict[Any, int]:
    """How often each thing is there: the messages of an object, a dead letter, an object's rows at 4MOST."""
    state = side.state()
    counts = {(row["stream"], row["object_id"]): row["messages"] for row in state["candidates"]}
    for part, name in (("dead letters", "raw"), ("4MOST", "objects")):
        for row in state[part]:
            key = (part, str(row[name]), row.get("offset"))
            counts[key] = counts.get(key, 0) + 1
    return counts
