"""Exports of the sample in a simulated year: one of a day past its middle is the same at the end of the year."""

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path

from tests.faults.year import Year
from tides.sample.export import export


def an_export_of_a_day_is_the_same_at_the_end(year: Year) -> list[str]:
    """Exports the day 200 of 365 on that day and on the last one. Gives the files that differ."""
    if year.day == year.nights * 200 // 365:
        year.as_of = year.bridge.row("SELECT now() AS at")["at"]
        year.exported = _digests(year, year.as_of)
    if year.day < year.nights - 1 or year.as_of is None:
        return []
    again = _digests(year, year.as_of)
    year.counts["exported files"] = len(again)
    at_the_end = _digests(year, year.bridge.row("SELECT now() AS at")["at"])
    told_apart = [name for name, digest in at_the_end.items() if digest != again[name]]
    year.counts["exported files that the rest of the year changed"] = len(told_apart)
    return [name for name in again.keys() | year.exported if again.get(name) != year.exported.get(name)]


def _digests(year: Year, as_of: datetime) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        made = export(year.bridge.connection, as_of, "ecsv", Path(folder) / "sample").folder
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in made.iterdir()}
