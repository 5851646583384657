"""Kafka, PostgreSQL, Dask and the stand-ins are killed while a step is at work with them, and started again."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from sandbox.services.servers import Dask
from sandbox.services.service import Service
from tests.faults.fate import DURABLE, Act, Fate, Process
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import RUN, end_alike, refusal, say
from tides.hooks.dask import Cluster
from tides.hooks.http import Channel
from tides.stream.topic import Topic


@dataclass
class Victim:
    """A service that is killed: in which of a run's steps, and what these ask of it."""

    steps: tuple[str, ...]
    asks: tuple[Act, ...]
    kill: Callable[[], None]
    restart: Callable[[], None]
    run: tuple[str, ...] = RUN


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler and two workers."""
    with Dask(tmp_path_factory.mktemp("services") / "dask", named="") as cluster:
        yield cluster


@pytest.fixture
def victim(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """The service that is to be killed: ours, or the test is skipped."""
    if request.param.startswith("Dask"):
        return dask_victim(request.param, request.getfixturevalue("dask"), monkeypatch)
    fixture, steps, asks = {
        "Kafka": ("kafka", ("drain lsst", "drain ztf"), ((Topic, "_ask"),)),
        "PostgreSQL": ("postgres", RUN, DURABLE),
        "stand-ins": ("running_standins", ("evaluate", "tell"), ((Channel, "call"),)),
    }[request.param]
    service: Service = request.getfixturevalue(fixture)
    if service.daemon is None:
        pytest.skip(f"the {request.param} that is named is not ours to kill")
    return Victim(steps, asks, service.kill, service.restart)


def dask_victim(name: str, dask: Dask, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """The scheduler, which takes its workers along, or one of the workers."""
    monkeypatch.setenv("AIRFLOW_CONN_DASK", f"dask://127.0.0.1:{dask.port}")
    steps, asks = ("evaluate dask",), ((Cluster, "submit"), (Cluster, "_result"))
    run = tuple(step.replace("evaluate", "evaluate dask") for step in RUN)
    if name == "Dask worker":
        return Victim(steps, asks, dask.workers[0].kill, dask.workers[0].start, run)
    return Victim(steps, asks, dask.kill, dask.restart, run)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
@pytest.mark.parametrize("victim", ["Kafka", "PostgreSQL", "Dask worker", "Dask scheduler", "stand-ins"], indirect=True)
def test_a_service_killed_in_mid_run_loses_and_doubles_nothing(make_sides, victim, chance, times, request):
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        acts = twin.run(victim.run, victim.asks)
        struck = chance.choice([name for name in victim.steps if acts[name]])
        fate = Fate(chance.randrange(acts[struck]), chance.random() < 0.5, signal.SIGSTOP)
        back_at_once = chance.random() < 0.5
        disturbed.run(victim.run[: victim.run.index(struck)])
        process = Process(disturbed.step(struck), fate, victim.asks)
        assert process.struck(), process.refusal()
        try:
            victim.kill()
        finally:
            if back_at_once:
                victim.restart()
            process.go_on()
            if not back_at_once:
                victim.restart()
        end_alike(disturbed, twin, (struck, fate, back_at_once, refusal(process)))
    say(f"SIGKILL of {request.node.callspec.params['victim']}", times, disturbed, twin)
