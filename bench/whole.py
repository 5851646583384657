"""A whole run under the scheduler, beside the deliverable's pipeline written plainly (bench/plain.py).

Both read the same topics and ask the same stand-ins, which answer after a latency. Seconds run from the request for a
run to its end. Processor seconds are those of Airflow with its tasks, Dask and PostgreSQL, and of the plain script.
`python -m bench.whole 1000 0.1` prints the time line of a run of 1,000 objects at 100 ms.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tabulate import tabulate

from bench import objects
from bench.scheduled import EMPTY, EMPTY_TASKS, Scheduled, Timed, scheduled
from sandbox.services.service import PROJECT, library_environment
from sandbox.services.stack import FOURMOST_USER
from tides.functions.functions import functions_of, load_functions
from tides.settings.model import BUNDLE, load_settings
from tides.settings.yaml_text import read_yaml

DAG = "tides_bridge"
FEW, MANY = 1_000, 10_000
LATENCY_S = 0.1
PLAIN_LIMIT_S = 900

OF_RUN = """
SELECT task_id AS task, count(*) AS tasks,
    extract(epoch FROM min(t.scheduled_dttm) - min(r.queued_at))::float AS scheduled,
    extract(epoch FROM min(t.start_date) - min(r.queued_at))::float AS first_start,
    extract(epoch FROM max(t.end_date) - min(r.queued_at))::float AS last_end,
    sum(t.duration)::float AS in_tasks
FROM task_instance AS t JOIN dag_run AS r USING (dag_id, run_id)
WHERE run_id = %s AND dag_id = %s AND t.start_date IS NOT NULL GROUP BY task_id ORDER BY 5
"""
WITH_RUN_ID = """
SELECT a.table_name AS name FROM information_schema.columns AS a JOIN information_schema.columns AS b
USING (table_schema, table_name) WHERE table_schema = 'public' AND a.column_name = 'dag_id' AND b.column_name = 'run_id'
"""

OF_TABLE = (
    'SELECT count(*) AS n, coalesce(sum(pg_column_size(t.*)), 0) AS bytes FROM "{}" AS t'
    " WHERE dag_id = %s AND run_id = %s"
)


@dataclass(frozen=True)
class Plain:
    """What the plain pipeline says of its run: seconds in all, of the processor, and in telling 4MOST."""

    objects: int
    selected: int
    tell_s: float
    wall_s: float
    cpu_s: float


@contextmanager
def served(*numbers: int) -> Iterator[tuple[Scheduled, list[Path]]]:
    """A running stack that serves all of so many objects, and a folder with the messages of each part of them."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        parts = {place / f"part_{part}": number for part, number in enumerate(numbers)}
        objects.write(parts, place / "all", now)
        with scheduled(place, place / "all", now) as running:
            yield running, list(parts)


def rows() -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with served(FEW, MANY - FEW) as (running, (few, more)):
        found = _empty_hour(running)
        running.publish(few)
        first, made = _beside_plain(running, LATENCY_S, 8)
        found += made + _beside_plain(running, 0, 2)[1]
        running.publish(more)
        running.forget(LATENCY_S)
        many = _checked(running.timed(DAG))
        name = f"whole run, {MANY:,} {objects.kind()} objects at {LATENCY_S * 1000:.0f} ms"
        found += [
            _row(name, many.wall_s, f"{first.wall_s:.1f} s for {FEW:,}", many.wall_s / first.wall_s, "≤ 6; ≤ 60 s"),
            _row(f"{name}: processor", many.cpu_s, f"{first.cpu_s:.1f} s for {FEW:,}", many.cpu_s / first.cpu_s, ""),
        ]
        return found + _metadata(running, many)


def _empty_hour(running: Scheduled) -> list[dict[str, Any]]:
    """An hour without news, on a small history, beside as many tasks that do nothing."""
    hour = min((_checked(running.timed(DAG)) for _ in range(2)), key=lambda run: run.wall_s)
    empty = min((_checked(running.timed(EMPTY)) for _ in range(2)), key=lambda run: run.wall_s)
    against = f"{EMPTY_TASKS} empty tasks: {empty.wall_s:.1f} s, {empty.cpu_s:.1f} s of the processor"
    name = "hour without news under the scheduler"
    return [
        _row(name, hour.wall_s, against, hour.wall_s / empty.wall_s, "≤ 2"),
        _row(f"{name}: processor", hour.cpu_s, against, hour.cpu_s / empty.cpu_s, "≤ 2"),
    ]


def _beside_plain(running: Scheduled, latency_s: float, goal: float) -> tuple[Timed, list[dict[str, Any]]]:
    running.forget(latency_s)
    ours = _checked(running.timed(DAG))
    created = len(running.standins.rows())
    running.forget(latency_s)
    plain = _plain(running)
    # The plain one knows no target that is out of reach or has faded, and so it tells more of them.
    equal_s = plain.wall_s - plain.tell_s * (1 - created / plain.selected)
    name = f"whole run, {FEW:,} {objects.kind()} objects at {latency_s * 1000:.0f} ms"
    return ours, [
        _row(name, ours.wall_s, f"plainly {plain.wall_s:.1f} s", plain.wall_s / ours.wall_s, f"≥ {goal}"),
        _row(
            f"{name}: for equal creates",
            ours.wall_s,
            f"plainly {equal_s:.1f} s for {created} of {plain.selected}",
            equal_s / ours.wall_s,
            "",
        ),
        _row(f"{name}: processor", ours.cpu_s, f"plainly {plain.cpu_s:.1f} s", ours.cpu_s / plain.cpu_s, "≤ 1"),
    ]


def _plain(running: Scheduled) -> Plain:
    """A run of the plain pipeline in a process of its own."""
    stack, settings = running.stack, load_settings()
    functions = read_yaml((BUNDLE / "include/config/selection_functions.yaml").read_text(), "functions")
    given = {
        "bootstrap": stack.kafka.bootstrap,
        "topics": {survey: settings.streams[survey].topic for survey in ("lsst", "ztf")},
        "lasair": f"{stack.sandbox.url}/api",
        "token": stack.lasair_token,
        "fourmost": f"{stack.sandbox.url}/QFSwi/",
        "user": FOURMOST_USER,
        "password": stack.fourmost_password,
        "functions": {
            survey: functions[functions_of(settings.streams[survey], load_functions())[0].name]
            for survey in ("lsst", "ztf")
        },
        "row": {"uploadedfor_survey_id": 5, "template": "tides_snMay2024", "ruleset": "tides_snMay2024"},
    }
    environment = library_environment() | {"BENCH_PLAIN": json.dumps(given)}
    environment["PYTHONPATH"] += f"{os.pathsep}{PROJECT}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.plain", f"{folder}/messages.jsonl"]
        made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PLAIN_LIMIT_S)
    assert made.returncode == 0, made.stderr[-2000:]
    return Plain(**json.loads(made.stdout))


def _metadata(running: Scheduled, run: Timed) -> list[dict[str, Any]]:
    """The rows and bytes that a run leaves in Airflow's database, without its indexes."""
    number = size = 0
    for table in running.in_airflow(WITH_RUN_ID):
        (of_table,) = running.in_airflow(OF_TABLE.format(table["name"]), DAG, run.run_id)
        number, size = number + of_table["n"], size + of_table["bytes"]
    name = f"rows of a run of {MANY:,} objects in Airflow's database"
    return [_row(name, float(number), f"{size / 1e3:.0f} kB without indexes", None, "", "rows")]


def _checked(run: Timed) -> Timed:
    assert run.state == "success", f"{run.run_id} has ended as {run.state}"
    return run


def _row(name: str, value: float, against: str, ratio: float | None, goal: str, unit: str = "s") -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": against,
        "ratio": ratio and round(ratio, 2),
        "goal": goal,
    }


def main() -> None:
    """Prints the time lines of runs of so many objects at a latency."""
    number, latency_s = int(sys.argv[1]), float(sys.argv[2])
    with served(number) as (running, (folder,)):
        running.publish(folder)
        for turn in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1):
            running.forget(latency_s)
            run = running.timed(DAG)
            print(f"{turn}: {run.state}, {run.wall_s:.1f} s, {run.cpu_s:.1f} s of the processor: {run.cpu}")
            print(tabulate(running.in_airflow(OF_RUN, run.run_id, DAG), headers="keys", floatfmt=".2f"), flush=True)
        print(len(running.standins.rows()), "targets at 4MOST")


if __name__ == "__main__":
    main()
