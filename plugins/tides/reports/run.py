"""A run's report: what came, what was judged, sent, and still waits. Markdown, and counts for machines."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tabulate import tabulate

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import LONGEST_DETAIL, in_markdown
from tides.fourmost.cutoff import ingestion_begins, last_cut_off
from tides.fourmost.fibre_hours import Asked, asked_for
from tides.fourmost.guard import release_command
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Red
from tides.journal.runs import NUMBERED, Finished, store_run
from tides.reports.backlog import Backlog, backlogs
from tides.reports.dry import WouldDo, would_do
from tides.reports.fibre_hours import COLUMNS, by_night, by_subsurvey
from tides.reports.metrics import Measure, read_metrics
from tides.reports.nights import keep_nights
from tides.reports.rates import fallen_rates
from tides.reports.red import failed_part
from tides.reports.rows import LastRun
from tides.reports.verdict import asking_beside, unusual, verdict, verdict_of_replay
from tides.runs.context import RunContext
from tides.settings.model import Settings, settings_changed
from tides.settings.sections import Budget
from tides.stream.drain import Drained
from tides.version import code_version

ZEROS = "An empty cell is a zero. What is zero in all columns is left out."

ALARMS = (Kind.REFUSES_EVERYTHING, Kind.NOT_INGESTED, Kind.VERSIONS_MIXED, Kind.OVER_BUDGET)
"""The kinds of open events that each live run's report repeats."""

LINES = (
    ("waiting for evaluation", "candidates_waiting"),
    ("set aside, tried again next run", "candidates_with_a_problem"),
    ("verdicts in this run", "verdicts_new"),
    ("objects selected in this run", "selected"),
    ("selected, but without a position", "without_position"),
    ("new targets", "targets_new"),
    ("changed targets", "targets_changed"),
    ("targets in all", "targets"),
    ("live", "live"),
    ("of these in a control sample", "control"),
    ("out of reach", "unreachable"),
    ("reclassified", "reclassified"),
    ("vetoed", "vetoed"),
    ("forced", "forced"),
    ("observed", "observed"),
    ("merged into another", "merged"),
    ("targets of lists", "listed"),
    ("of these between epochs", "between_epochs"),
    ("of these with all epochs", "listed_done"),
    ("host galaxies in all", "hosts"),
    ("host galaxies wanted at 4MOST", "hosts_wanted"),
    ("sent to 4MOST in this run", "sent"),
    ("of these deactivated", "deactivated"),
    ("active at 4MOST", "active_at_4most"),
    ("waiting for 4MOST", "waiting"),
    ("held by the guard", "held"),
    ("outcome unknown, looked up after the settle time", "unknown"),
    ("refused by 4MOST", "refused"),
    ("live, but cannot be sent", "cannot_be_sent"),
    ("objects lost by the broker, found within a day", "broker_lost"),
    ("ingested by 4MOST since its last cut-off", "made_the_cut"),
    ("live since before that cut-off, and not ingested", "missed_the_cut"),
    ("dead letters in this run", "dead_letters_new"),
    ("dead letters in all", "dead_letters"),
    ("calls to Lasair in this hour", "lasair_calls"),
)

UNUSUAL_IN_REPLAY = ("without_position", "dead_letters_new")
UNUSUAL = ("missed_the_cut", "unknown", "refused", "broker_lost", *UNUSUAL_IN_REPLAY)
"""The counts that stand first in the report when they are not zero."""


def report(
    connection: Connection,
    run: RunContext,
    settings: Settings,
    started_at: datetime,
    drained: Sequence[Drained],
    red: Red,
    measure: Measure | None = None,
) -> str:
    """Counts what the tables hold, stores it as the attempt's row in `bridge_run`, and gives the report in Markdown.

    `drained` are the results of the drains; a failed one is missing. `red` are the attempt's red tasks. `measure` sends
    the metrics of a live run. Raises Conflict as `would_do`.
    """
    now, cut_off = datetime.now(UTC), settings.fourmost.cut_off
    where = {
        "run_id": run.run_id,
        "lane": run.lane,
        "started_at": started_at,
        "cut_off": last_cut_off(now, cut_off) if cut_off else None,
        "ingested_since": ingestion_begins(now, cut_off) if cut_off else None,
    }
    count_anew(connection)
    if run.live:
        keep_nights(connection, now)
    # From the tables, so that the work of a task that was retried counts once.
    counts = connection.execute(statement("reports/report"), where).fetchone() or {}
    by_stream = "reports/stream_counts" if run.live else "reports/report_surveys"
    surveys = connection.execute(statement(by_stream), where).fetchall()
    failed = [task.name for task in red.tasks]
    done = _done(run, started_at, now, counts, failed)
    first = _first(connection, done, settings, counts) if run.live else _first_of_replay(done, counts)
    # Whoever starts a dry run wants to know this before all else.
    first += _if_not_dry(would_do(connection, run, settings)) if run.dry else []
    lags = {d.stream: d.lag for d in drained}
    waiting = backlogs(connection, settings.enabled_streams(), settings.lasair, lags) if run.live else []
    asked = asked_for(connection) if run.live else []
    hours = _fibre_hours(connection, asked, settings.budget, now) if asked else []
    text = _markdown(run, done, counts, surveys, drained, first, red, waiting, hours)
    backlog = {b.stream: {"messages": b.messages, "candidates": b.candidates} for b in waiting}
    found = {**counts, "drained": [asdict(d) for d in drained], "streams": surveys, "failed": failed}
    found |= {"backlog": backlog, "fibre_hours": [asdict(each) for each in asked]} if run.live else {}
    good = not red.tasks
    store_run(connection, Finished(run.run_id, run.lane, started_at, run.start, run.end, good, found, text))
    if run.live and measure:
        measure(connection, partial(read_metrics, connection, settings))
    return text


def count_anew(connection: Connection) -> None:
    """Counts what has changed since the last report, so that no report counts all history. Can be repeated."""
    with connection.transaction():
        connection.execute(statement("reports/count_anew"))


def _done(
    run: RunContext, started_at: datetime, now: datetime, counts: dict[str, Any], failed: Sequence[str]
) -> LastRun:
    counted = {each.name: counts[each.name] for each in fields(LastRun) if each.name in counts}
    return LastRun(run.run_id, started_at, now, not failed, list(failed), backlog={}, **counted)


def _first(connection: Connection, done: LastRun, settings: Settings, counts: dict[str, Any]) -> list[str]:
    """The line of verdict, and what is unusual."""
    asking = asking_beside(connection, done, settings.alarms.no_good_run_h)
    told = (Kind.RATE_FELL, Kind.HELD, *ALARMS)
    words = {key: said for said, key in LINES if key in UNUSUAL}
    return [
        verdict(connection, done, asking, counts, settings.fourmost.cut_off),
        *_notes(connection, done.run_id),
        *unusual(asking, told, counts, words),
    ]


def _first_of_replay(done: LastRun, counts: dict[str, Any]) -> list[str]:
    # A replay does not talk to 4MOST, so that holds and alarms are not its own.
    words = {key: said for said, key in LINES if key in UNUSUAL_IN_REPLAY}
    return [verdict_of_replay(counts, done.good), *unusual([], (), counts, words)]


def _markdown(
    run: RunContext,
    done: LastRun,
    counts: dict[str, Any],
    streams: Sequence[dict[str, Any]],
    drained: Sequence[Drained],
    first: Sequence[str],
    red: Red,
    waiting: Sequence[Backlog],
    hours: Sequence[str],
) -> str:
    replay = "dry live run" if run.rehearses else f"{'dry ' if run.dry else ''}replay, lane {run.lane}"
    what = "live run" if run.live else replay
    verdict_line, *unusual_here = first
    when = f"{done.started_at:%Y-%m-%d %H:%M} to {done.ended_at:%H:%M} UTC"
    parts = [f"# TiDES bridge: {what}", verdict_line, f"Run `{run.run_id}`, {when}, code {code_version()}."]
    if attempt := NUMBERED.fullmatch(run.run_id):
        parts.append(
            f"This is attempt {attempt['attempt']} of run `{attempt['run']}`. Tasks that were not cleared stand as an"
            " earlier attempt left them, and its report has their work."
        )
    parts += failed_part(red, "The next run takes it up.")
    parts += unusual_here
    parts.append(ZEROS)
    columns: tuple[str, ...] = ("stream", "messages", "objects", "dead_letters", "lag")
    parts.append("## Drained\n\n" + as_table(cells(drained, columns), columns))
    notes = [f"- {d.stream}: {in_markdown(note, LONGEST_DETAIL)}" for d in drained for note in d.notes]
    if notes:
        parts.append("\n".join(notes))
    if run.live:
        columns = ("stream", "messages", "candidates", "hours of quota", "done at about (UTC)")
        parts.append("## Waiting\n\n" + as_table([_waiting(b) for b in waiting if not b.empty], columns))
    columns = ("stream", "objects", "selected", "live", "unreachable", "at_4most")
    parts.append("## By stream\n\n" + as_table([[s[c] for c in columns] for s in streams], columns))
    parts.append("## In all\n\n" + as_table([[words, counts[key]] for words, key in LINES], ("what", "number")))
    parts += hours
    parts.append(_observable_next(counts))
    if changed := settings_changed():
        rows = [[f"`{c.key}`", f"`{c.value}`", f"`{c.file.name}`"] for c in changed]
        parts.append("## Settings unlike bridge.yaml\n\n" + as_table(rows, ("setting", "value", "file")))
    return "\n\n".join(parts) + "\n"


def _notes(connection: Connection, run_id: str) -> list[str]:
    """The causes that keep targets from 4MOST, the rates that fell, and a mixture of versions."""
    notes = [f"**{Kind.RATE_FELL}:** {words}. Remedy: {Kind.RATE_FELL.remedy}." for words in fallen_rates(connection)]
    held = "SELECT held, count(*) AS n FROM tides.fourmost_target WHERE held IS NOT NULL GROUP BY held ORDER BY held"
    for row in connection.execute(held):
        command = release_command(row["held"], run_id)
        notes.append(f"**Held by the guard ({row['held']}):** {row['n']}. If they are right: `{command}`.")
    alarms = "SELECT kind, detail FROM tides.event WHERE kind = ANY (%s) AND closed_at IS NULL ORDER BY kind"
    for row in connection.execute(alarms, ([kind.value for kind in ALARMS],)):
        what = row["detail"].get("words") or f"since its cut-off at {row['detail']['cut_off']}"
        notes.append(f"**{row['kind']}:** {in_markdown(what)}.")
    return notes


def _if_not_dry(found: WouldDo) -> list[str]:
    return [f"## If it were not dry\n\n{found.words}", as_table(found.rows, found.columns)]


def _fibre_hours(connection: Connection, asked: Sequence[Asked], budget: Budget, now: datetime) -> list[str]:
    parts = ["## Fibre hours\n\n" + as_table(by_subsurvey(asked, budget), COLUMNS)]
    if nights := by_night(connection, now):
        parts.append("Asked for at the end of each night (UTC day):\n\n" + "\n".join(nights))
    return parts


def _observable_next(counts: dict[str, Any]) -> str:
    if not counts["visits_read_at"]:
        return "May be observed next: unknown, since 4MOST's candidate visits have not been read yet."
    as_of = f"by 4MOST's candidate visits as of {counts['visits_read_at']} UTC"
    return f"May be observed next: {counts['observable_next']} of our targets, {as_of}."


def _waiting(backlog: Backlog) -> list[Any]:
    if backlog.messages is None:
        done = "unknown: its drain failed"
    else:
        done = f"{backlog.done_at:%Y-%m-%d %H:%M}" if backlog.done_at else "not in sight: it does not shrink"
    messages = "unknown" if backlog.messages is None else backlog.messages
    return [backlog.stream, messages, backlog.candidates, round(backlog.quota_hours, 2), done]


def cells(found: Sequence[object], columns: Sequence[str]) -> list[list[object]]:
    """These attributes of each result, as the rows of a table."""
    return [[getattr(each, name) for name in columns] for each in found]


def as_table(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> str:
    """Rows as a Markdown table. Texts in it may be foreign words.

    A zero is an empty cell, and a row with nothing but its name is left out.
    """
    told = [[None if cell in ("", 0) else cell for cell in row] for row in rows]
    escaped = [
        [in_markdown(cell) if isinstance(cell, str) else cell for cell in row]
        for row in told
        if any(cell is not None for cell in row[1:])
    ]
    return tabulate(escaped, [h.replace("_", " ") for h in headers], tablefmt="github") if escaped else "Nothing."
