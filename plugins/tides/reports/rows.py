"""The rows that the views show, each with its type, and the one place where the database is asked for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import whole
from tides.journal.red_tasks import RedTask
from tides.judgement.form import Said

Row = TypeVar("Row")


@dataclass(frozen=True)
class Run:
    """An attempt that has ended. `failed` are its failed tasks, `airflow_state` how Airflow ended a lost one."""

    run_id: str
    lane: str
    started_at: datetime
    ended_at: datetime
    good: bool
    airflow_state: str | None
    failed: list[str]


@dataclass(frozen=True)
class LastRun:
    """What a live run counted at its end. A number is None where its row lacks it. `backlog` is by stream."""

    run_id: str
    started_at: datetime
    ended_at: datetime
    good: bool
    failed: list[str]
    live: int | None
    active_at_4most: int | None
    made_the_cut: int | None
    missed_the_cut: int | None
    waiting: int | None
    held: int | None
    unknown: int | None
    refused: int | None
    cannot_be_sent: int | None
    dead_letters: int | None
    backlog: dict[str, dict[str, int | None]]


@dataclass(frozen=True)
class RedOfRun(RedTask):
    """A red task, of which attempt and DAG it is, and since when it is red."""

    dag_id: str | None
    run_id: str
    failed_at: datetime


@dataclass(frozen=True)
class Steps:
    """How many targets did the same in a night (UTC day), as the newest report has counted them.

    For those that were created at 4MOST: the hours from the alert, the median and what nine in ten did not exceed.
    `waits` is how many of these lie between `WAITS_H` (reports/nights.py); None: that was not counted.
    """

    night: date
    what: str
    targets: int
    median_h: float | None
    late_h: float | None
    waits: list[int] | None = None


@dataclass(frozen=True)
class LiveNight:
    """How many targets were live at the end of a night (UTC day)."""

    night: date
    live: int


@dataclass(frozen=True)
class NightRate:
    """How many objects of a night (UTC day) a function in use judged and passed."""

    stream: str
    function: str
    night: date
    judged: int
    passed: int


@dataclass(frozen=True)
class Read:
    """Until when (UTC) a stream has been read to its end; None: a partition never was."""

    stream: str
    as_of: datetime | None


@dataclass(frozen=True)
class LostNight:
    """The objects of which the audit of a night (UTC day) found that the broker had lost messages."""

    night: date
    objects: int


@dataclass(frozen=True)
class Compared:
    """Until when (UTC) a stream has been compared with the broker's database, and what the broker had lost of it.

    `until` is None when it never was; `lost` counts objects.
    """

    stream: str
    until: datetime | None
    lost: int


@dataclass(frozen=True)
class Mark:
    """The message at which a partition of a stream is read on."""

    stream: str
    partition: int
    next_offset: int


@dataclass(frozen=True)
class Calls:
    """The calls to Lasair that were taken in this hour."""

    calls: int


@dataclass(frozen=True)
class OpenKind:
    """The open events of one kind; `words` are those of the event that was seen last.

    `acknowledged` is how many somebody has taken up. The other three tell of the newest acknowledgement; None: none.
    """

    kind: str
    number: int
    since: datetime
    seen_at: datetime
    subjects: list[str]
    words: str | None
    acknowledged: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledgement: str | None = None


@dataclass(frozen=True)
class Event:
    """An event. `detail` is what was noted of it; `closed_at` is None while it is open.

    `acknowledged_by` is who has taken it up, with `acknowledgement`, their words; None: nobody.
    """

    event_id: int
    kind: str
    subject: str
    detail: dict[str, Any]
    opened_at: datetime
    last_seen_at: datetime
    seen: int
    closed_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledgement: str | None


@dataclass(frozen=True)
class DeadLetter:
    """A message or object that was set aside. `size` is in bytes, `beginning` the first of them; None for an object."""

    dead_letter_id: int
    lane: str
    stream: str
    kind: str
    partition: int | None
    offset: int | None
    object_id: str | None
    reason: str
    buried_at: datetime
    size: int | None
    beginning: bytes | None

    @property
    def text(self) -> str:
        """The first bytes as text; what is no UTF-8 stands there as an escape."""
        return (self.beginning or b"").decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class NotSent:
    """A live target that is not active at 4MOST. `number` is how many have the same cause."""

    name: str
    active_since: datetime | None
    cause: str
    words: str | None
    number: int


@dataclass(frozen=True)
class Held:
    """What the guard holds for one reason, and what that would change at 4MOST."""

    held: str
    number: int
    since: datetime | None
    creates: int
    switches_off: int
    names: list[str]


@dataclass(frozen=True)
class Attempt:
    """An attempt of a run with its report, which is None while it goes on."""

    run_id: str
    lane: str
    started_at: datetime
    ended_at: datetime | None
    good: bool | None
    airflow_state: str | None
    report: str | None
    code_version: str | None


@dataclass(frozen=True)
class Checked:
    """What `tides_check_objects` said of an object. `error` is why it could not be judged; `number` is how many it has.

    `passed`, `trigger_jd` (JD UTC), `passes_now`, `control` and `criteria` are those of a verdict.
    """

    object_id: str
    survey: str
    function: str
    passed: bool | None
    trigger_jd: float | None
    passes_now: bool | None
    control: bool
    criteria: list[Said]
    error: str | None
    number: int


def ask(connection: Connection, row: type[Row], place: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """The rows that `include/sql/PLACE.sql` gives, as `row`."""
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(whole(place), values or {}).fetchall()
