"""The science cases of the example settings in the simulated year: lensed candidates, and a list with a cadence."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from sandbox.sky.archive import Message
from tests.bridge import Bridge
from tides.functions.functions import load_functions
from tides.settings.model import BUNDLE
from tides.targets.lists import Entry, load_list
from tides.targets.why import Why

EXAMPLES = BUNDLE / "include" / "config" / "examples"
LENS_STREAM = "lsst_lens"
LENSES, LENS_ARCSEC = 2, 1.2
LIST, TEMPLATE = "rm of the year", "tides-rm"
ENTRIES = [
    Entry(name=f"AGN {n}", ra=150.0 + n, dec=-30.0, band="i", mag=19.2, epochs=1, cadence_days=0) for n in range(2)
]

ORDINARY = (
    "NOT EXISTS (SELECT FROM tides.tides_alias AS o JOIN tides.selection AS s USING (survey, object_id)"
    " WHERE o.tides_id = m.tides_id AND s.passed AND s.function IN ('tidesNuclearLSST', 'tidesLensLSST'))"
    " AND NOT EXISTS (SELECT FROM tides.listed AS q WHERE q.tides_id = m.tides_id)"
)
"""In SQL: the target `m` is of no case with rules of its own."""


def settings_of_the_cases(topic: str) -> dict[str, Any]:
    """The streams and templates of the examples; that of lensed candidates has the topic given."""
    cases = yaml.safe_load((EXAMPLES / "cases.yaml").read_text(encoding="utf-8"))
    streams = cases["streams"]
    return {
        "streams": {**streams, LENS_STREAM: {**streams[LENS_STREAM], "topic": topic}},
        "targets": cases["targets"],
    }


class Cases:
    """What of the sky is near a lens, and the listed galaxies with the nights in which they had their spectra."""

    def __init__(self, bridge: Bridge, truth: Sequence[dict[str, Any]], nights: int):
        self.bridge, self.nights = bridge, nights
        bridge.functions = {**bridge.functions, **load_functions(EXAMPLES / "case_functions.yaml")}
        good = [row for row in truth if row["functions"].get("tidesSNLSST") == "yes" and row["reachable"] == "yes"]
        self.lenses = [str(row["lsst"]).encode() for row in good if row["kind"] == "SN Ia"][:LENSES]
        self.epochs, self.cadence = 2 + nights // 40, timedelta(days=max(3, nights // 20))
        self.spectra: dict[str, set[date]] = {entry.name: set() for entry in ENTRIES}
        self.unlisted: set[str] = set()

    def near_lenses(self, messages: Sequence[Message]) -> Iterator[Message]:
        """What the filter on the watchlist sends of the same alerts."""
        for message in messages:
            if message.key in self.lenses and message.stream == "lsst":
                hit = {"lens": "of the year", "lens_arcsec": LENS_ARCSEC}
                yield replace(message, stream=LENS_STREAM, body=json.dumps(json.loads(message.body) | hit).encode())

    def work(self, day: int, midnight: datetime) -> None:
        """Loads the list at first, and without its last entry late in the year. Each live entry gets a spectrum."""
        if day == 0 or (day >= self.nights * 3 // 4 and not self.unlisted):
            kept = ENTRIES if day == 0 else ENTRIES[:-1]
            asked = {"epochs": self.epochs, "cadence_days": self.cadence / timedelta(days=1)}
            lines = [(n, entry.model_copy(update=asked)) for n, entry in enumerate(kept, start=2)]
            load_list(self.bridge.connection, self.bridge.settings, LIST, Path("list.csv"), lines, TEMPLATE, "Ada")
            self.unlisted = {entry.name for entry in ENTRIES} - {entry.name for entry in kept}
        night = (midnight - timedelta(days=1)).date()
        ready = "SELECT tides_id, entry FROM tides.listed JOIN tides.tides_master AS m USING (tides_id)"
        ready += " JOIN tides.fourmost_target AS f ON f.id = m.tides_id WHERE m.active AND f.date_ingested IS NOT NULL"
        for row in self.bridge.rows(ready):
            self.bridge.connection.execute(
                "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
                " VALUES (%s, %s, 'complete', '4MOST')",
                (row["tides_id"], night),
            )
            self.spectra[row["entry"]].add(night)

    def expected(self, entry: str, midnight: datetime) -> Why:
        """How an entry must stand after a run at this midnight (UTC)."""
        nights = self.spectra[entry]
        if entry in self.unlisted:
            return Why.UNLISTED
        if len(nights) >= self.epochs:
            return Why.OBSERVED
        evening = datetime.combine(max(nights, default=date.min), time(12), UTC)
        return Why.BETWEEN_EPOCHS if nights and midnight < evening + self.cadence else Why.LIVE
