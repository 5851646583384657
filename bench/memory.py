"""The peak memory of tasks, as the work grows: each step runs in a process of its own, which says its largest size.

`python -m bench.memory STEP` runs one step on what BENCH_MEMORY names, and prints kilobytes. Of the tasks that share
the work (`evaluate`, `create_in_4most`) the first one stands for all.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic

from sandbox.services.servers import Kafka, PostgreSQL
from tests.bridge import Bridge, bring_schema
from tests.builders import AN_ID, an_lsst_message
from tests.targets import LIVE, put_targets
from tides.evaluation.epochs import open_epochs
from tides.fourmost.wanted import batches_to_create, batches_to_update
from tides.runs.context import RunContext

OBJECTS = (1_000, 50_000)
WANTED = (2_000, 200_000)
MOST = 1.2
"""A task may take so many times the memory at the larger size."""
RUN = RunContext("bench")

STEPS: dict[str, Callable[[Bridge], Any]] = {
    "drain": lambda bridge: bridge.drain("lsst", RUN),
    "plan_chunks": lambda bridge: bridge.plan(RUN),
    "evaluate": lambda bridge: bridge.evaluate_tasks(bridge.plan(RUN)[:1], RUN),
    "stage_4most": lambda bridge: bridge.stage(RUN),
    "batches_to_create": lambda bridge: batches_to_create(bridge.connection, bridge.settings.fourmost),
    "batches_to_update": lambda bridge: batches_to_update(bridge.connection, bridge.settings.fourmost),
    "report": lambda bridge: bridge.report(RUN),
}
"""The steps whose task keeps something of each object or row; the others are SQL alone."""
OF_OBJECTS = ("drain", "plan_chunks", "evaluate", "report")
OF_ROWS = ("stage_4most", "batches_to_create", "batches_to_update", "report")


def rows() -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql") as postgres, Kafka(place / "kafka") as kafka:
            objects = {size: _of_objects(postgres, kafka, place, size) for size in OBJECTS}
            wanted = {size: _of_rows(postgres, place, size) for size in WANTED}
    return [
        _row(step, size, of, what)
        for of, what, steps in ((objects, "objects", OF_OBJECTS), (wanted, "wanted rows", OF_ROWS))
        for size in [max(of)]
        for step in steps
    ]


def _row(step: str, large: int, of: dict[int, dict[str, int]], what: str) -> dict[str, Any]:
    small = min(of)
    return {
        "name": f"peak memory of {step}, {large:,} {what}",
        "value": round(of[large][step] / 1000),
        "unit": "MB",
        "against": f"{of[small][step] / 1000:.0f} MB at {small:,}",
        "ratio": round(of[large][step] / of[small][step], 2),
        "goal": f"≤ {MOST}",
    }


def _of_objects(postgres: PostgreSQL, kafka: Kafka, place: Path, size: int) -> dict[str, int]:
    topics = {"lsst": f"lsst_{size}", "ztf": f"ztf_{size}"}
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    for made in admin.create_topics([NewTopic(topic, 1, 1) for topic in topics.values()]).values():
        made.result(30)

    def fill(bridge: Bridge) -> None:
        bridge.publish("lsst", *(an_lsst_message(AN_ID + n, ra=n * 360 / size) for n in range(size)))

    return _measured(postgres, kafka.bootstrap, place, topics, fill, OF_OBJECTS)


def _of_rows(postgres: PostgreSQL, place: Path, size: int) -> dict[str, int]:
    def fill(bridge: Bridge) -> None:
        put_targets(bridge.connection, size)
        bridge.connection.execute(LIVE)

    return _measured(postgres, "", place, {"lsst": "none", "ztf": "nothing"}, fill, OF_ROWS)


def _measured(
    postgres: PostgreSQL,
    bootstrap: str,
    place: Path,
    topics: dict[str, str],
    fill: Callable[[Bridge], None],
    steps: tuple[str, ...],
) -> dict[str, int]:
    """The peak memory (kB) of each step, on a database and topics of their own."""
    url = postgres.url(postgres.create_database("memory"))
    bring_schema(url)
    given = {"url": url, "bootstrap": bootstrap, "folder": str(place), "topics": topics}
    bridge = _bridge(given)
    try:
        open_epochs(bridge.connection, RUN, bridge.settings, bridge.functions)
        fill(bridge)
        return {step: _peak(given, step) for step in steps}
    finally:
        bridge.close()


def _bridge(given: dict[str, Any]) -> Bridge:
    place = Path(given["folder"])
    return Bridge(given["url"], given["bootstrap"], place, given["topics"], drain={"batch_s": 10, "bound_s": 300})


def _peak(given: dict[str, Any], step: str) -> int:
    lasair = {"conn_type": "lasair", "host": "http://127.0.0.1:1/api", "password": "bench"}
    environment = os.environ | {"BENCH_MEMORY": json.dumps(given), "AIRFLOW_CONN_LASAIR_API": json.dumps(lasair)}
    command = [sys.executable, "-m", "bench.memory", step]
    made = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    return int(made.stdout.splitlines()[-1])


def main() -> None:
    """Runs one step, and prints the largest size that this process had (kB)."""
    bridge = _bridge(json.loads(os.environ["BENCH_MEMORY"]))
    STEPS[sys.argv[1]](bridge)
    bridge.close()
    # Not by getrusage: its largest size is also that of the process that this one was forked from.
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(said["VmHWM"].split()[0])


if __name__ == "__main__":
    main()
