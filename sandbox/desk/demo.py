"""`make demo`: one whole run of the bridge on a sandbox night or, with DATA=FOLDER, on recorded objects."""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from tabulate import tabulate

from sandbox.desk.comparison import as_table, compare, rows_at_several_keys
from sandbox.services.leash import ServiceError
from sandbox.services.service import PROJECT
from sandbox.services.stack import Stack

WORK = PROJECT / ".work"
DAG = "tides_bridge"

NEWEST_REPORT = "SELECT report FROM tides.bridge_run ORDER BY ended_at DESC LIMIT 1"
MASTER = """
SELECT alias.survey, alias.object_id, alias.tides_id, master.active, master.pk_4most
FROM tides.tides_alias AS alias
JOIN tides.tides_master AS master USING (tides_id)
"""
BY_STREAM = """
SELECT candidate.stream,
    count(*) AS objects,
    count(alias.tides_id) AS selected,
    count(*) FILTER (WHERE master.active) AS live,
    count(*) FILTER (WHERE NOT master.reachable) AS unreachable,
    count(master.pk_4most) AS sent
FROM tides.candidate AS candidate
LEFT JOIN tides.tides_alias AS alias USING (survey, object_id)
LEFT JOIN tides.tides_master AS master USING (tides_id)
WHERE candidate.lane = 'live'
GROUP BY candidate.stream
ORDER BY candidate.stream
"""


class Progress:
    """Short lines, each with the seconds since the beginning."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line with the time."""
        print(f"{time.monotonic() - self._start:6.1f} s  {line}", flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what was done and how long it took, once it has ended well."""
        begin = time.monotonic()
        yield
        self.say(f"{what} ({time.monotonic() - begin:.1f} s)")


def run(stack: Stack, progress: Progress) -> int:
    """Replay, run the DAG once, print its report and compare the outcome with the truth; 0 when they agree."""
    with progress.step("the stream is replayed into Kafka"):
        stack.replay(fast=True)
    with progress.step(f"airflow dags test {DAG}"):
        stack.airflow("dags", "test", DAG, log="run.log")
    master, streams, report = _outcome(stack)
    print(f"\n{report.strip()}\n", flush=True)
    truth = stack.sandbox.control("truth")
    if truth is None:
        print(tabulate(streams, headers="keys"), end="\n\n")
        print(tabulate(_calls(stack.sandbox.control("calls")), headers=["calls", "path", "status"]))
        return 0
    targets = stack.sandbox.control("targets")
    differences, agreed = compare(truth["sources"], master, targets)
    differences += rows_at_several_keys(targets)
    print("Against the sky's truth: " + ", ".join(f"{what} {count}" for what, count in sorted(agreed.items())))
    if differences:
        print(f"\n{len(differences)} differences:\n{as_table(differences)}")
        return 1
    print("The run agrees with the sky's truth.")
    return 0


def _outcome(stack: Stack) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    with psycopg.connect(stack.postgres.url(stack.tides_database), row_factory=dict_row) as connection:
        newest = connection.execute(NEWEST_REPORT).fetchone()
        if newest is None:
            raise ServiceError(f"the run wrote no report into tides.bridge_run; see {stack.folder}/run.log")
        return connection.execute(MASTER).fetchall(), connection.execute(BY_STREAM).fetchall(), newest["report"]


def _calls(calls: dict[str, Any]) -> list[tuple[int, str, int]]:
    """Calls by path and status, object and row numbers left out of the paths."""
    counted: Counter[tuple[str, int]] = Counter()
    for entry in calls["counts"]:
        path = re.sub(r"/\d+/", "/…/", entry["path"])
        counted[f"{entry['method']} {path}", entry["status"]] += entry["calls"]
    return [(count, path, status) for (path, status), count in sorted(counted.items())]


def recorded_folder(text: str) -> Path | None:
    """DATA of the command line: a folder of recorded objects, or None when empty; raises ServiceError."""
    if not text:
        return None
    folder = Path(text).resolve()
    if not list(folder.glob("*.jsonl.gz")):
        raise ServiceError(f"DATA={text}: no folder with recorded objects (*.jsonl.gz)")
    return folder


def stop_on_sigterm() -> None:
    """Handle SIGTERM as Ctrl-C, so everything is ended."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)


def main(arguments: list[str] | None = None) -> int:
    """`python -m sandbox.desk.demo [--data FOLDER] [--seed N] [--keep]`: exit 0 when the run agrees with the truth."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.desk.demo", description=__doc__)
    parser.add_argument("--data", default="", help="folder of recorded objects, instead of the sandbox's sky")
    parser.add_argument("--seed", type=int, default=1, help="another sky")
    parser.add_argument("--keep", action="store_true", help="keep databases and logs in the run's folder")
    options = parser.parse_args(arguments)
    stop_on_sigterm()
    WORK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=WORK))
    folder.chmod(0o755)
    progress = Progress()
    code = 1
    try:
        with Stack(folder, data=recorded_folder(options.data), seed=options.seed, say=progress.say) as stack:
            progress.say("the stack is ready")
            code = run(stack, progress)
    except ServiceError as error:
        print(f"\n{error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        code = 130
    finally:
        if code == 0 and not options.keep:
            shutil.rmtree(folder)
        else:
            progress.say(f"logs are in {folder.relative_to(PROJECT)}")
    progress.say("all services are stopped")
    return code


if __name__ == "__main__":
    sys.exit(main())
