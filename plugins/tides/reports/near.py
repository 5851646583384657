"""What the bridge knows near a position: targets, host galaxies, and objects that never became a target."""

import json
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.reports.screen import table
from tides.surveys.cells import cells_within
from tides.surveys.survey import surveys
from tides.targets.places import Position

KINDS = {"sn": "target", "host": "host galaxy", "object": "object"}
"""What lies there, in words."""


@dataclass(frozen=True)
class Neighbour:
    """A target, a host galaxy or a survey's object, `separation_arcsec` from the position asked for.

    `ra` and `dec` are degrees (ICRS). `name` is that of the target or host; of an object that is none it is None.
    `live` and `reason` are those of the target. An object has `survey` and `object_id`, and may be `waiting` to be
    judged or `set_aside` as a dead letter.
    """

    separation_arcsec: float
    kind: Literal["sn", "host", "object"]
    survey: str | None
    object_id: str | None
    ra: float
    dec: float
    name: str | None
    live: bool | None
    reason: str | None
    waiting: bool | None
    set_aside: bool | None

    @property
    def words(self) -> str:
        """How it stands, in a few words."""
        if self.kind != "object":
            return f"{'' if self.live else 'not live: '}{self.reason}"
        waits = "waits to be judged" if self.waiting else "set aside" if self.set_aside else ""
        return "; ".join(word for word in (f"is {self.name}" if self.name else "no target", waits) if word)


def near(connection: Connection, place: Position) -> list[Neighbour]:
    """All that lies within a place, the nearest first. An object is where its newest alert of the live lane puts it."""
    touched = [
        {"survey": known.name, "cell": cell}
        for known in surveys()
        for cell in cells_within(place.ra, place.dec, place.radius_arcsec, known.cell_nside)
    ]
    with connection.cursor(row_factory=class_row(Neighbour)) as cursor:
        return cursor.execute(statement("reports/near"), {**vars(place), "cells": json.dumps(touched)}).fetchall()


def near_as_text(place: Position, found: list[Neighbour]) -> str:
    """The screen."""
    where = f"{place.radius_arcsec:g} arcsec of ra {place.ra:.5f}, dec {place.dec:.5f} deg ICRS"
    if not found:
        return f"Nothing that the bridge has seen lies within {where}. A larger --radius (up to 60) looks further."
    return f"Within {where}, the nearest first:\n{table([_row(each) for each in found])}"


def _row(each: Neighbour) -> dict[str, object]:
    named = f"{each.survey} {each.object_id}" if each.kind == "object" else each.name
    return {
        "arcsec": f"{each.separation_arcsec:.2f}",
        "what": KINDS[each.kind],
        "name": quoted(named),
        "ra": f"{each.ra:.5f}",
        "dec": f"{each.dec:.5f}",
        "how it stands": each.words,
    }
