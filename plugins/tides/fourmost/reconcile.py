"""Are the two sides in step? Reads 4MOST's list back, records what only 4MOST knows, and mends or reports drift.

Nothing is concluded from one look: each odd row of the list is asked for again by its key, before anything is done.
Nothing is created. A row under way is left to the Tell protocol.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.errors import AccessRefused, AnswerBroken
from tides.fourmost.api import FourMostApi, Row
from tides.fourmost.believed import believed
from tides.fourmost.breaker import Breaker
from tides.fourmost.exchange import keep_outcome, keep_request, storable
from tides.fourmost.outcomes import Stored
from tides.fourmost.payload import as_told
from tides.fourmost.strays import meet
from tides.fourmost.wanted import batches_to_create
from tides.journal.events import close_event, close_unseen, note_event, record_event
from tides.journal.kinds import Kind
from tides.journal.runs import Finished, store_run
from tides.photometry.sky import SAME_PLACE_ARCSEC
from tides.settings.sections import Database, FourMost, TargetTemplate
from tides.targets.names import raise_counters

LANE = "reconcile"
"""The lane of reconcile's rows in `bridge_run`."""

OVERLAP = timedelta(hours=2)
"""By how much the time bounds of two reconciles overlap: one local hour comes twice in October."""

# Only a whole list shows that a row is gone: no filter by date finds it.
FULL_EVERY = timedelta(days=7)
ROWS_AT_ONCE = 500
NEEDED = {"id", "name", "uploadedfor_survey_id", "ra", "dec", "is_active", "date_ingested"}
"""Columns of 4MOST without which nothing can be compared."""

MET = (
    *(Kind.MISSING, Kind.DOUBLE, Kind.ANOTHER_TARGET, Kind.UNKNOWN_ROW, Kind.FILTER_IGNORED),
    Kind.IMPLAUSIBLE_AT_4MOST,
)
"""The events that a full pass meets again as long as their cause is there."""


@dataclass
class Reconciled:
    """What one reconcile found: rows read, targets newly ingested, and what was done, by kind."""

    run_id: str
    full: bool
    rows: int = 0
    ingested: int = 0
    found: Counter[str] = field(default_factory=Counter)

    def as_text(self) -> str:
        """The report, for people."""
        what = "the whole list" if self.full else "what changed since the last reconcile"
        lines = [f"Read {what}: {self.rows} rows; {self.ingested} targets newly ingested."]
        lines += [f"- {kind}: {number}" for kind, number in sorted(self.found.items())]
        return "\n".join(lines if self.found else [*lines, "Both sides agree."])


@dataclass(frozen=True)
class Stranger:
    """A row under our prefix at 4MOST that this database does not know. `date_submitted` is 4MOST's own text.

    `ra` and `dec` are degrees (ICRS).
    """

    pk: int
    name: str
    ra: float
    dec: float
    date_submitted: str | None


def reconcile(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    run_id: str,
    *,
    full: bool = False,
) -> Reconciled:
    """One reconcile: the whole list once a week or when asked to, else what was modified or ingested since the last.

    Stores its report as a row of `bridge_run`. Raises ServiceAway, AnswerBroken or AccessRefused as the client does.
    What was recorded and mended until then stays, and the next reconcile begins at the same bound.
    """
    started = _now(connection)
    since = None if full else _bound(connection, started)
    done = Reconciled(run_id, full=since is None)
    sections = (limits, templates, database)
    if since is None:
        seen = _follow(connection, client, *sections, client.rows(), done)
        _look_for_missing(connection, client, started, seen, done)
        _close_what_is_gone(connection, started)
    else:
        # Two questions, since 4MOST joins look-ups by AND.
        for column in ("date_modified", "date_ingested"):
            listed = client.rows(**{f"{column}__gt": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
            _follow(connection, client, *sections, _checked(connection, listed, column, since), done)
    _store(connection, started, since, done)
    return done


def meet_newer(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    run_id: str,
) -> Counter[str]:
    """Meets what 4MOST holds under our prefix beyond the highest key that we know, before targets are created.

    Usually that is nothing, by one request. After a restored database these are our own rows: their keys are learnt
    again. A new target whose name is taken there gets another one, and names go on beyond 4MOST's highest. Raises
    ServiceAway, AnswerBroken or, with the breaker's alarm, AccessRefused when 4MOST cannot be asked. Then nothing may
    be created.
    """
    try:
        newer = _beyond(connection, client, limits)
    except AccessRefused as refused:
        Breaker(connection, limits.refusals_in_a_row, limits.settle_s).open(str(refused))
        raise
    if newer:
        # First of all, since a restored database would give names that 4MOST has already.
        raise_counters(connection, limits.prefixes, [row["name"] for row in newer])
    where = {"radius_arcsec": SAME_PLACE_ARCSEC, "host_prefix": limits.host_prefix}
    # A stray that an earlier reconcile kept may be a target that came since.
    near = connection.execute(statement("fourmost/strays_of_targets"), where).fetchall()
    unknown = [d for d in _drift(connection, limits, templates, newer) if d["drift"] == "unknown"]
    unknown += [{**stray, "drift": "unknown"} for stray in near]
    done = Reconciled(run_id, full=False)
    _mend(connection, client, limits, templates, database, unknown, done)
    return done.found


def creates_due(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    run_id: str,
) -> list[list[int]]:
    """The targets to create in this run, in batches. Strays at 4MOST are met first: their targets need no create.

    4MOST is asked only when there is something to create. Raises as `meet_newer`.
    """
    if batches_to_create(connection, limits):
        meet_newer(connection, client, limits, templates, database, run_id)
    return batches_to_create(connection, limits)


def strangers(
    connection: Connection, client: FourMostApi, limits: FourMost, templates: Mapping[str, TargetTemplate]
) -> list[Stranger]:
    """The rows under our prefix and survey that this database does not know, the newest last. Only reads.

    They are from before a restore of the database, or from another bridge on the same account.
    """
    newer = {row["id"]: row for row in _beyond(connection, client, limits)}
    unknown = [
        newer[d["pk"]] for d in _drift(connection, limits, templates, list(newer.values())) if d["drift"] == "unknown"
    ]
    found = {r["id"]: Stranger(r["id"], r["name"], r["ra"], r["dec"], r.get("date_submitted")) for r in unknown}
    ours = connection.execute("SELECT name FROM tides.target WHERE name = ANY(%s)", ([r["name"] for r in unknown],))
    names = {row["name"] for row in ours}
    with connection.cursor(row_factory=class_row(Stranger)) as cursor:
        kept = cursor.execute("SELECT pk, name, ra, dec, date_submitted::text FROM tides.fourmost_stray").fetchall()
    found |= {stranger.pk: stranger for stranger in kept}
    # A row with the name of a target is no stranger: a create of unknown outcome looks like this.
    return [stranger for _, stranger in sorted(found.items()) if stranger.name not in names]


def _beyond(connection: Connection, client: FourMostApi, limits: FourMost) -> list[Row]:
    """What 4MOST holds under our prefix beyond the highest key that we know."""
    prefix = limits.name_prefix
    top = connection.execute("SELECT coalesce(max(pk), 0) AS pk FROM tides.fourmost_key").fetchone() or {"pk": 0}
    rows = client.rows(top["pk"], name__startswith=prefix)
    return _clean(connection, [row for row in rows if row["name"].startswith(prefix)])


def _clean(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Rows that can be believed, as PostgreSQL takes them. Raises AnswerBroken when one lacks a column."""
    for row in rows:
        if not row.keys() >= NEEDED:
            missing = ", ".join(sorted(NEEDED - row.keys()))
            raise AnswerBroken(f"row {row['id']} of 4MOST has no {missing}: its columns have changed (tides doctor)")
    clean: list[Row] = json.loads(storable(believed(connection, rows)))
    return clean


def _follow(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    listed: Iterable[Row],
    done: Reconciled,
) -> set[int]:
    """Records and compares a list page by page; gives the keys that were in it."""
    rows, seen = iter(listed), set()
    while page := _clean(connection, list(islice(rows, ROWS_AT_ONCE))):
        done.rows += len(page)
        with master_lock(connection, database):
            ingested = connection.execute(statement("fourmost/record_ingestion"), {"rows": json.dumps(page)})
            done.ingested += ingested.rowcount
        raise_counters(connection, limits.prefixes, [row["name"] for row in page])
        drift = _drift(connection, limits, templates, page)
        _mend(connection, client, limits, templates, database, drift, done)
        seen |= {row["id"] for row in page}
    return seen


def _drift(
    connection: Connection, limits: FourMost, templates: Mapping[str, TargetTemplate], page: list[Row]
) -> list[Row]:
    rows = [
        {
            **{k: row[k] for k in ("id", "name", "is_active")},
            "survey": row["uploadedfor_survey_id"],
            "told": as_told(row),
        }
        for row in page
    ]
    surveys = sorted({t.uploadedfor_survey_id for t in templates.values()})
    where = {"rows": json.dumps(rows), "surveys": surveys, "prefix": limits.name_prefix}
    return connection.execute(statement("fourmost/drift_at_4most"), where).fetchall()


def _mend(
    connection: Connection,
    client: FourMostApi,
    limits: FourMost,
    templates: Mapping[str, TargetTemplate],
    database: Database,
    drift: list[Row],
    done: Reconciled,
) -> None:
    """Looks at each row again, by its key, and does what is safe."""
    if not drift:
        return
    # An answer to a request of ours after this moment is newer than what is read here.
    asked_at = _now(connection)
    with ThreadPoolExecutor(limits.updates_in_flight) as pool:
        asked = list(pool.map(lambda d: client.get(d["pk"]), drift))
    rows = {row["id"]: row for row in _clean(connection, [row for row in asked if row is not None])}
    for found in drift:
        row = rows.get(found["pk"])
        # It changed since the list was read: the next reconcile meets it again.
        if row is None or row["name"] != found["name"]:
            continue
        match found["drift"]:
            case "differs" if _take_their_word(connection, found["tides_id"], row, asked_at):
                done.found["rows that differed, told again"] += 1
            case "other target":
                note_event(connection, Kind.ANOTHER_TARGET, found["name"], {"name": found["name"], "pk": row["id"]})
                done.found["keys or names of another target, reported"] += 1
            case "double" if row["is_active"]:
                _end_double(connection, client, row, done)
            case "unknown":
                met = meet(connection, limits, templates, database, row)
                done.found[f"unknown rows: {met}"] += 1
                if met == "double" and row["is_active"]:
                    _end_double(connection, client, row, done)


def _end_double(connection: Connection, client: FourMostApi, row: Row, done: Reconciled) -> None:
    """Switches a double off. It stays an event while that fails."""
    subject = f"{row['name']} {row['id']}"
    note_event(connection, Kind.DOUBLE, subject, {"pk": row["id"]})
    current = connection.execute(
        "SELECT c.id, c.pk FROM tides.fourmost_key AS d JOIN tides.fourmost_key AS c USING (id)"
        " WHERE d.pk = %s AND d.status = 'double' AND c.status = 'current'",
        (row["id"],),
    ).fetchone()
    off = False
    # The row that we hold for the target must be there, or the last one is switched off.
    if current is not None and client.get(current["pk"]) is not None:
        of_target = (connection, done.run_id, current["id"], row["name"])
        keep_request(*of_target, "change", {"is_active": False})
        outcome = client.update(row["id"], {"is_active": False})
        keep_outcome(*of_target, "change", outcome)
        off = isinstance(outcome, Stored) and outcome.row.get("is_active") is False
    if off:
        close_event(connection, Kind.DOUBLE, subject)
    done.found["doubles switched off" if off else "doubles that could not be switched off yet"] += 1


def _take_their_word(connection: Connection, tides_id: int, row: Row, asked_at: datetime) -> bool:
    """Takes what 4MOST holds as what it was told. Where we want something else, the next run sends it.

    Does nothing while a request is under way, or when one was answered since we asked.
    """
    told = as_told(row)
    with connection.transaction():
        # The row stays locked until `told` is written, so that no request is marked in between.
        ours = connection.execute(
            "SELECT told FROM tides.fourmost_target WHERE id = %s AND sending_since IS NULL"
            " AND coalesce(told_at, '-infinity') < %s FOR UPDATE",
            (tides_id, asked_at),
        ).fetchone()
        if ours is None or ours["told"] == told:
            return False
        before = ours["told"] or {}
        differing = {k: [before.get(k), told.get(k)] for k in told if before.get(k) != told.get(k)}
        record_event(connection, Kind.DRIFT, row["name"], {"pk": row["id"], "ours_theirs": differing})
        connection.execute(statement("fourmost/take_their_word"), {"id": tides_id, "told": Jsonb(told)})
    return True


def _look_for_missing(
    connection: Connection, client: FourMostApi, started: datetime, seen: set[int], done: Reconciled
) -> None:
    """Reports keys that the whole list lacks, and that are not there when asked for. Creates nothing."""
    # A key learnt since the start may belong to a page that was read before.
    keys = connection.execute(
        "SELECT pk, name FROM tides.fourmost_key WHERE status = 'current' AND learnt_at < %s"
        " AND pk IN (SELECT pk FROM tides.fourmost_key EXCEPT SELECT unnest(%s::bigint[])) ORDER BY pk",
        (started, list(seen)),
    ).fetchall()
    for key in keys:
        if client.get(key["pk"]) is None:
            note_event(connection, Kind.MISSING, key["name"], {"pk": key["pk"]})
            done.found["missing at 4MOST, reported"] += 1


def _close_what_is_gone(connection: Connection, started: datetime) -> None:
    """Closes, after a full pass, the events that it has not met again."""
    close_unseen(connection, MET, started)
    gone = {"started": started, "kind": Kind.UNKNOWN_ROW.value}
    connection.execute(statement("fourmost/drop_strays"), gone)


def _checked(connection: Connection, listed: Iterable[Row], column: str, since: datetime) -> Iterator[Row]:
    """The rows as they are. Notes an event, once, when the filter was ignored and every row came."""
    ignored = False
    for row in listed:
        value = row.get(column)
        if not ignored and (value is None or _is_before(value, since)):
            ignored = True
            note_event(connection, Kind.FILTER_IGNORED, f"{column}__gt", {"since": since.isoformat(), column: value})
        yield row


def _is_before(text: object, since: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(text)) <= since
    # What is no date at all says nothing of the filter.
    except (ValueError, TypeError):
        return False


def _now(connection: Connection) -> datetime:
    # The clock of the database: it also writes `told_at`, and now() stands still in a transaction.
    (row,) = connection.execute("SELECT clock_timestamp() AS now").fetchall()
    now: datetime = row["now"]
    return now


def _bound(connection: Connection, now: datetime) -> datetime | None:
    """From when on to ask; None when the whole list is due."""
    row = connection.execute(
        "SELECT max(started_at) AS newest, max(started_at) FILTER (WHERE counts ->> 'full' = 'true') AS newest_full"
        " FROM tides.bridge_run WHERE lane = %s AND good",
        (LANE,),
    ).fetchone() or {"newest": None, "newest_full": None}
    if row["newest_full"] is None or row["newest_full"] < now - FULL_EVERY:
        return None
    newest: datetime = row["newest"]
    # 4MOST's date filters take UTC.
    return (newest - OVERLAP).astimezone(UTC)


def _store(connection: Connection, started: datetime, since: datetime | None, done: Reconciled) -> None:
    counts = {"full": done.full, "rows": done.rows, "ingested": done.ingested, "found": done.found}
    run = Finished(done.run_id, LANE, started, since, None, good=True, counts=counts, report=done.as_text())
    store_run(connection, run)
