"""Metrics by Airflow's own interface: to statsd or OpenTelemetry, as its settings `[metrics]` say."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from airflow.sdk.configuration import conf
from airflow.sdk.observability.stats import Stats, normalize_name_for_stats

from tides.database.session import Connection
from tides.foreign import quoted
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind

log = logging.getLogger(__name__)

PREFIX = "tides"
"""The beginning of each name. Airflow puts its own before it: `airflow.tides.backlog_messages`."""

WAYS = ("statsd_on", "statsd_datadog_enabled", "otel_on")
"""The settings of `[metrics]` that turn a way on."""

SUBJECT = "metrics"
"""What the event is about."""

Told = tuple[str, float, Mapping[str, str]]
"""A metric's name, its value, and its labels."""


def send_metrics(connection: Connection, read: Callable[[], Iterable[Told]]) -> int:
    """Sends what `read` gives; gives how many. Without a way that is on, nothing is read.

    What fails is an open event and a line of the log, and never an error of the task: the run's work is done.
    """
    if not any(conf.getboolean("metrics", way) for way in WAYS):
        return 0
    try:
        found = list(read())
        for name, value, labels in found:
            Stats.gauge(named(name, labels), value, tags=dict(labels))
        close_event(connection, Kind.METRICS_NOT_SENT, SUBJECT)
    # Whatever it is, a monitor is not worth a run.
    except Exception as error:
        words = quoted(f"{type(error).__name__}: {error}", 600)
        log.warning("the metrics could not be sent: %s", words)
        # What broke may be this session.
        with suppress(Exception):
            note_event(connection, Kind.METRICS_NOT_SENT, SUBJECT, {"words": words})
        return 0
    return len(found)


def named(name: str, labels: Mapping[str, str]) -> str:
    """The name that is sent. Plain statsd has no labels: there their values are the last parts of the name."""
    tagged = conf.getboolean("metrics", "statsd_influxdb_enabled") or conf.getboolean("metrics", WAYS[1])
    if tagged or not conf.getboolean("metrics", "statsd_on"):
        return f"{PREFIX}.{name}"
    # A dot would begin a further part.
    values = [normalize_name_for_stats(value, log_warning=False).replace(".", "_") for value in labels.values()]
    return ".".join((PREFIX, name, *values))
