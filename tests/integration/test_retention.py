"""What is too old goes bit by bit, and nothing that is asked for later misses it."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bench.history import server
from bench.retention import played, simulate
from tests.builders import AN_ID, an_lsst_message
from tests.pruning import pruned
from tests.runbook import command
from tests.state import dump
from tides.__main__ import main
from tides.journal.events import close_event, note_event, record_event
from tides.journal.kinds import Kind
from tides.reports.lookup import never_seen
from tides.reports.trace import find_one, trace
from tides.retention.airflow import clean_before
from tides.retention.kinds import Kept
from tides.retention.prune import tell
from tides.runs.context import RunContext
from tides.sample.export import export

OFF, NEVER, LIVE = AN_ID, AN_ID + 1, AN_ID + 2
ALL = {"candidates": 0, "verdicts": 0, "light_curves": 0}


def now(bridge):
    return bridge.row("SELECT clock_timestamp() AS at")["at"]


def taken_in(bridge, n, **columns):
    bridge.take_in("lsst", an_lsst_message(n, ra=150.0 + (n - AN_ID), **columns))


@pytest.fixture
def old(bridge, outside):
    """A target that is off since long, an object that never passed, a live target; and a time amid their verdicts."""
    for days_ago in (66, 65):
        taken_in(bridge, OFF, days_ago=days_ago)
    known = now(bridge)
    for days_ago in (64, 63, 62):
        taken_in(bridge, OFF, days_ago=days_ago)
    for days_ago in (61, 60):
        taken_in(bridge, NEVER, days_ago=days_ago, nights=1)
    for days_ago in (2, 1):
        taken_in(bridge, LIVE, days_ago=days_ago)
    bridge.run()
    bridge.report()
    return bridge, known


def number(bridge, table, *, of):
    return bridge.row(f"SELECT count(*) AS n FROM tides.{table} WHERE object_id = %s::text", of)["n"]


def sent(bridge):
    return bridge.rows("SELECT id, state, wanted, told, differs, held FROM tides.fourmost_target ORDER BY id")


def exported(bridge, moments, folder):
    folders = [export(bridge.connection, at, "ecsv", folder / f"{n}").folder for n, at in enumerate(moments)]
    return [{file.name: file.read_bytes() for file in each.iterdir()} for each in folders]


def test_what_goes_is_missed_by_no_rule_no_export_and_no_later_hour(old, tmp_path, capsys):
    bridge, known = old
    moments = (known, now(bridge))
    before, told, shown = dump(bridge.database_url, []), sent(bridge), exported(bridge, moments, tmp_path / "before")
    counted = bridge.rows("SELECT * FROM tides.stream_count")
    assert number(bridge, "selection", of=OFF) == 5
    would = {what: each.gone for what, each in pruned(bridge, dry=True, **ALL).items()}
    assert dump(bridge.database_url, []) == before, "a dry run changes nothing"
    went = pruned(bridge, **ALL)
    assert {what: each.gone for what, each in went.items()} == would
    assert [went[what].gone for what in (Kept.VERDICTS, Kept.LIGHT_CURVES)] == [3, 1]
    assert all(number(bridge, table, of=NEVER) == 0 for table in ("candidate", "selection", "light_curve"))
    assert all(number(bridge, table, of=NEVER) == 0 for table in ("selection_input", "judged_curve"))
    assert number(bridge, "candidate", of=OFF) == 1
    assert (number(bridge, "selection", of=LIVE), number(bridge, "light_curve", of=LIVE)) == (2, 1)
    for _ in range(2):
        after = dump(bridge.database_url, [])
        kept = {part: rows for part, rows in after.items() if part not in ("candidates", "light curves", "verdicts")}
        assert kept == {part: before[part] for part in kept}
        assert all(verdict in before["verdicts"] for verdict in after["verdicts"])
        assert sent(bridge) == told
        bridge.run()
        bridge.report()
    assert bridge.rows("SELECT * FROM tides.stream_count") == counted
    assert exported(bridge, moments, tmp_path / "after") == shown
    assert not any(each.gone for each in pruned(bridge, **ALL).values())
    says_what_went(bridge, capsys)


def says_what_went(bridge, capsys):
    """In place of silence: of targets, of objects, and of what nobody knows any more; until it is seen again."""
    text = trace(bridge.connection, find_one(bridge.connection, str(OFF))).as_text()
    assert f"3 verdicts of lsst {OFF}, judged " in text
    assert f"the light curve of lsst {OFF}, stored " in text
    assert "pruned" not in trace(bridge.connection, find_one(bridge.connection, str(LIVE))).as_text()
    assert main(["trace", "lsst", str(OFF)]) == 0
    assert f"3 verdicts of lsst {OFF}, judged " in capsys.readouterr().out
    assert "or it was forgotten: objects that no function ever passed" in never_seen(bridge.connection, "x").as_text()
    taken_in(bridge, NEVER, days_ago=1, nights=1)
    assert (number(bridge, "candidate", of=NEVER), number(bridge, "selection", of=NEVER)) == (1, 1)


@pytest.fixture
def aged(make_syncing):
    """A bridge whose database has a year, all of it old: three targets, and twelve objects that never passed."""
    bridge = make_syncing()
    simulate(bridge, years=1, scale=50_000, steps=3, keep=True)
    return bridge


def test_what_waits_could_not_be_judged_or_has_passed_is_not_forgotten(aged):
    def due():
        return pruned(aged, dry=True, candidates=0)[Kept.CANDIDATES].gone

    def change(table, words):
        aged.connection.execute(f"UPDATE tides.{table} SET {words} WHERE object_id = '1'")

    all_of_it = due()
    for change_it, back in (("waiting = true", "waiting = false"), ("problem = 'none'", "problem = NULL")):
        change("candidate", change_it)
        assert due() < all_of_it
        change("candidate", back)
    assert due() == all_of_it
    change("selection", "passed = true")
    assert due() < all_of_it


def test_what_a_drain_holds_is_left_whole_and_nobody_waits_for_it(aged):
    with psycopg.connect(aged.database_url) as drain:
        drain.execute("SELECT FROM tides.candidate WHERE object_id = '1' FOR UPDATE")
        assert pruned(aged, candidates=0)[Kept.CANDIDATES].gone > 0
        assert all(number(aged, table, of=1) for table in ("candidate", "light_curve", "selection", "judged_curve"))
        assert number(aged, "candidate", of=2) == 0


def test_a_day_has_a_limit_and_the_next_one_goes_on_where_it_ended(aged):
    objects = aged.row("SELECT count(*) AS n FROM tides.candidate")["n"]
    looked_at = []
    for _ in range(objects + 1):
        done = pruned(aged, candidates=0, rows_a_piece=1, rows_a_day=1)[Kept.CANDIDATES]
        tell(aged.connection, [done])
        looked_at.append((done.looked_at, done.done))
    assert looked_at == [(1, False)] * objects + [(0, True)]
    left = aged.row("SELECT count(*) AS candidates FROM tides.candidate")["candidates"]
    assert left == aged.row("SELECT count(*) AS n FROM tides.tides_alias")["n"]
    (event,) = aged.rows("SELECT seen, closed_at FROM tides.event WHERE kind = %s", Kind.RETENTION_BEHIND)
    assert (event["seen"], event["closed_at"] is not None) == (objects, True)
    told = aged.rows("SELECT detail FROM tides.event WHERE kind = %s", Kind.PRUNED)
    assert len(told) == objects - left
    assert all(event["detail"]["rows"]["candidates"] > 1 for event in told)


def test_of_events_letters_exchanges_and_reports_goes_what_nobody_asks_for(aged):
    name = "(SELECT name FROM tides.tides_master ORDER BY tides_id LIMIT 1)"
    aged.connection.execute(f"UPDATE tides.tides_master SET active = true WHERE name = {name}")
    live = aged.row("SELECT tides_id, name FROM tides.tides_master WHERE active")
    for kind, subject, detail in (
        (Kind.TAKEN_BACK, "lsst", {}),
        (Kind.GAP, "lsst", {}),
        (Kind.RELEASED, "all", {"by": "Ada"}),
        (Kind.RECLASSIFIED, live["name"], {}),
    ):
        record_event(aged.connection, kind, subject, detail)
    note_event(aged.connection, Kind.TOPIC_MISSING, "ztf", {})
    aged.connection.execute(
        'INSERT INTO tides.dead_letter (lane, stream, kind, partition, "offset", raw, reason)'
        " SELECT 'live', 'lsst', 'message', 0, n, 'poison', 'no JSON' FROM generate_series(1, 2) AS n"
    )
    first, second = aged.rows("SELECT dead_letter_id AS id FROM tides.dead_letter ORDER BY 1")
    given_up = command("tides dead-letters give-up", **{"12": str(first["id"]), "NAME": "Ada"})
    assert main(given_up[1:]) == 0
    assert main([*given_up[1:3], "no number"]) == 1
    looked_up = (
        "INSERT INTO tides.fourmost_exchange (run_id, id, name, verb, part, outcome)"
        " SELECT 'run', tides_id, name, 'look up', 'answer', 'not found' FROM tides.tides_master"
    )
    aged.connection.execute(looked_up)
    pruned(aged, events=0, dead_letters=0, exchanges=0, reports=0)
    left = {row["kind"] for row in aged.rows("SELECT kind FROM tides.event")}
    assert left == {Kind.GAP, Kind.RELEASED, Kind.RECLASSIFIED, Kind.TOPIC_MISSING, Kind.LETTERS_GIVEN_UP}
    assert aged.rows("SELECT dead_letter_id AS id FROM tides.dead_letter") == [second]
    kept = aged.rows("SELECT id, verb, part, outcome FROM tides.fourmost_exchange")
    assert {row["id"] for row in kept if row["verb"] == "look up"} == {live["tides_id"]}
    others = {(row["verb"], row["part"]) for row in kept if row["id"] != live["tides_id"]}
    assert others == {("create", "request"), ("create", "answer"), ("change", "answer")}
    runs = aged.rows("SELECT good, counts, report FROM tides.bridge_run")
    assert {run["report"][:22] for run in runs} == {"The report of this run"}
    assert all(run["good"] and run["counts"] is not None for run in runs)
    close_event(aged.connection, Kind.TOPIC_MISSING, "ztf")
    assert pruned(aged, events=0)[Kept.EVENTS].gone == 1


def test_airflow_keeps_the_runs_that_the_journal_still_asks_for(bridge):
    limit = clean_before(bridge.connection, 30, ["tides_bridge"])
    bridge.connection.execute(
        "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, dag_id, lane, started_at, code_version)"
        " VALUES ('lost', 'lost', 1, 'tides_bridge', 'live', now() - interval '50 d', 'code')"
    )
    kept = clean_before(bridge.connection, 30, ["tides_bridge"])
    assert limit - kept == pytest.approx(timedelta(days=21), abs=timedelta(minutes=5))
    assert clean_before(bridge.connection, 30, ["tides_reconcile"]) > kept
    bridge.report(RunContext("lost"))
    assert clean_before(bridge.connection, 30, ["tides_bridge"]) > kept


def test_the_command_says_what_would_go_and_why_and_takes_it_only_when_asked(bridge, capsys):
    assert main(command("tides retention")[1:]) == 0
    said = capsys.readouterr().out
    assert all(each.goes in said and each.safe in said for each in Kept)
    assert "Nothing is done" in said
    assert main([*command("tides retention")[1:], "--json"]) == 0
    assert {row["what"] for row in json.loads(capsys.readouterr().out)} == {str(each) for each in Kept}
    assert main(command("tides retention --really")[1:]) == 0
    assert "Nothing is done" not in capsys.readouterr().out


def test_what_retention_takes_from_weighs_as_much_after_four_years_as_after_two(make_syncing):
    years = simulate(make_syncing(), years=4, scale=8000, steps=2)
    second, fourth = years[1], years[3]
    assert fourth.gone > 0
    assert fourth.growing <= 1.5 * second.growing
    assert fourth.others > second.others, "the sample grows"


@pytest.mark.soak
def test_five_years_weigh_and_cost_the_same_from_the_second_on():
    with server() as (postgres, place):
        early, taken = played(postgres, place, years=2)[-1], played(postgres, place)
        kept = played(postgres, place, keep=True)
    second, fifth = taken[1], taken[4]
    grown, without = fifth.growing - second.growing, kept[4].growing - kept[1].growing
    assert grown < 0.2 * without, "what is kept for ever of each target"
    assert fifth.hour <= 1.3 * early.hour
    assert fifth.day <= 1.3 * early.day + 60


@pytest.mark.soak
def test_the_command_cleans_the_database_of_airflow_by_airflow_itself(bridge, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path}/airflow.db")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    subprocess.run(["airflow", "db", "migrate"], check=True, capture_output=True)
    with sqlite3.connect(tmp_path / "airflow.db") as airflow:
        airflow.execute("INSERT INTO log (dttm, event) VALUES ('2026-01-01 00:00:00', 'old')")
    for words, left in (("tides retention --airflow", 1), ("tides retention --airflow --really", 0)):
        assert main(command(words)[1:]) == 0
        assert "Airflow's rows of before" in capfd.readouterr().out
        with sqlite3.connect(tmp_path / "airflow.db") as airflow:
            assert airflow.execute("SELECT count(*) FROM log WHERE event = 'old'").fetchone() == (left,)
