"""SQL by its place: `include/sql/ROOM/NAME.sql`, where ROOM is the package whose step it is."""

from functools import cache

from tides.settings.model import BUNDLE

SQL = BUNDLE / "include" / "sql"


@cache
def statement(place: str) -> str:
    """The text of `include/sql/PLACE.sql`; a place is like `stream/fold_alerts`."""
    return (SQL / f"{place}.sql").read_text(encoding="utf-8")
