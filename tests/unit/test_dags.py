"""Every DAG imports without a database, a connection or the network, and says what people look for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk.definitions.mappedoperator import MappedOperator

from tides_priority import LIVE_FIRST

PROJECT = Path(__file__).parents[2]
NAMES = {
    *("drain", "plan_chunks", "evaluate", "upsert_master", "deactivate_unobserved", "stage_4most"),
    *("batches_to_create", "batches_to_update", "create_in_4most", "update_in_4most", "record_4most_keys", "report"),
    "all_good",
}
ALL_DONE = {"plan_chunks", "upsert_master", "record_4most_keys", "report"}


DAGS = {
    "tides_bridge",
    "tides_audit",
    "tides_hosts",
    "tides_reconcile",
    "tides_check_objects",
    "tides_preview",
    "tides_watchdog",
}
BY_HAND = {"tides_check_objects", "tides_preview"}
SERVICES = {"lasair", "4most", "database"}
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
MOST_LINES = 150
"""Of a DAG file: it is read in one go, and has no business of its own."""


def parsed(folder):
    """The DAGs of a folder, parsed with no connection and no database in reach; each of its files has one."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AIRFLOW_CONN_")]:
            patch.delenv(name)
        bag = DagBag(folder)
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="module")
def dags():
    """All DAGs of the bundle, under the settings that are shipped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TIDES_SETTINGS", raising=False)
        return parsed(PROJECT / "dags")


def lacks(dag):
    """What a DAG lacks of what each of ours has, in words."""
    found = {
        "an owner": all(task.owner == "tides" for task in dag.tasks),
        "the tags": "tides" in dag.tags and bool(SERVICES & set(dag.tags)),
        "doc_md": bool(dag.doc_md),
        "retries": all(task.retries > 0 for task in dag.tasks),
        "live runs first": all(task.weight_rule == LIVE_FIRST for task in dag.tasks),
        "a back-off": all(task.retry_exponential_backoff and task.max_retry_delay for task in dag.tasks),
        "a time limit of its tasks": all(task.execution_timeout is not None for task in dag.tasks),
        "a time limit of its runs": dag.dagrun_timeout is not None,
        "a place in docs/operations.md": f"`{dag.dag_id}`" in OPERATIONS,
        "one XCom a task": not any(getattr(task, "multiple_outputs", False) for task in dag.tasks),
        "at most 150 lines": len(Path(dag.fileloc).read_text(encoding="utf-8").splitlines()) <= MOST_LINES,
    }
    return {what for what, has in found.items() if not has}


def test_the_bundle_has_these_dags_and_no_others(dags):
    assert set(dags) == DAGS
    assert {file.stem for file in (PROJECT / "dags").glob("*.py")} == DAGS | {"own_library"}


@pytest.mark.parametrize("name", sorted(DAGS))
def test_each_dag_has_what_all_of_ours_have(dags, name):
    assert lacks(dags[name]) == set()


A_DAG = """
from airflow.sdk import Param, task
from tides.runs.airflow import bridge_dag
from tides.settings.model import load_settings

@bridge_dag("What it does", load_settings().tasks, schedule=None, tags=["lasair"])
def tides_audit():
    @task
    def do() -> str:
        return ""

    do()

tides_audit()
"""
BROKEN = [
    ("    @task\n", '    @task(owner="me")\n', "an owner"),
    ('tags=["lasair"]', "tags=[]", "the tags"),
    ('"What it does"', "None", "doc_md"),
    ("    @task\n", "    @task(retries=0)\n", "retries"),
    ("    @task\n", "    @task(weight_rule='absolute')\n", "live runs first"),
    ("    @task\n", "    @task(retry_exponential_backoff=False)\n", "a back-off"),
    ("    @task\n", "    @task(execution_timeout=None)\n", "a time limit of its tasks"),
    ("tides_audit()", "tides_new()", "a place in docs/operations.md"),
    ("-> str", "-> dict", "one XCom a task"),
    ("    do()\n", "    do()\n" + "\n" * 150, "at most 150 lines"),
]


def the_dag_of(text, folder):
    (folder / "a_dag.py").write_text(text, encoding="utf-8")
    (dag,) = parsed(folder).values()
    return dag


def test_a_small_dag_with_the_header_of_ours_has_all(tmp_path):
    assert lacks(the_dag_of(A_DAG, tmp_path)) == set()


@pytest.mark.parametrize(("good", "bad", "lacking"), BROKEN, ids=[lacking for *_, lacking in BROKEN])
def test_a_dag_that_breaks_one_rule_is_found_by_that_rule(tmp_path, good, bad, lacking):
    assert good in A_DAG
    assert lacks(the_dag_of(A_DAG.replace(good, bad), tmp_path)) == {lacking}


def test_a_dag_without_our_header_lacks_nearly_everything(tmp_path):
    text = A_DAG.replace("from tides.runs.airflow import bridge_dag", "from airflow.sdk import dag")
    header = '@bridge_dag("What it does", load_settings().tasks, schedule=None, tags=["lasair"])'
    dag = the_dag_of(text.replace(header, "@dag(schedule=None)"), tmp_path)
    assert lacks(dag) >= {"an owner", "the tags", "doc_md", "retries", "a back-off", "a time limit of its runs"}


def test_the_tasks_of_the_bridge_have_their_fixed_names(dags):
    assert {task.task_id for task in dags["tides_bridge"].tasks} == NAMES


def test_trigger_rules_let_the_rest_go_on_and_the_run_be_red(dags):
    for task in dags["tides_bridge"].tasks:
        expected = (
            "all_done" if task.task_id in ALL_DONE else "none_failed" if task.task_id == "all_good" else "all_success"
        )
        assert task.trigger_rule == expected, task.task_id
    assert dags["tides_bridge"].get_task("all_good").upstream_task_ids == NAMES - {"all_good"}


def test_what_changes_the_master_or_4most_says_so_and_starts_no_dag(dags):
    bridge = dags["tides_bridge"]
    changes = {task.task_id: [asset.name for asset in task.outlets] for task in bridge.tasks if task.outlets}
    assert changes == {
        "upsert_master": ["tides_master"],
        "deactivate_unobserved": ["tides_master"],
        "create_in_4most": ["tides_4most"],
        "update_in_4most": ["tides_4most"],
    }
    conditions = [dag.timetable.asset_condition for dag in dags.values() if dag.timetable.asset_condition]
    assert not {asset.name for each in conditions for asset in each.objects} & {"tides_master", "tides_4most"}


ARGUMENTS = {
    "stream": ("ztf", "ztf"),
    "survey": ("lsst", "lsst"),
    "channel": ("mail", "mail"),
    "chunks": ({"stream": "ztf", "chunks": [["ZTF26a", "ZTF26b"], ["ZTF26c"]]}, "ztf ZTF26a … ZTF26c (3)"),
    "ids": ([7, 8], "2 targets from 7"),
}


def test_each_mapped_task_has_its_label_before_it_runs(dags):
    labelled = set()
    for dag in dags.values():
        for task in (task for task in dag.tasks if isinstance(task, MappedOperator)):
            (argument,) = task.op_kwargs_expand_input.value
            given, label = ARGUMENTS[argument]
            instance = task.unmap({"op_kwargs": {argument: given}})
            template = dag.get_template_env().from_string(task.map_index_template)
            assert template.render({"task": instance}) == label, task.task_id
            labelled.add(argument)
    assert labelled == set(ARGUMENTS)


@pytest.fixture
def dags_with(tmp_path, monkeypatch):
    """The DAGs under settings that are laid over the project's own."""

    def load(overlay):
        file = tmp_path / "settings.yaml"
        file.write_text(overlay, encoding="utf-8")
        monkeypatch.setenv("TIDES_SETTINGS", str(file))
        return parsed(PROJECT / "dags")

    return load


def test_an_event_from_outside_starts_a_run_and_by_setting_a_topic_that_has_grown_and_the_hours_stay(dags, dags_with):
    watched, hourly = (each["tides_bridge"].timetable for each in (dags_with("watch: {enabled: true}"), dags))
    for each, watchers in ((watched, 1), (hourly, 0)):
        (asset,) = each.asset_condition.objects
        assert (asset.name, len(asset.watchers)) == ("tides_alerts", watchers)
        assert each.can_be_scheduled
    assert watched.timetable == hourly.timetable


def test_lasair_is_told_of_its_objects_survey_by_survey_when_the_settings_say_so_and_else_not(dags, dags_with):
    told = dags_with("annotations: {enabled: true, topic: tides}")
    on, off = (each["tides_audit"].get_task("annotate").op_kwargs_expand_input.value for each in (told, dags))
    assert on == {"survey": ["lsst", "ztf"]}
    assert off == {"survey": []}


def test_calls_to_lasair_and_4most_wait_in_their_pools(dags):
    pools = {task.task_id: task.pool for task in dags["tides_bridge"].tasks}
    assert pools["evaluate"] == "lasair"
    assert pools["create_in_4most"] == pools["update_in_4most"] == "fourmost"


def test_the_tasks_of_reconcile_go_their_own_ways_in_the_pool_of_4most(dags):
    dag = dags["tides_reconcile"]
    assert {task.task_id for task in dag.tasks} == {"reconcile", "compare_columns", "candidate_visits", "prune"}
    assert {task.pool for task in dag.tasks if task.task_id != "prune"} == {"fourmost"}
    assert not any(task.upstream_task_ids for task in dag.tasks)
    assert {task.execution_timeout for task in dag.tasks} == {dag.dagrun_timeout}


def test_each_dag_that_runs_by_the_clock_runs_once_at_a_time_and_catches_nothing_up(dags):
    scheduled = {name: dag for name, dag in dags.items() if dag.timetable.can_be_scheduled}
    assert set(scheduled) == DAGS - BY_HAND
    assert {(dag.max_active_runs, dag.catchup) for dag in scheduled.values()} == {(1, False)}


def by_the_clock(dag):
    """The schedule of a DAG without its asset."""
    return getattr(dag.timetable, "timetable", dag.timetable)


def test_the_dags_run_when_the_settings_say_so(dags, dags_with):
    settings = "fourmost: {cut_off: {time: '14:20'}}\nschedules: {hosts: '09:30'}"
    moved, default = (
        {name: by_the_clock(dag).summary for name, dag in each.items() if name not in BY_HAND}
        for each in (dags_with(settings), dags)
    )
    assert default == {
        "tides_bridge": "35 * * * *",
        "tides_audit": "5 13 * * *",
        "tides_hosts": "10 11 * * *",
        "tides_reconcile": "0 18 * * *",
        "tides_watchdog": "*/15 * * * *",
    }
    assert moved == default | {
        "tides_bridge": "55 * * * *",
        "tides_audit": "25 12 * * *",
        "tides_hosts": "30 9 * * *",
        "tides_reconcile": "20 17 * * *",
    }


def test_in_the_audit_a_stream_that_fails_lets_the_rest_go_on_and_the_run_be_red(dags):
    tasks = {task.task_id: task for task in dags["tides_audit"].tasks}
    rules = {name: task.trigger_rule for name, task in tasks.items()}
    assert rules == {
        "completeness": "all_success",
        "refresh": "all_done",
        "annotate": "all_done",
        "report": "all_done",
        "all_good": "none_failed",
    }
    assert tasks["all_good"].upstream_task_ids == {"completeness", "refresh", "annotate", "report"}
    assert {tasks[name].pool for name in ("completeness", "refresh", "annotate")} == {"lasair"}


def test_a_wrong_setting_is_an_import_error_that_names_file_key_and_reason(tmp_path):
    overlay = tmp_path / "wrong.yaml"
    overlay.write_text("drain: {batch_mesages: 3}", encoding="utf-8")
    environment = os.environ | {"TIDES_SETTINGS": str(overlay), "PYTHONPATH": str(PROJECT / "plugins")}
    parsed = subprocess.run(
        [sys.executable, str(PROJECT / "dags" / "tides_bridge.py")], env=environment, capture_output=True, text=True
    )
    assert parsed.returncode == 1
    assert f"{overlay}: drain.batch_mesages: unknown key; did you mean 'batch_messages'?" in parsed.stderr
