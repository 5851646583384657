"""Notes, refresh by refresh, what catalogues say of our objects: classes and types that end targets, and redshifts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.functions.functions import InUse
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
    functions: Sequence[InUse],
    alerts: Sequence[Alert],
    matches: Mapping[str, TnsMatch],
) -> None:
    """Stores what a refresh of a stream was told of objects. `matches` are TNS's entries, by object.

    `functions` are those that the stream uses. A class that one of them asks for does not speak against what it
    selected.

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
            # An object that only a `host` function selects is never sent itself, so that its verdicts end nothing.
            "live": [function["name"] for function in functions if function["target"] == "live"],
            "functions": json.dumps(functions),
            "hours_apart": limits.hours_apart,
            **{key: list(getattr(limits, key)) for key in ("classes", "tns_types", "criteria")},
        },
    )


def _class(alert: Alert) -> str | None:
    """Sherlock's class; None where Sherlock writes its own word for none."""
    return None if alert.sherlock_class in (None, "", "NULL") else alert.sherlock_class


def _redshift(value: Any) -> float | None:
    usable = isinstance(value, int | float) and 0 < value <= LARGEST_REDSHIFT
    return float(value) if usable else None
