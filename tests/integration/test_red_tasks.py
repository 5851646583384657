"""Red tasks: what each was about and why it failed is stored, reported and shown, also of what was killed."""

import os
import re
import signal
from contextlib import suppress

import pytest
import requests

from tests.integration.test_attempts import HOUR, NEXT, START, R, Tasks
from tests.limits import LIMIT_S
from tests.pruning import pruned
from tides.errors import ServiceAway, SettingsError
from tides.faults import Fault
from tides.hooks import run as hooks
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Instance, note_begun
from tides.page.app import app
from tides.page.frame import READ, may_edit
from tides.runs import airflow

AWAY = ServiceAway("Lasair does not answer within 3 s")


@pytest.fixture
def tasks(bridge, monkeypatch):
    return Tasks(bridge, monkeypatch)


@pytest.fixture
def page(served):
    """A view of the page, as somebody whom Airflow lets read."""
    app.dependency_overrides |= {READ.dependency: lambda: None, may_edit: lambda: False}
    yield lambda place="": requests.get(f"{served}{place}", timeout=LIMIT_S).text
    app.dependency_overrides.clear()


def words(html):
    """What a person reads of a view."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def begin(tasks, task_id="evaluate", map_index=0, label="ztf ZTF26a … ZTF26b (2)"):
    """The task that begins next, in the frame of a task."""
    tasks.airflow.task_id, tasks.airflow.map_index = "plan_chunks", -1
    tasks.task()
    tasks.airflow.task_id, tasks.airflow.map_index, tasks.airflow.rendered_map_index = task_id, map_index, label


def fail(tasks, error, **task):
    """A task that fails by an error."""
    begin(tasks, **task)
    with suppress(Exception), hooks.in_run("test"):
        raise error


def kill(tasks, **task):
    """A task whose process is killed amid its work."""
    begin(tasks, **task)
    if (pid := os.fork()) == 0:
        try:
            with hooks.in_run("test"):
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL


def rows(tasks):
    return tasks.bridge.rows("SELECT task_id, map_index, label, fault, error FROM tides.run_task ORDER BY 1, 2")


def red(tasks, *ended):
    """What the report of the attempt is told; `ended` is what Airflow says."""
    tasks.airflow.ended = ended
    return hooks.red_so_far(tasks.bridge.connection, R)


def test_a_failed_task_leaves_its_label_and_its_error_and_one_that_ends_well_leaves_nothing(tasks):
    fail(tasks, AWAY)
    assert rows(tasks) == [
        {"task_id": "evaluate", "map_index": 0, "label": "ztf ZTF26a … ZTF26b (2)", "fault": Fault.AWAY}
        | {"error": "Lasair does not answer within 3 s"}
    ]
    with hooks.in_run("test"):
        assert [(row["label"], row["fault"]) for row in rows(tasks)] == [("ztf ZTF26a … ZTF26b (2)", None)]
    assert rows(tasks) == []


def test_an_sql_step_says_why_it_is_red_and_fills_no_log(tasks, caplog):
    begin(tasks, "upsert_master", -1, None)
    step = hooks.SqlStep(task_id="upsert_master", sql="SELECT 1; SELECT * FROM tides.gone", split_statements=True)
    with caplog.at_level("INFO"), suppress(Exception):
        step.execute(airflow.get_current_context())
    (row,) = rows(tasks)
    assert (row["task_id"], row["fault"]) == ("upsert_master", Fault.DEFECT)
    assert row["error"].startswith('UndefinedTable: relation "tides.gone" does not exist')
    assert not any("SELECT" in record.getMessage() for record in caplog.records if record.levelname == "INFO")


def test_the_report_names_what_failed_what_was_killed_and_what_was_not_begun(tasks):
    fail(tasks, AWAY)
    fail(tasks, AWAY, map_index=1, label="lsst 1 … 9 (9)")
    fail(tasks, SettingsError("streams.lsst: no topic"), task_id="drain", label="lsst")
    kill(tasks, map_index=2, label="lsst 10 … 19 (9)")
    kill(tasks, map_index=3, label="marked as well ended by a person")
    found = red(
        tasks,
        ("drain", 0, "failed"),
        *(("evaluate", index, "failed") for index in range(3)),
        ("evaluate", 3, "success"),
        ("stage_4most", -1, "upstream_failed"),
        ("all_good", -1, "upstream_failed"),
        ("plan_chunks", -1, "success"),
    )
    text = tasks.bridge.report(red=found.tasks)
    part = text.split("**Failed: ")[1].split("\n\n**Unusual:**")[0].split("\n\nAn empty cell")[0]
    assert part.startswith("4 tasks; 1 not begun.** Nothing is lost.")
    first, killed, away, waiting = part.split("\n- ")[1:]
    assert first.startswith("`drain` (lsst), setting: streams.lsst: no topic. What to do: correct what the error names")
    assert "[Runbook](runbook#any-task)" in first
    assert away.startswith("`evaluate` (ztf ZTF26a … ZTF26b (2), lsst 1 … 9 (9)), service away: Lasair does not answer")
    assert "[Runbook](runbook#task-evaluate)" in away
    assert killed.startswith("`evaluate` (lsst 10 … 19 (9)), killed. What to do: nothing;")
    assert waiting.strip() == "Not begun, since they wait for the tasks before them: `stage_4most`"
    assert "all_good" not in text
    assert found.runbook.endswith("/tides/runbook")


def test_what_failed_in_an_earlier_attempt_and_was_not_cleared_stands_as_it_did(tasks):
    fail(tasks, AWAY)
    tasks.airflow.task_id, tasks.airflow.map_index = "plan_chunks", -1
    assert tasks.task(started_at=START + HOUR).run_id == f"{R}#2"
    tasks.airflow.ended = [("evaluate", 0, "failed"), ("stage_4most", -1, "upstream_failed")]
    found = hooks.red_so_far(tasks.bridge.connection, f"{R}#2").tasks
    assert [(each.name, each.fault, each.error) for each in found] == [
        ("evaluate ztf ZTF26a … ZTF26b (2)", Fault.AWAY, "Lasair does not answer within 3 s"),
        ("stage_4most", Fault.NOT_BEGUN, None),
    ]


def test_a_run_that_ended_without_its_report_says_what_was_killed(tasks):
    kill(tasks)
    tasks.airflow.states[R] = "failed"
    tasks.task(NEXT, START + HOUR)
    (row,) = tasks.rows().values()
    assert row["counts"]["failed"] == ["evaluate ztf ZTF26a … ZTF26b (2)"]
    assert [each["fault"] for each in rows(tasks)] == [Fault.KILLED]


def test_the_page_says_what_is_red_and_why_and_the_urgent_first(tasks, page):
    fail(tasks, AWAY, label="<b>ztf</b>")
    fail(tasks, SettingsError("no column of the payload"), task_id="create_in_4most", label="2 targets from 7")
    found = red(tasks, ("evaluate", 0, "failed"), ("create_in_4most", 0, "failed"), ("report", -1, "upstream_failed"))
    tasks.bridge.report(airflow.this_run(), airflow.begun(), red=found.tasks)
    note_event(tasks.bridge.connection, Kind.HELD, "faint", {"words": "120 changes"})
    note_event(tasks.bridge.connection, Kind.RECURRENT, "TiDES26aaa", {})
    now = page()
    needs = words(now).split("Needs somebody")[1].split("Tonight")[0]
    places = [
        needs.index(f"act {Kind.HELD}"),
        needs.index("act create_in_4most is red: setting 2 targets from 7 no column of the payload What to do:"),
        needs.index("look evaluate is red: service away &lt;b&gt;ztf&lt;/b&gt; Lasair does not answer within 3 s What"),
        needs.index("look not begun report What to do: nothing; it waits for the tasks before it"),
        needs.index(f"look {Kind.RECURRENT}"),
    ]
    assert places == sorted(places)
    assert 'href="runbook#task-evaluate"' in now
    assert 'id="task-evaluate"' in page("runbook")
    tab = words(page(f"run?run_id={requests.utils.quote(R)}"))
    assert "look evaluate: service away &lt;b&gt;ztf&lt;/b&gt; Lasair does not answer within 3 s What to do:" in tab


def test_what_is_red_in_a_daily_dag_is_on_the_page_until_its_next_run_has_begun(tasks, page):
    daily = {"dag_id": "tides_reconcile", "run_id": "daily__1", "started_at": START}
    tasks.task(**daily)
    tasks.airflow.task_id, tasks.airflow.map_index, tasks.airflow.rendered_map_index = "candidate_visits", -1, None
    with suppress(Exception), hooks.in_run("test"):
        raise AWAY
    assert "look tides_reconcile: candidate_visits is red: service away Lasair does not" in words(page())
    tasks.task(**daily | {"run_id": "daily__2", "started_at": START + HOUR})
    assert "candidate_visits" not in words(page())


def test_what_failed_long_ago_is_dropped_bit_by_bit_and_what_goes_on_stays(tasks):
    for index in range(5):
        fail(tasks, AWAY, map_index=index, label=f"chunk {index}")
    begin(tasks, "drain", 0, "lsst")
    note_begun(tasks.bridge.connection, Instance(R, "drain", 0, "lsst"))
    age = "UPDATE tides.run_task SET began_at = began_at - d.age, failed_at = failed_at - d.age"
    tasks.bridge.connection.execute(
        f"{age} FROM (SELECT make_interval(days => 9) AS age) AS d WHERE map_index < 4"  # the fifth is of today
    )
    tasks.bridge.connection.execute(
        "UPDATE tides.run_task SET failed_at = failed_at - interval '1 h' WHERE map_index = 3"
    )

    def left():
        pruned(tasks.bridge, red_tasks=8, rows_a_piece=3, rows_a_day=1)
        return [row["label"] for row in rows(tasks)]

    assert left() == ["lsst", "chunk 2", "chunk 4"]
    assert left() == ["lsst", "chunk 4"]
    assert left() == ["lsst", "chunk 4"]
