"""What is measured of the bridge from outside: one table of metrics, taken from what the report and the page say.

Every metric is a gauge. A report that is made again, or a look that comes twice, then counts nothing twice. Times are
seconds since 1970, so that an age grows also while nobody sends: it is the reader's clock minus the gauge.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from tides.database.session import Connection
from tides.fourmost.breaker import is_open
from tides.journal.runs import good_run_within
from tides.reports.attention import Level
from tides.reports.now import Now, read_now
from tides.reports.rows import LastRun, ask
from tides.settings.model import Settings

STREAM, LEVEL = "stream", "level"
"""The labels. Each has as many values as the settings have streams, or as there are levels."""


COMMENT = "#"
"""How a line begins that has no value, in Prometheus' text format."""

ASKING = (Level.ACT, Level.LOOK)
"""The levels of what needs somebody."""


class Sample(NamedTuple):
    """A value of a metric at a moment. `labels` has at most one label."""

    name: str
    value: float
    labels: dict[str, str]


Measure = Callable[[Connection, Callable[[], list[Sample]]], object]
"""What sends samples, and does not fail."""


@dataclass(frozen=True)
class Work:
    """What the newest live run did. `last_good_at` (UTC) is when the last good one ended. `alerts` are by stream."""

    last_good_at: datetime | None
    verdicts: int | None
    selected: int | None
    alerts: dict[str, int]
    created: int
    changed: int
    refused: int
    unknown: int


@dataclass(frozen=True)
class Newest:
    """The newest stamp (UTC) of a stream's messages that were read; None: the broker gave none."""

    stream: str
    newest: datetime | None


@dataclass(frozen=True)
class State:
    """What the metrics are taken from, as the views and the report have it."""

    now: Now
    work: Work
    newest: list[Newest]
    stands_still: bool
    breaker_open: bool


By = Mapping[str, float | None]
"""Values by label."""


@dataclass(frozen=True)
class Metric:
    """A gauge: what it counts, in which unit, and how it is taken. A value that is None is not told.

    `label` names what tells its values apart; None: there is one, under an empty key.
    """

    name: str
    unit: str
    help: str
    take: Callable[[State], By]
    label: str | None = None


def _one(take: Callable[[State], float | None]) -> Callable[[State], By]:
    return lambda state: {"": take(state)}


def _of_run(take: Callable[[LastRun], float | None]) -> Callable[[State], By]:
    return lambda state: {"": take(state.now.run) if state.now.run else None}


def _stamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


METRICS = (
    Metric("last_good_run_timestamp_seconds", "s since 1970", "When the last good live run ended",
           _one(lambda s: _stamp(s.work.last_good_at))),
    Metric("last_run_timestamp_seconds", "s since 1970", "When the newest live run ended, good or not",
           _of_run(lambda run: _stamp(run.ended_at))),
    Metric("last_run_good", "0 or 1", "Whether no task of the newest live run failed", _of_run(lambda run: run.good)),
    Metric("stands_still", "0 or 1", "Whether no live run has ended well for alarms.no_good_run_h",
           _one(lambda s: s.stands_still)),
    Metric("stream_newest_message_timestamp_seconds", "s since 1970",
           "The broker's stamp on the newest message that was read",
           lambda s: {each.stream: _stamp(each.newest) for each in s.newest}, STREAM),
    Metric("stream_read_until_timestamp_seconds", "s since 1970", "Until when the stream has been read to its end",
           lambda s: {each.name: _stamp(each.as_of) for each in s.now.streams}, STREAM),
    Metric("backlog_messages", "messages", "Messages that the newest live run left at the broker",
           lambda s: {each.name: each.messages for each in s.now.streams}, STREAM),
    Metric("backlog_objects", "objects", "Objects that wait for evaluation",
           lambda s: {each.name: each.candidates for each in s.now.streams}, STREAM),
    Metric("run_alerts", "messages", "Alerts that the newest live run took in", lambda s: s.work.alerts, STREAM),
    Metric("run_verdicts", "verdicts", "Verdicts of the newest live run", _one(lambda s: s.work.verdicts)),
    Metric("run_selected", "objects", "Objects that the newest live run selected", _one(lambda s: s.work.selected)),
    Metric("run_created", "targets", "Targets that 4MOST stored as new in the newest live run",
           _one(lambda s: s.work.created)),
    Metric("run_changed", "targets", "Targets that 4MOST changed in the newest live run",
           _one(lambda s: s.work.changed)),
    Metric("run_refused", "answers", "Creates and changes that 4MOST refused in the newest live run",
           _one(lambda s: s.work.refused)),
    Metric("run_unknown", "answers", "Creates and changes of the newest live run whose outcome is unknown",
           _one(lambda s: s.work.unknown)),
    Metric("targets_live", "targets", "Targets that are live", _of_run(lambda run: run.live)),
    Metric("targets_active_at_4most", "targets", "Targets that are active at 4MOST",
           _of_run(lambda run: run.active_at_4most)),
    Metric("targets_waiting", "targets", "Targets with a change that 4MOST was not told yet",
           _of_run(lambda run: run.waiting)),
    Metric("targets_held", "targets", "Targets with a change that the guard holds", _of_run(lambda run: run.held)),
    Metric("targets_unknown", "targets", "Targets of which a request's outcome is unknown",
           _of_run(lambda run: run.unknown)),
    Metric("targets_refused", "targets", "Targets that 4MOST refuses", _of_run(lambda run: run.refused)),
    Metric("targets_cannot_be_sent", "targets", "Targets that are live, and cannot be sent",
           _of_run(lambda run: run.cannot_be_sent)),
    Metric("targets_missed_the_cut", "targets", "Targets live since before the last cut-off, and not ingested",
           _of_run(lambda run: run.missed_the_cut)),
    Metric("dead_letters", "messages", "Messages and objects that were set aside",
           _of_run(lambda run: run.dead_letters)),
    Metric("quota_left_calls", "calls", "Calls to Lasair that this hour has left",
           _one(lambda s: max(0, s.now.calls_an_hour - s.now.calls))),
    Metric("quota_calls", "calls", "Calls to Lasair that an hour may have", _one(lambda s: s.now.calls_an_hour)),
    Metric("breaker_open", "0 or 1", "Whether 4MOST refuses everything, and the sync stands still",
           _one(lambda s: s.breaker_open)),
    Metric("needs", "things", "What needs somebody, by how urgent it is",
           lambda s: {str(level): sum(n.level is level for n in s.now.needs) for level in ASKING}, LEVEL),
)  # fmt: skip
"""All that is told. A name ends in its unit where that is no count."""


def read_metrics(connection: Connection, settings: Settings) -> list[Sample]:
    """The values of all metrics now; one that is unknown is left out. Reads only."""
    (work,) = ask(connection, Work, "reports/last_work")
    found = read_now(connection, settings, datetime.now(UTC))
    state = State(
        now=found,
        work=work,
        newest=ask(connection, Newest, "reports/newest_stamps"),
        # Before the first run there is nothing that could stand still.
        stands_still=found.run is not None and not good_run_within(connection, settings.alarms.no_good_run_h),
        breaker_open=is_open(connection),
    )
    return list(samples(state))


def samples(state: State) -> Iterator[Sample]:
    """The values of all metrics, in the order of the table."""
    for metric in METRICS:
        for key, value in metric.take(state).items():
            if value is not None:
                yield Sample(metric.name, float(value), {metric.label: key} if metric.label else {})


def exposed(found: list[Sample]) -> str:
    """Samples as Prometheus reads them: its text format, version 0.0.4. Names begin with `tides_`."""
    lines = []
    for metric in METRICS:
        lines += [f"{COMMENT} HELP tides_{metric.name} {metric.help}.", f"{COMMENT} TYPE tides_{metric.name} gauge"]
        for sample in found:
            if sample.name == metric.name:
                labels = "".join(f"{{{name}={json.dumps(value)}}}" for name, value in sample.labels.items())
                lines.append(f"tides_{metric.name}{labels} {sample.value:.17g}")
    return "\n".join(lines) + "\n"
