"""How many bytes a million targets take in PostgreSQL, by the generator of bench/history.py at a smaller number."""

from typing import Any

import psycopg

from bench.history import LIVE, fill, server
from tests.bridge import Bridge, bring_schema

TARGETS = 20_000
A_MILLION = 1_000_000
LARGEST = 4
"""So many tables are named."""

SIZES = """
SELECT relname, pg_total_relation_size(c.oid) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE nspname = 'tides' AND relkind IN ('r', 'p') ORDER BY 2 DESC
"""


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place):
        url = postgres.url(postgres.create_database("disk"))
        bridge = Bridge(url, "", place, {"lsst": "none", "ztf": "nothing"})
        try:
            bring_schema(url)
            with psycopg.connect(url) as connection:
                before = dict(connection.execute(SIZES).fetchall())
            fill(bridge, TARGETS, LIVE)
            with psycopg.connect(url) as connection:
                grown = {name: size - before[name] for name, size in connection.execute(SIZES).fetchall()}
        finally:
            bridge.close()
    times = A_MILLION / TARGETS
    named = ", ".join(f"{name} {size * times / 1e9:.1f}" for name, size in list(grown.items())[:LARGEST])
    return [
        {
            "name": "disk of a million targets with 2 candidates and 10 verdicts each, without light curves",
            "value": round(sum(grown.values()) * times / 1e9, 1),
            "unit": "GB with indexes",
            "against": f"from {TARGETS:,}: {named}",
            "ratio": None,
            "goal": "",
        }
    ]
