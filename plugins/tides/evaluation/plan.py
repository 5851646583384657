"""The plan of a run: which of the waiting candidates it evaluates, in chunks of at most 50 objects."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from tides.brokers import quota
from tides.brokers.broker import asks_for_light_curves, demand_streams
from tides.database.session import Connection
from tides.database.statements import statement
from tides.runs.context import RunContext
from tides.settings.sections import Evaluation, Lasair
from tides.settings.streams import Stream
from tides.stream.bookmark import dated


@dataclass(frozen=True)
class Task:
    """The work of one mapped task: chunks of object ids of one stream, each at most one call of `bulk`."""

    stream: str
    chunks: list[list[str]]


def plan(
    connection: Connection,
    run: RunContext,
    streams: Mapping[str, Stream],
    limits: Evaluation,
    lasair: Lasair,
    token_digest: Callable[[str], str],
) -> list[Task]:
    """Chooses among the lane's waiting candidates: newest first, and a share for the oldest, within the calls left.

    `streams` are those that are read. `token_digest` gives the digest by which the ledger knows the token of a survey's
    server. Candidates that are not chosen go on waiting, and so do those that could not be judged a moment ago. One
    that Lasair failed at is woken when its pause is over.
    """
    demand_streams(streams)
    # A replay of offsets judges as of its newest stamp, which is known when its range is read to the end.
    if run.offsets and dated(connection, run).as_of is None:
        return []
    if run.live:
        for name in streams:
            connection.execute(statement("evaluation/wake_failed"), {"stream": name})
    room, size = limits.objects_a_run, limits.objects_a_chunk
    left: dict[str, int] = {}
    chunks: list[tuple[str, list[str]]] = []
    for place, (name, waiting) in enumerate(_waiting(connection, run, streams)):
        # The streams share the room, the shortest queue first, so that the backlog of one does not starve another.
        share = min(waiting, room // (len(streams) - place))
        room -= share
        rows = connection.execute(
            statement("evaluation/waiting_candidates"),
            {
                "lane": run.lane,
                "stream": name,
                "room": share,
                "oldest": int(share * limits.oldest_share),
                # A replay has one run to judge what it has to.
                "pause_s": limits.pause_s if run.live else 0.0,
            },
        ).fetchall()
        if asks_for_light_curves(streams[name]):
            token = token_digest(streams[name].survey)
            # Two surveys of one token share its calls.
            if token not in left:
                left[token] = quota.left(connection, token, lasair.calls_an_hour)
            ids, calls = _affordable(rows, streams[name].light_curves, left[token], lasair.objects_a_call)
            left[token] -= calls
        else:
            ids = sorted(row["object_id"] for row in rows)
        chunks += [(name, ids[i : i + size]) for i in range(0, len(ids), size)]
    return _tasks(chunks, limits.mapped_tasks, limits.objects_a_submit // size)


def _waiting(connection: Connection, run: RunContext, streams: Iterable[str]) -> list[tuple[str, int]]:
    """How many candidates of each stream wait, the fewest first."""
    rows = connection.execute(
        "SELECT stream, count(*) AS n FROM tides.candidate WHERE lane = %s AND waiting GROUP BY stream", (run.lane,)
    )
    counted = {row["stream"]: row["n"] for row in rows}
    return sorted(((name, counted.get(name, 0)) for name in streams), key=lambda pair: pair[1])


def _affordable(rows: list[dict[str, Any]], source: str, calls_left: int, objects_a_call: int) -> tuple[list[str], int]:
    """Keeps the objects that the calls left allow. An object whose light curve is stored costs none."""
    free = [r["object_id"] for r in rows if r["stored"]]
    missing = [r["object_id"] for r in rows if not r["stored"]]
    a_call = objects_a_call if source == "bulk" else 1
    taken = missing[: max(0, calls_left) * a_call]
    # Those that cost come first, in order of id, so that each call of `bulk` is full.
    return sorted(taken) + sorted(free), -(-len(taken) // a_call)


def _tasks(chunks: list[tuple[str, list[str]]], most: int, full: int) -> list[Task]:
    """A task for each chunk. Where these are more than `most` tasks, each takes several chunks of its stream.

    Then a task takes at least `full` chunks, as many as are judged together: what comes before its body costs more than
    to judge them.
    """
    streams = [(name, [ids for _, ids in of_stream]) for name, of_stream in groupby(chunks, key=itemgetter(0))]
    a_task = max(full, -(-len(chunks) // most)) if len(chunks) > most else 1
    # The last task of a stream may be partly empty. A stream never shares a task with another one.
    while sum(-(-len(of_stream) // a_task) for _, of_stream in streams) > max(most, len(streams)):
        a_task += 1
    return [
        Task(name, of_stream[i : i + a_task]) for name, of_stream in streams for i in range(0, len(of_stream), a_task)
    ]
