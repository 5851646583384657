"""What a run evaluates: which of the waiting candidates, in chunks of at most 50 objects."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tides.database import Connection, statement
from tides.lightcurves import quota
from tides.run_context import RunContext
from tides.settings import Evaluation, Settings, Survey


@dataclass(frozen=True)
class Task:
    """What one mapped task evaluates: chunks of object ids of one stream, each at most one call of `bulk`."""

    stream: str
    chunks: list[list[str]]

    @property
    def label(self) -> str:
        """The name of the map index in the UI: stream and object range."""
        ids = [object_id for chunk in self.chunks for object_id in chunk]
        return f"{self.stream} {ids[0]} … {ids[-1]} ({len(ids)})"


def plan(
    connection: Connection, run: RunContext, settings: Settings, token_digest: Callable[[Survey], str]
) -> list[Task]:
    """Chooses among the lane's waiting candidates: newest first, and a share for the oldest, within the calls left.

    `token_digest` is what the ledger of calls knows the token of a survey's server by. What is not chosen goes on
    waiting. The objects of a chunk are in order of id, so that a label says something.
    """
    limits = settings.evaluation
    room = limits.mapped_tasks * limits.chunks_a_task * limits.objects_a_chunk
    left: dict[str, int] = {}
    tasks: list[Task] = []
    for name, stream in settings.enabled_streams().items():
        rows = connection.execute(
            statement("waiting_candidates"),
            {"lane": run.lane, "stream": name, "room": room, "oldest": int(room * limits.oldest_share)},
        ).fetchall()
        token = token_digest(stream.survey)
        if token not in left:
            left[token] = quota.left(connection, token, settings.lasair.calls_an_hour)
        ids, calls = _affordable(rows, stream.light_curves, left[token], settings.lasair.objects_a_call)
        left[token] -= calls
        room -= len(ids)
        tasks += _tasks(name, ids, limits)
    return tasks


def _affordable(rows: list[dict[str, Any]], source: str, calls_left: int, objects_a_call: int) -> tuple[list[str], int]:
    """Keeps what the calls left allow: an object whose light curve is stored costs none."""
    free = [r["object_id"] for r in rows if r["stored"]]
    missing = [r["object_id"] for r in rows if not r["stored"]]
    a_call = objects_a_call if source == "bulk" else 1
    taken = missing[: max(0, calls_left) * a_call]
    return sorted(free + taken), -(-len(taken) // a_call)


def _tasks(stream: str, ids: list[str], limits: Evaluation) -> list[Task]:
    """As many small tasks as the limit of mapped tasks allows; beyond it, one takes several chunks."""
    size = limits.objects_a_chunk
    chunks = [ids[i : i + size] for i in range(0, len(ids), size)]
    a_task = 1 if len(chunks) <= limits.mapped_tasks // 2 else limits.chunks_a_task
    return [Task(stream, chunks[i : i + a_task]) for i in range(0, len(chunks), a_task)]
