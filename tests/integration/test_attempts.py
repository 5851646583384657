"""A run that is cleared, processed again or lost: each attempt has its own row, and overwrites nothing of another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time.comms import ErrorResponse

from tests.builders import AN_ID, an_lsst_message
from tides.__main__ import main
from tides.database import session
from tides.errors import SettingsError
from tides.fourmost.guard import release_run
from tides.fourmost.withdraw import Cause, sent_by
from tides.hooks import run as hooks
from tides.journal.runs import Begun, attempts_of, begin
from tides.journal.states import history
from tides.runs import airflow
from tides.runs.context import RunContext

R = "scheduled__2026-11-20T03:35:00+00:00"
START = datetime(2026, 11, 20, 3, 35, 2, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Airflow:
    """What Airflow tells a task: its run, the states of the runs, and the run before this one."""

    def __init__(self):
        self.states, self.before, self.away = {}, None, False
        self.task_id, self.map_index, self.rendered_map_index, self.ended = "drain", 0, "ztf", []

    def context(self, run_id=R, started_at=START, run_type="scheduled", dag_id="tides_bridge"):
        run = {"dag_id": dag_id, "run_id": run_id, "run_type": run_type, "conf": None, "start_date": started_at}
        window = {"data_interval_start": START - HOUR, "data_interval_end": START}
        params = airflow.run_of.__defaults__[0] if dag_id == "tides_bridge" else ()
        return {"dag_run": SimpleNamespace(**run, **window), "dag": SimpleNamespace(params=params), "ti": self}

    def get_dagrun_state(self, dag_id, run_id):
        if self.away:
            raise AirflowRuntimeError(ErrorResponse(detail={"status_code": 500}))
        if run_id not in self.states:
            raise AirflowRuntimeError(ErrorResponse(detail={"status_code": 404}))
        return self.states[run_id]

    def get_task_breadcrumbs(self, dag_id, run_id):
        return [dict(zip(("task_id", "map_index", "state"), each, strict=True)) for each in self.ended]

    def get_previous_dagrun(self):
        if self.away:
            raise AirflowRuntimeError(ErrorResponse(detail={"status_code": 500}))
        return self.before


class Tasks:
    """Tasks of a bridge under Airflow."""

    def __init__(self, bridge, monkeypatch):
        self.bridge, self.airflow, self.monkeypatch = bridge, Airflow(), monkeypatch

    def task(self, run_id=R, started_at=START, **given):
        """The frame of a task; gives the run that it works in, and the author of what it writes."""
        context = self.airflow.context(run_id, started_at, **given)
        for module in (airflow, hooks):
            self.monkeypatch.setattr(module, "get_current_context", lambda: context)
        self.monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", run_id)
        with hooks.in_run("test") as (run, database):
            author = database.execute("SELECT current_setting('tides.by') AS by").fetchone()["by"]
            assert author == run.run_id
            return run

    def run(self, run_id=R, started_at=START, messages=(), **given):
        """A whole run up to its report; gives its context and the report."""
        run = self.task(run_id, started_at, **given)
        bridge = self.bridge
        bridge.publish("lsst", *messages)
        bridge.drain("lsst", run)
        bridge.evaluate(run)
        with session.connect(bridge.database_url, bridge.settings.database, "tides-test", run.run_id) as connection:
            bridge.connection, before = connection, bridge.connection
            bridge.remember(run)
            if run.live:
                bridge.tell(run).or_raise()
            bridge.connection = before
        return run, bridge.report(run, started_at)

    def rows(self):
        return {r["run_id"]: r for r in self.bridge.rows("SELECT * FROM tides.bridge_run ORDER BY ended_at")}


@pytest.fixture
def tasks(bridge, monkeypatch):
    return Tasks(bridge, monkeypatch)


def test_a_reprocessed_run_leaves_the_row_of_the_live_run_as_it_is(tasks):
    live, _ = tasks.run(started_at=datetime.now(UTC), messages=[an_lsst_message()])
    before = tasks.rows()
    assert (before[R]["lane"], before[R]["counts"]["sent"], before[R]["counts"]["verdicts_new"]) == ("live", 1, 1)
    replay, text = tasks.run(started_at=datetime.now(UTC), run_type="backfill")
    assert (live.run_id, replay.run_id) == (R, f"{R}#2")
    assert f"This is attempt 2 of run `{R}`" in text
    after = tasks.rows()
    assert after[R] == before[R]
    assert (after[f"{R}#2"]["lane"], after[f"{R}#2"]["counts"]["sent"]) == (replay.lane, 0)
    assert after[f"{R}#2"]["window_end"] == START


def test_tasks_of_one_attempt_have_one_id_and_a_clear_of_an_ended_run_begins_another(tasks):
    assert {tasks.task().run_id for _ in range(3)} == {R}
    assert {tasks.task(started_at=START + HOUR).run_id for _ in range(2)} == {f"{R}#2"}
    assert tasks.task().run_id == R, "a late task of the first attempt"
    assert tasks.task(started_at=START + 2 * HOUR).run_id == f"{R}#3"


def test_a_run_that_reported_before_attempts_were_noted_is_the_first_one(tasks):
    tasks.bridge.connection.execute(
        "INSERT INTO tides.bridge_run VALUES (%s, 'live', %s, %s, NULL, NULL, true, '{}', 'r', 'v')",
        (R, START, START + HOUR),
    )
    assert tasks.task(started_at=START).run_id == R, "the code changed within the attempt"
    assert tasks.task(started_at=START + HOUR).run_id == f"{R}#2"
    assert [a.run_id for a in attempts_of(tasks.bridge.connection, R)] == [R, f"{R}#2"]


def test_runs_of_two_dags_with_one_run_id_have_rows_of_their_own(tasks):
    assert tasks.task().run_id == R
    assert tasks.task(started_at=START + HOUR, dag_id="tides_reconcile").run_id == f"{R}#2"
    lanes = tasks.bridge.rows("SELECT dag_id, lane FROM tides.run_attempt ORDER BY attempt")
    assert [tuple(row.values()) for row in lanes] == [("tides_bridge", "live"), ("tides_reconcile", "reconcile")]


def test_tasks_that_begin_at_once_agree_on_the_attempt(tasks):
    bridge = tasks.bridge

    def begun(_):
        with session.connect(bridge.database_url, bridge.settings.database, "tides-test") as connection:
            return begin(connection, Begun(R, "live", START))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(begun, range(16)))
    assert {run_id for run_id, _ in found} == {R}
    assert sum(new for _, new in found) == 1


def test_reports_outside_of_airflow_with_one_run_id_stand_side_by_side(tasks):
    run = RunContext(R)
    tasks.bridge.report(run, START)
    tasks.bridge.report(run, START + HOUR)
    tasks.bridge.report(run, START + HOUR)
    assert sorted(tasks.rows()) == [R, f"{R}#2"]


def test_the_record_of_attempts_is_append_only(tasks):
    tasks.task()
    with pytest.raises(psycopg.errors.RaiseException, match="run_attempt is append-only"):
        tasks.bridge.connection.execute("UPDATE tides.run_attempt SET lane = 'x'")


def test_an_sql_step_writes_in_the_name_of_the_attempt(tasks):
    tasks.task()
    tasks.task(started_at=START + HOUR)
    tasks.bridge.connection.execute("CREATE TABLE written (run_id text, by text); GRANT INSERT ON written TO PUBLIC")
    written = "INSERT INTO written SELECT %(run_id)s::text, current_setting('tides.by')"
    for sql, parameters in ((written, {"run_id": R}), ("INSERT INTO written VALUES (%(keys)s)", {"keys": "[]"})):
        hooks.SqlStep(task_id="step", sql=sql, parameters=parameters).execute(airflow.get_current_context())
    assert tasks.bridge.rows("SELECT run_id, by FROM written") == [
        {"run_id": f"{R}#2", "by": f"{R}#2"},
        {"run_id": "[]", "by": None},
    ]


NEXT = "scheduled__2026-11-20T04:35:00+00:00"


def test_a_run_that_ended_without_its_report_gets_its_row_from_the_next_one(tasks):
    started = datetime.now(UTC)
    lost, _ = tasks.run(started_at=started, messages=[an_lsst_message()])
    tasks.bridge.connection.execute("DELETE FROM tides.bridge_run")
    tasks.airflow.states[R] = "failed"
    assert tasks.task(NEXT, started + HOUR).run_id == NEXT
    (row,) = tasks.rows().values()
    assert (row["run_id"], row["lane"], row["good"], row["airflow_state"]) == (R, "live", False, "failed")
    assert row["started_at"] == started
    counts = {"verdicts_new": 1, "selected": 1, "created": 1, "sent": 1, "deactivated": 0, "failed": []}
    assert row["counts"] == counts
    assert "ended without a report" in row["report"]
    assert "- sent to 4MOST in this run: 1" in row["report"]
    event = tasks.bridge.row("SELECT subject, detail, closed_at FROM tides.event WHERE kind LIKE 'run ended%%'")
    assert (event["subject"], event["detail"]) == (R, {"state": "failed", "run": NEXT})
    assert event["closed_at"]
    tasks.bridge.report(lost, started)
    assert tasks.rows()[R]["airflow_state"] is None, "its own report, late, says more"


@pytest.mark.parametrize("state", ["running", "queued"])
def test_a_run_that_goes_on_is_left_to_report_itself(tasks, state):
    tasks.task()
    tasks.airflow.states[R] = state
    tasks.task(NEXT, START + HOUR)
    assert tasks.rows() == {}


def test_while_airflow_cannot_say_whether_a_run_has_ended_a_later_run_asks_again(tasks):
    tasks.task()
    tasks.airflow.away = True
    tasks.task(NEXT, START + HOUR)
    assert tasks.rows() == {}
    tasks.airflow.away = False
    tasks.airflow.states |= {NEXT: "success"}
    tasks.task("scheduled__3", START + 2 * HOUR)
    assert {k: r["airflow_state"] for k, r in tasks.rows().items()} == {R: "deleted", NEXT: "success"}
    events = tasks.bridge.rows("SELECT subject FROM tides.event")
    assert [e["subject"] for e in events] == [R], "a part of a good run that was cleared alone is no fault"


def test_an_attempt_that_was_cleared_before_its_report_is_closed_by_the_next_attempt(tasks):
    tasks.task()
    tasks.airflow.states[R] = "running"
    tasks.task(started_at=START + HOUR)
    assert {k: r["airflow_state"] for k, r in tasks.rows().items()} == {R: "cleared"}


def test_a_run_of_which_no_task_came_to_the_database_gets_a_row_as_well(tasks):
    tasks.airflow.before = tasks.airflow.context("scheduled__before", START - HOUR)["dag_run"]
    tasks.airflow.before.state = tasks.airflow.states["scheduled__before"] = "failed"
    tasks.task()
    (row,) = tasks.rows().values()
    assert (row["run_id"], row["started_at"], row["airflow_state"]) == ("scheduled__before", START - HOUR, "failed")
    assert "It wrote no verdict and sent nothing" in row["report"]
    tasks.task(started_at=START + HOUR)
    assert sorted(tasks.rows()) == [R, "scheduled__before"], "once"


def test_withdraw_speaks_of_all_attempts_of_a_run_or_of_one(tasks, capsys):
    tasks.run(started_at=datetime.now(UTC), messages=[an_lsst_message()])
    tasks.run(started_at=datetime.now(UTC), messages=[an_lsst_message(AN_ID + 1, ra=151.0)])
    connection = tasks.bridge.connection
    assert [next(s.by for s in history(connection, n) if s.step == "created") for n in (1, 2)] == [R, f"{R}#2"]
    found = {name: [t.tides_id for t in sent_by(connection, Cause(name))] for name in (R, f"{R}#1", f"{R}#2")}
    assert found == {R: [1, 2], f"{R}#1": [1], f"{R}#2": [2]}
    assert main(["withdraw", "--run", R, "--by", "Ada"]) == 0
    assert f"has 2 attempts, and all are meant: {R}, {R}#2." in capsys.readouterr().out
    assert main(["withdraw", "--run", f"{R}#2", "--by", "Ada", "--really"]) == 0
    assert "1 targets are vetoed" in capsys.readouterr().out
    assert [t.vetoed for t in sent_by(connection, Cause(R))] == [False, True]


def test_release_speaks_of_the_latest_live_attempt_or_of_the_one_that_is_named(tasks, capsys):
    bridge = tasks.bridge
    tasks.run(started_at=datetime.now(UTC), messages=[an_lsst_message()])
    hold = "UPDATE tides.fourmost_target SET held = 'created', held_since = now() WHERE id = %s"
    bridge.connection.execute(hold, (1,))
    assert main(["release", "--run", R, "--by", "Ada"]) == 1, "held after its report"
    bridge.report(tasks.task(started_at=START + HOUR))
    bridge.report(tasks.task(started_at=START + 2 * HOUR, run_type="backfill"))
    assert main(["release", "--run", f"{R}#1", "--by", "Ada"]) == 1
    assert "attempts" not in capsys.readouterr().out
    assert main(["release", "--run", R, "--by", "Ada"]) == 0
    said = capsys.readouterr().out
    assert f"has 2 live attempts that reported; this is about the latest, {R}#2" in said
    assert "created: 1 changes" in said
    event = bridge.row("SELECT subject FROM tides.event WHERE kind = 'released' ORDER BY event_id DESC LIMIT 1")
    assert event["subject"] == f"{R}#2"
    with pytest.raises(SettingsError, match="no run"):
        release_run(bridge.connection, f"{R}#9", "Ada")
