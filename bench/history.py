"""What an hour and a day touch of PostgreSQL while the history grows, and the work and the live set stay the same.

Blocks are what PostgreSQL itself counted, a statement (pg_stat_statements): a busy machine does not change them.
`python -m bench.history 2000 20000 300` prints each statement at two sizes of the history, with 300 live targets.
"""

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import psycopg
from psycopg.types.json import Jsonb
from tabulate import tabulate

from bench.years import fill, news
from sandbox.services.servers import PostgreSQL
from tests.bridge import Bridge, bring_schema
from tides.archive.annotations import ToTell, objects_to_tell
from tides.database.statements import statement
from tides.fourmost.wanted import batches_to_create, batches_to_update
from tides.reports.trace import find_one, trace
from tides.retention.prune import prune


@dataclass(frozen=True)
class Work:
    """An hour's work: verdicts to merge, and how many of them select a new object."""

    verdicts: int
    targets: int


@dataclass(frozen=True)
class Cost:
    """What a step costs: the blocks that each statement touched, CPU (s) of PostgreSQL and this process, time (s)."""

    blocks: dict[str, int]
    cpu_s: float
    wall_s: float


LIVE = 1000
SIZES = (10_000, 100_000, 1_000_000)
WORK = Work(2000, 200)

LONGEST_LOCK_S = 1.0
UNDER_THE_LOCK = ("upsert_master", "deactivate_unobserved", "record_4most_keys")

WITHOUT_NEWS = "hour without news"
WITH_WORK = "hour with work"
DAY = "day"

SETTINGS = {
    "ssl": "off",
    "shared_preload_libraries": "'pg_stat_statements'",
    "pg_stat_statements.max": "10000",
    "autovacuum": "off",
}
"""Blocks are counted a statement; the server that is built with TLS has this extension. A vacuum would change them."""
NOWHERE = {
    "AIRFLOW_CONN_LASAIR_API": json.dumps(
        {"conn_type": "lasair", "host": "http://127.0.0.1:1/api", "password": "nobody"}
    )
}
"""The plan asks for the digest of the token, and calls nobody."""
PATIENT = {"statement_timeout_s": 7200, "master_statement_timeout_s": 7200}
"""The first hour after the years are made writes something of each target."""
MORE = 1.3
"""A statement may touch so many times the blocks at ten times the history."""
ALL_OF_IT = "prune, all of it"
"""What follows the history by its nature, since it takes it away: not compared."""
PIECE = 50
"""So many rows has a piece of retention here."""
SPARE = 60
"""So many blocks more are no growth: an index has one more level, a statement is planned anew."""


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place):
        few, *more = ((size, measure(postgres, place, size, LIVE, WORK)) for size in SIZES)
    compared = [
        row
        for what, words in (
            (WITHOUT_NEWS, WITHOUT_NEWS),
            (WITH_WORK, f"hour with {WORK.verdicts:,} verdicts and {WORK.targets} new targets"),
            (DAY, "statements of a day, and one trace"),
        )
        for size, large in more
        for row in _compared(what, f"{words} at {size:,} targets", few, large)
    ]
    return [*compared, _longest_lock(*more[-1])]


def _longest_lock(size: int, costs: dict[str, Cost]) -> dict[str, Any]:
    held_s = {step: costs[f"{WITHOUT_NEWS}: {step}"].wall_s for step in UNDER_THE_LOCK}
    return {
        "name": f"the master lock, held in an {WITHOUT_NEWS} at {size:,} targets",
        "value": round(max(held_s.values()), 2),
        "unit": "s",
        "against": ", ".join(f"{step}: {s:.2f}" for step, s in held_s.items()),
        "ratio": round(max(held_s.values()) / LONGEST_LOCK_S, 2),
        "goal": f"≤ {LONGEST_LOCK_S:g} s",
    }


def _compared(what: str, name: str, few: tuple[int, dict[str, Cost]], large: dict[str, Cost]) -> list[dict[str, Any]]:
    size, small = few
    found = []
    for unit, of in (
        ("blocks", lambda cost: sum(cost.blocks.values())),
        ("CPU s", lambda cost: cost.cpu_s),
    ):
        peer, value = (sum(of(c) for step, c in costs.items() if step.startswith(what)) for costs in (small, large))
        found.append(
            {
                "name": name,
                "value": round(value, 2),
                "unit": unit,
                "against": f"{round(peer, 2)} at {size:,}",
                "ratio": round(value / max(peer, 0.01), 2),
                "goal": f"≤ {MORE}",
            }
        )
    return found


@contextmanager
def server() -> Iterator[tuple[PostgreSQL, Path]]:
    """A PostgreSQL that counts the blocks of each statement, and a folder."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, NOWHERE):
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql", named="", settings=SETTINGS) as postgres:
            yield postgres, place


def measure(postgres: PostgreSQL, place: Path, targets: int, live: int, work: Work) -> dict[str, Cost]:
    """What each step costs after so many targets: of an hour without news, of a day, and of an hour with work."""
    with aged(postgres, place, targets, live) as bridge:
        tell(bridge)
        url = bridge.database_url
        steps = {f"{WITHOUT_NEWS}: {name}": step for name, step in hour(bridge).items()}
        steps |= {f"{DAY}: {name}": step for name, step in day(bridge).items()}
        costs = {name: cost(postgres, url, step) for name, step in steps.items()}
        news(bridge, work.verdicts, work.targets)
        vacuum(url)
        costs |= {f"{WITH_WORK}: {name}": cost(postgres, url, step) for name, step in hour(bridge).items()}
        # At last, since it takes the history away.
        taken = {name: cost(postgres, url, step) for name, step in retention(bridge).items()}
        return costs | {f"{DAY}: {name}": each for name, each in taken.items() if name != ALL_OF_IT}


@contextmanager
def aged(postgres: PostgreSQL, place: Path, targets: int, live: int) -> Iterator[Bridge]:
    """The bridge on a database of its own, as after years."""
    name = postgres.create_database("bench")
    bridge = Bridge(postgres.url(name), "", place, {"lsst": "none", "ztf": "nothing"}, database=PATIENT)
    try:
        bring_schema(bridge.database_url)
        age(bridge, targets, live)
        yield bridge
    finally:
        bridge.close()
        postgres.drop_database(name)


def age(bridge: Bridge, targets: int, live: int) -> None:
    """A database as after years: so many targets, of which the newest are live, and nothing to do."""
    fill(bridge, targets, live)
    vacuum(bridge.database_url)
    # The first hour writes what it wants of each, and the second judges again what it wrote. The next one is measured.
    for _ in range(2):
        for step in hour(bridge).values():
            step()
    bridge.connection.execute("UPDATE tides.fourmost_target SET told = wanted, held = NULL")
    bridge.connection.execute("UPDATE tides.tides_master SET updated = created")
    lives = bridge.row("SELECT count(*) AS n FROM tides.tides_master WHERE active")["n"]
    assert lives == live, f"{lives} live targets in place of {live}"
    vacuum(bridge.database_url)


def tell(bridge: Bridge) -> None:
    """Lasair is told of every target, and nothing is left to tell."""
    told = [("lsst", row["object_id"], Jsonb(row["content"])) for row in _annotations(bridge)]
    with bridge.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO tides.annotation (survey, object_id, told) VALUES (%s, %s, %s)", told)
    assert not _annotations(bridge), "Lasair knows all of it"
    vacuum(bridge.database_url)


def vacuum(url: str) -> None:
    """VACUUM ANALYZE of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def hour(bridge: Bridge) -> dict[str, Callable[[], Any]]:
    """The steps of a run that ask the database, by the names of their tasks."""
    limits = bridge.settings.fourmost
    return {
        "plan_chunks": bridge.evaluate,
        "upsert_master": lambda: bridge.sql_step("targets/upsert_master"),
        "deactivate_unobserved": lambda: bridge.sql_step("targets/deactivate_unobserved"),
        "stage_4most": bridge.stage,
        "batches_to_create": lambda: batches_to_create(bridge.connection, limits),
        "batches_to_update": lambda: batches_to_update(bridge.connection, limits),
        "record_4most_keys": lambda: bridge.sql_step("fourmost/record_4most_keys", keys="[]"),
        "report": bridge.report,
    }


def day(bridge: Bridge) -> dict[str, Callable[[], Any]]:
    """What the daily DAGs and `trace` ask the database, by the names of their tasks."""
    audit, hosts = bridge.settings.audit, bridge.settings.hosts
    last = bridge.row("SELECT max(tides_id) AS id, max(name) AS name FROM tides.tides_master")
    lsst = {"survey": "lsst", "stream": "lsst", "first": "lsst", "refresh_days": audit.refresh_days}
    to_ask = {
        "not_for": list(hosts.not_for),
        "ask_again_days": hosts.ask_again_days,
        "calls": hosts.calls_a_day + 1,
    }
    span = {"settle_hours": 1.0, "first_days": audit.first_days, "overlap_days": audit.overlap_days}
    return {
        "completeness": lambda: _asked(bridge, "archive/audit_span", lsst | span),
        "refresh": lambda: _asked(bridge, "archive/targets_to_refresh", lsst),
        "annotate": lambda: _annotations(bridge),
        "find_hosts": lambda: _asked(bridge, "archive/hosts_to_ask", lsst | to_ask),
        "trace": lambda: trace(bridge.connection, find_one(bridge.connection, str(last["id"]))),
    }


def retention(bridge: Bridge) -> dict[str, Callable[[], Any]]:
    """What retention costs: a piece of each kind of a history that is all too old, and a day with nothing due."""
    limits = bridge.settings.retention.model_copy(
        update={"candidates": 150, "verdicts": 150, "light_curves": 150, "reports": 150, "rows_a_piece": PIECE}
    )
    parts = (list(bridge.settings.streams), list(bridge.settings.surveys))

    def take(rows_a_day: int) -> None:
        prune(bridge.connection, limits.model_copy(update={"rows_a_day": rows_a_day}), *parts)

    def all_of_it() -> None:
        take(1_000_000_000)
        vacuum(bridge.database_url)

    def nothing_due() -> None:
        take(1_000_000_000)

    def a_piece() -> None:
        take(1)

    return {"prune, a piece of each kind": a_piece, ALL_OF_IT: all_of_it, "prune, nothing due": nothing_due}


def _annotations(bridge: Bridge) -> list[ToTell]:
    return objects_to_tell(bridge.connection, "lsst", "tides", bridge.used, 10 * max(SIZES))[0]


def _asked(bridge: Bridge, name: str, where: dict[str, Any]) -> list[dict[str, Any]]:
    return bridge.connection.execute(statement(name), where).fetchall()


def cost(postgres: PostgreSQL, url: str, step: Callable[[], Any]) -> Cost:
    """What a step costs: the blocks (8 KiB) of each statement, found in memory or not, and CPU (s) of both sides."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
        before, began = cpu_s(postgres), time.monotonic()
        step()
        wall_s, spent_s = time.monotonic() - began, cpu_s(postgres) - before
        counted = connection.execute(
            "SELECT query, sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements AS s"
            " JOIN pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()"
            " WHERE toplevel AND query NOT LIKE '%pg_stat_statements%' GROUP BY query"
        ).fetchall()
    touched: dict[str, int] = {}
    for query, n in counted:
        name = _short(query)
        touched[name] = touched.get(name, 0) + int(n)
    return Cost(touched, spent_s, wall_s)


def cpu_s(postgres: PostgreSQL) -> float:
    """The CPU time (s) that this process and all of PostgreSQL's have used, ended ones too."""
    used = list(psutil.Process().cpu_times()[:2])
    server = psutil.Process(postgres.daemon.process.pid)
    used += server.cpu_times()[:4]
    for process in server.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            used += process.cpu_times()[:2]
    return sum(used)


def _short(query: str) -> str:
    """The first words of a statement, without its comments."""
    return " ".join(re.sub(r"--[^\n]*", "", query).split())[:110]


def grown(small: Cost, large: Cost, more: float = MORE) -> dict[str, tuple[int, int]]:
    """The statements of a step that cost more as the history grew, with their blocks at both sizes."""
    return {
        name: (small.blocks.get(name, 0), touched)
        for name, touched in large.blocks.items()
        if touched > more * small.blocks.get(name, 0) + SPARE
    }


def main() -> None:
    """Prints each statement of an hour and a day at two sizes of the history."""
    few, many, live = (int(word) for word in sys.argv[1:4])
    with server() as (postgres, place):
        small, large = (measure(postgres, place, size, live, Work(live, live // 10)) for size in (few, many))
    table = [
        [step, before, touched, round(touched / max(before, 1), 1), name]
        for step in large
        for name, touched in sorted(large[step].blocks.items(), key=lambda item: -item[1])
        for before in [small[step].blocks.get(name, 0)]
        if touched > SPARE
    ]
    print(tabulate(table, headers=["step", f"{few:,}", f"{many:,}", "ratio", "statement"]))


if __name__ == "__main__":
    main()
