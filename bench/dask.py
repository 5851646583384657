"""What Dask's workers judge in a time, against one core in the task.

Real scheduler and workers over TCP, the real calls of a task, on packed light curves of both surveys: recorded ones
where there are some (tests/recorded.py), else generated ones. A machine of two cores cannot be faster with four workers
than with two: the row tells what they cost.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from distributed import Client

from sandbox.services.servers import Dask
from tests.recorded import recorded, recorded_folder
from tests.unit.judgement.light_curves import random_light_curves
from tides.evaluation import workers
from tides.evaluation.store import pack
from tides.evaluation.workers import PackedSubject, give
from tides.functions.functions import Function, functions_of, load_functions
from tides.hooks.dask_cluster import Cluster, InProcess
from tides.judgement.judge import Subject
from tides.settings.model import Settings, load_settings

WORKERS = (1, 2, 4)
GOAL = {2: "≥ 1.7"}
OBJECTS = 2000
"""So many of each survey, as several tasks have at once."""
ROUNDS = 3
RECORDED = {"ztf": "ztf_lightcurves", "lsst": "lsst_objects"}


def rows() -> list[dict[str, Any]]:
    """Measure on local workers; each row is {name, value, unit, against, ratio, goal}."""
    settings = load_settings()
    mixture = {name: _packed(name) for name in RECORDED}
    alone, alone_cpu = _least(settings, mixture, InProcess())
    objects = sum(len(subjects) for subjects in mixture.values())
    made = []
    for number in WORKERS:
        with _cluster(number, settings) as cluster:
            wall, cpu = _least(settings, mixture, cluster)
        made.append(
            {
                "name": f"Dask, {number} workers, {objects:,} objects of both surveys; {os.cpu_count()} cores",
                "value": round(objects / wall),
                "unit": "objects a second",
                "against": f"{objects / alone:.0f} by one core in the task; CPU {cpu:.2f} s of all, {alone_cpu:.2f} s",
                "ratio": round(alone / wall, 2),
                "goal": GOAL.get(number, ""),
            }
        )
    return made


def _packed(name: str) -> list[tuple[bytes, bytes]]:
    """Light curves of a survey as they are stored, each with its hash."""
    raws = recorded(RECORDED[name]) if recorded_folder() else random_light_curves(name, 250, seed=1, points=30)
    packed = [pack(raw) for raw in raws[:250]]
    return [(one.data, one.hash) for one in (packed * (OBJECTS // len(packed) + 1))[:OBJECTS]]


@contextmanager
def _cluster(number: int, settings: Settings) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory() as folder, Dask(Path(folder), number, named="") as service:
        client = Client(service.address, set_as_default=False)
        try:
            client.wait_for_workers(number)
            yield Cluster(client, service.address, settings.evaluation)
        finally:
            client.close()


def _least(
    settings: Settings, mixture: dict[str, list[tuple[bytes, bytes]]], cluster: workers.Cluster
) -> tuple[float, float]:
    """The least seconds of several rounds, and the least processor seconds of this process and all that it started."""
    functions = load_functions()
    walls, cpus = [], []
    # The first round imports and is not counted.
    for number in range(ROUNDS + 1):
        start, began = time.perf_counter(), _cpu_s()
        begun = []
        for name, curves in mixture.items():
            stream = settings.streams[name]
            used: list[Function] = functions_of(stream, functions)
            # Under other names each round: Dask works once on what has one key.
            subjects = [_subject(f"{number}-{n}", *curve) for n, curve in enumerate(curves)]
            begun.append(give(cluster, subjects, stream, used, settings.evaluation.submit_bytes))
        judged = sum(len(judgement.verdicts) for each in begun for judgement in each.worked().results)
        walls.append(time.perf_counter() - start)
        cpus.append(_cpu_s() - began)
        assert judged == sum(map(len, mixture.values())), f"{judged} verdicts"
    return min(walls[1:]), min(cpus[1:])


def _subject(object_id: str, data: bytes, digest: bytes) -> PackedSubject:
    return PackedSubject(Subject(object_id, b"", {"sherlock_class": "SN"}, None, digest), data)


def _cpu_s() -> float:
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (this, *this.children(recursive=True)))
