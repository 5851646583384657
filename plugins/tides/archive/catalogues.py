"""Notes, refresh by refresh, what catalogues say of our objects: classes and types that end targets, and redshifts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.functions.functions import InUse
from tides.settings.model import Settings
from tides.settings.sections import Reclassified
from tides.settings.streams import Stream
from tides.stream.messages import Alert

LARGEST_REDSHIFT = 10.0
"""The largest redshift that 4MOST takes. A larger one, or one that is not above 0, is a mistake and is left out."""


@dataclass(frozen=True)
class TnsMatch:
    """TNS's entry at an object: full name, type (None: not classified), redshift, and its host's redshift."""

    tns_name: str | None = None
    tns_type: str | None = None
    redshift: float | None = None
    host_redshift: float | None = None


@dataclass(frozen=True)
class Rule:
    """What speaks against the targets that a function selected: Sherlock's classes, TNS's types, failing criteria.

    Verdicts of a function that is not `live` end nothing: what it alone selects is never sent itself.
    """

    name: str
    hash: str
    live: bool
    classes: Sequence[str]
    tns_types: Sequence[str]
    criteria: Sequence[str]


def rules_of(settings: Settings, name: str, functions: Sequence[InUse]) -> list[Rule]:
    """The rules of the functions that the stream `name` uses. A class that a function asks for is never among them."""
    used = [function for function in functions if function["stream"] == name]
    rules = []
    for use, function in zip(settings.streams[name].functions, used, strict=True):
        said = settings.against(use)
        classes = [each for each in said.classes if each not in function["classes"]]
        live = function["target"] == "live"
        rules.append(Rule(function["name"], function["hash"], live, classes, said.tns_types, said.criteria))
    return rules


def tns_match(row: Mapping[str, Any]) -> TnsMatch:
    """Reads a row of Lasair's table `crossmatch_tns`."""
    prefix, name = (str(row.get(key) or "") for key in ("tns_prefix", "tns_name"))
    return TnsMatch(
        f"{prefix}{name}" or None,
        str(row.get("type") or "") or None,
        _redshift(row.get("z")),
        _redshift(row.get("hostz")),
    )


def note_context(
    connection: Connection,
    stream: Stream,
    limits: Reclassified,
    rules: Sequence[Rule],
    alerts: Sequence[Alert],
    matches: Mapping[str, TnsMatch],
) -> None:
    """Stores what a refresh of a stream was told of objects. `matches` are TNS's entries, by object.

    `rules` are those of the functions that the stream uses. A word speaks against an object when it does so by the rule
    of each function that selected it; where none did, by `limits`.

    Two refreshes that agree against an object end its target; two that no longer do make it live again. They are at
    least `reclassified.hours_apart` apart (docs/science.md, "Reclassified"). The next run's step
    `deactivate_unobserved` applies this.
    """
    # Objects without an entry at TNS are noted too: their answer leaves open what was said before.
    told = [
        {"object_id": a.object_id, "sherlock_class": _class(a), **asdict(matches.get(a.object_id, TnsMatch()))}
        for a in alerts
    ]
    connection.execute(
        statement("archive/note_context"),
        {
            "told": json.dumps(told),
            "survey": stream.survey,
            "rules": json.dumps([asdict(rule) for rule in rules]),
            "hours_apart": limits.hours_apart,
            "classes": list(limits.classes),
            "tns_types": list(limits.tns_types),
        },
    )


def _class(alert: Alert) -> str | None:
    """Sherlock's class; None where Sherlock writes its own word for none."""
    return None if alert.sherlock_class in (None, "", "NULL") else alert.sherlock_class


def _redshift(value: Any) -> float | None:
    usable = isinstance(value, int | float) and 0 < value <= LARGEST_REDSHIFT
    return float(value) if usable else None
