"""What can be believed of 4MOST's rows: a value that cannot be true is unknown, and told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tides.database.session import Connection
from tides.fourmost.api import Row
from tides.fourmost.fields import LATEST_JD
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.plausible import DEC_DEG, MARGIN, RA_DEG, Bounds

BEGUN = datetime(2020, 1, 1, tzinfo=UTC)
"""4MOST's catalogue of transients is younger than this."""

QUOTED = 60
"""So many characters of a value stand in the event."""


def believed(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """4MOST's rows, with None for each value that cannot be true. Each such column is an event of its row.

    Such values are a place off the sky, a date before 4MOST or after tomorrow, and a number or flag of another type.
    """
    latest = datetime.now(UTC) + MARGIN
    return [_believed(connection, row, latest) for row in rows]


def _believed(connection: Connection, row: Row, latest: datetime) -> Row:
    wrong = {
        column: value
        for column, plausible in _PLAUSIBLE.items()
        if (value := row.get(column)) is not None and not plausible(value, latest)
    }
    for column, value in wrong.items():
        detail = {"pk": row["id"], "column": column, "value": str(value)[:QUOTED]}
        note_event(connection, Kind.IMPLAUSIBLE_AT_4MOST, f"{row['name']} {column}", detail)
    return {**row, **dict.fromkeys(wrong)} if wrong else row


def _within(bounds: Bounds) -> Callable[[object, datetime], bool]:
    return lambda value, _: _is_number(value) and float(value) in bounds  # type: ignore[arg-type]


def _whole(bits: int) -> Callable[[object, datetime], bool]:
    return lambda value, _: type(value) is int and abs(value) < 2 ** (bits - 1)


def _is_number(value: object) -> bool:
    # JSON allows integers that no float can hold; a bool is an int in Python.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**1000


def _is_moment(value: object, latest: datetime) -> bool:
    try:
        return BEGUN <= datetime.fromisoformat(str(value)) <= latest
    # A date without a zone cannot be compared.
    except (ValueError, TypeError, OverflowError):
        return False


_PLAUSIBLE: dict[str, Callable[[object, datetime], bool]] = {
    "ra": _within(RA_DEG),
    "dec": _within(DEC_DEG),
    "date_latest": _within(Bounds(0.0, LATEST_JD)),
    **dict.fromkeys(("date_submitted", "date_modified", "date_ingested"), _is_moment),
    **dict.fromkeys(("ostd_targ_id", "ostd_u_obj_id"), _whole(64)),
    "uploadedfor_survey_id": _whole(32),
    "is_active": lambda value, _: isinstance(value, bool),
}
