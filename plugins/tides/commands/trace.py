"""`tides trace`: all that the bridge knows of a target, an object or a place."""

import argparse

from tides.archive.rows import FilterRows
from tides.brokers.broker import broker
from tides.commands.output import put_json
from tides.database.session import Connection
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.hooks.broker import client_of
from tides.hooks.database import open_database
from tides.journal.failures import Call
from tides.reports.lookup import listed, look_up, never_seen
from tides.reports.near import near, near_as_text
from tides.reports.objects import trace_object
from tides.reports.trace import trace
from tides.settings.model import load_settings
from tides.settings.sections import Audit, Lasair, Reach
from tides.settings.streams import Stream
from tides.stream.messages import Alert
from tides.surveys.survey import survey as survey_named
from tides.targets.places import read_position


def run(args: argparse.Namespace) -> int:
    """Prints what is known of a target or an object, what lies near a position, or all that the words may stand for.

    Gives 1 when nothing is known. Raises SettingsError when Lasair is to be asked for anything but an object.
    """
    settings = load_settings()
    asked = " ".join(" ".join(args.what).split())
    place = read_position(asked, settings.identity.radius_arcsec if args.radius is None else args.radius)
    if place and args.ask:
        raise SettingsError("--ask needs an object's id, and no position")
    with open_database("trace", read_only=not args.ask) as database:
        if place:
            neighbours = near(database, place)
            if args.json:
                put_json(args, neighbours)
            else:
                print(near_as_text(place, neighbours))
            return 0 if neighbours else 1
        is_known = (_as_json if args.json else _as_text)(args, database, asked, settings.reach)
        if args.ask:
            streams = settings.enabled_streams()
            is_known |= _ask(database, asked, streams, settings.audit, settings.lasair)
    return 0 if is_known else 1


def _as_json(args: argparse.Namespace, database: Connection, asked: str, _: Reach) -> bool:
    """Prints all that the words stand for, each with all that is known of it. Gives whether that is anything."""
    found = look_up(database, asked)
    targets = [trace(database, tides_id) for tides_id in found.targets]
    put_json(args, {"targets": targets, "objects": [trace_object(database, known) for known in found.objects]})
    return found.number > 0


def _as_text(_: argparse.Namespace, database: Connection, asked: str, reach: Reach) -> bool:
    """Prints what the bridge itself knows. Gives whether that is anything."""
    found = look_up(database, asked)
    if found.number > 1:
        print(listed(database, asked, found))
    for tides_id in found.targets if found.number == 1 else ():
        print(trace(database, tides_id).as_text())
    for known in found.objects if found.number == 1 else ():
        print(trace_object(database, known).as_text(reach))
    if not found.number:
        print(never_seen(database, asked).as_text())
    return found.number > 0


def _ask(database: Connection, asked: str, streams: dict[str, Stream], audit: Audit, limits: Lasair) -> bool:
    """Prints what Lasair's database says of an object now, by one spare call. Gives whether it has the object.

    A failed call is repeated, like any other; each attempt takes a call.
    """
    survey, _, object_id = asked.rpartition(" ")
    for name, stream in streams.items():
        is_its = survey in ("", stream.survey) and survey_named(stream.survey).is_id(object_id)
        if is_its and broker(stream.broker).has_database:
            rows = FilterRows(database, client_of(stream), name, stream, audit, limits)
            alerts = [row.alert for block in rows.of([object_id]) for row in block]
            said = [_in_words(alert) for alert in alerts] + [f"a row that cannot be read: {r}" for r in rows.unreadable]
            said += [f"a row that it fails at: {reason}" for reason in rows.failed[Call.ROW].values()]
            print(f"\nLasair's database has now of {stream.survey} {object_id}: {'; '.join(said) or 'nothing'}")
            return bool(said)
    raise SettingsError(f"{quoted(asked)} is no id of an object that a stream's broker can be asked for")


def _in_words(alert: Alert) -> str:
    has_place = alert.ra is not None and alert.dec is not None
    dates = [f"{jd:.5f}" if jd else "unknown" for jd in (alert.first_jd, alert.last_jd)]
    bands = [f"{name} {band['mag']:.2f} at JD {band['jd']:.5f}" for name, band in sorted(alert.bands.items())]
    parts = [
        f"ra {alert.ra:.5f}, dec {alert.dec:.5f} deg ICRS" if has_place else "no position",
        quoted(alert.sherlock_class) if alert.sherlock_class else "no class",
        f"{'unknown' if alert.detections is None else alert.detections} detections, JD {' to '.join(dates)}",
        *bands,
    ]
    return ", ".join(parts)
