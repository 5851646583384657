"""How fast the page TiDES answers at a million targets: each view by its own app, on loopback, with a real PostgreSQL.

Whom Airflow lets in is Airflow's own time, and not counted: everybody may edit here. A look is counted from the request
to the whole answer. `python -m bench.page 30000 900` prints the rows at another size: so many targets, and live ones.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from tabulate import tabulate

from bench.history import server, vacuum
from bench.years import AN_HOUR, fill
from sandbox.services.leash import Daemon
from sandbox.services.servers import PostgreSQL
from sandbox.services.service import HOST, answers, free_port
from tests.bridge import LIVE as LIVE_RUN
from tests.bridge import Bridge, bring_schema, database_connection
from tides.journal.kinds import Kind
from tides.reports.nights import AT_ONCE, NIGHTS, keep_nights
from tides.settings.model import BUNDLE, load_settings

TARGETS, LIVE = 1_000_000, 30_000
LOOKS = 15
"""The median of so many later looks counts."""
LONGEST_MS = 300
"""Each view answers within this time."""

BACK = "Now, back after three days"
VIEWS = {
    "Now": "",
    BACK: "",
    "Tonight": "tonight",
    "Targets, live": "targets",
    "Targets, live, the brightest": "targets?sort=mag",
    "Targets, all ever": "targets?scope=all",
    "Targets, in a cell, all ever": "targets?scope=all&cell=16-1234",
    "Targets, what nothing passes": "targets?scope=all&band=none",
    "Targets, live, as CSV": "targets.csv",
    "Targets, live, as VOTable": "targets.vot",
    "Decisions": "decide",
    "Decisions, a target": "decide?q=1000000500&act=veto",
    "What if": "what-if",
    "Any object, a target": "object?q=1000000500",
    "Any object, as JSON": "object?q=1000000500&format=json",
    "Any object, never selected": "object?q=1100000500",
    "Any object, a place": "object?q=10+-30",
    "Held and not sent": "held",
    "Health": "health",
    "Statistics": "statistics",
    "Statistics of a year": f"statistics?first={datetime.now(UTC).date() - timedelta(days=365)}",
    "Sky, live targets": "sky",
    "Sky, all ever": "sky?of=ever",
    "Report of the newest run": "run",
    "Runbook": "runbook",
    "a static file": "static/page.css",
    "alive": "alive",
}
"""The routes of the page that are looked at, by name."""

ALL_LIVE = ("targets.csv", "targets.vot")
"""Files of all live targets: no views, and without a goal."""

FILL = (
    "INSERT INTO tides.past (kind, key, content, at)"
    " SELECT 'tides_master', jsonb_build_object('tides_id', tides_id), jsonb_build_object('active', false, 'why',"
    " ('{unobserved,faint,recurrent,reclassified,observed}'::text[])[1 + tides_id %% 5]), at FROM tides.tides_history"
    " WHERE step = 'deactivated' AND at > now() - interval '92 d'",
    # 500 live targets are held, 100 refused, 100 cannot be sent, 100 wait.
    "UPDATE tides.fourmost_target AS f SET told = NULL, told_at = NULL,"
    " held = CASE WHEN o < 500 THEN 'created' END, held_since = CASE WHEN o < 500 THEN now() END,"
    " refusal = CASE WHEN o BETWEEN 500 AND 599 THEN 'ra: this field is wrong' END,"
    " problem = CASE WHEN o BETWEEN 600 AND 699 THEN 'no magnitude in griz' END,"
    " wanted = CASE WHEN o BETWEEN 600 AND 699 THEN NULL ELSE wanted END"
    " FROM (SELECT id, row_number() OVER (ORDER BY id DESC) - 1 AS o FROM tides.fourmost_target WHERE state = 'live')"
    " AS n WHERE n.id = f.id AND o < 800",
    # An hour's peak waits: objects that were never selected.
    "UPDATE tides.candidate SET waiting = true WHERE lane = 'live' AND stream = 'lsst' AND object_id IN"
    " (SELECT (1100000000 + tides_id)::text FROM tides.tides_master ORDER BY tides_id DESC LIMIT 10000)",
    "INSERT INTO tides.tides_hosts (name, catalogue, catalogue_id, ra, dec, template, active, active_since)"
    " SELECT 'TiDES-host' || n, 'c', n::text, n * 360.0 / %(live)s, -30, 'tides-host', n %% 10 = 0, now()"
    " FROM generate_series(0, %(live)s - 1) AS n",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at)"
    " SELECT tides_id, name, 'live', row, row, now() FROM tides.tides_hosts CROSS JOIN LATERAL"
    " (SELECT jsonb_build_object('name', name, 'is_active', true, 'padding', repeat('x', 700))) AS w (row)"
    " WHERE active",
    # 62 kB, as a message with its light curve has.
    'INSERT INTO tides.dead_letter (lane, stream, kind, topic_id, partition, "offset", raw, reason, buried_at)'
    " SELECT 'live', 'lsst', 'message', 't', 0, n, r.raw, 'no JSON', now() - n * interval '1 h'"
    " FROM generate_series(2000, 1, -1) AS n CROSS JOIN LATERAL"
    " (SELECT string_agg(sha256((n * 2000 + m)::text::bytea), '') AS raw FROM generate_series(1, 1940) AS m) AS r",
    "INSERT INTO tides.lasair_call (token, hour, calls)"
    " SELECT 't', date_trunc('hour', now(), 'UTC') - n * interval '1 h', 4000 FROM generate_series(0, 24 * 91) AS n",
    "INSERT INTO tides.function_in_use (rank, stream, name, hash, target, spectra)"
    " VALUES (1, 'lsst', %(function)s, %(hash)s, 'live', 1)",
    # Two years of six functions, each with twelve criteria that all fail together at times.
    "INSERT INTO tides.night_rate (stream, night, function, function_hash, judged, passed, set_aside, paired)"
    " SELECT 'lsst', (now() AT TIME ZONE 'UTC')::date - n, f, %(hash)s, 48000, 4800, 10, 48000"
    " FROM generate_series(0, 730) AS n"
    " CROSS JOIN (SELECT %(function)s::text UNION SELECT 'f' || m FROM generate_series(1, 5) AS m) AS u (f)",
    "INSERT INTO tides.night_criterion (stream, night, function, function_hash, criterion, judged, failed,"
    " unknown, alone)"
    " SELECT stream, night, function, function_hash, 'criterion ' || c, judged, 20000, 100, 300"
    " FROM tides.night_rate CROSS JOIN generate_series(1, 12) AS c",
    "INSERT INTO tides.night_pair (stream, night, function, function_hash, criterion, other, failed)"
    " SELECT c.stream, c.night, c.function, c.function_hash, c.criterion, o.criterion, 500"
    " FROM tides.night_criterion AS c JOIN tides.night_criterion AS o USING (stream, night, function, function_hash)"
    " WHERE c.criterion < o.criterion",
    "INSERT INTO tides.night_stream (stream, night, read, sent, rows)"
    " SELECT DISTINCT stream, night, 60000, 60000, 40000 FROM tides.night_rate",
    # Nothing of the page reads what is left to count.
    "TRUNCATE tides.to_count",
)

AFTER = (
    # A year of runs like the first one, and the events of some months.
    "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
    " SELECT 'bench-' || n, lane, started_at - n * interval '1 h', ended_at - n * interval '1 h', n %% 50 > 0,"
    " counts || jsonb_build_object('backlog', jsonb_build_object('lsst', jsonb_build_object('messages', n,"
    " 'candidates', n))), report, code_version"
    " FROM tides.bridge_run, generate_series(1, %(hours)s) AS n WHERE run_id = %(run)s",
    "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, dag_id, lane, started_at, code_version)"
    " SELECT run_id, run_id, 1, 'tides_bridge', lane, started_at, code_version FROM tides.bridge_run"
    " WHERE run_id LIKE 'bench-%%'",
    "INSERT INTO tides.event (kind, subject, detail, opened_at, last_seen_at, closed_at)"
    " SELECT k, 'subject ' || n, jsonb_build_object('words', repeat('said of it ', 15), 'objects', n %% 40),"
    " now() - a, now() - a, now() - a FROM generate_series(1, 50000) AS n"
    " CROSS JOIN LATERAL (SELECT (%(kinds)s::text[])[1 + n %% cardinality(%(kinds)s::text[])], n * interval '3 min')"
    " AS v (k, a) ORDER BY n DESC",
    "INSERT INTO tides.event (kind, subject, detail)"
    " SELECT k, 'subject ' || n, jsonb_build_object('words', repeat('said of it ', 15))"
    " FROM unnest(%(kinds)s::text[]) AS k, generate_series(1, 10) AS n",
)


@dataclass(frozen=True)
class Looks:
    """How long a view took (ms), and how large it is (bytes).

    The icon in Airflow's navigation, which comes first after a start of the server and loads the page's code, then the
    first look, later ones, and the first with PostgreSQL just started.
    """

    icon: float
    first: float
    later: float
    restarted: float
    size: int


def rows(targets: int = TARGETS, live: int = LIVE) -> list[dict[str, Any]]:
    """Measure; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place):
        url = postgres.url(postgres.create_database("bench"))
        kept_s = age(url, place, targets, live)
        looks = {name: look(postgres, url, place, route, name == BACK) for name, route in VIEWS.items()}
    at = f"page at {targets:,} targets"
    return [
        *(
            _row(f"{at}, {name}: {what}", ms, f"{of.size / 1000:.0f} kB", VIEWS[name] in ALL_LIVE)
            for name, of in looks.items()
            for what, ms in (
                ("a look", of.later),
                ("first look after a start of its server", of.first),
                ("first look after a start of PostgreSQL", of.restarted),
            )
        ),
        {
            "name": "page: Airflow's navigation loads its icon, and so its code, after a start",
            "value": round(statistics.median(of.icon for of in looks.values()) / 1000, 1),
            "unit": "s",
            "against": "once, before any look",
            "ratio": 1,
            "goal": "",
        },
        {
            "name": f"{at}: {AT_ONCE} nights counted by a report after an upgrade",
            "value": round(kept_s, 1),
            "unit": "s",
            "against": f"statements end after {load_settings().database.statement_timeout_s} s",
            "ratio": round(kept_s / load_settings().database.statement_timeout_s, 2),
            "goal": "≤ 0.5",
        },
    ]


def _row(name: str, ms: float, size: str, whole: bool) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(ms),
        "unit": "ms",
        "against": size,
        "ratio": round(ms / LONGEST_MS, 2),
        "goal": "" if whole else f"≤ {LONGEST_MS} ms",
    }


def age(url: str, place: Path, targets: int, live: int) -> float:
    """A database as after years, with busy nights at their end. Gives how long (s) their sums took."""
    bridge = Bridge(url, "", place, {"lsst": "none", "ztf": "nothing"})
    try:
        bring_schema(url)
        fill(bridge, targets, live, min(targets, NIGHTS * 24 * AN_HOUR))
        function = bridge.functions["tidesSNLSST"]
        given: dict[str, Any] = {"live": live, "function": function.name, "hash": function.hash}
        with bridge.connection.transaction():
            bridge.connection.execute("SET LOCAL statement_timeout = 0")
            for statement in FILL:
                bridge.connection.execute(statement, given)
        vacuum(url)
        for _ in range(NIGHTS // AT_ONCE):
            begun = time.monotonic()
            keep_nights(bridge.connection, datetime.now(UTC))
            kept_s = time.monotonic() - begun
        bridge.report()
        given = {"run": LIVE_RUN.run_id, "hours": 24 * 365, "kinds": [kind.value for kind in Kind]}
        for statement in AFTER:
            bridge.connection.execute(statement, given)
        vacuum(url)
        return kept_s
    finally:
        bridge.close()


def look(postgres: PostgreSQL, url: str, place: Path, route: str, back: bool = False) -> Looks:
    """How long a view takes, by a server of its own; `back` is whoever looked last three days ago."""
    with page(url, place) as ask:
        icon, _ = ask("static/icon.svg", False)
        first, size = ask(route, False)
        later = [ask(route, back)[0] for _ in range(LOOKS)]
        postgres.restart()
        restarted, _ = ask(route, back)
    return Looks(icon, first, statistics.median(later), restarted, size)


@contextmanager
def page(url: str, place: Path) -> Iterator[Callable[[str, bool], tuple[float, int]]]:
    """A process that serves the page.

    What it yields asks for a route, also as somebody who comes back, and gives the time (ms) and the bytes.
    """
    port = free_port()
    environment = os.environ | {
        "AIRFLOW_HOME": str(place / "airflow"),
        "AIRFLOW_CONN_TIDES_DB": json.dumps(database_connection(url)),
        "TIDES_SETTINGS": ":".join(map(str, (BUNDLE / "tests" / "settings.yaml", place / "bridge.yaml"))),
    }
    command = [sys.executable, "-m", "bench.page", "--serve", str(port)]
    daemon = Daemon("the page", command, log=place / "page.log", ready=lambda: answers(port), environment=environment)
    daemon.start()
    session = requests.Session()

    def ask(route: str, back: bool) -> tuple[float, int]:
        seen = int(time.time()) - 3 * 86400
        for cookie in session.cookies if back else ():
            cookie.value = f"{seen}.{seen}"
        begun = time.perf_counter()
        answer = session.get(f"http://{HOST}:{port}/tides/{route}", timeout=60)
        ms = 1000 * (time.perf_counter() - begun)
        assert answer.status_code == 200, f"{route}: {answer.status_code} {answer.text}"
        return ms, len(answer.content)

    try:
        yield ask
    finally:
        session.close()
        daemon.stop()


def serve(port: int) -> None:
    """Serves the page as Airflow's api-server does, which has loaded itself before; the first look loads our part."""
    import uvicorn
    from airflow.api_fastapi.core_api import security  # noqa: F401
    from fastapi import FastAPI

    from tides_plugin import TidesPlugin

    (mounted,) = TidesPlugin.fastapi_apps

    async def everybody_may(scope: Any, receive: Any, send: Any) -> None:
        from tides.page.app import app
        from tides.page.frame import READ, may_edit

        app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: True}
        await mounted["app"](scope, receive, send)

    outer = FastAPI()
    outer.mount(mounted["url_prefix"], everybody_may)
    uvicorn.run(outer, host=HOST, port=port, log_level="warning")


def main() -> None:
    """Prints the rows at another size, or serves."""
    if sys.argv[1] == "--serve":
        serve(int(sys.argv[2]))
        return
    targets, live = (int(word) for word in sys.argv[1:3])
    print(tabulate(rows(targets, live), headers="keys"))


if __name__ == "__main__":
    main()
