"""What the SQL steps cannot know of the surveys by themselves: `tides.survey`, and the cells of objects."""

import json

import numpy as np

from tides.database.session import Connection
from tides.database.statements import statement
from tides.surveys.cells import cells
from tides.surveys.survey import Survey, surveys


def note_surveys(connection: Connection) -> None:
    """Writes what the SQL steps have to know of each survey of the settings, where it changed. Can be repeated.

    Also places what code has stored that knew no cells: objects, and the nights in which they were seen.
    Raises SettingsError for a survey whose module is wrong.
    """
    rows = [
        {
            "survey": known.name,
            "precedence": known.precedence,
            "night_kind": known.nights.kind,
            "night_zero_jd": known.nights.zero_jd,
        }
        for known in surveys()
    ]
    connection.execute(statement("evaluation/note_surveys"), {"surveys": json.dumps(rows)})
    for known in surveys():
        _place_objects(connection, known)
    connection.execute(statement("evaluation/place_nights"))


def _place_objects(connection: Connection, known: Survey) -> None:
    while found := connection.execute(statement("evaluation/unplaced"), {"survey": known.name}).fetchall():
        ra, dec = np.array([(row["ra"], row["dec"]) for row in found]).T
        placed = {"ra": ra.tolist(), "dec": dec.tolist(), "cell": cells(ra, dec, known.cell_nside).tolist()}
        connection.execute(statement("evaluation/place_objects"), {"survey": known.name, **placed})
