"""Five years at the design's load, month by month: what the database weighs and what an hour costs, with retention.

The load is scaled down by `SCALE`, and a month is made at once. Its rows have the dates of its days. Retention then
runs as it would at the end of that month. Autovacuum is replaced by a VACUUM each month, without FULL: what it cannot
use again stays in the numbers.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from tabulate import tabulate

from bench.history import cost, hour, server, vacuum
from sandbox.services.servers import PostgreSQL
from tests.bridge import LIVE as LIVE_RUN
from tests.bridge import Bridge, bring_schema
from tides.evaluation.epochs import open_epochs
from tides.retention.kinds import Kept
from tides.retention.prune import Pruned, prune

SCALE = 1000
"""The design's numbers are divided by this."""
TARGETS_A_MONTH = 16_700
"""By the design: a million targets in five years."""
OTHERS_A_TARGET = 4
"""So many objects that never pass for one that does."""
VERDICTS_AN_OBJECT = 17
"""By the design: 2,000 messages an hour make 1.46 million verdicts a month."""
CURVE_BYTES = 2400
"""A light curve as it is stored, in the benchmark of the drain."""
MONTH = timedelta(days=365.25 / 12)
YEARS = 5
EARLY = 2
"""From the end of this year on nothing grows but what is kept for ever of each target."""

GROWING = (
    "candidate", "light_curve", "selection", "selection_input", "judged_curve", "fourmost_exchange", "event",
    "dead_letter", "counted_object", "to_count", "run_task",
)  # fmt: skip
"""The tables from which retention takes."""

FILL = (
    "CREATE TEMPORARY TABLE made AS SELECT n, n %% %(per)s = 0 AS own, (%(first)s + n)::text AS object_id,"
    # In 200 fields, so that the cells of the sky are not more in the fifth year.
    " mod((%(first)s + n) %% 200 * 137.508 + (%(first)s + n) / 200 * 0.002, 360)::double precision AS ra,"
    " -60 + 50.0 * ((%(first)s + n) %% 200) / 200 AS dec,"
    " %(begin)s::timestamptz + %(month_s)s * interval '1 s' * n / %(objects)s AS at"
    " FROM generate_series(0, %(objects)s - 1) AS n",
    "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active, why, active_since,"
    " jdmin, jdmax, sherlock_class, hosts_asked_at, created, updated)"
    " SELECT tides.target_name('TiDES', 2020, (%(first)s + n)::integer), ra, dec, 'lsst', true, 'tides-sn', false,"
    " 'unobserved', NULL, tides.jd_utc(at) - 30, tides.jd_utc(at), 'SN', at, at, at FROM made WHERE own",
    "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, cell, first_jd, last_jd, seen_jd, known_at)"
    " SELECT 'lsst', m.object_id, t.tides_id, m.ra, m.dec, 1, tides.jd_utc(at) - 30, tides.jd_utc(at),"
    " tides.jd_utc(at), at FROM made AS m"
    " JOIN tides.tides_master AS t ON t.name = tides.target_name('TiDES', 2020, (%(first)s + n)::integer) WHERE own",
    "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, first_jd,"
    " last_jd, detections, sherlock_class, bands, messages, waiting, said_at, cell)"
    " SELECT 'live', 'lsst', object_id, 'lsst', jsonb_build_object('id', object_id, 'padding', repeat('x', 600)),"
    " sha256(object_id::bytea), at, ra, dec, tides.jd_utc(at) - 30, tides.jd_utc(at), 12, 'SN', '{}', 9, false, at,"
    " n %% 12288 FROM made",
    # Bytes that cannot be made smaller, as those of a packed light curve.
    "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash, stored_at, detections,"
    " nights, first_jd, last_jd, bands) SELECT 'live', 'lsst', object_id, r.raw, sha256(object_id::bytea), 'message',"
    " sha256(object_id::bytea), at, 12, 5, tides.jd_utc(at) - 30, tides.jd_utc(at), '{}' FROM made CROSS JOIN LATERAL"
    " (SELECT string_agg(sha256((object_id || k)::bytea), '') AS raw"
    " FROM generate_series(1, %(curve_bytes)s / 32) AS k) AS r",
    "INSERT INTO tides.judged_curve (survey, object_id, hash, raw)"
    " SELECT 'lsst', l.object_id, l.hash, l.raw FROM tides.light_curve AS l JOIN made USING (object_id)",
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " criteria, trigger_jd, trigger_known, detections, first_jd, last_jd, code_version, run_id, judged_at, merged_at,"
    " passes_now) SELECT 'live', 'lsst', 'lsst', object_id, %(function)s, %(hash)s, v::text, own,"
    " jsonb_build_object('padding', repeat('x', 200)), CASE WHEN own THEN tides.jd_utc(at) - 30 END,"
    " CASE WHEN own THEN at END, 12, tides.jd_utc(at) - 30, tides.jd_utc(at), 'code', 'run', at, at, own"
    " FROM made, generate_series(1, %(verdicts)s) AS v",
    "INSERT INTO tides.selection_input (selection_id, survey, object_id, hash, columns, contexts)"
    " SELECT s.selection_id, s.survey, s.object_id, sha256(s.object_id::bytea), '{}', '[]'"
    " FROM tides.selection AS s JOIN made USING (object_id) WHERE s.lane = 'live' AND s.input_hash = '1'",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at)"
    " SELECT a.tides_id, t.name, 'inactive', r.row, r.row, at FROM made JOIN tides.tides_alias AS a USING (object_id)"
    " JOIN tides.tides_master AS t USING (tides_id) CROSS JOIN LATERAL"
    " (SELECT jsonb_build_object('name', t.name, 'is_active', false, 'padding', repeat('x', 700)) AS row) AS r",
    # A create with its answer, and three changes with theirs.
    "INSERT INTO tides.fourmost_exchange (at, run_id, id, name, verb, part, outcome, content)"
    " SELECT f.told_at, 'run', f.id, f.name, CASE WHEN k = 0 THEN 'create' ELSE 'change' END, p.part,"
    " CASE WHEN p.part = 'answer' THEN 'stored' END, f.wanted FROM tides.fourmost_target AS f"
    " JOIN tides.tides_alias AS a ON a.tides_id = f.id JOIN made USING (object_id)"
    " CROSS JOIN generate_series(0, 3) AS k CROSS JOIN (VALUES ('request'), ('answer')) AS p (part)",
    "INSERT INTO tides.event (kind, subject, detail, opened_at, last_seen_at, closed_at)"
    " SELECT 'taken back', 'lsst', jsonb_build_object('object_id', object_id), at, at, at FROM made WHERE n %% 10 = 0",
    "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
    " SELECT 'run ' || h, 'live', h, h, true, '{}', repeat('words ', 600), 'code'"
    " FROM generate_series(%(begin)s::timestamptz, %(begin)s::timestamptz + %(month_s)s * interval '1 s',"
    " make_interval(hours => %(hours)s)) AS h ON CONFLICT DO NOTHING",
    "DROP TABLE made",
)


@dataclass(frozen=True)
class Year:
    """How it stands at the end of a year: what the tables weigh (bytes) from which something goes and all others, what
    retention took in the year's last month, and the blocks that an hour without news and a day of retention touch.
    """

    number: int
    growing: int
    others: int
    gone: int
    hour: int
    day: int


Counted = Callable[[str, Callable[[], object]], int]
"""Gives the blocks that a piece of work on a database touches."""


def simulate(
    bridge: Bridge, years: int = YEARS, scale: int = SCALE, steps: int = 12, *,
    keep: bool = False, counted: Counted | None = None,
) -> list[Year]:  # fmt: skip
    """Plays years on an empty database, each in so many steps. `keep`: nothing is taken."""
    open_epochs(bridge.connection, LIVE_RUN, bridge.settings, bridge.functions)
    bridge.connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
        " SELECT 'live', s, 0, 1000, now() FROM unnest('{lsst,ztf}'::text[]) AS s"
    )
    step = 12 / steps * MONTH
    began, found, gone = datetime.now(UTC) - years * steps * step, [], 0
    for n in range(years * steps):
        _fill(bridge, began + n * step, step, n, scale)
        at = began + (n + 1) * step
        if not keep:
            gone = sum(each.gone for each in take(bridge, at))
        _vacuum(bridge)
        year, rest = divmod(n + 1, steps)
        if rest == 0:
            _reindex(bridge)
            # The clock of an hour is that of now, when the last year ends.
            an_hour = _an_hour(bridge, counted) if counted and year == years else 0
            a_day = counted(bridge.database_url, partial(take, bridge, at)) if counted and not keep else 0
            found.append(Year(year, *_sizes(bridge), gone, an_hour, a_day))
    return found


def take(bridge: Bridge, at: datetime) -> list[Pruned]:
    """What retention takes at a time, by the settings' own ages, however much it is."""
    since = (datetime.now(UTC) - at) / timedelta(days=1)
    given = {str(what): getattr(bridge.settings.retention, what) for what in Kept}
    ages = {what: days + since for what, days in given.items() if days is not None}
    limits = bridge.settings.retention.model_copy(update={**ages, "rows_a_day": 10**9, "seconds_a_day": 3600})
    return prune(bridge.connection, limits, list(bridge.settings.streams), list(bridge.settings.surveys))


def _fill(bridge: Bridge, begin: datetime, step: timedelta, n: int, scale: int) -> None:
    function, per = bridge.functions["tidesSNLSST"], 1 + OTHERS_A_TARGET
    objects = max(round(TARGETS_A_MONTH * (step / MONTH) / scale), 1) * per
    given = {
        "first": n * objects, "objects": objects, "per": per, "begin": begin, "month_s": step.total_seconds(),
        "verdicts": VERDICTS_AN_OBJECT, "curve_bytes": CURVE_BYTES, "hours": 24,
        "function": function.name, "hash": function.hash,
    }  # fmt: skip
    with bridge.connection.transaction():
        for statement in FILL:
            bridge.connection.execute(statement, given)
    bridge.report()


def _vacuum(bridge: Bridge) -> None:
    with psycopg.connect(bridge.database_url, autocommit=True) as connection:
        connection.execute(f"VACUUM ANALYZE {', '.join(f'tides.{table}' for table in GROWING)}")


def _reindex(bridge: Bridge) -> None:
    # As docs/retention.md has it done once a year.
    with psycopg.connect(bridge.database_url, autocommit=True) as connection:
        connection.execute("REINDEX TABLE CONCURRENTLY tides.selection")
        connection.execute("REINDEX TABLE CONCURRENTLY tides.candidate")


def _an_hour(bridge: Bridge, counted: Counted) -> int:
    for _ in range(2):
        for step in hour(bridge).values():
            step()
    bridge.connection.execute("UPDATE tides.fourmost_target SET told = wanted, held = NULL")
    vacuum(bridge.database_url)
    return sum(counted(bridge.database_url, step) for step in hour(bridge).values())


def played(postgres: PostgreSQL, place: Path, **asked: Any) -> list[Year]:
    """The years on a database of their own, with the blocks."""
    name = postgres.create_database("years")
    bridge = Bridge(postgres.url(name), "", place, {"lsst": "none", "ztf": "nothing"})
    try:
        bring_schema(bridge.database_url)
        return simulate(bridge, counted=lambda url, work: sum(cost(postgres, url, work).blocks.values()), **asked)
    finally:
        bridge.close()
        postgres.drop_database(name)


def _sizes(bridge: Bridge) -> tuple[int, int]:
    row = bridge.row(
        "SELECT coalesce(sum(b) FILTER (WHERE t = ANY (%s)), 0)::bigint AS growing,"
        " coalesce(sum(b) FILTER (WHERE t <> ALL (%s)), 0)::bigint AS others FROM (SELECT relname AS t,"
        " pg_total_relation_size(oid) AS b FROM pg_class WHERE relnamespace = 'tides'::regnamespace AND relkind = 'r')",
        list(GROWING),
        list(GROWING),
    )
    return row["growing"], row["others"]


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place):
        early, taken = played(postgres, place, years=EARLY)[-1], played(postgres, place)
        kept = played(postgres, place, keep=True)
    words = f"after year {YEARS}, load of the design / {SCALE:,}"
    sizes, without = [taken[n].growing / 1e6 for n in (1, -1)], [kept[n].growing / 1e6 for n in (1, -1)]
    return [
        _row(f"tables with retention {words}", sizes[1], sizes[0], "MB", goal="≤ 1.5: the sample grows"),
        _row(f"the same without retention {words}", without[1], without[0], "MB", goal=""),
        _row(f"hour without news {words}", taken[-1].hour, early.hour, "blocks"),
        _row(f"a day of retention with nothing due {words}", taken[-1].day, early.day, "blocks"),
    ]


def _row(name: str, value: float, peer: float, unit: str, goal: str = "≤ 1.3") -> dict[str, Any]:
    ratio = round(value / max(peer, 0.01), 2)
    return {"name": name, "value": round(value, 1), "unit": unit, "against": f"{round(peer, 1)} after year 2"} | {
        "ratio": ratio,
        "goal": goal,
    }


def main() -> None:
    """Prints each year with retention and without, at a scale: `python -m bench.retention 100`."""
    scale = int(sys.argv[1]) if sys.argv[1:] else SCALE
    with server() as (postgres, place):
        for keep in (False, True):
            print("without retention" if keep else "with retention")
            years = played(postgres, place, scale=scale, keep=keep)
            print(tabulate([vars(year) for year in years], headers="keys"))


if __name__ == "__main__":
    main()
