"""SQL by its place: `include/sql/ROOM/NAME.sql`, where ROOM is the package whose step it is."""

import re
from functools import cache

from tides.settings.model import BUNDLE

SQL = BUNDLE / "include" / "sql"


@cache
def statement(place: str) -> str:
    """The text of `include/sql/PLACE.sql`; a place is like `stream/fold_alerts`."""
    return (SQL / f"{place}.sql").read_text(encoding="utf-8")


def whole(place: str) -> str:
    """The text of a step with the texts that it includes, as Airflow's SQL operator renders it."""
    return re.sub(r'{% include "(\S+)\.sql" %}', lambda found: whole(found[1]), statement(place))
