"""What a monitor outside is told: by statsd as Airflow sends it, and by the page's address for Prometheus."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
import requests
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from psycopg.types.json import Jsonb

from sandbox.services.service import HOST
from tests.bridge import Bridge
from tests.builders import a_red_task
from tests.limits import LIMIT_S
from tests.listening import listening
from tests.statsd import statsd
from tests.targets import LIVE, put_targets
from tides.hooks.metrics import send_metrics
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Red
from tides.reports.metrics import ASKING, LEVEL, METRICS, STREAM, read_metrics
from tides.reports.run import report
from tides.runs.context import RunContext
from tides.settings.model import BUNDLE
from tides.stream.drain import Drained

HOSTILE = '"}\nevil{x="1"} 5\n'
TOKEN = "a-token-of-a-monitor-0123456789"


def _a_night(bridge: Bridge) -> None:
    """Every metric has a value: streams that were read, a run, targets, answers of 4MOST, things to look at."""
    put_targets(bridge.connection, 3)
    bridge.connection.execute(LIVE)
    bridge.connection.execute(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, held)"
        " SELECT tides_id, name, 'live', %s, CASE WHEN tides_id = 1 THEN 'created' END FROM tides.tides_master",
        (Jsonb({"is_active": True}),),
    )
    bridge.connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at, newest_stamp)"
        " SELECT 'live', stream, n, 1, now() - interval '1 h', now() - n * interval '2 h'"
        " FROM unnest(%s::text[]) AS stream, generate_series(1, 2) AS n",
        (list(bridge.settings.enabled_streams()),),
    )
    for verb, outcome in (("create", "stored"), ("create", "refused"), ("change", "stored"), ("change", "unknown")):
        bridge.connection.execute(
            "INSERT INTO tides.fourmost_exchange (run_id, id, name, verb, part, outcome, at)"
            " VALUES ('night', 1, 'x', %s, 'answer', %s, now() + interval '1 s')",
            (verb, outcome),
        )
    note_event(bridge.connection, Kind.SCHEMA_DRIFT, HOSTILE, {"words": HOSTILE})
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "the sync", {"words": HOSTILE})
    drained = [Drained(name, messages=5, lag=7) for name in bridge.settings.enabled_streams()]
    bridge.report(RunContext("night"), drained=drained)


def _keys(bridge: Bridge, label: str | None) -> list[str]:
    return {STREAM: list(bridge.settings.enabled_streams()), LEVEL: list(ASKING), None: [""]}[label]


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], dict[str, float]]]:
    """What a plain server of statsd has received."""
    with statsd(monkeypatch) as ask:
        yield ask


def test_a_look_of_the_watchdog_sends_each_metric_of_the_table_and_nothing_else(watching, received):
    bridge, watchdog = watching()
    _a_night(bridge)
    watchdog.look()
    found = received()
    wanted = {f"tides.{m.name}{'.' if key else ''}{key}" for m in METRICS for key in _keys(bridge, m.label)}
    assert found.keys() == wanted
    now = time.time()
    assert now - found["tides.last_good_run_timestamp_seconds"] == pytest.approx(0, abs=LIMIT_S)
    for stream in bridge.settings.enabled_streams():
        since = found[f"tides.stream_read_until_timestamp_seconds.{stream}"]
        assert now - since == pytest.approx(3600, abs=LIMIT_S)
        assert now - found[f"tides.stream_newest_message_timestamp_seconds.{stream}"] == pytest.approx(
            7200, abs=LIMIT_S
        )
        assert found[f"tides.run_alerts.{stream}"] == 5
        assert found[f"tides.backlog_messages.{stream}"] == 7
    counts = ("run_created", "run_changed", "run_refused", "run_unknown", "targets_live", "targets_held")
    assert [found[f"tides.{name}"] for name in counts] == [1, 1, 1, 1, 3, 1]
    assert found["tides.breaker_open"] == 1
    assert found["tides.stands_still"] == 0
    assert found["tides.quota_left_calls"] == found["tides.quota_calls"] == bridge.settings.lasair.calls_an_hour
    assert found["tides.needs.act"] >= 1
    assert found["tides.needs.look"] >= 1


@pytest.mark.parametrize(("run", "sent"), [(RunContext("live"), True), (RunContext("again", lane="replay/x"), False)])
def test_the_report_of_a_live_run_sends_the_metrics_of_that_run_and_a_replay_none(make_syncing, received, run, sent):
    bridge = make_syncing()
    drained = [Drained("lsst", messages=5)]
    report(bridge.connection, run, bridge.settings, datetime.now(UTC), drained, Red([]), send_metrics)
    found = received()
    assert found.get("tides.run_alerts.lsst") == (5 if sent else None)
    assert bool(found) == sent


def test_that_it_stands_still_is_a_metric_that_the_watchdog_sends(watching, received):
    bridge, watchdog = watching()
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = now() - interval '4 h'")
    bridge.report(RunContext("red"), red=[a_red_task()])
    watchdog.look()
    found = received()
    assert found["tides.stands_still"] == 1
    assert time.time() - found["tides.last_good_run_timestamp_seconds"] == pytest.approx(4 * 3600, abs=LIMIT_S)
    assert found["tides.last_run_good"] == 0
    assert time.time() - found["tides.last_run_timestamp_seconds"] == pytest.approx(0, abs=LIMIT_S)


def test_before_the_first_run_nothing_that_is_unknown_is_told(make_syncing, received):
    bridge = make_syncing()
    send_metrics(bridge.connection, lambda: read_metrics(bridge.connection, bridge.settings))
    found = received()
    assert found["tides.stands_still"] == 0
    assert not {name for name in found if "timestamp" in name or "targets_" in name or name == "tides.run_verdicts"}


def test_where_statsd_takes_tags_the_labels_are_tags(make_syncing, monkeypatch):
    bridge = make_syncing()
    with statsd(monkeypatch, statsd_influxdb_enabled="True") as received:
        send_metrics(bridge.connection, lambda: [("backlog_messages", 3.0, {STREAM: "lsst"})])
        assert received() == {"tides.backlog_messages,stream=lsst": 3}


AS_A_TASK = """
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

from tides.hooks.database import open_database
from tides.hooks.metrics import send_metrics

stats.initialize(factory=get_stats_factory(), export_legacy_names=True)
with open_database("test") as connection:
    assert send_metrics(connection, lambda: [("backlog_messages", 3.0, {"stream": "lsst"})]) == 1
"""


class Collector(BaseHTTPRequestHandler):
    """An OpenTelemetry collector, which keeps what it was sent."""

    taken: ClassVar[list[ExportMetricsServiceRequest]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
        self.taken.append(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.soak  # a process of its own, since OpenTelemetry is set up once in each
def test_by_opentelemetry_the_labels_are_attributes(make_syncing):
    make_syncing()
    with listening(HTTPServer((HOST, 0), Collector)) as server:
        there = {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{server.server_port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "PYTHONPATH": str(BUNDLE / "plugins"),
        }
        done = subprocess.run(
            [sys.executable, "-c", AS_A_TASK], env=os.environ | there, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    found = [
        (metric.name, point.as_double, {each.key: each.value.string_value for each in point.attributes})
        for request in Collector.taken
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.gauge.data_points
    ]
    assert ("airflow.tides.backlog_messages", 3.0, {STREAM: "lsst"}) in found


def test_metrics_that_fail_are_one_event_and_fail_no_look(watching, received, monkeypatch):
    bridge, watchdog = watching()

    def broken(*_: object) -> object:
        return bridge.connection.execute("SELECT no_such_column")

    with monkeypatch.context() as changed:
        changed.setattr("tides.reports.metrics.read_metrics", broken)
        assert watchdog.look() == []
        assert watchdog.look() == []
    is_open = "SELECT seen, detail ->> 'words' AS words FROM tides.event WHERE kind = %s AND closed_at IS NULL"
    (event,) = bridge.connection.execute(is_open, (Kind.METRICS_NOT_SENT.value,)).fetchall()
    assert event["seen"] == 2
    assert "no_such_column" in event["words"]
    watchdog.look()
    assert bridge.connection.execute(is_open, (Kind.METRICS_NOT_SENT.value,)).fetchall() == []
    assert "tides.stands_still" in received()


def test_without_a_way_that_is_on_nothing_is_read(make_syncing):
    def read() -> list[tuple[str, float, dict[str, str]]]:
        raise AssertionError("nobody listens")

    assert send_metrics(make_syncing().connection, read) == 0


def _ask(served: str, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.get(f"{served}metrics", headers=headers, timeout=LIMIT_S)


def _token(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    found = json.dumps({"conn_type": "http", "password": token})
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_METRICS", found)


def test_prometheus_is_told_the_same_by_its_token(make_syncing, served, monkeypatch):
    bridge: Bridge = make_syncing()
    _a_night(bridge)
    _token(monkeypatch, TOKEN)
    answer = _ask(served, TOKEN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    names = [line.rsplit(" ", 1)[0] for line in lines]
    label = '{{{}="{}"}}'
    wanted = [
        f"tides_{m.name}{label.format(m.label, key) if m.label else ''}"
        for m in METRICS
        for key in _keys(bridge, m.label)
    ]
    assert sorted(names) == sorted(wanted)
    assert 'tides_backlog_messages{stream="lsst"} 7' in lines
    assert TOKEN not in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("there", "given"),
    [
        (TOKEN, None),
        (TOKEN, ""),
        (TOKEN, TOKEN[:-1]),
        (TOKEN, f"{TOKEN}x"),
        ("", ""),
        ("short", "short"),
        (None, ""),
        (None, TOKEN),
    ],
)
def test_nobody_else_is_told_anything(make_syncing, served, monkeypatch, there, given):
    make_syncing()
    if there is not None:
        _token(monkeypatch, there)
    answer = _ask(served, given)
    assert answer.status_code == 401
    assert "tides_stands_still" not in answer.text
