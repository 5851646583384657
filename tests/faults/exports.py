"""What must hold of the sample in a simulated year, as it is exported and as its verdicts are made again."""

import hashlib
import tempfile
from datetime import datetime
from pathlib import Path

from tests.faults.year import Year
from tides.sample.export import export
from tides.sample.rejudge import Outcome, rejudge


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


def each_live_interval_ends_with_a_step_of_the_history(year: Year) -> list[str]:
    """The intervals of an export, and the history, are written apart from each other."""
    silent = (
        "SELECT i.tides_id FROM tides.live_interval_at(now()) AS i WHERE i.until IS NOT NULL AND NOT EXISTS ("
        " SELECT FROM tides.tides_history AS h WHERE h.tides_id = i.tides_id AND h.at = i.until"
        " AND h.step IN ('deactivated', 'vetoed', 'observed'))"
    )
    live = "SELECT tides_id FROM tides.live_interval_at(now()) WHERE until IS NULL"
    active = "SELECT tides_id FROM tides.target WHERE active"
    open_ones, ours = ({row["tides_id"] for row in year.bridge.rows(query)} for query in (live, active))
    return [str(row["tides_id"]) for row in year.bridge.rows(silent)] + [str(i) for i in open_ones ^ ours]


def each_kept_verdict_is_the_same_when_it_is_made_again(year: Year) -> list[str]:
    """On the last day."""
    if year.day < year.nights - 1:
        return []
    again = list(rejudge(year.bridge.connection, None, None))
    year.counts["verdicts made again"] = len(again)
    return [f"{one.object_id} {one.function}: {one.why}" for one in again if one.outcome is not Outcome.AGREED]


def _digests(year: Year, as_of: datetime) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        made = export(year.bridge.connection, as_of, "ecsv", Path(folder) / "sample").folder
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in made.iterdir()}
