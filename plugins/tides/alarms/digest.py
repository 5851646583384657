"""What the watchdog says beside alarms: a digest once a day and, by setting, the reports of runs.

Each is queued as an alarm's message is, and the task `tell` sends it. A row of `digest` or `report_told` is written
with it in one transaction. So whatever is retried or late, each is said once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.reports.attention import Need
from tides.reports.now import Now, StreamNow, read_now
from tides.reports.rows import Calls, ask
from tides.reports.since import Since, acts_in_words, in_words, read_since
from tides.reports.words import at
from tides.settings.model import Settings
from tides.settings.sections import Alarms, CutOff


@dataclass(frozen=True)
class _Begun:
    alarm_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class _Report:
    run_id: str
    good: bool
    report: str


def queue_digest(connection: Connection, settings: Settings) -> list[str]:
    """Queues the digest that is due for each channel, if it was not before; gives its title."""
    alarms = settings.alarms
    if alarms.digest is None or not alarms.notifiers:
        return []
    with connection.transaction():
        (clock,) = connection.execute("SELECT now() AS now").fetchall()
        now: datetime = clock["now"]
        day = day_due(now, alarms.digest, settings.fourmost.cut_off)
        with connection.cursor(row_factory=class_row(_Begun)) as cursor:
            begun = cursor.execute(statement("alarms/begin_digest"), {"day": day}).fetchone()
        if begun is None:
            return []
        found = read_now(connection, settings, now)
        since = read_since(connection, begun.since, begun.until)
        (calls,) = ask(connection, Calls, "reports/calls_since", {"since": begun.since})
        title = f"TiDES: digest of {day}: {found.line.level}"
        _queue(connection, begun.alarm_id, title, digest_text(found, since, calls.calls), alarms)
    return [title]


def queue_reports(connection: Connection, alarms: Alarms) -> list[str]:
    """Queues the reports of live runs that `alarms.reports` asks for and that were not told yet; gives the titles."""
    if alarms.reports == "none" or not alarms.notifiers:
        return []
    titles = []
    with connection.transaction():
        for run in ask(connection, _Report, "alarms/reports_to_tell", {"good": alarms.reports == "all"}):
            row = connection.execute(statement("alarms/begin_report"), {"run_id": run.run_id}).fetchone()
            if row:
                title = f"TiDES: report of {quoted(run.run_id)}: {'good' if run.good else 'not good'}"
                _queue(connection, row["alarm_id"], title, run.report, alarms)
                titles.append(title)
    return titles


def day_due(now: datetime, digest: str, cut_off: CutOff | None) -> date:
    """The day whose digest is the newest that is due at a moment (UTC), by the clock of the cut-off's zone."""
    local = now.astimezone(ZoneInfo(cut_off.zone if cut_off else "UTC"))
    return local.date() - timedelta(days=local.time() < time.fromisoformat(digest))


def digest_text(now: Now, since: Since, calls: int) -> str:
    """The text of a digest. `calls` are the most calls to Lasair of an hour."""
    return "\n".join(_lines(now, since, calls))


def _lines(now: Now, since: Since, calls: int) -> Iterator[str]:
    yield f"{now.line.words.rstrip('.')}."
    yield ""
    yield "Needs somebody:" if now.needs else "Nothing needs somebody."
    yield from (f"- {_need(need)}" for need in now.needs)
    yield ""
    yield f"Since {at(since.since)} UTC: {'; '.join(in_words(since))}."
    yield from (f"- {act}" for act in acts_in_words(since))
    yield ""
    held = [f"{number} {words}" for words, number in now.at_4most if number]
    live = f"Live now: {now.run.live}. " if now.run and now.run.live is not None else ""
    yield f"{live}As the last run left it: {', '.join(held) or 'nothing at 4MOST'}."
    yield from (_stream(stream) for stream in now.streams)
    yield f"Lasair: at most {calls} of {now.calls_an_hour} calls in an hour."
    yield "More: the page TiDES in Airflow."


def _need(need: Need) -> str:
    about = f" ({', '.join(quoted(each) for each in need.about)})" if need.about else ""
    taken = f" Taken up by {quoted(need.taken, 600)}." if need.taken else ""
    said = f" {quoted(need.words, 600)}." if need.words else ""
    return f"{need.level.upper()} {need.what}{about}, since {at(need.since)} UTC.{said} What to do: {need.todo}.{taken}"


def _stream(stream: StreamNow) -> str:
    read = f"read until {at(stream.as_of)} UTC" if stream.as_of else "never read to its end"
    left = "an unknown number of" if stream.messages is None else f"{stream.messages}"
    waits = f", {stream.candidates} objects wait" if stream.candidates else ""
    return (
        f"{stream.name}: {read}, {left} messages left{waits}; passed tonight {stream.passed}, usually {stream.usual}."
    )


def _queue(connection: Connection, alarm_id: int, title: str, text: str, alarms: Alarms) -> None:
    values = {"alarm_id": alarm_id, "title": title, "text": text, "channels": list(alarms.notifiers)}
    connection.execute(statement("alarms/queue_beginning"), values)
