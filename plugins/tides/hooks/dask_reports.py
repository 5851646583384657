"""What Dask did while a task worked on it, kept as a file for the page. The newest files alone are kept.

Dask's own report in HTML needs `bokeh` on the scheduler, and scripts that the page's policy refuses.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tides.foreign import in_file_name

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

LONGEST_NAME = 120


@dataclass(frozen=True)
class Batch:
    """One batch on one worker: when it began (UNIX time, s), how long it computed and moved data (s), and its result
    (bytes).
    """

    key: str
    worker: str
    began: float
    compute_s: float
    move_s: float
    result_bytes: int
    good: bool


@dataclass(frozen=True)
class Report:
    """What a cluster of so many workers did from `began` to `ended` (UNIX time, s), also for other tasks."""

    began: float
    ended: float
    workers: int
    batches: list[Batch]


@dataclass(frozen=True)
class WorkerShare:
    """What one worker did: batches, the time that it computed and moved data (s), and its share of the task's time."""

    worker: str
    batches: int
    compute_s: float
    move_s: float
    busy: float


def file_of(folder: str, run_id: str, map_index: int) -> Path:
    """The file of a task instance."""
    return Path(folder) / f"{in_file_name(run_id, LONGEST_NAME)}.{map_index}.json"


def look(client: "Client", began: float) -> Report:
    """What the cluster has done since `began` (UNIX time, s). Raises what Dask raises when the scheduler is lost."""
    done = client.get_task_stream(start=began)
    ended = datetime.now(UTC).timestamp()
    return Report(began, ended, len(client.scheduler_info()["workers"]), [_batch(each) for each in done])


def keep(report: Report, file: Path, most: int) -> None:
    """Stores a report, and deletes the oldest beyond `most`. A full disk or a missing right is a warning."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(report)), encoding="utf-8")
        part.replace(file)
        others = sorted(file.parent.glob("*.json"), key=lambda kept: kept.stat().st_mtime, reverse=True)
        for old in others[most:]:
            old.unlink(missing_ok=True)
    # Another task may delete at the same time. And no report is worth a red task.
    except OSError as error:
        log.warning("the report of Dask could not be kept in %s: %s", file.parent, error.strerror)


def read(file: Path) -> Report | None:
    """A report that was kept; None when there is none, or no more."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Report(**kept | {"batches": [Batch(**each) for each in kept["batches"]]})


def shares(report: Report) -> list[WorkerShare]:
    """What each worker that worked did, the busiest one first."""
    span = max(report.ended - report.began, 0.001)
    found = []
    for worker in sorted({batch.worker for batch in report.batches}):
        own = [batch for batch in report.batches if batch.worker == worker]
        compute, move = sum(batch.compute_s for batch in own), sum(batch.move_s for batch in own)
        found.append(WorkerShare(worker, len(own), compute, move, min((compute + move) / span, 1.0)))
    return sorted(found, key=lambda share: share.busy, reverse=True)


def _batch(done: dict[str, Any]) -> Batch:
    spent = {"compute": 0.0, "other": 0.0}
    for part in done["startstops"]:
        spent["compute" if part["action"] == "compute" else "other"] += part["stop"] - part["start"]
    began = min(part["start"] for part in done["startstops"])
    return Batch(
        key=str(done["key"]),
        worker=str(done["worker"]),
        began=began,
        compute_s=spent["compute"],
        move_s=spent["other"],
        result_bytes=int(done.get("nbytes") or 0),
        good=done.get("status") == "OK",
    )
