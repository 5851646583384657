"""The Tell protocol: how 4MOST is told of a target at most once, whatever happens on the way.

A row is marked as under way in a transaction of its own before a request, and `told` becomes unknown. A clean answer
that names the target writes `told` from its own words and clears the mark; a clean refusal puts `told` back. Anything
else leaves the mark: the row is left alone for the settle time, then read back and compared like any other.
"""

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from tides.database import Connection, statement
from tides.errors import AccessRefused, ServiceAway
from tides.fourmost.outcomes import Denied, NotSent, Outcome, Refused, Stored, Unknown
from tides.fourmost.payload import as_told, same_place
from tides.fourmost.wanted import Wanted, read_wanted, store_wanted
from tides.operations.events import note_event
from tides.settings import Settings

log = logging.getLogger(__name__)

SAME_PLACE_ARCSEC = 1.0
"""A row found by name is ours only within this of our position (arcsec)."""


class FourMostClient(Protocol):
    """What telling needs of the 4MOST API; its verbs never raise for what may have been stored."""

    def create(self, payloads: Sequence[dict[str, Any]]) -> list[Outcome]:
        """One outcome a payload, matched by name."""

    def update(self, pk: int, fields: dict[str, Any]) -> Outcome:
        """Changes fields of one row."""

    def get(self, pk: int) -> dict[str, Any] | None:
        """One row; None when there is none."""

    def find(self, name: str) -> list[dict[str, Any]]:
        """All rows of exactly this name."""


@dataclass
class Told:
    """What one batch did. `keys` are those learnt: {"id", "pk", "name"}."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    adopted: int = 0
    refused: int = 0
    unknown: int = 0
    denied: Denied | None = None
    not_sent: str | None = None

    def or_raise(self) -> dict[str, Any]:
        """The counts and keys for the run's record, when all of the batch could be worked on.

        What was stored stays in any case, and the next run takes the rest. Raises AccessRefused for a wrong token,
        ServiceAway where 4MOST was away or gave no clear answer. A refused target is a finding, no error.
        """
        if self.denied is not None:
            if self.denied.status in (401, 403):
                raise AccessRefused(f"4MOST refuses us ({self.denied.reason}): check the connection fourmost")
            raise ServiceAway(f"4MOST is too busy: {self.denied.reason}", self.denied.retry_after_s)
        if self.not_sent:
            raise ServiceAway(f"4MOST cannot be reached: {self.not_sent}; nothing was sent, the next run goes on")
        if self.unknown:
            raise ServiceAway(
                f"for {self.unknown} targets 4MOST gave no clear answer: they are left alone for the settle time, "
                "then looked up; nothing is sent twice"
            )
        return {k: getattr(self, k) for k in ("keys", "created", "updated", "adopted", "refused")}


class _Batch:
    """One batch under way."""

    def __init__(self, connection: Connection, client: FourMostClient, settings: Settings, ids: list[int]):
        self.connection = connection
        self.client = client
        self.settings = settings
        self.ids = ids
        self.done = Told()

    def wanted(self) -> dict[int, Wanted]:
        """What we want now, stored as such."""
        found = read_wanted(self.connection, self.settings, self.ids)
        store_wanted(self.connection, found)
        return {w.id: w for w in found}

    def mark(self, rows: Sequence[Wanted]) -> list[Wanted]:
        """Marks rows as under way; gives those that are ours to send."""
        described = [{"id": w.id, "pk": w.pk, "wanted": w.row} for w in sorted(rows, key=lambda w: w.id)]
        with self.connection.transaction():
            ours = self.connection.execute(statement("mark_sending"), {"rows": json.dumps(described)}).fetchall()
        sent = {row["id"] for row in ours}
        return [w for w in rows if w.id in sent]

    def stored(self, target: Wanted, row: dict[str, Any], how: str) -> None:
        """A row of 4MOST that is this target: its key, and what it holds in 4MOST's own words."""
        with self.connection.transaction():
            self.learn_key(target, row["id"], how)
            self.connection.execute(
                "UPDATE tides.fourmost_target SET told = %s, told_at = now(), before_told = NULL, sending_since = NULL,"
                " refusal = NULL, refused = NULL, date_ingested = %s WHERE (kind, id) = ('sn', %s)",
                (Jsonb(as_told(row)), row.get("date_ingested"), target.id),
            )
        self.done.keys.append({"id": target.id, "pk": row["id"], "name": target.name})

    def learn_key(self, target: Wanted, pk: int, how: str, *, foreign: bool = False) -> None:
        """Keeps a primary key for ever."""
        known = {"pk": pk, "id": target.id, "name": target.name, "how": how, "foreign": foreign}
        self.connection.execute(statement("learn_key"), known)

    def put_back(self, target: Wanted, *, attempted: bool, refusal: str | None = None) -> None:
        """A request that surely did nothing: `told` is again what it was; a refused row waits until it differs."""
        self.connection.execute(
            "UPDATE tides.fourmost_target SET told = before_told, before_told = NULL, sending_since = NULL,"
            " attempt = attempt - %s, refusal = coalesce(%s, refusal),"
            " refused = CASE WHEN %s::text IS NULL THEN refused ELSE wanted END WHERE (kind, id) = ('sn', %s)",
            (0 if attempted else 1, refusal, refusal, target.id),
        )

    def refuse(self, target: Wanted, reason: str) -> None:
        """A refusal that will not heal by itself: set aside with 4MOST's words."""
        self.put_back(target, attempted=True, refusal=reason)
        self.done.refused += 1
        log.warning("4MOST refused %s: %s", target.name, reason)

    def settle(self, target: Wanted, outcome: Outcome, how: str) -> bool:
        """Writes one outcome; whether the row is stored at 4MOST now."""
        match outcome:
            case Stored(row) if row.get("name") == target.name:
                self.stored(target, row, how)
                return True
            case Stored(row):
                self.foreign(target, row)
            case Refused(_, reason):
                self.refuse(target, reason)
            case Denied():
                self.put_back(target, attempted=False)
                self.done.denied = outcome
            case NotSent(reason):
                self.put_back(target, attempted=False)
                self.done.not_sent = reason
            case Unknown(reason):
                self.done.unknown += 1
                log.warning("4MOST gave no clear answer for %s: %s", target.name, reason)
        return False

    def foreign(self, target: Wanted, row: dict[str, Any]) -> None:
        """4MOST holds something else under our key or name: reported, and never mended by creating anew."""
        detail = {"name": target.name, "pk": row.get("id"), "name_there": row.get("name")}
        note_event(self.connection, "another target at 4MOST", target.name, detail)
        if row.get("name") == target.name:
            self.learn_key(target, row["id"], "looked up by name", foreign=True)
        self.refuse(target, f"key {row.get('id')} at 4MOST is {row.get('name')!r}, not this target")


def create(connection: Connection, client: FourMostClient, settings: Settings, ids: list[int]) -> Told:
    """Creates the targets of a batch that 4MOST lacks; those of an unknown outcome are looked up by name first.

    A bulk that is refused for some rows stores nothing: the others are sent again without them.
    """
    batch = _Batch(connection, client, settings, ids)
    for target in batch.wanted().values():
        if target.under_way and target.pk is None:
            _look_up(batch, target)
    to_send = [w for w in batch.wanted().values() if _to_create(w)]
    while to_send:
        ours = batch.mark(to_send)
        if not ours:
            break
        refused_before = batch.done.refused
        outcomes = client.create([w.row for w in ours if w.row])
        for target, outcome in zip(ours, outcomes, strict=True):
            batch.done.created += batch.settle(target, outcome, "create")
        to_send = [w for w, o in zip(ours, outcomes, strict=True) if isinstance(o, NotSent)]
        if batch.done.refused == refused_before:
            break
        batch.done.not_sent = None
    return batch.done


def _to_create(target: Wanted) -> bool:
    free = target.pk is None and not target.under_way and not target.blocked
    return free and target.state == "live" and target.row is not None


def _look_up(batch: _Batch, target: Wanted) -> None:
    """After the settle time: was the create stored? Adopts only what agrees in name, survey and position."""
    found = batch.client.find(target.name)
    row = target.row or {}
    ours = [
        f
        for f in found
        if f.get("uploadedfor_survey_id") == row.get("uploadedfor_survey_id") and same_place(f, row, SAME_PLACE_ARCSEC)
    ]
    if ours:
        first, *doubles = sorted(ours, key=lambda f: f["id"])
        batch.stored(target, first, "looked up by name")
        for double in doubles:
            batch.learn_key(target, double["id"], "looked up by name")
        batch.done.adopted += 1
    elif found:
        for one in found:
            batch.foreign(target, one)
    else:
        batch.put_back(target, attempted=True)


def update(connection: Connection, client: FourMostClient, settings: Settings, ids: list[int]) -> Told:
    """Brings the rows of a batch at 4MOST to what we want: whole before ingestion, after it only the flag.

    A row whose state is unknown is read back first. Requests go out side by side, never two of one target.
    """
    batch = _Batch(connection, client, settings, ids)
    for target in batch.wanted().values():
        if target.under_way and target.pk is not None:
            _read_back(batch, target)
    ingested = [w for w in _send(batch, _differing(batch)) if _ingested_meanwhile(batch, w)]
    if ingested:
        again = {w.id for w in ingested}
        _send(batch, [w for w in _differing(batch) if w.id in again])
    return batch.done


def _ingested_meanwhile(batch: _Batch, target: Wanted) -> bool:
    """Whether a whole row was refused because 4MOST has ingested it since: then only its flag is told."""
    row = batch.client.get(target.pk) if target.pk is not None else None
    if row is None or row.get("date_ingested") is None:
        return False
    batch.stored(target, row, "read back")
    batch.done.refused -= 1
    return True


def _differing(batch: _Batch) -> list[Wanted]:
    return [
        w
        for w in batch.wanted().values()
        if w.pk is not None and not (w.under_way or w.blocked) and w.row is not None and w.row != w.told
    ]


def _read_back(batch: _Batch, target: Wanted) -> None:
    row = batch.client.get(target.pk) if target.pk is not None else None
    if row is None:
        note_event(batch.connection, "missing at 4MOST", target.name, {"pk": target.pk})
        batch.refuse(target, f"key {target.pk} does not exist at 4MOST any more")
    elif row.get("name") != target.name:
        batch.foreign(target, row)
    else:
        batch.stored(target, row, "read back")


def _send(batch: _Batch, targets: list[Wanted]) -> list[Wanted]:
    """PATCHes rows side by side; gives those whose whole row was refused before we knew that they are ingested."""
    refused: list[Wanted] = []
    ours = batch.mark(targets)
    with ThreadPoolExecutor(batch.settings.fourmost.updates_in_flight) as pool:
        asked = {pool.submit(_patch(batch.client, target)): target for target in ours}
        for answer in as_completed(asked):
            target, outcome = asked[answer], answer.result()
            batch.done.updated += batch.settle(target, outcome, "update")
            if isinstance(outcome, Refused) and outcome.status == 400 and not target.ingested:
                refused.append(target)
    return refused


def _patch(client: FourMostClient, target: Wanted) -> Callable[[], Outcome]:
    row = target.row or {}
    fields = {"is_active": row.get("is_active")} if target.ingested else row
    pk = target.pk or 0
    return lambda: client.update(pk, fields)
