"""What verdicts were made from: kept beside the first pass and the last failure, so that they can be made again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.evaluation.workers import PackedSubject
from tides.functions.functions import Function
from tides.functions.keys import DEC, RA
from tides.judgement.doubts import Moved
from tides.judgement.judge import Subject


def keep_inputs(
    connection: Connection,
    survey: str,
    subjects: Sequence[PackedSubject],
    moved: Iterable[Moved],
    functions: Sequence[Function],
    new: Mapping[tuple[str, str], int],
) -> None:
    """Keeps light curve, cut, date and columns of new verdicts: `new` has their numbers, by object and function.

    `moved` are subjects that were judged at another place than their own. To be called in the transaction that stored
    the verdicts.
    """
    known = {
        packed.object_id: packed for packed in subjects if any((packed.object_id, f.name) in new for f in functions)
    }
    if not known:
        return
    places = {one.object_id: {RA: one.ra, DEC: one.dec} for one in moved}
    inputs = [
        _input(new[object_id, function.name], packed.subject, places.get(object_id, {}), function.columns)
        for object_id, packed in known.items()
        for function in functions
        if (object_id, function.name) in new
    ]
    curves = {packed.subject.light_curve_hash: packed.light_curve for packed in known.values()}
    about = {"survey": survey, "object_id": list(known)}
    connection.execute(statement("evaluation/lock_judged_curves"), about)
    given = {"inputs": json.dumps(inputs), "hash": list(curves), "raw": list(curves.values())}
    connection.execute(statement("evaluation/keep_inputs"), given)
    connection.execute(statement("evaluation/drop_judged_curves"), about)


def _input(selection_id: int, subject: Subject, place: Mapping[str, float], columns: Sequence[str]) -> dict[str, Any]:
    """What a verdict was made from, as `keep_inputs.sql` takes it: of the columns only those that its function read."""
    said = {**subject.columns, **place}
    return {
        "selection_id": selection_id,
        "curve": subject.light_curve_hash.hex(),
        "known_until_jd": subject.known_until_jd,
        "sent_jd": subject.sent_jd,
        "columns": {name: said[name] for name in columns if name in said},
        "contexts": [
            {"until_jd": each.until_jd, "columns": {n: each.columns[n] for n in columns if n in each.columns}}
            for each in subject.earlier
        ]
        if columns
        else [],
    }
