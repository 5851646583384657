"""Asks Lasair's database by a stream's filter. Each row becomes the alert that its message would have been."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import cos, radians
from typing import Any, Protocol

from tides.archive.catalogues import TnsMatch, tns_match
from tides.brokers import quota
from tides.brokers.broker import Unreadable
from tides.brokers.parts import InParts
from tides.clock import jd_utc_to_mjd_tai, utc, utc_moment
from tides.database.session import Connection
from tides.errors import AnswerBroken, SettingsError, TidesError, may_lie_in_question
from tides.journal.events import note_event
from tides.journal.failures import Call, note_failures, resting_objects
from tides.journal.kinds import Kind
from tides.settings.sections import Audit, Lasair
from tides.settings.streams import Stream
from tides.stream.drift import Place, Tally, tell_implausible
from tides.stream.messages import Alert, read_alert
from tides.surveys.survey import survey

CONDITIONS_LONGEST = 4096
"""The most characters of conditions that `query/` takes (Lasair's own serializer)."""

RESTING_AT_MOST = 40
"""So many objects that Lasair fails at leave room for a filter in the conditions of a query."""

TNS_TABLES = "objects, crossmatch_tns"
TNS_COLUMNS = (
    "crossmatch_tns.tns_prefix, crossmatch_tns.tns_name, crossmatch_tns.type, crossmatch_tns.z, crossmatch_tns.hostz"
)
"""Lasair's columns of TNS's entries (its schema: common/schema, crossmatch_tns)."""

CHANGED = "tides_changed_at"
"""The name under which a row tells when Lasair changed it. It is no column of the filter."""


class RowClient(Protocol):
    """Lasair's database, and the digest by which the ledger of calls knows its token."""

    def query(
        self,
        survey: str,
        selected: str,
        tables: str,
        conditions: str,
        limit: int,
        again: Callable[[], None],
        part: bool,
    ) -> list[dict[str, Any]]:
        """The rows of one call. `again` is called before each repeated attempt, since that is a call too.

        With `part` no failure is repeated: the question is a part of one that was.
        """
        ...

    def token_digest(self, survey: str) -> str:
        """The digest of the token for a survey's server."""
        ...


@dataclass(frozen=True)
class Row:
    """A row of the filter as an alert, with the time (UTC) of its last change at Lasair.

    Where Lasair tells no such time, the last detection stands for it.
    """

    alert: Alert
    changed_at: datetime | None


@dataclass
class FilterRows:
    """The rows of the stream `name` in Lasair's database.

    `calls` counts the calls, `unreadable` the broken rows by reason, and `tally` the values of the others. `failed` has
    the objects that Lasair fails at, by what was asked, each with the reason: the question is halved until such an
    object is alone.

    This work has a share of each hour's calls: `audit.quota_share`. Raises QuotaSpent when the share is spent,
    ServiceAway, AccessRefused, and AnswerBroken where Lasair cannot run the query.
    """

    connection: Connection
    lasair: RowClient
    name: str
    stream: Stream
    audit: Audit
    limits: Lasair
    calls: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    failed: dict[Call, dict[str, str]] = field(default_factory=lambda: {Call.ROW: {}, Call.TNS: {}})
    tally: Tally = field(default_factory=Tally)

    def since(self, jd_utc: float) -> Iterator[list[Row]]:
        """The rows that pass the filter and whose last detection is not older than a time (JD UTC), page by page.

        A page goes on after the last id of the one before, since rows that change meanwhile would shift an offset. An
        empty page is the end, since a token may have fewer rows a call than were asked for.
        """
        date = self.stream.columns.last_detection
        since = jd_utc_to_mjd_tai(jd_utc) if date.scale == "mjd_tai" else jd_utc
        bounds = [f"{self._expression(date.column)} >= {since!r}"]
        # Pages need the order of the ids in place of the filter's own.
        if conditions := _without_order(self.stream.filter.conditions):
            bounds.insert(0, f"({conditions})")
        # They would spoil their page again.
        if resting := resting_objects(self.connection, self.stream.survey, Call.ROW, RESTING_AT_MOST):
            bounds.append(f"NOT {self._naming(resting)}")
        last: list[str] = []
        while True:
            ids, page = self._page(" AND ".join([*bounds, *last]) + f" ORDER BY {self._key}")
            if not ids:
                return
            yield page
            after = f"{self._key} > {self._literal(ids[-1])}"
            # Else a server that ignores the bound would take all calls of the hour.
            if [after] == last:
                raise AnswerBroken("Lasair answers a query with the same rows again and again")
            last = [after]

    def of(self, ids: Sequence[str]) -> Iterator[list[Row]]:
        """The rows of these objects, block by block, whether they pass the filter or not. Unknown ones have no row."""
        for answer in self._in_parts(Call.ROW, ids, self._ask):
            yield self._read(answer)

    def at(self, places: Sequence[tuple[float, float]], radius_arcsec: float) -> Iterator[Row]:
        """The rows in a box around each of these places (RA and dec, ICRS degrees), whether they pass the filter."""
        boxes = [self._box(ra, dec, radius_arcsec / 3600) for ra, dec in places]
        at_once = CONDITIONS_LONGEST // (max(map(len, boxes), default=1) + len(" OR "))
        for first in range(0, len(boxes), at_once):
            yield from self._read(self._ask(f"({' OR '.join(boxes[first : first + at_once])})"))

    def tns(self, ids: Sequence[str]) -> dict[str, TnsMatch]:
        """TNS's entry at each of these objects that has one. Of several entries it is the first with a type."""
        found: dict[str, TnsMatch] = {}
        selected = f"{self._key}, {TNS_COLUMNS}"

        def ask(conditions: str, part: bool) -> list[dict[str, Any]]:
            return self._query(selected, TNS_TABLES, conditions, part)

        for answer in self._in_parts(Call.TNS, ids, ask):
            matches = [(str(row.get(self.stream.columns.id)), tns_match(row)) for row in answer]
            # Only an entry with a type can end or protect a target.
            for object_id, match in sorted(matches, key=lambda m: (m[1].tns_type is None, m[1].tns_name or "")):
                found.setdefault(object_id, match)
        return found

    def notes(self, task: str) -> list[str]:
        """In words, at the end of the audit's task of this name: what could not be read, and what cannot be true.

        The event of an implausible column is closed by a later end of the same task, when all its rows are plausible.
        """
        broken = [f"{count} rows could not be read: {reason}" for reason, count in sorted(self.unreadable.items())]
        for call, failed in self.failed.items():
            broken += [f"Lasair fails at the {call} of {object_id}: {reason}" for object_id, reason in failed.items()]
        place = Place("rows of Lasair's database", f" (row of the database, {task})")
        return broken + tell_implausible(self.connection, self.name, self.stream, self.tally, place)

    def _page(self, conditions: str) -> tuple[list[Any], list[Row]]:
        """The ids of a page, and its rows, without those that Lasair fails at.

        Where it fails at the whole page, the ids alone are asked for, and then their rows.
        """
        try:
            answer = self._ask(conditions)
        except TidesError as error:
            if not may_lie_in_question(error):
                raise
            failure = error
        else:
            return [row.get(self.stream.columns.id) for row in answer], self._read(answer)
        try:
            keys = self._query(self._key, self.stream.filter.tables, conditions, part=True)
        except TidesError as error:
            # The error of the whole question says more.
            raise failure if may_lie_in_question(error) else error from None
        ids = [str(row.get(self.stream.columns.id)) for row in keys]
        return ids, [row for block in self.of(ids) for row in block]

    def _in_parts(
        self, call: Call, ids: Sequence[Any], ask: Callable[[str, bool], list[dict[str, Any]]]
    ) -> Iterator[list[dict[str, Any]]]:
        """What `ask(conditions, part)` answers for these objects, block by block. Of `failed` ones there is none."""
        in_parts = InParts(lambda part, whole: ask(self._naming(part), not whole), self._probe)
        answered: list[str] = []
        for part, answer in in_parts.answers(self._blocks(ids)):
            answered += part
            yield answer
        failed = {object_id: str(error) for object_id, error in in_parts.failed.items()}
        self.failed[call] |= failed
        note_failures(self.connection, self.stream.survey, call, failed, answered)
        if in_parts.failure is not None:
            raise in_parts.failure

    def _probe(self) -> None:
        nobody = self._naming([survey(self.stream.survey).unused_id])
        self._query(self._key, self.stream.filter.tables, nobody, part=True)

    def _naming(self, ids: Sequence[str]) -> str:
        """The condition that names these objects."""
        return f"{self._key} IN ({','.join(self._literal(object_id) for object_id in ids)})"

    def _box(self, ra_deg: float, dec_deg: float, half_deg: float) -> str:
        """The condition that a row lies near a place."""
        ra, dec = self._expression(self.stream.columns.ra), self._expression(self.stream.columns.dec)
        wide = half_deg / max(cos(radians(dec_deg)), 1e-6)
        low, high = ra_deg - wide, ra_deg + wide
        # Right ascension begins anew at 360 degrees.
        parts = [(max(low, 0.0), min(high, 360.0)), *([(low + 360, 360.0)] if low < 0 else [])]
        parts += [(0.0, high - 360)] if high > 360 else []
        across = " OR ".join(f"{ra} BETWEEN {a!r} AND {b!r}" for a, b in parts)
        return f"({dec} BETWEEN {dec_deg - half_deg!r} AND {dec_deg + half_deg!r} AND ({across}))"

    def _blocks(self, ids: Sequence[Any]) -> Iterator[list[str]]:
        """These objects in blocks, each of as many as a query takes."""
        block: list[str] = []
        length = empty = len(self._naming([]))
        for object_id in ids:
            room = len(self._literal(object_id)) + 1
            if block and (length + room > CONDITIONS_LONGEST or len(block) == self.audit.ids_a_call):
                yield block
                block, length = [], empty
            block.append(str(object_id))
            length += room
        if block:
            yield block

    @property
    def _key(self) -> str:
        return self._expression(self.stream.columns.id)

    def _expression(self, column: str) -> str:
        """The expression that the filter selects under a column's name."""
        for part in self.stream.filter.selected.split(","):
            expression, *alias = re.split(r"\s+as\s+", part.strip(), flags=re.IGNORECASE)
            if (alias[0] if alias else expression.rpartition(".")[2]) == column:
                return expression
        raise SettingsError(
            f"streams.….filter.selected lacks the column {column}, which `columns` names: add it, as at Lasair"
        )

    def _literal(self, object_id: Any) -> str:
        text = str(object_id)
        known = survey(self.stream.survey)
        # The id goes into the text of a query: nothing but an id may pass.
        if not known.is_id(text):
            raise AnswerBroken(f"a row of Lasair's has no {self.stream.columns.id} of survey {self.stream.survey}")
        return text if known.id_is_number else f'"{text}"'

    def _ask(self, conditions: str, part: bool = False) -> list[dict[str, Any]]:
        changed = self.stream.audit.changed
        selected = f"{self.stream.filter.selected}{f', {changed} AS {CHANGED}' if changed else ''}"
        return self._query(selected, self.stream.filter.tables, conditions, part)

    def _query(self, selected: str, tables: str, conditions: str, part: bool) -> list[dict[str, Any]]:
        self._take()
        known, limit = self.stream.survey, self.audit.rows_a_call
        return self.lasair.query(known, selected, tables, conditions, limit, self._take, part)

    def _take(self) -> None:
        quota.take_spare(self.connection, self.lasair.token_digest(self.stream.survey), self.limits, self.audit)
        self.calls += 1

    def _read(self, answer: list[dict[str, Any]]) -> list[Row]:
        """Reads rows as alerts, which become known now, by the database's clock."""
        now = self.connection.execute("SELECT now() AS now").fetchone()["now"]  # type: ignore[index]
        rows = []
        for columns in answer:
            # Not a column of the filter: left in, it would change the alert's hash.
            changed = columns.pop(CHANGED, None)
            try:
                alert = read_alert(json.dumps(columns).encode(), now, self.stream)
            except Unreadable as reason:
                self.unreadable[str(reason)] += 1
                continue
            except TidesError:
                raise
            except Exception as error:  # one row must not end the audit of all others
                self.unreadable[f"the reader failed ({type(error).__name__})"] += 1
                note_event(self.connection, Kind.READER_FAULT, self.name, {"exception": type(error).__name__})
                continue
            rows.append(Row(alert, utc_moment(changed) or (utc(alert.last_jd) if alert.last_jd else None)))
        self.tally.add(row.alert for row in rows)
        return rows


def _without_order(conditions: str) -> str:
    return re.split(r"\border\s+by\b", conditions, flags=re.IGNORECASE)[0].strip()
