"""What catalogues say of our objects, refresh by refresh: a class or type that ends a target, and redshifts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.settings.model import Settings
from tides.stream.messages import Alert

LARGEST_REDSHIFT = 10.0
"""What a redshift at 4MOST may be; beyond it, or not above 0, it is a mistake and none."""


@dataclass(frozen=True)
class TnsMatch:
    """TNS's entry at an object: its whole name, type (None: not classified), redshift, and that of its host."""

    tns_name: str | None = None
    tns_type: str | None = None
    redshift: float | None = None
    host_redshift: float | None = None


def tns_match(row: Mapping[str, Any]) -> TnsMatch:
    """Lasair's row of `crossmatch_tns`, read."""
    prefix, name = (str(row.get(key) or "") for key in ("tns_prefix", "tns_name"))
    return TnsMatch(
        f"{prefix}{name}" or None,
        str(row.get("type") or "") or None,
        _redshift(row.get("z")),
        _redshift(row.get("hostz")),
    )


def note_context(
    connection: Connection, name: str, settings: Settings, alerts: Sequence[Alert], matches: Mapping[str, TnsMatch]
) -> None:
    """Stores what a refresh of the stream `name` was told of objects; `matches` are TNS's, by object.

    What two refreshes at least `reclassified.hours_apart` apart say against an object ends its target, and what two say
    back lets it live again (docs/science.md, "Reclassified"); the next run's `deactivate_unobserved` reads it here.
    """
    stream, limits = settings.streams[name], settings.reclassified
    told = [
        {"object_id": a.object_id, "sherlock_class": _class(a), **asdict(matches.get(a.object_id, TnsMatch()))}
        for a in alerts
    ]
    connection.execute(
        statement("archive/note_context"),
        {
            "told": json.dumps(told),
            "survey": stream.survey,
            "functions": [use.name for use in stream.functions if use.target == "live"],
            "hours_apart": limits.hours_apart,
            **{key: list(getattr(limits, key)) for key in ("classes", "tns_types", "criteria")},
        },
    )


def _class(alert: Alert) -> str | None:
    """Sherlock's class; its word for none is none."""
    return None if alert.sherlock_class in (None, "", "NULL") else alert.sherlock_class


def _redshift(value: Any) -> float | None:
    usable = isinstance(value, int | float) and 0 < value <= LARGEST_REDSHIFT
    return float(value) if usable else None
