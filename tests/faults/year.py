"""A simulated year: the sandbox's sky and the bridge's clock go on together, a day at a time.

The bridge asks PostgreSQL what time it is. So the year's database has functions `now` and `clock_timestamp` of its own
that its sessions find before PostgreSQL's: they tell the simulated day. What the tables' own defaults fill in
(`created`, an exchange's `at`) stays at the real time; nothing that the bridge decides is read from there.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg

from sandbox.sky.archive import Message
from sandbox.sky.clock import UNIX_EPOCH_MJD, mjd_utc_of, start_of_today
from sandbox.standins.world import open_archive
from tests.bridge import Bridge
from tests.standins import Standins
from tides.fourmost.reconcile import reconcile
from tides.hooks.fourmost import FourMostHook
from tides.targets.decisions import decide

CLOCK = """
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (ahead interval NOT NULL);
INSERT INTO simulated.clock VALUES ('0');
CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN pg_catalog.now() + (SELECT ahead FROM simulated.clock);
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN pg_catalog.clock_timestamp() + (SELECT ahead FROM simulated.clock);
"""

DECIDE_EVERY_D = 5
"""Each so many days people veto a live target and force one that is not, if there is one, and one has its spectrum."""

SUSPECT_EVERY_D = 4
"""Each so many days a live target comes to be called an AGN, and the one before it is a supernova again."""


class Year:
    """A bridge on a sky of so many nights, which end today; `counts` of what happened on the way."""

    def __init__(self, bridge: Bridge, outside: Standins, nights: int, objects: tuple[int, int]):
        self.bridge, self.outside, self.nights = bridge, outside, nights
        self.counts: Counter[str] = Counter()
        self.called_agn: dict[str, int] = {}
        self.decided: dict[int, str] = {}
        self.observed: set[int] = set()
        self.day = 0
        self.as_of: datetime | None = None
        self.exported: dict[str, str] = {}
        archive = open_archive(None, start_of_today(), 1, *objects, nights)
        self._messages = list(archive.messages(mjd_utc_of(start_of_today())))
        _give_it_a_clock(bridge)

    def days(self) -> Iterator[int]:
        """Lives through the nights one by one; after each its number, all that day's work done."""
        midnights = [start_of_today() - timedelta(days=n) for n in range(self.nights, -1, -1)]
        for self.day, (begin, end) in enumerate(pairwise(midnights)):
            self._go_to(end)
            if self.day % DECIDE_EVERY_D == DECIDE_EVERY_D - 1:
                self._decide()
            self._publish([m for m in self._messages if begin < _stamp(m) <= end])
            told = self.bridge.run()
            told.or_raise()
            self.counts += Counter({"told: created": told.created, "told: changed": told.updated})
            self._audit()
            self.outside.ingest()
            connection = self.bridge.connection
            self.counts += reconcile(
                connection, FourMostHook(), *self.bridge.to_compare, f"day {self.day}", full=True
            ).found
            yield self.day

    def _go_to(self, moment: datetime) -> None:
        self.outside.go_to(moment)
        self.bridge.connection.execute("UPDATE simulated.clock SET ahead = %s - pg_catalog.now()", (moment,))

    def _publish(self, messages: list[Message]) -> None:
        for stream in self.bridge.settings.streams:
            bodies = [m.body for m in messages if m.stream == stream]
            self.bridge.publish(stream, *bodies)
            self.counts["messages"] += len(bodies)

    def _audit(self) -> None:
        if self.day % SUSPECT_EVERY_D == 0:
            self._change_the_catalogues()
        for stream, described in self.bridge.settings.streams.items():
            self.counts["hosts asked for"] += self.bridge.find_hosts(described.survey).asked
            self.bridge.complete(stream)
            self.counts["refreshed"] += self.bridge.refresh(stream).changed
            self.counts["annotated"] += self.bridge.annotate(described.survey).sent

    def _decide(self) -> None:
        """Nobody decides twice of one target: what is decided must stand to the end."""
        left = (
            "SELECT tides_id FROM tides.tides_master WHERE reachable AND active = %s"
            " AND why <> 'reclassified' ORDER BY tides_id"
        )
        settled = {*self.decided, *self.observed}
        live, off = (
            [row["tides_id"] for row in self.bridge.rows(left, active) if row["tides_id"] not in settled]
            for active in (True, False)
        )
        for verb, targets in (("veto", live[-1:]), ("force", off[-1:] or live[-3:-2])):
            for tides_id in targets:
                decide(self.bridge.connection, verb, tides_id, "of the year", "Ada")
                self.decided[tides_id] = {"veto": "vetoed", "force": "forced"}[verb]
        for tides_id in live[-2:-1]:
            self.bridge.connection.execute(
                "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
                " VALUES (%s, now()::date, 'complete', '4MOST')",
                (tides_id,),
            )
            self.observed.add(tides_id)

    def _change_the_catalogues(self) -> None:
        for object_id in self.called_agn:
            self.outside.say(object_id, sherlock="SN")
        self.called_agn.clear()
        live = self.bridge.rows(
            "SELECT max(a.object_id) AS object_id FROM tides.tides_master AS m JOIN tides.tides_alias AS a"
            " USING (tides_id) WHERE m.active GROUP BY m.tides_id HAVING count(*) = 1 ORDER BY m.tides_id LIMIT 1"
        )
        for row in live:
            self.outside.say(row["object_id"], sherlock="AGN")
            self.called_agn[row["object_id"]] = self.day


Claim = Callable[[Year], list[str]]
"""What must hold after each day: where it does not, in words."""


def _give_it_a_clock(bridge: Bridge) -> None:
    bridge.close()
    name = psycopg.conninfo.conninfo_to_dict(bridge.database_url)["dbname"]
    with psycopg.connect(bridge.database_url) as connection:
        connection.execute(CLOCK)
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET search_path = simulated, pg_catalog").format(
                psycopg.sql.Identifier(str(name))
            )
        )
    bridge.connect()


def _stamp(message: Message) -> datetime:
    return datetime.fromtimestamp((message.utc_mjd - UNIX_EPOCH_MJD) * 86400, UTC)
