"""What the instances of a mapped task are about, in few words: Airflow shows them in place of a number."""

from collections.abc import Sequence
from typing import TypedDict


class Chunks(TypedDict):
    """The work of one instance of `evaluate`, as the plan left it: object ids of one stream, in chunks."""

    stream: str
    chunks: list[list[str]]


def of_chunks(work: Chunks) -> str:
    """Stream and range of objects."""
    ids = [object_id for chunk in work["chunks"] for object_id in chunk]
    return f"{work['stream']} {ids[0]} … {ids[-1]} ({len(ids)})"


def of_batch(ids: Sequence[int]) -> str:
    """How many targets, and the first of them."""
    return f"{len(ids)} targets from {ids[0]}"
