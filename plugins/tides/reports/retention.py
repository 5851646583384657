"""What retention took: of a day, and of a target or an object that somebody asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.reports.screen import counted, moment, table
from tides.retention.kinds import Kept
from tides.retention.prune import Pruned, marks


@dataclass(frozen=True)
class PrunedObject:
    """What went of a target's object: `verdicts`, judged from `first_judged_at` to `last_judged_at`, and its newest
    light curve, stored at `light_curve_stored_at` (None: it has not gone). `pruned_at` is when something went last.
    """

    survey: str
    object_id: str
    verdicts: int
    first_judged_at: datetime | None
    last_judged_at: datetime | None
    light_curve_stored_at: datetime | None
    pruned_at: datetime

    @property
    def words(self) -> list[str]:
        """What went, a sentence each."""
        of, said = f"{self.survey} {self.object_id}", []
        if self.verdicts:
            said.append(
                f"{counted(self.verdicts, 'verdict')} of {of}, judged {moment(self.first_judged_at)} to"
                f" {moment(self.last_judged_at)}, went by {moment(self.pruned_at)}; of these stay: "
                + Kept.VERDICTS.stays
            )
        if self.light_curve_stored_at:
            said.append(
                f"the light curve of {of}, stored {moment(self.light_curve_stored_at)}, went by"
                f" {moment(self.pruned_at)}; these stay: {Kept.LIGHT_CURVES.stays}"
            )
        return said


@dataclass(frozen=True)
class Horizon:
    """Until when rows of a kind went, whatever they were about."""

    what: Kept
    until: datetime
    moved_at: datetime

    @property
    def words(self) -> str:
        """A sentence."""
        return (
            f"{self.what.goes}: of before {moment(self.until)} they went by {moment(self.moved_at)}; these stay:"
            f" {self.what.stays}"
        )


def pruned_of_target(connection: Connection, tides_id: int) -> list[PrunedObject]:
    """What went of a target's objects."""
    return _pruned(connection, tides_id=tides_id)


def pruned_of_object(connection: Connection, survey: str, object_id: str) -> list[PrunedObject]:
    """What went of a survey's object, while or since it is a target's."""
    return _pruned(connection, survey=survey, object_id=object_id)


def _pruned(
    connection: Connection, tides_id: int | None = None, survey: str | None = None, object_id: str | None = None
) -> list[PrunedObject]:
    given = {"tides_id": tides_id, "survey": survey, "object_id": object_id}
    with connection.cursor(row_factory=class_row(PrunedObject)) as cursor:
        return cursor.execute(statement("reports/trace_pruned"), given).fetchall()


def horizons(connection: Connection, whats: Sequence[Kept], since: datetime | None = None) -> list[Horizon]:
    """Until when each of these kinds went, by the part that came furthest; only what reaches beyond `since`."""
    known, found = marks(connection).values(), []
    for what in whats:
        parts = [(m.at, m.moved_at) for m in known if m.what == what and m.at and m.moved_at and m.gone]
        if parts and (since is None or max(parts)[0] > since):
            found.append(Horizon(what, *max(parts)))
    return found


def as_text(pruned: Sequence[Pruned], *, dry: bool = False) -> str:
    """What went, or would go: how much, and of each kind what goes, what stays, and why nothing misses what went."""
    rows = [
        {
            "setting": str(each.what),
            "days": "for ever" if each.days is None else f"{each.days:g}",
            "looked at": each.looked_at,
            "would go" if dry else "went": each.gone,
            "today": "all of it" if each.done else "a part",
        }
        for each in pruned
    ]
    said = [
        f"{each.what}\n  goes:  {each.what.goes}\n  stays: {each.what.stays}\n  safe:  {each.what.safe}"
        for each in pruned
    ]
    return "\n\n".join([table(rows), *said])
