"""How fast 4MOST is told, with 200 ms on the way, beside one request after another, and all side by side."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sandbox.services.servers import PostgreSQL, Sandbox
from tests.bridge import LIVE as RUN
from tests.bridge import Bridge, bring_schema, connections
from tests.standins import Standins
from tests.targets import FADED, LIVE, put_targets
from tides.database.session import connect
from tides.fourmost.batch import Told
from tides.fourmost.outcomes import Outcome, Stored
from tides.fourmost.tell import create, update
from tides.fourmost.wanted import batches_to_create, batches_to_update, read_wanted
from tides.hooks.fourmost import FourMostHook
from tides.settings.model import BUNDLE, load_settings

TARGETS = 1000
ONE_BY_ONE = 40
"""So many are sent one after the other; a thousand take that many times longer."""
LATENCY_S = 0.2
ROWS = "targetCat/transients"
OFF = {"is_active": False}

T = TypeVar("T")
Tell = Callable[..., Told]


def rows() -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql") as postgres, Sandbox(place) as sandbox:
            url, outside = postgres.url(postgres.create_database("bench")), Standins(sandbox)
            os.environ.update(connections(url, outside, ""))
            waits = load_settings().fourmost.model_dump(exclude={"unsafe"}) | {"cut_off": None}
            bridge = Bridge(url, "", place, {"lsst": "none", "ztf": "nothing"}, fourmost=waits)
            try:
                bring_schema(url)
                return _measure(bridge, outside)
            finally:
                bridge.close()


def _measure(bridge: Bridge, outside: Standins) -> list[dict[str, Any]]:
    put_targets(bridge.connection, 2 * TARGETS)
    bridge.connection.execute(LIVE)
    bridge.stage()
    limits = bridge.settings.fourmost
    slots = {
        name: pool["slots"] for name, pool in json.loads((BUNDLE / "include/config/pools.json").read_text()).items()
    }["fourmost"]
    outside.fault({"match": {"path": ROWS}, "kind": "latency", "seconds": LATENCY_S, "times": None})
    others = read_wanted(bridge.connection, *bridge.to_tell, range(TARGETS + 1, 2 * TARGETS + 1))
    payloads = [w.row for w in others if w.row]
    one_by_one, beside = payloads[:ONE_BY_ONE], payloads[ONE_BY_ONE:]
    client = FourMostHook()
    keys: list[int] = []
    post_s = _seconds(lambda: keys.extend(_key(client.create([row])[0]) for row in one_by_one)) * TARGETS / ONE_BY_ONE
    patch_s = _seconds(lambda: [client.update(key, OFF) for key in keys]) * TARGETS / ONE_BY_ONE
    # The peers store nothing: the bare requests, as many at once as the pool and the settings let go.
    bulks = [
        beside[start : start + limits.objects_a_create] for start in range(0, len(beside), limits.objects_a_create)
    ]
    share = TARGETS / len(beside)
    posts_s = _seconds(lambda: keys.extend(map(_key, chain(*_side_by_side(client.create, bulks, slots))))) * share
    keys = keys[ONE_BY_ONE:]
    flag = partial(client.update, fields=OFF)
    patches_s = _seconds(lambda: _side_by_side(flag, keys, slots * limits.updates_in_flight)) * share
    bridge.connection.execute("DELETE FROM tides.fourmost_target WHERE id > %s", (TARGETS,))
    bridge.connection.execute("UPDATE tides.tides_master SET active = false WHERE tides_id > %s", (TARGETS,))

    calls = outside.calls(ROWS)
    batches = batches_to_create(bridge.connection, limits)
    create_s = _seconds(lambda: _tell(bridge, create, batches, slots))
    calls = outside.calls(ROWS) - calls
    bridge.connection.execute(f"{FADED} WHERE active")
    bridge.stage()
    bridge.connection.execute("UPDATE tides.fourmost_target SET held = NULL")
    flags = batches_to_update(bridge.connection, limits)
    update_s = _seconds(lambda: _tell(bridge, update, flags, slots))
    assert sum(row["is_active"] for row in outside.rows()) == 0
    creates, updates = f"{TARGETS} creates", f"{TARGETS} flags"
    requests = (f"{creates}, requests", calls, f"one POST each: {TARGETS}", TARGETS / calls, "≥ 20", "requests")
    return [
        _row(creates, create_s, f"one POST after another: {post_s:.0f} s", post_s / create_s, "≥ 40"),
        _row(creates, create_s, f"bare bulks side by side: {posts_s:.1f} s", create_s / posts_s, "≤ 3"),
        _row(*requests),
        _row(updates, update_s, f"one PATCH after another: {patch_s:.0f} s", patch_s / update_s, "≥ 12"),
        _row(updates, update_s, f"bare PATCHes side by side: {patches_s:.1f} s", update_s / patches_s, "≤ 3"),
    ]


def _key(outcome: Outcome) -> int:
    assert isinstance(outcome, Stored), outcome
    key: int = outcome.row["id"]
    return key


def _side_by_side(ask: Callable[[Any], T], questions: Sequence[Any], at_once: int) -> list[T]:
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, questions))


def _tell(bridge: Bridge, tell: Tell, batches: list[list[int]], slots: int) -> None:
    """The mapped tasks: each has its own session and client, and so many run at once as the pool has slots."""

    def task(ids: list[int]) -> None:
        with connect(bridge.database_url, bridge.settings.database, "bench") as connection:
            tell(connection, FourMostHook(), *bridge.to_tell, RUN.run_id, ids).or_raise()

    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(task, batches))


def _seconds(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _row(name: str, value: float, against: str, ratio: float, goal: str, unit: str = "s") -> dict[str, Any]:
    name = f"4MOST at {LATENCY_S * 1000:.0f} ms: {name}"
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 1),
        "goal": goal,
    }
