"""The sync against a model of it: whatever happens between us and 4MOST, in the end both hold the same, once each.

Targets are put straight into the master, and people decide of them; the stand-in fails, forgets and is changed by hand;
the sync is killed at any durable step, and goes on as an orphan beside its retry.
"""

import json
import os
import signal
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import requests

from tests.bridge import Bridge
from tests.faults.fate import Fate, Process
from tests.limits import LIMIT_S
from tests.standins import Standins
from tests.targets import give_objects, put_hosts, put_targets
from tides.errors import TidesError
from tides.fourmost.guard import release_refused
from tides.fourmost.reconcile import meet_newer, reconcile
from tides.fourmost.tell import create, update
from tides.fourmost.wanted import batches_to_create, batches_to_update
from tides.fourmost.withdraw import Cause, give_back, withdraw
from tides.hooks.fourmost import FourMostHook
from tides.journal.kinds import Kind
from tides.runs.context import RunContext
from tides.targets.decisions import decide, undo
from tides.targets.identity import merge
from tides.targets.places import Position
from tides.targets.spectra import Spectrum, store_spectra

TARGETS = 4
STOP = signal.SIGSTOP
STRANGER = "somebody else"
BRIGHT, FADED = 21.0, 24.5
EVER = Cause(since=datetime(2020, 1, 1, tzinfo=UTC))
READ_ONLY = ("id", "date_submitted", "date_modified", "date_ingested", "ostd_targ_id", "ostd_u_obj_id")
WAITS = {"total_timeout_s": 2.0, "create_timeout_s": 1.5, "read_timeout_s": 1.5, "settle_s": 3.0, "throttle_s": 0.0}
OF_4MOST = (
    *("fourmost_target", "fourmost_key", "fourmost_exchange", "fourmost_stray", "fourmost_bulk"),
    *("event", "bridge_run"),
)
"""What a restored database has forgotten; the targets themselves come again with the stream."""
STORED = (
    "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
    " WHERE (table_schema, table_name, is_generated) = ('tides', %s, 'NEVER')"
)
"""The columns of a table that are not computed from the others."""

CREATE = {"method": "POST", "path": "targetCat/transients/$"}
CHANGE = {"method": "PATCH"}
ASK = {"method": "GET", "path": "targetCat"}
LATE_S = 0.08
FAULTS = (
    *({"match": m, "kind": "cut"} for m in (CREATE, CHANGE, ASK)),
    *({"match": m, "kind": "store_then_cut"} for m in (CREATE, CREATE, CHANGE)),
    *({"match": m, "kind": "cut_then_store", "seconds": LATE_S} for m in (CREATE, CREATE, CHANGE)),
    *({"match": m, "kind": "status", "status": s} for m in (CREATE, CHANGE) for s in (400, 401, 404, 429, 500, 503)),
    *({"match": ASK, "kind": "status", "status": s} for s in (403, 503)),
    *({"match": m, "kind": "redirect", "status": 301} for m in (CREATE, CHANGE, ASK)),
    *({"match": m, "kind": "wrong_json", "form": f} for m in (CREATE, CHANGE, ASK) for f in ("half", "html")),
    {"match": CREATE, "kind": "wrong_json", "form": "order"},
    *({"match": CREATE, "kind": "bulk_half", "rows": n} for n in (1, 2)),
    {"match": ASK, "kind": "no_filter"},
    {"match": CREATE, "kind": "status", "status": 400, "times": None},
)


FAIL = (
    "SELECT f.id, f.name FROM tides.fourmost_target AS f WHERE f.id = ANY (%s) AND f.wanted IS DISTINCT FROM f.told"
    " AND (f.failed_in = 1 OR f.in_bulk = 1) AND f.wanted IS NOT NULL AND f.held IS NULL AND EXISTS (SELECT FROM"
    " tides.fourmost_exchange AS e WHERE e.at >= f.failing_since AND e.outcome = 'stored')"
)
SET_ASIDE = (
    "SELECT FROM tides.event AS e JOIN tides.fourmost_target AS f ON f.name = e.subject"
    " WHERE e.kind = %s AND e.closed_at IS NULL AND f.id = %s AND f.refused = f.wanted"
)


class Walk:
    """One bridge and the stand-in, both empty at first, and what must come of what happens to them."""

    def __init__(self, bridge: Bridge, outside: Standins, chance: Random, counts: Counter[str]):
        self.bridge, self.outside, self.chance, self.counts = bridge, outside, chance, counts
        self.mags = dict.fromkeys(range(1, TARGETS + 1), FADED)
        self.decisions: dict[int, tuple[str, int, bool]] = {}
        self.withdrawn: set[int] = set()
        self.observed_ones: set[int] = set()
        self.called_agn: dict[int, bool] = {}
        self.into: dict[int, int] = {}
        self.lost: set[int] = set()
        self.doubles: set[int] = set()
        self.history: list[str] = []
        self.saved = self.restored = False
        self.met = True
        self.runs = 0
        self.poisonous: dict[int, list[dict[str, Any]]] = {}
        self.gateway: list[dict[str, Any]] = []
        outside.reset()
        self.connect(password=outside.token())
        with psycopg.connect(bridge.database_url, autocommit=True) as own:
            own.execute("SET session_replication_role = replica")  # an append-only table can be emptied then
            tables = own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'tides'").fetchall()
            # `survey` is written by migrate, and by a step that this walk does not take
            kept = {name for (name,) in tables if name.startswith("schema_") or name == "survey"}
            emptied = [f"DELETE FROM tides.{name}" for (name,) in tables if name not in kept]
            own.execute("; ".join(emptied))  # type: ignore[arg-type]
            own.execute("ALTER TABLE tides.tides_master ALTER COLUMN tides_id RESTART")
        put_targets(bridge.connection, TARGETS, mag=FADED)
        give_objects(bridge.connection)
        self.hosts = put_hosts(bridge.connection)

    def step(self) -> None:
        """Something happens."""
        (what,) = self.chance.choices(list(STEPS), list(STEPS.values()))
        said = getattr(self, what)()
        self.history.append(f"{what} {said or ''}")

    def end(self) -> None:
        """The faults stop; after a few runs both sides agree, and a further one asks nothing."""
        self.gateway.clear()
        self.outside.tokens()
        self.only_lasting_faults()
        self.wait()
        release_refused(self.bridge.connection, "the walk")
        for _ in range(3):
            self.wait()
            self.tell()
        self.check_after_three_runs()
        self.outside.no_faults()
        release_refused(self.bridge.connection, "the walk")
        # What one look at 4MOST's list finds may need another one.
        for _ in range(2 if self.restored or self.lost or self.doubles else 1):
            self.settle()
            reconcile(
                self.bridge.connection, FourMostHook(), *self.bridge.to_compare, f"reconcile-{self.runs}", full=True
            )
            self.tell()
        before = self.outside.calls("targetCat")
        self.tell()
        assert self.outside.calls("targetCat") == before, "a run after the last one sends nothing"
        self.bridge.sql_step("fourmost/record_4most_keys", keys="[]")
        self.check()
        self.check_the_end()

    def select_or_fade(self) -> str:
        """A target is selected, fades or reappears."""
        who, bright = self.somebody(), self.chance.random() < 0.6
        self.shine(who, BRIGHT if bright else FADED)
        return f"{who} {bright}"

    def select_all(self) -> None:
        """All at once, for bulks."""
        for who in self.mags:
            self.shine(who, BRIGHT)

    def change(self) -> str:
        """A target's magnitude changes."""
        who, mag = self.somebody(), self.chance.choice([19.0, 20.0, 21.0, 22.0])
        if self.mags[who] < FADED:
            self.shine(who, mag)
        return f"{who} {mag}"

    def veto_or_force(self) -> str:
        """A person decides, of a target or of its place, or vetoes a host."""
        who, verb, placed = self.somebody(), self.chance.choice(["veto", "force"]), self.chance.random() < 0.5
        if self.chance.random() < 0.2:
            who, verb, placed = self.hosts[who], "veto", False
        target = self.bridge.row("SELECT ra, dec FROM tides.target WHERE tides_id = %s", who)
        where = Position(target["ra"], target["dec"], 1.0) if placed else who
        number = decide(self.bridge.connection, verb, where, "the walk", "a person")
        self.decisions[number] = (verb, who, placed)
        self.counts[verb] += 1
        return f"{who} {verb}{' by place' if placed else ''}, decision {number}"

    def undo(self) -> str:
        """A decision, if one stands, is taken back."""
        if not self.decisions:
            return "nothing"
        number = self.chance.choice(sorted(self.decisions))
        undo(self.bridge.connection, number, "a person")
        del self.decisions[number]
        self.withdrawn.discard(number)
        self.counts["undo"] += 1
        return f"decision {number}"

    def observe(self) -> str:
        """A target, or a host that was ever sent, has one spectrum more, which is complete or not."""
        named = self.bridge.rows("SELECT tides_id, name FROM tides.target WHERE name IS NOT NULL ORDER BY tides_id")
        who, name = self.chance.choice([(t["tides_id"], t["name"]) for t in named if t["tides_id"] not in self.into])
        state = self.chance.choice(["partial", "complete"])
        night = date(2026, 1, 1) + timedelta(days=len(self.history))
        spectrum = Spectrum(target=name, night=night, state=state, source="4MOST")
        store_spectra(self.bridge.connection, Path("spectra.csv"), [(2, spectrum)])
        if state == "complete":
            self.observed_ones.add(who)
        self.counts[f"observed, {state}"] += 1
        return f"{who} {state}"

    def merge(self) -> str:
        """Two targets turn out to be one: the older stays, as bright as the brighter, with the decisions of both."""
        if len(self.mags) < 2:
            return "nothing"
        keep, drop = sorted(self.chance.sample(sorted(self.mags), 2))
        merge(self.bridge.connection, self.bridge.settings.database, keep, drop, "the walk", "a person")
        self.bridge.sql_step("targets/upsert_master")
        self.mags[keep] = min(self.mags[keep], self.mags.pop(drop))
        if drop in self.observed_ones:
            self.observed_ones.add(keep)
        self.into[drop] = keep
        self.counts["merge"] += 1
        return f"{drop} into {keep}"

    def withdraw(self) -> str:
        """All that was ever sent is taken back, or given back."""
        connection = self.bridge.connection
        if self.withdrawn and self.chance.random() < 0.6:
            assert give_back(connection, EVER, "a person") == len(self.withdrawn)
            for number in self.withdrawn:
                del self.decisions[number]
            self.withdrawn.clear()
            self.counts["withdraw undone"] += 1
            return "undone"
        self.bridge.sql_step("targets/deactivate_unobserved")
        sent = {row["id"] for row in self.bridge.rows("SELECT id FROM tides.fourmost_key WHERE status = 'current'")}
        meant = {who for who in sent & {*self.mags, *self.hosts.values()} if self.verb(who) != "veto"}
        assert withdraw(connection, EVER, "a person") == len(meant)
        news = "SELECT decision_id, tides_id FROM tides.operator_decision WHERE undone_at IS NULL"
        for row in self.bridge.rows(f"{news} AND decision_id <> ALL (%s)", list(self.decisions)):
            self.decisions[row["decision_id"]] = ("veto", row["tides_id"], False)
            self.withdrawn.add(row["decision_id"])
        self.counts["withdraw"] += 1
        return f"of {sorted(meant)}"

    def reclassify(self) -> str:
        """Two refreshes say that an object is an AGN, or that it is none."""
        who, agn = self.chance.randint(1, TARGETS), self.chance.random() < 0.5
        self.sql(
            "INSERT INTO tides.tides_context (survey, object_id, reclassified, settled_at)"
            " VALUES ('lsst', %s, %s, now())"
            " ON CONFLICT (survey, object_id) DO UPDATE SET reclassified = excluded.reclassified, settled_at = now()",
            str(who),
            "AGN by Sherlock" if agn else None,
        )
        self.called_agn[who] = agn
        self.counts["reclassified" if agn else "reclassified, back"] += 1
        return f"{who} {agn}"

    def somebody(self) -> int:
        return self.chance.choice(sorted(self.mags))

    def shine(self, who: int, mag: float) -> None:
        self.mags[who] = mag
        self.sql("UPDATE tides.target_band SET current_mag = %s WHERE tides_id = %s", mag, who)

    def verb(self, who: int) -> str:
        """The newest decision that stands on a target: one on a place stays there when a target is merged."""
        found = [""]
        for _, (verb, whose, placed) in sorted(self.decisions.items()):
            while not placed and whose in self.into:
                whose = self.into[whose]
            if whose == who:
                found.append(verb)
        return found[-1]

    def is_live(self, who: int) -> bool:
        """What must come of it all."""
        if who in self.into or self.verb(who) == "veto":
            return False
        good = who not in self.observed_ones and not self.is_agn(who)
        return self.verb(who) == "force" or (self.mags[who] < FADED and good)

    def is_agn(self, who: int) -> bool:
        """Whether all words on the objects of a target say so, and there is one."""
        words = [agn for whose, agn in self.called_agn.items() if self.final(whose) == who]
        return bool(words) and all(words)

    def final(self, who: int) -> int:
        while who in self.into:
            who = self.into[who]
        return who

    def is_wanted(self, host: int) -> bool:
        """Whether a galaxy must be active at 4MOST: its transient is gone, and nothing speaks against it."""
        (who,) = (target for target, galaxy in self.hosts.items() if galaxy == host)
        if who in self.into or self.verb(who) == "veto" or self.verb(host) == "veto" or host in self.observed_ones:
            return False
        agn = self.is_agn(who) and who not in self.observed_ones
        return not self.is_live(who) and not agn and self.mags[who] == FADED

    def ingest(self) -> None:
        """4MOST ingests what it holds."""
        self.outside.ingest()

    def fault(self) -> str:
        """Something will go wrong."""
        fault = self.chance.choice(FAULTS)
        self.outside.fault(fault)
        words = " ".join(str(fault[k]) for k in ("kind", "status", "form") if k in fault)
        self.counts[words] += 1
        return f"{words} {fault['match']['method']}"

    def poison(self) -> str:
        """From now on 4MOST fails at all that is sent of one target."""
        who = self.somebody()
        target = self.bridge.row("SELECT name, pk_4most FROM tides.target WHERE tides_id = %s", who)
        habit = self.chance.choice([{"kind": "status", "status": 500}, {"kind": "cut"}])
        rules = [{"match": {**CREATE, "contains": target["name"]}}]
        if target["pk_4most"]:
            rules.append({"match": {**CHANGE, "path": f"/{target['pk_4most']}/"}})
        self.poisonous[who] = [{**rule, **habit, "times": None} for rule in rules]
        self.outside.fault(*self.poisonous[who])
        self.counts[f"poisonous target, {habit['kind']}"] += 1
        return f"{who} {habit['kind']}"

    def narrow_or_widen(self) -> str:
        """From now on a gateway fails above another number of rows."""
        rows = self.chance.randint(1, 4)
        self.gateway[:] = [{"match": {**CREATE, "over": rows}, "kind": "status", "status": 502, "times": None}]
        self.only_lasting_faults()
        self.counts["gateway that fails above some rows"] += 1
        return str(rows)

    def throttle(self) -> str:
        """4MOST takes so many calls in a while."""
        calls, silent = self.chance.randint(1, 6), self.chance.random() < 0.5
        rule = {"match": {"path": "targetCat"}, "kind": "throttle", "calls": calls, "seconds": 0.3, "silent": silent}
        self.outside.fault({**rule, "times": 8})
        self.counts["throttle without Retry-After" if silent else "throttle with Retry-After"] += 1
        return f"{calls} calls{', silent' if silent else ''}"

    def let_tokens_expire(self) -> str:
        """From now on the bridge fetches tokens, which serve a few calls, or end each other."""
        habits = {
            "calls": self.chance.choice([None, 1, 2, 5]),
            "status": self.chance.choice([401, 403]),
            "one_a_user": self.chance.random() < 0.5,
        }
        self.outside.tokens(**habits)
        self.connect(login=self.outside.fourmost_user, password=self.outside.fourmost_password)
        self.counts[f"tokens that expire, {habits['status']}"] += habits["calls"] is not None
        self.counts["one token a user"] += habits["one_a_user"]
        return str(habits)

    def connect(self, **login: str) -> None:
        """Describes the connection anew."""
        described = {"conn_type": "fourmost", "host": f"{self.outside.url}/QFSwi/", **login}
        os.environ["AIRFLOW_CONN_FOURMOST"] = json.dumps(described)

    def only_lasting_faults(self) -> None:
        """All faults stop but poisonous targets and the gateway."""
        self.outside.no_faults()
        self.outside.fault(*self.gateway, *(rule for rules in self.poisonous.values() for rule in rules))

    def run(self) -> None:
        """A run."""
        self.counts["run"] += 1
        self.tell()
        self.check()

    def retry(self) -> None:
        """The tasks of a batch are tried again at once, whatever became of them."""
        if not self.met:
            return
        self.counts["retry"] += 1
        everyone = list(range(1, 2 * TARGETS + 1))
        for tell in (create, create, update, update):
            tell(self.bridge.connection, FourMostHook(), *self.bridge.to_tell, "retry", everyone)
        self.check()

    def reconcile(self) -> str:
        """4MOST's list is read back, in full or what changed."""
        full = self.chance.random() < 0.5
        self.runs += 1
        try:
            reconcile(self.bridge.connection, FourMostHook(), *self.bridge.to_compare, f"r-{self.runs}", full=full)
        except TidesError as refused:
            return f"refused: {refused}"
        self.counts["reconcile"] += 1
        self.check()
        return "in full" if full else "of what changed"

    def save(self) -> None:
        """The database is saved."""
        self.sql("DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved")
        self.sql("; ".join(f"CREATE TABLE saved.{name} AS TABLE tides.{name}" for name in OF_4MOST))
        self.saved = True

    def restore(self) -> None:
        """An older database, if there is one, is restored: what 4MOST was told since is forgotten."""
        if not self.saved:
            self.save()
            return
        with psycopg.connect(self.bridge.database_url) as own:
            own.execute("SET session_replication_role = replica")
            for name in OF_4MOST:
                (columns,) = own.execute(STORED, (name,)).fetchone()  # type: ignore[misc]
                own.execute(f"DELETE FROM tides.{name}")  # type: ignore[arg-type]
                own.execute(
                    f"INSERT INTO tides.{name} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM saved.{name}"
                )
            own.execute("UPDATE tides.tides_master SET pk_4most = NULL")
            own.execute("UPDATE tides.tides_hosts SET pk_4most = NULL")
            own.execute("UPDATE tides.fourmost_key SET recorded = false")
        self.restored, self.met = True, False
        self.counts["restored older database"] += 1

    def run_while_4most_is_down(self) -> None:
        """A run that reaches nobody."""
        self.counts["server down"] += 1
        with pytest.MonkeyPatch.context() as patch:
            away = {"conn_type": "fourmost", "host": "http://127.0.0.1:1/QFSwi/", "password": "nobody"}
            patch.setenv("AIRFLOW_CONN_FOURMOST", json.dumps(away))
            self.tell()

    def wait(self) -> None:
        """The settle time passes, and what 4MOST stores late is stored; the next tries are due."""
        self.settle()
        self.sql("UPDATE tides.fourmost_target SET not_before = not_before - interval '2 d'")

    def crash(self) -> str:
        """A run that is killed somewhere, or gets to its end."""
        self.select_or_fade()
        fate = Fate(self.chance.randrange(40), self.chance.random() < 0.5)
        process = Process(self.in_a_process, fate)
        if process.struck():
            self.counts["crash"] += 1
        else:
            process.acts()
        self.check()
        return f"at {fate.act}"

    def orphan(self) -> str:
        """A run that stands still at a request goes on beside its retry, at once or after the settle time."""
        self.select_or_fade()
        settled, fate = self.chance.random() < 0.5, Fate(self.chance.randrange(2), self.chance.random() < 0.5, STOP)
        quick = self.bridge.settings.fourmost.model_copy(update={"settle_s": WAITS["total_timeout_s"] + 0.02})
        orphan = Process(lambda: self.in_a_process(fourmost=quick), fate, [(FourMostHook, "_write")])
        if not orphan.struck():
            orphan.acts()
            return "was not met"
        self.counts["orphan"] += 1
        try:
            if settled:
                time.sleep(0.04)
                self.wait()
            self.tell()
        # Stopped while another of its threads stored an answer, it holds a lock. Then the run is red, and is retried.
        except psycopg.errors.LockNotAvailable:
            self.counts["orphan with a lock"] += 1
        finally:
            orphan.go_on()
        assert orphan.refusal() == ""
        self.check()
        return f"at {fate.act}, {'after' if settled else 'before'} the settle time"

    def by_hand(self) -> str:
        """Somebody makes a double, deletes a row that is not ingested, or gives it another name."""
        what = self.chance.choice(["double", "delete", "rename"])
        self.outside.no_faults()
        self.outside.wait_until_idle()
        rows = [row for row in self.outside.rows() if not row["date_ingested"] and row["id"] not in self.doubles]
        if not rows:
            self.only_lasting_faults()
            return "nothing"
        row = self.chance.choice(rows)
        if what == "double":
            double = {field: value for field, value in row.items() if field not in READ_ONLY}
            self.doubles.add(self.ask("POST", "", json=double)["id"])
        else:
            known = self.bridge.rows("SELECT id FROM tides.fourmost_key WHERE pk = %s", row["id"])
            self.lost |= {key["id"] for key in known}
            if what == "delete":
                self.ask("DELETE", f"{row['id']}/")
            else:
                self.ask("PATCH", f"{row['id']}/", json={"name": STRANGER})
        self.only_lasting_faults()
        self.counts[f"{what} by hand"] += 1
        return f"{what} {row['name']}"

    def check(self) -> None:
        """No name twice but by hand."""
        names = Counter(row["name"] for row in self.outside.rows() if row["id"] not in self.doubles)
        del names[STRANGER]
        assert all(number == 1 for number in names.values()), f"a double: {names}"

    def check_after_three_runs(self) -> None:
        """All but the poisonous are as demanded. These are set aside with an event, if others were stored meanwhile."""
        targets = {row["tides_id"]: row["name"] for row in self.bridge.rows("SELECT tides_id, name FROM tides.target")}
        by_hand = {row["name"] for row in self.outside.rows() if row["id"] in self.doubles}
        named = Counter(row["name"] for row in self.outside.rows() if row["is_active"])
        for who, is_active in self.demanded().items():
            if not (self.restored or who in self.lost or who in self.poisonous or targets[who] in by_hand):
                assert named[targets[who]] == is_active, f"{targets[who]} after three runs"
        fail = self.bridge.rows(FAIL, list(self.poisonous))
        for _ in range(3 if fail else 0):
            self.wait()
            self.tell()
        for target in fail:
            if self.bridge.rows(FAIL, [target["id"]]):
                assert self.bridge.rows(SET_ASIDE, Kind.FAILS_AT_TARGET, target["id"]), f"{target['name']} is tried on"
                self.counts["poisonous target, set aside"] += 1

    def demanded(self) -> dict[int, bool]:
        """Whether each target and host must be active at 4MOST."""
        found = {who: self.is_live(who) for who in range(1, TARGETS + 1)}
        return found | {host: self.is_wanted(host) for host in self.hosts.values()}

    def check_the_end(self) -> None:
        """The list at 4MOST is what the walk demands; nothing is refused, held or under way but what it says."""
        known = self.bridge.rows("SELECT id, pk, status FROM tides.fourmost_key")
        keys = {row["id"]: row["pk"] for row in known if row["status"] == "current"}
        at_4most = {row["id"]: row for row in self.outside.rows()}
        states = {row["id"]: row for row in self.bridge.rows("SELECT * FROM tides.fourmost_target")}
        targets = self.bridge.rows(
            "SELECT t.*, r.words, coalesce(b.current_mag, h.mag) AS mag FROM tides.target AS t"
            " JOIN tides.reason_in_words AS r USING (tides_id)"
            " LEFT JOIN tides.target_band AS b USING (tides_id) LEFT JOIN tides.tides_hosts AS h USING (tides_id)"
        )
        assert {t["tides_id"]: t["mag"] for t in targets if t["kind"] == "sn" and not t["merged_into"]} == self.mags
        demanded = self.demanded()
        for target in targets:
            who = target["tides_id"]
            row, state = at_4most.get(keys.get(who, 0)), states.get(who)
            assert target["pk_4most"] == keys.get(who)
            if who in self.lost:  # or, when a restored database had forgotten its key, created anew
                assert self.restored or row is None or row["name"] == STRANGER
                continue
            assert target["active"] is demanded[who], f"{target['name'] or who}: {target['words']}"
            assert row is None or row["is_active"] is demanded[who]
            if demanded[who]:
                assert row is not None, f"{target['name']} is wanted and not at 4MOST: {state}"
                assert row["date_ingested"] or abs(row["mag"] - target["mag"]) <= 0.1
            if state:
                assert (state["sending_since"], state["held"], state["refusal"]) == (None, None, None)
                assert row is None or all(row[field] == value for field, value in state["told"].items())
        ours = {*(row["pk"] for row in known), *self.doubles}
        strangers = [row for row in at_4most.values() if row["id"] not in ours and row["name"] != STRANGER]
        assert self.lost or not strangers, f"rows at 4MOST that nobody knows: {strangers}"
        named = Counter(row["name"] for row in at_4most.values() if row["is_active"])
        for target in targets:
            if target["tides_id"] not in self.lost:
                assert named[target["name"]] == demanded[target["tides_id"]], f"active rows of {target['name']}"
        self.counts["hosts that were queued"] += sum(host in keys for host in self.hosts.values())
        alarms = self.bridge.rows(
            "SELECT FROM tides.event WHERE kind = %s AND closed_at IS NULL", Kind.REFUSES_EVERYTHING
        )
        assert self.lost or not alarms

    def tell(self) -> None:
        self.runs += 1
        self.steps(RunContext(f"run-{self.runs}"))

    def steps(self, run: RunContext) -> None:
        """The tasks of the sync up to the keys' record, which is idempotent and comes at the end."""
        connection, settings, client = self.bridge.connection, self.bridge.settings, FourMostHook()
        self.bridge.sql_step("targets/deactivate_unobserved")
        self.bridge.stage(run)
        try:
            if batches_to_create(connection, settings.fourmost):
                meet_newer(connection, client, *self.bridge.to_compare, run.run_id)
                self.met = True
            to_create = batches_to_create(connection, settings.fourmost)
        except TidesError:  # the task is red, and nothing is created
            to_create = []
        for ids in to_create:
            create(connection, client, *self.bridge.to_tell, run.run_id, ids)
        for ids in batches_to_update(connection, settings.fourmost):
            update(connection, client, *self.bridge.to_tell, run.run_id, ids)

    def in_a_process(self, **changes: Any) -> None:
        self.bridge.settings = self.bridge.settings.model_copy(update=changes)
        self.bridge.connect()
        self.steps(RunContext("in-a-process"))

    def settle(self) -> None:
        self.outside.wait_until_idle()
        self.sql("UPDATE tides.fourmost_target SET sending_since = sending_since - interval '3 s'")
        self.sql("UPDATE tides.event SET last_seen_at = last_seen_at - interval '3 s'")

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method,
            f"{self.outside.url}/QFSwi/targetCat/transients/{path}",
            auth=(self.outside.fourmost_user, self.outside.fourmost_password),
            timeout=LIMIT_S,
            **body,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sql(self, query: str, *parameters: Any) -> None:
        self.bridge.connection.execute(query, parameters)  # type: ignore[arg-type]


STEPS = {
    "select_or_fade": 4,
    "select_all": 2,
    "change": 2,
    "veto_or_force": 1.2,
    "undo": 0.6,
    "observe": 0.6,
    "merge": 0.6,
    "withdraw": 0.6,
    "reclassify": 0.8,
    "ingest": 0.7,
    "fault": 5,
    "poison": 0.7,
    "narrow_or_widen": 0.7,
    "throttle": 0.7,
    "let_tokens_expire": 0.7,
    "run": 4,
    "retry": 1,
    "run_while_4most_is_down": 0.5,
    "wait": 3,
    "crash": 2,
    "reconcile": 1,
    "save": 0.3,
    "restore": 1.5,
    "orphan": 1.6,
    "by_hand": 1.5,
}
"""What may happen, and how often beside the others."""


def attack(bridge: Bridge, outside: Standins, seed: int, walks: int, steps: int) -> None:
    """Takes walks of so many steps each; prints how often what happened."""
    counts: Counter[str] = Counter()
    for number in range(walks):
        walk = Walk(bridge, outside, Random(f"{seed}/{number}"), counts)
        try:
            for _ in range(steps):
                walk.step()
            walk.end()
        except AssertionError as error:
            error.add_note(f"walk {number} of seed {seed}: {'; '.join(walk.history)}")
            raise
    print("\n".join(f"{number:6} {what}" for what, number in sorted(counts.items())))


@pytest.fixture
def one_bridge(database, make_syncing):
    """A bridge whose database does not wait for its disk: only its clients die here."""
    with psycopg.connect(database, autocommit=True) as own:
        name = own.execute("SELECT quote_ident(current_database())").fetchone()[0]
        own.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    few = {"read_attempts": 1, "refusals_in_a_row": 3, "retry_s": 1800, "failures_alone": 2}
    return make_syncing(fourmost={**WAITS, **few})


@pytest.mark.timeout(900)
def test_both_sides_agree_in_the_end_whatever_happens(one_bridge, outside, seed):
    attack(one_bridge, outside, seed, 20, steps=6)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_both_sides_agree_in_the_end_a_thousand_times(one_bridge, outside, seed):
    attack(one_bridge, outside, seed + 1, 1000, steps=8)
