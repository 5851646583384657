"""The candidates of the live lane, as stored: light curve, alert, and what the broker said before. Reads only."""

import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from tides.clock import jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.functions.keys import CLASS, DEC, RA
from tides.judgement.judge import Context, Subject
from tides.surveys.survey import surveys

OBJECTS_A_READ = 200
"""How many light curves are held at a time."""


def read_nights(words: list[str]) -> tuple[date, date]:
    """The first and the last night, each a date (YYYY-MM-DD). Raises SettingsError for other words, or none between."""
    try:
        first, last = (date.fromisoformat(word) for word in words)
    except ValueError as error:
        raise SettingsError(f"--from-database: {error}; give two nights as dates, such as 2026-11-01") from None
    if first > last:
        raise SettingsError(f"--from-database: {first} comes after {last}; give the first night first")
    return first, last


def stored(connection: Connection, first: date, last: date) -> Iterator[tuple[str, Subject]]:
    """Survey and subject of each candidate whose newest detection lies in these nights, survey by survey, by id.

    A night has the UTC date on which it begins. It is judged by what is stored now, which later nights may have
    brought. A candidate without a stored light curve has an empty one.
    """
    for survey in surveys():
        span = {"since_jd": survey.nights.begin_jd(first), "until_jd": survey.nights.begin_jd(last) + 1}
        found = connection.execute(statement("checks/stored_candidates"), {"survey": survey.name, **span}).fetchall()
        ids = [row["object_id"] for row in found]
        for start in range(0, len(ids), OBJECTS_A_READ):
            given = {"survey": survey.name, "object_id": ids[start : start + OBJECTS_A_READ]}
            for row in connection.execute(statement("checks/stored_subjects"), given).fetchall():
                yield survey.name, _subject(row)


def _subject(row: dict[str, Any]) -> Subject:
    columns = {**row["alert"], CLASS: row["sherlock_class"], RA: row["ra"], DEC: row["dec"]}
    earlier = tuple(Context(said["until_jd"], said["columns"]) for said in row["contexts"])
    if row["raw"] is None:
        return Subject(row["object_id"], b"", columns, None, earlier=earlier)
    sent = row["known_at"] if row["source"] == "message" else row["stored_at"]
    raw = zlib.decompress(row["raw"])
    return Subject(row["object_id"], raw, columns, None, sent_jd=jd_utc(sent), earlier=earlier)
