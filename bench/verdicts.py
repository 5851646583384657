"""How many bytes a verdict's row takes beside its key: against the same verdicts with their criteria in full.

Real PostgreSQL, the real statements, verdicts of the shipped functions on generated light curves, and on recorded ones
where there are some (tests/recorded.py).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bench.history import server
from tests.bridge import bring_schema
from tests.recorded import recorded, recorded_folder
from tests.unit.judgement.light_curves import random_light_curves
from tides.database.session import Connection, connect
from tides.evaluation.verdicts import store_verdicts
from tides.functions.functions import load_functions
from tides.judgement.judge import Judgement, Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.runs.context import RunContext
from tides.settings.model import load_settings
from tides.surveys.survey import survey

GOAL = 400
OBJECTS = 200
RECORDED = {"ztf": "ztf_lightcurves", "lsst": "lsst_objects"}
COLUMNS = {"sherlock_class": "SN", "ra_deg": 150.25, "dec_deg": 2.5}
RUN = RunContext("scheduled__2026-07-04T12:00:00+00:00")
"""With an id as Airflow's scheduler gives it."""

KEY = ("lane", "survey", "object_id", "function", "function_hash", "input_hash", "as_of")
BYTES = f"SELECT pg_column_size(s.*) - {' - '.join(f'coalesce(pg_column_size(s.{c}), 0)' for c in KEY)}"
BYTES = f"{BYTES} AS bytes, v.criteria FROM tides.selection AS s JOIN tides.verdict AS v USING (selection_id)"
"""Of each verdict the bytes of its row without those of its key, and its criteria in full."""


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, _):
        url = postgres.url(postgres.create_database("verdicts"))
        bring_schema(url)
        with connect(url, load_settings().database, "bench") as connection:
            for name, file in RECORDED.items():
                raws = recorded(file) if recorded_folder() else random_light_curves(name, OBJECTS, 1, points=30)
                store(connection, name, judged(name, raws[:OBJECTS]))
            now = [row["bytes"] for row in connection.execute(BYTES)]
            # As verdicts from before there were forms.
            connection.execute(
                "UPDATE tides.selection AS s SET criteria = v.criteria, form_id = NULL, found = NULL"
                " FROM tides.verdict AS v WHERE v.selection_id = s.selection_id"
            )
            full = [row["bytes"] for row in connection.execute(BYTES)]
    mean, before = sum(now) / len(now), sum(full) / len(full)
    return [
        {
            "name": f"a verdict's row beside its key, {len(now):,} of the shipped functions; at most {max(now)}",
            "value": round(mean),
            "unit": "bytes",
            "against": f"{before:.0f} with its criteria in full, at most {max(full)}",
            "ratio": round(before / mean, 2),
            "goal": f"≤ {GOAL}",
        }
    ]


def judged(name: str, raws: Sequence[bytes]) -> Judgement:
    """The verdicts of all shipped functions on light curves of a survey."""
    subjects = [Subject(f"{name}-{n:015}", raw, COLUMNS, None) for n, raw in enumerate(raws)]
    return judge(survey(name), subjects, list(load_functions().values()), SummaryLimits(5.0))


def store(connection: Connection, name: str, judgement: Judgement) -> None:
    """Stores verdicts as a task does."""
    known_at = dict.fromkeys((s.object_id for s in judgement.summaries), datetime(2026, 7, 4, 12, tzinfo=UTC))
    with connection.transaction():
        store_verdicts(connection, RUN, name, name, [judgement], known_at)
