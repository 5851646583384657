"""One batch of targets on its way to 4MOST: marks before requests, outcomes of answers, and when to stop."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, sleep
from typing import Any

from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import AccessRefused, ServiceAway
from tides.foreign import quoted
from tides.fourmost.believed import believed
from tides.fourmost.breaker import Breaker
from tides.fourmost.exchange import Verb, keep_outcome, storable
from tides.fourmost.outcomes import Denied, Late, NotSent, Outcome, Refused, Spared, Stored, Unknown
from tides.fourmost.payload import as_told
from tides.fourmost.wanted import Wanted, read_wanted, store_wanted
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.settings.sections import FourMost, TargetTemplate
from tides.settings.streams import StreamLive

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
"""The first wait after a 429 that does not say how long to wait (s)."""

LEAST_PAUSE_S = 0.1
"""A server that says "again at once" and does not mean it must not be asked in a tight loop (s)."""

MOST_LATE = 3
"""So often in a row may requests begin too late after their marks, before nothing more is sent."""


@dataclass
class Told:
    """What one batch did.

    `keys` are those learnt: {"id", "pk", "name"}. `waiting` says why everything but flags waits.
    """

    keys: list[dict[str, Any]] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    adopted: int = 0
    refused: int = 0
    unknown: int = 0
    denied: Denied | None = None
    not_sent: str | None = None
    stopped: str | None = None
    waiting: str | None = None

    def or_raise(self) -> dict[str, Any]:
        """The counts and keys for the run's record, when all of the batch could be worked on.

        What was stored stays in any case, and the next run takes the rest. A refused target is a finding, no error.
        Raises AccessRefused where 4MOST refuses our token or everything that we send. Raises ServiceAway where it was
        away or gave no clear answer.
        """
        if self.stopped:
            raise AccessRefused(
                f"4MOST refuses everything ({self.stopped}): the sync has stopped and blames no target. Each run "
                "tries one batch. Look at the connection fourmost, the templates and 4MOST's columns (tides doctor)"
            )
        if self.denied is not None:
            raise ServiceAway(f"4MOST is too busy: {self.denied.reason}", self.denied.retry_after_s)
        if self.not_sent:
            raise ServiceAway(f"4MOST cannot be reached: {self.not_sent}; nothing was sent, the next run goes on")
        if self.unknown:
            raise ServiceAway(
                f"4MOST gave no clear answer for {self.unknown} targets: the bridge waits for the settle time and "
                "then looks them up; nothing is sent twice"
            )
        return {k: getattr(self, k) for k in ("keys", "created", "updated", "adopted", "refused", "waiting")}


class Batch:
    """One batch under way, in one run. `live` are the live limits of each survey."""

    def __init__(
        self,
        connection: Connection,
        limits: FourMost,
        templates: Mapping[str, TargetTemplate],
        live: Mapping[str, StreamLive],
        run_id: str,
        ids: list[int],
    ):
        self.connection = connection
        self.limits = limits
        self.templates = templates
        self.live = live
        self.run_id = run_id
        self.ids = ids
        self.done = Told()
        self.breaker = Breaker(connection, limits.refusals_in_a_row, limits.settle_s)
        self.done.stopped = self.breaker.just_opened()
        self._unclear_in_a_row = 0
        self._unclear_since = monotonic()
        self._late = False
        self._late_in_a_row = 0
        self._wait_left_s = limits.throttle_s
        self._pause_s = FIRST_PAUSE_S

    @property
    def over(self) -> bool:
        """Whether to ask 4MOST nothing more: it is away, refuses us, or gives only unclear answers."""
        return bool(self.done.stopped or self.done.denied or self.done.not_sent or self._silent)

    @property
    def _silent(self) -> bool:
        # Each unclear answer leaves rows marked for the settle time. A server that hangs must not get the whole batch,
        # nor the whole time of the task.
        many = self._unclear_in_a_row >= self.limits.updates_in_flight
        return many or bool(
            self._unclear_in_a_row and monotonic() - self._unclear_since >= self.limits.create_timeout_s
        )

    def rest(self) -> bool:
        """After a 429: waits as long as 4MOST asks, else twice as long each time. Gives whether to go on.

        It is false where nothing was denied for this, and where the task's time for such waits is used up
        (`fourmost.throttle_s`).
        """
        denied = self.done.denied
        if denied is None or denied.status != 429 or self.done.stopped:
            return False
        pause_s = self._pause_s if denied.retry_after_s is None else max(denied.retry_after_s, LEAST_PAUSE_S)
        self._pause_s *= 2
        if pause_s > self._wait_left_s:
            return False
        log.info("4MOST is throttling us: waiting %g s", pause_s)
        sleep(pause_s)
        self._wait_left_s -= pause_s
        self.done.denied = None
        return True

    def late(self) -> bool:
        """After requests that could not begin soon enough after their mark: whether to mark and send them once more.

        What took the time, such as a new token, is there by then. Where it is not, nothing more is sent.
        """
        if not self._late:
            return False
        self._late, self._late_in_a_row = False, self._late_in_a_row + 1
        if self._late_in_a_row < MOST_LATE:
            return True
        self.done.not_sent = f"requests began too late after their marks, {MOST_LATE} times in a row: something is slow"
        return False

    def wanted(self) -> list[Wanted]:
        """What we want now, stored as such, in the order of `ids`. A row that fails comes last."""
        found = read_wanted(self.connection, self.limits, self.templates, self.live, self.ids)
        store_wanted(self.connection, found)
        place = {target_id: place for place, target_id in enumerate(self.ids)}
        return sorted(found, key=lambda target: (target.failed_in is not None, place[target.id]))

    def fields(self, target: Wanted) -> dict[str, Any]:
        """What is sent of a target at this time."""
        return target.fields(flag_only=self.done.waiting is not None)

    def mark(self, rows: Sequence[Wanted], verb: Verb) -> tuple[list[Wanted], float]:
        """Marks rows as under way. Gives those that are ours to send, and until when the request may begin.

        That moment is of `time.monotonic`.
        """
        # A request that begins later could still be under way when the settle time has passed.
        begin_by = monotonic() + self.limits.settle_s - self.limits.total_timeout_s
        described = [{"id": w.id, "pk": w.pk, "wanted": w.row, "fields": self.fields(w)} for w in rows]
        if self._unclear_in_a_row == 0:
            self._unclear_since = monotonic()
        # A transaction of its own: the mark is on disk before the first byte goes out (decision 4).
        with self.connection.transaction():
            parameters = {
                "rows": json.dumps(described),
                "verb": verb,
                "run_id": self.run_id,
                # A change is a request of its own.
                "in_bulk": len(rows) if verb == "create" else 1,
            }
            marked = self.connection.execute(statement("fourmost/mark_sending"), parameters).fetchall()
        marks = {row["id"]: row["sending_since"] for row in marked}
        # A row without a mark here has another owner, such as an orphan of this task: it is not ours to send.
        return [replace(w, mark=marks[w.id]) for w in rows if w.id in marks], begin_by

    def settle(self, answers: Sequence[tuple[Wanted, Outcome]], verb: Verb) -> int:
        """Writes the outcomes of calls that ended together, with their answers. Gives how many are stored at 4MOST now.

        Opens the breaker when they are one refusal too many.
        """
        # Answer and outcome go into one transaction, so that the log of exchanges and `told` never differ.
        unclear_before = self._unclear_in_a_row
        with self.connection.pipeline(), self.connection.transaction():
            for target, outcome in answers:
                keep_outcome(self.connection, self.run_id, target.id, target.name, verb, outcome)
                self._write(target, outcome, verb)
        self._late = self._late or any(isinstance(outcome, Late) for _, outcome in answers)
        if any(isinstance(outcome, Stored) for _, outcome in answers):
            self._late_in_a_row = 0
        if verb == "create":
            # A bulk is one request, whatever its rows.
            self._unclear_in_a_row = min(self._unclear_in_a_row, unclear_before + 1)
        self._judge([outcome for _, outcome in answers], [t.id for t, o in answers if isinstance(o, Refused)])
        return sum(isinstance(o, Stored) and o.row.get("name") == t.name for t, o in answers)

    def _judge(self, outcomes: Sequence[Outcome], refused: list[int]) -> None:
        words = [o.reason for o in outcomes if isinstance(o, Refused)]
        denied = [o.reason for o in outcomes if isinstance(o, Denied) and o.status in (401, 403)]
        # One is enough: 4MOST does not refuse the token for one target alone.
        if denied:
            self.stop(denied[0])
        elif any(isinstance(outcome, Stored) for outcome in outcomes):
            self.breaker.stored()
            # 4MOST takes rows again, so the next pause is short.
            self._pause_s = FIRST_PAUSE_S
        elif words and self.breaker.refused(refused, any(isinstance(outcome, Spared) for outcome in outcomes)):
            self.stop(words[-1])

    def stop(self, words: str) -> None:
        """4MOST refuses everything: one alarm, and no more requests for a while."""
        self.done.stopped = words
        self.breaker.open(words)

    def stored(self, target: Wanted, row: dict[str, Any], how: str) -> None:
        """A row of 4MOST that is this target: its key, and its content in 4MOST's own words."""
        (row,) = believed(self.connection, [row])
        told = {
            "id": target.id,
            "mark": target.mark,
            "told": Jsonb(json.loads(storable(as_told(row)))),
            "date_ingested": row.get("date_ingested"),
        }
        # A key is kept even where the mark is lost: it is all that an orphan may write.
        self.learn_key(target, row["id"], how)
        self.connection.execute(statement("fourmost/store_told"), told)
        self.done.keys.append({"id": target.id, "pk": row["id"], "name": target.name})
        self._unclear_in_a_row = 0

    def learn_key(self, target: Wanted, pk: int, how: str, *, foreign: bool = False) -> None:
        """Keeps a primary key for ever."""
        known = {"pk": pk, "id": target.id, "name": target.name, "how": how, "foreign": foreign}
        self.connection.execute(statement("fourmost/learn_key"), known)

    def put_back(self, target: Wanted, *, refusal: str | None = None, set_aside: bool = False) -> None:
        """Restores `told` after a request that surely did nothing. Without a refusal the attempt does not count."""
        self.connection.execute(
            statement("fourmost/put_back"),
            {
                "id": target.id,
                "mark": target.mark,
                "refusal": refusal,
                "set_aside": set_aside,
                "retry_s": self.limits.retry_s,
                "retry_max_s": self.limits.retry_max_s,
            },
        )

    def put_back_unclear(self, target: Wanted) -> None:
        """Restores `told` after a request without a clear answer, when the settle time has shown that it did nothing.

        A row that fails so alone, while 4MOST stores others, is set aside in the end, with an event.
        """
        given = {"id": target.id, "mark": target.mark, "failures_alone": self.limits.failures_alone}
        with self.connection.transaction():
            row = self.connection.execute(statement("fourmost/put_back_unclear"), given).fetchone()
            if row is None or not row["set_aside"]:
                return
            detail = {"times": row["attempt"], "words": row["words"] or ""}
            note_event(self.connection, Kind.FAILS_AT_TARGET, target.name, detail)
        self.done.refused += 1
        log.warning("4MOST failed %d times at %s alone: it is set aside", row["attempt"], target.name)

    def refuse(self, target: Wanted, reason: str, *, set_aside: bool) -> None:
        """A refusal, with 4MOST's words. A target that is set aside is not sent again until its row differs."""
        self.put_back(target, refusal=reason, set_aside=set_aside)
        self.done.refused += 1
        self._unclear_in_a_row = 0
        log.warning("4MOST refused %s: %s", target.name, quoted(reason, 300))

    def unclear(self, target: Wanted, reason: str) -> None:
        """An answer that does not say: the mark stays."""
        self.done.unknown += 1
        self._unclear_in_a_row += 1
        log.warning("4MOST gave no clear answer for %s: %s", target.name, quoted(reason, 300))

    def missing(self, target: Wanted) -> None:
        """Our key does not exist at 4MOST any more: it is reported and tried again, never created anew."""
        # A new create could make a double, if the row is only hidden or comes back from a backup (decision 5).
        note_event(self.connection, Kind.MISSING, target.name, {"pk": target.pk})
        self.refuse(target, f"key {target.pk} does not exist at 4MOST any more", set_aside=False)

    def foreign(self, target: Wanted, row: dict[str, Any]) -> None:
        """4MOST holds another row under our key or name: it is reported, and nothing is created anew."""
        detail = {"name": target.name, "pk": row.get("id"), "name_there": row.get("name")}
        note_event(self.connection, Kind.ANOTHER_TARGET, target.name, json.loads(storable(detail)))
        # Found by name, but not ours. A foreign key keeps reconcile from adopting this row.
        if row.get("name") == target.name:
            self.learn_key(target, row["id"], "looked up by name", foreign=True)
        self.refuse(
            target, f"key {row.get('id')} at 4MOST is {quoted(row.get('name'))!r}, not this target", set_aside=True
        )

    def _write(self, target: Wanted, outcome: Outcome, verb: Verb) -> None:
        match outcome:
            case Stored(row) if row.get("name") == target.name:
                self.stored(target, row, verb)
            case Stored(row):
                self.foreign(target, row)
            case Refused(404, _) if target.pk is not None:
                self.missing(target)
            case Refused(status, reason):
                # A 400 blames the row itself. Other refusals may pass, so they are tried again after growing waits.
                self.refuse(target, reason, set_aside=status == 400)
            case Spared() | Late():
                # The row is not at fault, so the attempt does not count.
                self.put_back(target)
            case Denied():
                self.put_back(target)
                self.done.denied = outcome
            case NotSent(reason):
                self.put_back(target)
                self.done.not_sent = reason
            case Unknown(reason):
                self.unclear(target, reason)
