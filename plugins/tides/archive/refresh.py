"""Refresh: asks Lasair for our targets. One that fades or is reclassified no longer passes the filter: it is silent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tides.archive.catalogues import note_context, rules_of
from tides.archive.rows import FilterRows, Row, RowClient
from tides.brokers.broker import broker
from tides.clock import SAME_DETECTION_D, jd_utc
from tides.database.session import Connection
from tides.database.statements import statement
from tides.functions.functions import InUse
from tides.journal.failures import Call
from tides.runs.context import LIVE
from tides.settings.model import Settings
from tides.settings.streams import StreamLive
from tides.stream.fold import fold_alerts
from tides.stream.messages import Alert
from tides.targets import live_rule

NUCLEAR = "NT"
"""Sherlock's class of a nuclear transient. It is reported, and ends no target (docs/science.md, "Reclassified")."""

BAND_DATE_ERROR_D = 0.06
"""How far a band's date can be off (days): Rubin's `*_latestMJD` are 32-bit columns, ± 1.2 h."""


@dataclass
class Refreshed:
    """The result of one stream's refresh. `unknown` ids have no row; `waiting` ones are to be evaluated."""

    stream: str
    asked: int = 0
    unknown: int = 0
    changed: int = 0
    waiting: int = 0
    calls: int = 0
    notes: list[str] = field(default_factory=list)


def refresh(
    connection: Connection, lasair: RowClient, name: str, settings: Settings, functions: Sequence[InUse]
) -> Refreshed:
    """Stores Lasair's present row of each target of the stream `name` as a candidate of origin `refresh`.

    It asks for all targets that are active or have changed within `audit.refresh_days`. A row with a newer detection
    waits for evaluation, unless the row itself makes the target faint. Every other row needs no call: the next hourly
    run merges its class and magnitudes. Rows without news change nothing. Classes and types are noted, since two
    refreshes can end a target. Raises as `FilterRows` does; the blocks before the error stay done.
    """
    stream = settings.streams[name]
    if not broker(stream.broker).has_database:
        note = f"broker {stream.broker} has no database to ask: what became of its targets stays unknown"
        return Refreshed(name, notes=[note])
    rules = rules_of(settings, name, functions)
    ids = _targets(connection, name, settings)
    done = Refreshed(name, asked=len(ids))
    rows = FilterRows(connection, lasair, name, stream, settings.audit, settings.lasair)
    answered, nuclear = 0, []
    for block in rows.of(ids):
        answered += len(block)
        alerts = [row.alert for row in block]
        matches = rows.tns([alert.object_id for alert in alerts]) if stream.audit.tns else {}
        # Also for rows without news: two refreshes must say the same before a target ends.
        # Where Lasair fails at the entry of TNS, the other half of the word would be taken for the whole.
        said = [alert for alert in alerts if alert.object_id not in rows.failed[Call.TNS]]
        note_context(connection, stream, settings.reclassified, rules, said, matches)
        known = _known(connection, name, block)
        changed = [alert for alert in alerts if _is_news(alert, known.get(alert.object_id))]
        resting = {alert.object_id for alert in changed if _may_rest(alert, known.get(alert.object_id), settings, name)}
        nuclear += [a.object_id for a in changed if _turned_nuclear(a, known.get(a.object_id))]
        if changed:
            same_curve = [
                {"object_id": a.object_id, "old": known[a.object_id]["alert_hash"].hex(), "new": a.alert_hash.hex()}
                for a in changed
                if a.object_id in known and not _has_newer_detection(a, known[a.object_id])
            ]
            with connection.transaction():
                fold_alerts(connection, LIVE, name, stream, changed, "refresh", resting)
                parameters = {"survey": stream.survey, "alerts": json.dumps(same_curve)}
                connection.execute(statement("archive/keep_light_curves"), parameters)
        done.changed += len(changed)
        done.waiting += len(changed) - len(resting)
    done.calls = rows.calls
    done.unknown = len(ids) - answered - rows.unreadable.total() - len(rows.failed[Call.ROW])
    done.notes = rows.notes("refresh")
    if nuclear:
        done.notes.append(f"{len(nuclear)} are now nuclear transients (NT); nothing else changes: {', '.join(nuclear)}")
    return done


def _turned_nuclear(alert: Alert, known: dict[str, Any] | None) -> bool:
    return known is not None and alert.sherlock_class == NUCLEAR != known["sherlock_class"]


def _targets(connection: Connection, name: str, settings: Settings) -> list[str]:
    survey = settings.streams[name].survey
    first = next(other for other, stream in settings.enabled_streams().items() if stream.survey == survey)
    parameters = {"stream": name, "survey": survey, "first": first, "refresh_days": settings.audit.refresh_days}
    return [row["object_id"] for row in connection.execute(statement("archive/targets_to_refresh"), parameters)]


def _known(connection: Connection, name: str, block: Sequence[Row]) -> dict[str, dict[str, Any]]:
    found = connection.execute(
        "SELECT object_id, alert_hash, last_jd, waiting, sherlock_class FROM tides.candidate"
        " WHERE (lane, stream) = (%s, %s) AND object_id = ANY (%s)",
        (LIVE, name, [row.alert.object_id for row in block]),
    )
    return {row["object_id"]: row for row in found}


def _is_news(alert: Alert, known: dict[str, Any] | None) -> bool:
    """Whether a row differs from the stored candidate and is not older. A waiting candidate stays as it came."""
    if known is None or _has_newer_detection(alert, known):
        return True
    same_date = (alert.last_jd or 0.0) >= (known["last_jd"] or 0.0)
    # A waiting candidate is judged as it came; the next refresh brings the rest.
    return same_date and not known["waiting"] and alert.alert_hash != known["alert_hash"]


def _has_newer_detection(alert: Alert, known: dict[str, Any]) -> bool:
    return (alert.last_jd or 0.0) > (known["last_jd"] or 0.0) + SAME_DETECTION_D


def _may_rest(alert: Alert, known: dict[str, Any] | None, settings: Settings, name: str) -> bool:
    if known is not None and not _has_newer_detection(alert, known):
        return True
    return row_is_faint(alert, settings.streams[name].live, settings.live.hysteresis_mag)


def row_is_faint(alert: Alert, live: StreamLive, hysteresis_mag: float) -> bool:
    """Whether a row makes the object faint, and the newest detection is among its bands (docs/science.md, "Refresh").

    The alert's `known_at` is taken as the present.
    """
    newest_jd, mag = (np.array([[band[key] for band in alert.bands.values()]]) for key in ("jd", "mag"))
    was_faint, now_jd = np.array([False]), np.array([jd_utc(alert.known_at)])
    faint = live_rule.is_faint(was_faint, newest_jd, mag, now_jd, live, hysteresis_mag)
    # When the newest detection is in none of these bands, they do not tell how bright the target is now.
    return bool(faint[0] and newest_jd.max() >= (alert.last_jd or 0.0) - BAND_DATE_ERROR_D)
