"""How fast 4MOST is told, with 200 ms on the way, beside one request after another; batches run side by side."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.services.servers import PostgreSQL, Sandbox
from tests.bridge import LIVE as RUN
from tests.bridge import Bridge, bring_schema, connections
from tests.standins import Standins
from tests.targets import FADED, LIVE, put_targets
from tides.database.session import connect
from tides.fourmost.batch import Told
from tides.fourmost.tell import create, update
from tides.fourmost.wanted import batches_to_create, batches_to_update, read_wanted
from tides.hooks.fourmost import FourMostHook
from tides.settings.model import BUNDLE, load_settings

TARGETS = 1000
ONE_BY_ONE = 40
"""So many are sent one after the other; a thousand take that many times longer."""
LATENCY_S = 0.2
ROWS = "targetCat/transients"

Tell = Callable[..., Told]


def rows() -> list[dict[str, Any]]:
    """Measure on embedded services; each row is {name, value, unit, against, ratio, goal}."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql") as postgres, Sandbox(place) as sandbox:
            url, outside = postgres.url(postgres.create_database("bench")), Standins(sandbox)
            os.environ.update(connections(url, outside, ""))
            waits = load_settings().fourmost.model_dump() | {"cut_off": None}
            bridge = Bridge(url, "", place, {"lsst": "none", "ztf": "nothing"}, fourmost=waits)
            try:
                bring_schema(url)
                return _measure(bridge, outside)
            finally:
                bridge.close()


def _measure(bridge: Bridge, outside: Standins) -> list[dict[str, Any]]:
    put_targets(bridge.connection, TARGETS + ONE_BY_ONE)
    bridge.connection.execute(LIVE)
    bridge.stage()
    slots = {
        name: pool["slots"] for name, pool in json.loads((BUNDLE / "include/config/pools.json").read_text()).items()
    }
    outside.fault({"match": {"path": ROWS}, "kind": "latency", "seconds": LATENCY_S, "times": None})
    last = range(TARGETS + 1, TARGETS + ONE_BY_ONE + 1)
    payloads = [w.row for w in read_wanted(bridge.connection, *bridge.to_tell, last)]
    client = FourMostHook()
    keys: list[int] = []
    post_s = _seconds(lambda: keys.extend(client.create([row])[0].row["id"] for row in payloads))
    patch_s = _seconds(lambda: [client.update(key, {"is_active": False}) for key in keys])
    bridge.connection.execute("DELETE FROM tides.fourmost_target WHERE id > %s", (TARGETS,))
    bridge.connection.execute("UPDATE tides.tides_master SET active = false WHERE tides_id > %s", (TARGETS,))

    calls = outside.calls(ROWS)
    batches = batches_to_create(bridge.connection, bridge.settings.fourmost)
    create_s = _seconds(lambda: _tell(bridge, create, batches, slots["fourmost"]))
    calls = outside.calls(ROWS) - calls
    bridge.connection.execute(f"{FADED} WHERE active")
    bridge.stage()
    bridge.connection.execute("UPDATE tides.fourmost_target SET held = NULL")
    flags = batches_to_update(bridge.connection, bridge.settings.fourmost)
    update_s = _seconds(lambda: _tell(bridge, update, flags, slots["fourmost"]))
    assert sum(row["is_active"] for row in outside.rows()) == 0
    each = TARGETS / ONE_BY_ONE
    return [
        _row(
            f"{TARGETS} creates",
            create_s,
            f"one POST after another: {post_s * each:.0f} s",
            post_s * each / create_s,
            25,
        ),
        _row(f"{TARGETS} creates, requests", calls, f"one POST each: {TARGETS}", TARGETS / calls, 20, "requests"),
        _row(
            f"{TARGETS} flags",
            update_s,
            f"one PATCH after another: {patch_s * each:.0f} s",
            patch_s * each / update_s,
            8,
        ),
    ]


def _tell(bridge: Bridge, tell: Tell, batches: list[list[int]], slots: int) -> None:
    """The mapped tasks: each has its own session and client, and so many run at once as the pool has slots."""

    def task(ids: list[int]) -> None:
        with connect(bridge.database_url, bridge.settings.database, "bench") as connection:
            tell(connection, FourMostHook(), bridge.settings, RUN.run_id, ids).or_raise()

    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(task, batches))


def _seconds(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _row(name: str, value: float, against: str, ratio: float, goal: int, unit: str = "s") -> dict[str, Any]:
    name = f"4MOST at {LATENCY_S * 1000:.0f} ms: {name}"
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 1),
        "goal": f"≥ {goal}",
    }
