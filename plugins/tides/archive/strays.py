"""Rows at 4MOST that this database does not know: whose they are, and how they become ours again.

After a restore most of them are met by themselves: the stream or the audit brings their objects, which become targets
again, and those take over their rows. Two kinds are left. The filter no longer has the object, so that neither brings
it: Lasair is then asked by position. Or no function selects the object any more: then it becomes a target all the same,
and the live rule ends it, so that no row stays at 4MOST of which nobody knows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from psycopg.rows import class_row

from tides.archive.rows import FilterRows, RowClient
from tides.brokers.broker import broker
from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.fourmost.api import FourMostApi
from tides.fourmost.strays import meet
from tides.photometry.sky import SAME_PLACE_ARCSEC, separation_arcsec
from tides.runs.context import LIVE
from tides.settings.model import Settings
from tides.settings.streams import Stream
from tides.stream.fold import fold_alerts
from tides.surveys.cells import cells_within
from tides.surveys.survey import surveys


class Standing(StrEnum):
    """What is known of a stray, and so what comes next."""

    NEWER = "newer than our newest key: the next live run meets it, or --adopt"
    ADOPTED = "adopted: ours again"
    TAKEN_IN = "its object was taken in from Lasair: the next live run judges it, and adopts the row"
    WAITS = "its object waits to be judged: the next live run adopts the row"
    SET_ASIDE = "its object could not be judged: tides dead-letters says why"
    UNSELECTED = "its object was judged, and no function selects it"
    OF_ANOTHER = "its object is a target that has another row: ask 4MOST about one of the two"
    HOST = "a host galaxy: tides_hosts finds it again"
    NO_OBJECT = "no object lies there: load its list again, if it is of one; else another bridge uses the account"
    UNKNOWN = "no object that we know lies there: --adopt asks Lasair"


@dataclass(frozen=True)
class Stray:
    """A row at 4MOST that this database does not know; `ra` and `dec` are degrees (ICRS).

    `stream` and `object_id` are those of an object that lies there, and `target` is the target that this object is.
    """

    pk: int
    name: str
    survey_id: int
    ra: float
    dec: float
    stream: str | None
    survey: str | None
    object_id: str | None
    waiting: bool | None
    set_aside: bool | None
    target: str | None

    def standing(self, host_prefix: str) -> Standing:
        """What is known of it."""
        if self.name.startswith(host_prefix):
            return Standing.HOST
        if self.object_id is None:
            return Standing.UNKNOWN
        if self.target is not None:
            return Standing.OF_ANOTHER
        if self.waiting:
            return Standing.WAITS
        return Standing.SET_ASIDE if self.set_aside else Standing.UNSELECTED


def strays(connection: Connection) -> list[Stray]:
    """The strays that a reconcile or a run has met, by key. Only reads."""
    places = connection.execute("SELECT pk, ra, dec FROM tides.fourmost_stray").fetchall()
    cells = [
        {"pk": place["pk"], "survey": known.name, "cell": cell}
        for place in places
        for known in surveys()
        for cell in cells_within(place["ra"], place["dec"], SAME_PLACE_ARCSEC, known.cell_nside)
    ]
    given = {"cells": json.dumps(cells), "radius_arcsec": SAME_PLACE_ARCSEC}
    with connection.cursor(row_factory=class_row(Stray)) as cursor:
        return cursor.execute(statement("archive/strays"), given).fetchall()


def adopt(
    connection: Connection,
    client: FourMostApi,
    clients: Mapping[str, RowClient],
    settings: Settings,
    by: str,
) -> dict[Stray, Standing]:
    """Does for each stray what can be done, and says where it then stands. `clients` are the brokers', by stream.

    Nothing is created or changed at 4MOST. Can be repeated: after the next live run it goes on with what is left.
    Raises as the clients do.
    """
    found = {stray: stray.standing(settings.fourmost.host_prefix) for stray in strays(connection)}
    unknown = [stray for stray, standing in found.items() if standing is Standing.UNKNOWN]
    for stray in _asked_for(connection, clients, settings, unknown):
        found[stray] = Standing.TAKEN_IN
    for stray in unknown:
        if found[stray] is Standing.UNKNOWN:
            found[stray] = Standing.NO_OBJECT
    for stray, standing in found.items():
        if standing is Standing.UNSELECTED and _adopt(connection, client, settings, stray, by):
            found[stray] = Standing.ADOPTED
    return found


def _asked_for(
    connection: Connection, clients: Mapping[str, RowClient], settings: Settings, unknown: Sequence[Stray]
) -> Iterator[Stray]:
    """Takes in Lasair's objects at the places of strays, and gives those strays."""
    left = list(unknown)
    for name, client in clients.items():
        stream = settings.streams[name]
        if not left or not broker(stream.broker).has_database:
            continue
        rows = FilterRows(connection, client, name, stream, settings.audit, settings.lasair)
        near = [row.alert for row in rows.at([(stray.ra, stray.dec) for stray in left], SAME_PLACE_ARCSEC)]
        alerts = {
            stray: alert
            for stray in left
            for alert in near
            if alert.ra is not None
            and alert.dec is not None
            and separation_arcsec(alert.ra, alert.dec, stray.ra, stray.dec) <= SAME_PLACE_ARCSEC
        }
        if alerts:
            with connection.transaction():
                once = {alert.object_id: alert for alert in alerts.values()}  # two rows may lie at one place
                fold_alerts(connection, LIVE, name, stream, list(once.values()), "hand")
        yield from alerts
        left = [stray for stray in left if stray not in alerts]


def _adopt(connection: Connection, client: FourMostApi, settings: Settings, stray: Stray, by: str) -> bool:
    """Makes the object of a stray a target, which takes over the row. Whether that was done."""
    assert stray.stream is not None, "it has an object"
    row = client.get(stray.pk)
    template = _template(settings, settings.streams[stray.stream], stray.survey_id)
    if row is None or row["name"] != stray.name or template is None:
        return False
    given = {
        **{"stream": stray.stream, "object_id": stray.object_id, "template": template, "pk": stray.pk, "by": by},
        "prefix": settings.fourmost.name_prefix,
        **{"radius_arcsec": settings.identity.radius_arcsec, "days": settings.identity.days},
    }
    with master_lock(connection, settings.database):
        connection.execute(statement("archive/adopt_object"), given)
        sections = (settings.fourmost, settings.targets, settings.database)
        return meet(connection, *sections, row) == "adopted"


def _template(settings: Settings, stream: Stream, survey_id: int) -> str | None:
    """The first template of a stream's functions whose rows go to this survey of 4MOST."""
    names = (use.template for use in stream.functions if use.template in settings.targets)
    return next((n for n in names if settings.targets[n].uploadedfor_survey_id == survey_id), None)
