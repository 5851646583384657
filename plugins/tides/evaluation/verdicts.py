"""Verdicts on their way into the table: the form of their criteria once, what each found beside its key."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.judgement.judge import Judgement, Verdict
from tides.judgement.summaries import Summary
from tides.runs.context import RunContext

Stored = dict[tuple[str, str], int]
"""The numbers of verdicts, by object and function."""


def store_verdicts(
    connection: Connection,
    run: RunContext,
    stream: str,
    survey: str,
    judgements: Sequence[Judgement],
    known_at: Mapping[str, datetime],
) -> Stored:
    """Stores verdicts. The same content is stored once. Gives the numbers of those that are new.

    `known_at` is when each object's message was sent.
    """
    verdicts = [verdict for judgement in judgements for verdict in judgement.verdicts]
    places = {form: place for place, form in enumerate(dict.fromkeys(v.form for v in verdicts), start=1)}
    summaries = {summary.object_id: summary for judgement in judgements for summary in judgement.summaries}
    rows = [
        _row(v, places[v.form], judgement.code_version, summaries[v.object_id], known_at[v.object_id])
        for judgement in judgements
        for v in judgement.verdicts
    ]
    forms = list(places)
    connection.execute(statement("evaluation/keep_forms"), {"forms": forms})
    about = {"lane": run.lane, "stream": stream, "survey": survey, "as_of": run.as_of, "run_id": run.run_id}
    given = {**about, "forms": forms, "verdicts": json.dumps(rows)}
    stored = connection.execute(statement("evaluation/store_verdicts"), given)
    return {(row["object_id"], row["function"]): row["selection_id"] for row in stored if row["is_new"]}


def _row(verdict: Verdict, form: int, judged_by: str, summary: Summary, known_at: datetime) -> dict[str, Any]:
    """A verdict as `store_verdicts.sql` takes it, with the place of its form among the forms."""
    return {
        "object_id": verdict.object_id,
        "function": verdict.function,
        "function_hash": verdict.function_hash,
        "input_hash": verdict.input_hash,
        "passed": verdict.passed,
        "passes_now": verdict.passes_now,
        "context_until_jd": verdict.context_until_jd,
        "control": verdict.control,
        "form": form,
        "found": verdict.found,
        "trigger_jd": verdict.trigger_jd,
        "trigger_known": known_at.isoformat() if verdict.passed else None,
        "detections": summary.detections,
        "first_jd": summary.first_jd,
        "last_jd": summary.last_jd,
        "code_version": judged_by,
    }
