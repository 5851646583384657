"""A simulated year: the sandbox's sky and the bridge's clock go on together, a day at a time.

On the way there is an outage, a selection that is edited and edited back, and what people and catalogues say. Beside
supernovae there are tidal disruptions, lensed candidates and listed galaxies.

The bridge asks PostgreSQL what time it is. So the year's database has functions `now` and `clock_timestamp` of its own
that its sessions find before PostgreSQL's: they tell the simulated day. What the tables' own defaults fill in
(`created`, an exchange's `at`) stays at the real time; nothing that the bridge decides is read from there.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import yaml

from sandbox.sky.archive import Message
from sandbox.sky.clock import UNIX_EPOCH_MJD, mjd_utc_of, start_of_today
from sandbox.sky.sky_archive import SkyArchive
from tests.bridge import Bridge
from tests.faults.cases import ORDINARY, Cases
from tests.standins import Standins
from tides.fourmost.reconcile import reconcile
from tides.functions.functions import DEFAULT_FILE, Function, read_function
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
GRANT USAGE ON SCHEMA simulated TO PUBLIC;
GRANT SELECT ON simulated.clock TO PUBLIC;
"""

DECIDE_EVERY_D = 5
"""Each so many days people veto a live target and force one that is not, if there is one, and one has its spectrum."""

SUSPECT_EVERY_D = 4
"""Each so many days a live target comes to be called an AGN, and the one before it is a supernova again."""

AUDITED = ("lsst", "ztf")
"""The stand-in's database has no watchlist: what a filter on one sends is not compared with it."""

OUTAGE_D = 5
"""The longest outage: a broker keeps messages for seven days."""


class Year:
    """A bridge on a sky of so many nights, which end today; `counts` of what happened on the way.

    `day` is the night's number, `worked` how many days the bridge has run on, and `is_out` says that it does not run.
    """

    def __init__(self, bridge: Bridge, outside: Standins, nights: int, archive: SkyArchive):
        self.bridge, self.outside, self.nights = bridge, outside, nights
        self.counts: Counter[str] = Counter()
        self.called_agn: dict[str, int] = {}
        self.decided: dict[int, str] = {}
        self.observed: set[int] = set()
        self.published: set[str] = set()
        self.day = self.worked = 0
        self.is_out = False
        self.as_of: datetime | None = None
        self.exported: dict[str, str] = {}
        self.sky, self.midnight = archive.sky, start_of_today()
        self.messages = list(archive.messages(mjd_utc_of(start_of_today())))
        truth = outside.truth()
        self.disruptions = [str(row["lsst"]) for row in truth if row["kind"] == "TDE"]
        self.cases = Cases(bridge, truth, nights)
        self._functions = bridge.functions
        give_it_a_clock(bridge)

    def days(self) -> Iterator[int]:
        """Lives through the nights one by one; after each its number, all that day's work done."""
        midnights = [start_of_today() - timedelta(days=n) for n in range(self.nights, -1, -1)]
        out, edited = self.nights // 3, self.nights // 2
        self._classify_the_disruptions()
        for self.day, (begin, end) in enumerate(pairwise(midnights)):
            self.midnight = end
            self._go_to(end)
            self._publish([m for m in self.messages if begin < stamp_of(m) <= end])
            self.is_out = out <= self.day < out + min(OUTAGE_D, self.nights // 5)
            if self.is_out:
                self.outside.ingest()
                yield self.day
                continue
            self.worked += 1
            is_edited = edited <= self.day < edited + self.nights // 8
            self.bridge.functions = stricter(self._functions) if is_edited else self._functions
            self.cases.work(self.day, end)
            if self.worked % DECIDE_EVERY_D == DECIDE_EVERY_D - 1:
                self._decide()
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
        go_to(self.bridge, moment)

    def _publish(self, messages: Sequence[Message]) -> None:
        publish(self.bridge, [*messages, *self.cases.near_lenses(messages)])
        self.published |= {message.key.decode() for message in messages}
        self.counts["messages"] += len(messages)

    def _classify_the_disruptions(self) -> None:
        """TNS has a spectrum of each. Sherlock calls the first one nuclear, and the others an AGN."""
        for number, object_id in enumerate(self.disruptions):
            entry = {"tns_prefix": "AT", "tns_name": f"of the year {number}", "type": "TDE"}
            self.outside.say(object_id, tns=entry, **({"sherlock": "AGN"} if number else {}))

    def _audit(self) -> None:
        if self.worked % SUSPECT_EVERY_D == 1:
            self._change_the_catalogues()
        for stream in AUDITED:
            described = self.bridge.settings.streams[stream]
            self.counts["hosts asked for"] += self.bridge.find_hosts(described.survey).asked
            self.bridge.complete(stream)
            self.counts["refreshed"] += self.bridge.refresh(stream).changed
            self.counts["annotated"] += self.bridge.annotate(described.survey).sent

    def _decide(self) -> None:
        """Nobody decides twice of one target: what is decided must stand to the end."""
        left = (
            "SELECT tides_id FROM tides.tides_master AS m WHERE reachable AND active = %s"
            f" AND why <> 'reclassified' AND {ORDINARY} ORDER BY tides_id"
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
            f" USING (tides_id) WHERE m.active AND {ORDINARY} GROUP BY m.tides_id"
            " HAVING count(*) = 1 AND max(a.object_id) <> ALL (%s) ORDER BY m.tides_id LIMIT 1",
            self.disruptions,
        )
        for row in live:
            self.outside.say(row["object_id"], sherlock="AGN")
            self.called_agn[row["object_id"]] = self.worked


Claim = Callable[[Year], list[str]]
"""What must hold after each day: where it does not, in words."""


def stricter(functions: dict[str, Function]) -> dict[str, Function]:
    """The functions that the bridge uses, edited: a magnitude brighter, and three nights."""
    keys = yaml.safe_load(DEFAULT_FILE.read_text())
    edits = {name: {"magLimit": keys[name]["magLimit"] - 1, "minNights": 3} for name in ("tidesSNLSST", "tidesSNZTF")}
    return {**functions, **{name: read_function("the edit", name, keys[name] | edit) for name, edit in edits.items()}}


def publish(bridge: Bridge, messages: Sequence[Message]) -> None:
    """Publishes the sky's messages to the bridge's topics."""
    for stream in bridge.settings.streams:
        bridge.publish(stream, *(message.body for message in messages if message.stream == stream))


def go_to(bridge: Bridge, moment: datetime) -> None:
    """Sets the clock that `give_it_a_clock` gave it."""
    bridge.connection.execute("UPDATE simulated.clock SET ahead = %s - pg_catalog.now()", (moment,))


def give_it_a_clock(bridge: Bridge) -> None:
    """Makes the bridge's database tell the time that `go_to` sets."""
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


def stamp_of(message: Message) -> datetime:
    """When the broker sent it."""
    return datetime.fromtimestamp((message.utc_mjd - UNIX_EPOCH_MJD) * 86400, UTC)
