"""The sync against a model of it: whatever happens between us and 4MOST, in the end both hold the same, once each.

Targets are put straight into the master; the stand-in fails, forgets and is changed by hand; the sync is killed at any
durable step, and goes on as an orphan beside its retry.
"""

import json
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import requests
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.bridge import Bridge, connections
from tests.faults.fate import Fate, Process
from tests.standins import Standins
from tests.targets import FADED, LIVE, put_targets
from tides.fourmost.breaker import ALARM
from tides.fourmost.guard import release_refused
from tides.hooks.fourmost import FourMostHook
from tides.run_context import RunContext

TARGETS = 4
WAITS = {"total_timeout_s": 2.0, "create_timeout_s": 1.5, "read_timeout_s": 1.5, "settle_s": 3.0}
NOT_SYNCED = ("stream_offset", "survey_night", "schema_version")

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


@dataclass
class World:
    """What the walk has done to the targets and, by hand, to 4MOST's rows."""

    live: set[int] = field(default_factory=set)
    doubles: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)


class Syncs(RuleBasedStateMachine):
    """One bridge and the stand-in. `bridge`, `outside` and `counts` are set by the test."""

    bridge: Bridge
    outside: Standins
    counts: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.runs = 0
        self.late = False
        self.late_until = 0.0
        self.outside.reset()

    @initialize()
    def begin(self) -> None:
        with psycopg.connect(self.bridge.database_url, autocommit=True) as own:
            own.execute("SET session_replication_role = replica")
            tables = own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'tides'").fetchall()
            names = ", ".join(f"tides.{name}" for (name,) in tables if name not in NOT_SYNCED)
            own.execute(f"TRUNCATE {names} RESTART IDENTITY")  # type: ignore[arg-type]
        put_targets(self.bridge.connection, TARGETS)

    @rule(who=st.integers(1, TARGETS), live=st.booleans())
    def select_or_fade(self, who: int, live: bool) -> None:
        """A target is selected, fades or reappears."""
        (self.world.live.add if live else self.world.live.discard)(who)
        self.sql(f"{LIVE if live else FADED} WHERE tides_id = %s", who)

    @rule()
    def select_all(self) -> None:
        """All at once, for bulks."""
        self.world.live = set(range(1, TARGETS + 1))
        self.sql(LIVE)

    @rule(who=st.integers(1, TARGETS), mag=st.sampled_from([19.0, 20.0, 21.0, 22.0]))
    def change(self, who: int, mag: float) -> None:
        """A target's magnitude changes."""
        self.sql("UPDATE tides.target_band SET current_mag = %s WHERE tides_id = %s", mag, who)

    @rule()
    def ingest(self) -> None:
        """4MOST ingests what it holds."""
        self.outside.ingest()

    @rule(fault=st.sampled_from(FAULTS))
    def fault(self, fault: dict[str, Any]) -> None:
        """Something will go wrong."""
        self.outside.fault(fault)
        self.late |= fault["kind"] == "cut_then_store"
        self.count(" ".join(str(fault.get(k)) for k in ("kind", "status", "form") if k in fault))

    @rule()
    def run(self) -> None:
        """A run."""
        self.tell()
        self.check()

    @rule()
    def run_while_4most_is_down(self) -> None:
        """A run that reaches nobody."""
        with pytest.MonkeyPatch.context() as patch:
            away = {"conn_type": "fourmost", "host": "http://127.0.0.1:1/QFSwi/", "password": "nobody"}
            patch.setenv("AIRFLOW_CONN_FOURMOST", json.dumps(away))
            self.tell()
        self.count("server down")
        self.check()

    @rule()
    def wait(self) -> None:
        """The settle time passes, and what 4MOST stores late is stored."""
        time.sleep(max(0.0, self.late_until - time.monotonic()))
        self.sql("UPDATE tides.fourmost_target SET sending_since = sending_since - interval '3 s'")
        self.sql("UPDATE tides.fourmost_target SET not_before = not_before - interval '2 d'")
        self.sql("UPDATE tides.event SET last_seen_at = last_seen_at - interval '3 s'")

    @rule(act=st.integers(0, 90), after=st.booleans())
    def crash(self, act: int, after: bool) -> None:
        """A run that is killed somewhere, or gets to its end."""
        process = Process(self.in_a_process, Fate(act, after))
        if process.struck():
            self.count("crash")
        else:
            process.acts()
        self.may_store_late()
        self.check()

    @rule(act=st.integers(0, 3), after=st.booleans(), settled=st.booleans())
    def orphan(self, act: int, after: bool, settled: bool) -> None:
        """A run that stands still at a request goes on beside its retry, at once or after the settle time."""
        quick = self.bridge.settings.fourmost.model_copy(update={"settle_s": WAITS["total_timeout_s"] + 0.02})
        orphan = Process(
            lambda: self.in_a_process(fourmost=quick), Fate(act, after, signal.SIGSTOP), [(FourMostHook, "_write")]
        )
        if not orphan.struck():
            orphan.acts()
            return
        self.count("orphan")
        try:
            if settled:
                time.sleep(0.04)
                self.may_store_late()
                self.wait()
            self.tell()
        finally:
            orphan.go_on()
        assert orphan.refusal() == ""
        self.may_store_late()
        self.check()

    @rule(who=st.integers(0, TARGETS - 1), what=st.sampled_from(["double", "delete", "rename"]))
    def by_hand(self, who: int, what: str) -> None:
        """Somebody makes a double, deletes a row that is not ingested, or gives it another name."""
        self.outside.no_faults()
        time.sleep(max(0.0, self.late_until - time.monotonic()))
        rows = [row for row in self.outside.rows() if not row["date_ingested"] and row["id"] not in self.world.doubles]
        if not rows:
            return
        row = rows[who % len(rows)]
        if what == "double":
            read_only = ("id", "date_submitted", "date_modified", "date_ingested", "ostd_targ_id", "ostd_u_obj_id")
            self.world.doubles.add(
                self.ask("POST", "", json={k: v for k, v in row.items() if k not in read_only})["id"]
            )
        elif what == "delete":
            self.ask("DELETE", f"{row['id']}/")
        else:
            self.ask("PATCH", f"{row['id']}/", json={"name": "somebody else"})
        if what != "double":
            self.world.lost |= {
                r["id"] for r in self.bridge.rows("SELECT id FROM tides.fourmost_key WHERE pk = %s", row["id"])
            }
        self.count(f"{what} by hand")

    def teardown(self) -> None:
        self.outside.no_faults()
        self.may_store_late()
        self.late = False
        for _ in range(8):
            self.wait()
            release_refused(self.bridge.connection, "the walk")
            before = self.outside.calls("targetCat")
            self.tell()
            if self.outside.calls("targetCat") == before:
                break
        before = self.outside.calls("targetCat")
        self.tell()
        assert self.outside.calls("targetCat") == before, "a run after the last one sends nothing"
        self.check()
        self.check_the_end()

    def check(self) -> None:
        """No name twice but by hand, and what we think that 4MOST holds of a row is what it holds."""
        names = Counter(row["name"] for row in self.outside.rows() if row["id"] not in self.world.doubles)
        names.pop("somebody else", None)
        assert all(number == 1 for number in names.values()), names

    def check_the_end(self) -> None:
        """The list at 4MOST is what the walk demands; nothing is refused, held or under way but what it says."""
        keys = {
            r["id"]: r["pk"] for r in self.bridge.rows("SELECT id, pk FROM tides.fourmost_key WHERE status = 'current'")
        }
        at_4most = {row["id"]: row for row in self.outside.rows()}
        ours = {r["id"]: r for r in self.bridge.rows("SELECT * FROM tides.fourmost_target")}
        bands = {r["tides_id"]: r["current_mag"] for r in self.bridge.rows("SELECT * FROM tides.target_band")}
        for who in range(1, TARGETS + 1):
            row = at_4most.get(keys.get(who, 0))
            if who in self.world.lost:
                assert row is None or row["name"] == "somebody else"
                continue
            if who in self.world.live:
                assert row is not None, f"target {who} is live and not at 4MOST: {ours[who]}"
                assert row["is_active"] is True
                assert row["date_ingested"] or abs(row["mag"] - bands[who]) <= 0.1
            assert row is None or row["is_active"] is (who in self.world.live)
            state = ours.get(who)
            if state:
                assert (state["sending_since"], state["held"], state["refusal"]) == (None, None, None)
                assert row is None or all(row[k] == v for k, v in state["told"].items())
        known = {*keys.values(), *self.world.doubles}
        strangers = [r for r in at_4most.values() if r["id"] not in known and r["name"] != "somebody else"]
        assert not strangers, f"rows at 4MOST that nobody knows: {strangers}"
        alarms = self.bridge.rows("SELECT kind FROM tides.event WHERE kind = %s AND closed_at IS NULL", ALARM)
        assert not alarms or not [r for r in ours.values() if r["told_at"]]

    def tell(self) -> None:
        self.runs += 1
        self.bridge.tell(RunContext(f"run-{self.runs}"))
        self.may_store_late()

    def in_a_process(self, **changes: Any) -> None:
        self.bridge.settings = self.bridge.settings.model_copy(update=changes)
        self.bridge.connect()
        self.bridge.tell(RunContext("in-a-process"))

    def may_store_late(self) -> None:
        if self.late:
            self.late_until = time.monotonic() + LATE_S + 0.07

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method,
            f"{self.outside.url}/QFSwi/targetCat/transients/{path}",
            auth=(self.outside.fourmost_user, self.outside.fourmost_password),
            timeout=10,
            **body,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sql(self, query: str, *parameters: Any) -> None:
        self.bridge.connection.execute(query, parameters)  # type: ignore[arg-type]

    def count(self, what: str) -> None:
        type(self).counts[what] += 1


def attack(bridge: Bridge, outside: Standins, examples: int) -> Counter[str]:
    """Runs the machine; gives how often which fault was set."""
    counts: Counter[str] = Counter()
    machine = type("Attack", (Syncs,), {"bridge": bridge, "outside": outside, "counts": counts})
    run_state_machine_as_test(
        machine,
        settings=settings(
            phases=[Phase.generate],  # to shrink a failing walk takes longer than to read it
            max_examples=examples,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for what, number in sorted(counts.items()):
        print(f"{number:6} {what}")
    return counts


@pytest.fixture
def one_bridge(database, outside, tmp_path, monkeypatch):
    """A bridge without streams, whose database does not wait for its disk: only its clients die here."""
    with psycopg.connect(database, autocommit=True) as own:
        name = own.execute("SELECT quote_ident(current_database())").fetchone()[0]
        own.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    token = requests.post(
        f"{outside.url}/QFSwi/transients-token-auth/",
        data={"username": outside.fourmost_user, "password": outside.fourmost_password},
        timeout=10,
    ).json()["token"]
    for variable, value in connections(database, outside, "").items():
        monkeypatch.setenv(variable, value)
    described = {"conn_type": "fourmost", "host": f"{outside.url}/QFSwi/", "password": token}
    monkeypatch.setenv("AIRFLOW_CONN_FOURMOST", json.dumps(described))
    retries = {"read_attempts": 1, "refusals_in_a_row": 3, "retry_s": 1800}
    made = Bridge(database, "", tmp_path, {"lsst": "no_lsst", "ztf": "no_ztf"}, fourmost={**WAITS, **retries})
    monkeypatch.setenv("TIDES_SETTINGS", str(tmp_path / "bridge.yaml"))
    yield made
    made.close()


@pytest.mark.timeout(900)
def test_both_sides_agree_in_the_end_whatever_happens(one_bridge, outside):
    attack(one_bridge, outside, 150)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_both_sides_agree_in_the_end_a_thousand_times(one_bridge, outside):
    attack(one_bridge, outside, 1000)
