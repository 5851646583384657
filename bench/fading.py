"""The time of `deactivate_unobserved` when one live target in a hundred fades, beside one scan of the live ones."""

import time
from typing import Any

from bench.history import aged, server, vacuum
from bench.years import news

TARGETS = 1_000_000
LIVE = 30_000
FADING = 300
"""So many live targets have become faint since the last hour."""
MORE_THAN_A_SCAN = 5


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; the row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place), aged(postgres, place, TARGETS, LIVE) as bridge:
        news(bridge, 2 * FADING, FADING, mag=25)
        bridge.sql_step("targets/upsert_master")
        vacuum(bridge.database_url)
        began = time.monotonic()
        bridge.sql_step("targets/deactivate_unobserved")
        taken_s = time.monotonic() - began
        faint = bridge.row(
            "SELECT count(*) AS n FROM tides.tides_master WHERE why = 'faint' AND created < now() - interval '1 h'"
        )
        assert faint["n"] == FADING, f"{faint['n']} live targets have faded in place of {FADING}"
        bridge.connection.execute(
            "CREATE TEMPORARY TABLE live AS SELECT m AS target, a AS alias, b AS band FROM tides.tides_master AS m"
            " JOIN tides.tides_alias AS a USING (tides_id) JOIN tides.target_band AS b USING (tides_id) WHERE m.active"
        )
        began = time.monotonic()
        bridge.row("SELECT sum(length(live::text)) AS n FROM live")
        scan_s = time.monotonic() - began
    return [
        {
            "name": f"deactivate, {TARGETS:,} targets, {LIVE:,} live, {FADING} fading",
            "value": round(taken_s, 2),
            "unit": "s",
            "against": f"one scan of the live targets' rows: {scan_s:.2f}",
            "ratio": round(taken_s / scan_s, 2),
            "goal": f"≤ {MORE_THAN_A_SCAN}",
        }
    ]
