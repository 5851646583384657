"""The surveys as a table, for the SQL steps: `tides.survey`, filled from the surveys' modules."""

import json

from tides.database.session import Connection
from tides.database.statements import statement
from tides.surveys.survey import surveys


def note_surveys(connection: Connection) -> None:
    """Writes what the SQL steps have to know of each survey of the settings, where it changed. Can be repeated.

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
