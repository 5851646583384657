"""The requests to the stand-ins: their counts, and the recent ones as a plain list."""

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

RECENT = 1000
ID_PARAMETERS = ("objectIds", "objectId", "name")


class Calls:
    """Counts by method, path and status, and the last thousand requests. Safe for threads.

    A request that got no answer because a fault cut it has the status 0.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._under_way = 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Counts a request as long as it is worked on, also when its client has gone."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def record(self, method: str, path: str, query: str, body: bytes, status: int) -> None:
        """Notes one request with the object ids or names that it asked for or sent."""
        ids = _ids(query, body)
        entry = {"method": method, "path": path, "status": status, "ids_count": len(ids), "ids": ids}
        with self._lock:
            self._counts[method, path, status] += 1
            self._recent.append(entry)

    def as_json(self) -> dict[str, Any]:
        """`{"counts": […], "recent": […], "under_way": n}`, the newest request last."""
        with self._lock:
            counts = [
                {"method": method, "path": path, "status": status, "calls": calls}
                for (method, path, status), calls in sorted(self._counts.items())
            ]
            return {"counts": counts, "recent": list(self._recent), "under_way": self._under_way}

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._counts.clear()
            self._recent.clear()


def _ids(query: str, body: bytes) -> list[str]:
    """Object ids asked for in the query or in a form, names sent as JSON."""
    found = _of_parameters(parse_qs(query))
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
        if isinstance(content, str):
            content = json.loads(content)
    except ValueError:
        return found or _of_parameters(parse_qs(text))
    rows = content if isinstance(content, list) else [content]
    for row in rows:
        if isinstance(row, dict):
            found += _of_parameters({key: [str(value)] for key, value in row.items()})
    return found


def _of_parameters(parameters: dict[str, list[str]]) -> list[str]:
    for key in ID_PARAMETERS:
        if key in parameters:
            return [item for value in parameters[key] for item in value.split(",")]
    return []
