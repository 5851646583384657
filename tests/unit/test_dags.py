"""Every DAG imports without a database, a connection or the network, and says what people look for."""

import os
import subprocess
import sys
from pathlib import Path

import pendulum
import pytest

PROJECT = Path(__file__).parents[2]
NAMES = {
    *("drain", "plan_chunks", "evaluate", "upsert_master", "deactivate_unobserved", "stage_4most"),
    *("batches_to_create", "batches_to_update", "create_in_4most", "update_in_4most", "record_4most_keys", "report"),
    "all_good",
}
ALL_DONE = {"plan_chunks", "upsert_master", "record_4most_keys", "report"}


@pytest.fixture(scope="module")
def dags(tmp_path_factory):
    """All DAGs of the bundle, parsed with no connection and no database in reach."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AIRFLOW_CONN_")]:
            patch.delenv(name)
        patch.delenv("TIDES_SETTINGS", raising=False)
        bag = DagBag(PROJECT / "dags")
    assert bag.import_errors == {}
    assert "tides_bridge" in bag.dags
    return bag.dags


def test_each_dag_has_an_owner_tags_docs_retries_and_a_time_limit(dags):
    for dag in dags.values():
        assert "tides" in dag.tags
        assert dag.doc_md
        for task in dag.tasks:
            assert task.owner == "tides", task.task_id
            assert task.retries is not None, task.task_id
            assert task.execution_timeout is not None, task.task_id


def test_the_tasks_of_the_bridge_have_their_fixed_names(dags):
    assert {task.task_id for task in dags["tides_bridge"].tasks} == NAMES


def test_trigger_rules_let_the_rest_go_on_and_the_run_be_red(dags):
    for task in dags["tides_bridge"].tasks:
        expected = (
            "all_done" if task.task_id in ALL_DONE else "none_failed" if task.task_id == "all_good" else "all_success"
        )
        assert task.trigger_rule == expected, task.task_id
    assert dags["tides_bridge"].get_task("all_good").upstream_task_ids == NAMES - {"all_good"}


def test_the_bridge_runs_every_hour_one_run_at_a_time_and_catches_nothing_up(dags):
    dag = dags["tides_bridge"]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.timetable.summary == "35 * * * *"


@pytest.fixture
def dags_with(tmp_path, monkeypatch):
    """The DAGs under settings that are laid over the project's own."""

    def load(overlay):
        from airflow.dag_processing.dagbag import DagBag

        file = tmp_path / "settings.yaml"
        file.write_text(overlay, encoding="utf-8")
        monkeypatch.setenv("TIDES_SETTINGS", str(file))
        bag = DagBag(PROJECT / "dags")
        assert bag.import_errors == {}
        return bag.dags

    return load


def test_by_setting_a_run_starts_also_when_a_topic_has_grown_and_the_hours_stay_as_they_are(dags, dags_with):
    watched, hourly = (each["tides_bridge"].timetable for each in (dags_with("watch: {enabled: true}"), dags))
    assert [asset.name for asset in watched.asset_condition.objects] == ["tides_alerts"]
    assert watched.timetable == hourly
    assert watched.can_be_scheduled


def test_lasair_is_told_of_its_objects_survey_by_survey_when_the_settings_say_so_and_else_not(dags, dags_with):
    told = dags_with("annotations: {enabled: true, topic: tides}")
    on, off = (each["tides_audit"].get_task("annotate").op_kwargs_expand_input.value for each in (told, dags))
    assert on == {"survey": ["lsst", "ztf"]}
    assert off == {"survey": []}


def test_calls_to_lasair_and_4most_wait_in_their_pools(dags):
    pools = {task.task_id: task.pool for task in dags["tides_bridge"].tasks}
    assert pools["evaluate"] == "lasair"
    assert pools["create_in_4most"] == pools["update_in_4most"] == "fourmost"


def test_reconcile_comes_daily_three_hours_after_4mosts_ingestion_summer_and_winter(dags):
    dag = dags["tides_reconcile"]
    assert dag.timetable.summary == "0 18 * * *"
    assert str(dag.timetable._timezone) == "Europe/Berlin"
    assert {task.task_id for task in dag.tasks} == {"reconcile", "compare_columns", "candidate_visits"}
    assert {task.pool for task in dag.tasks} == {"fourmost"}
    assert not any(task.upstream_task_ids for task in dag.tasks)
    assert dag.max_active_runs == 1
    assert dag.catchup is False


def test_the_audit_is_done_an_hour_before_the_cut_off_summer_and_winter(dags):
    from airflow.timetables.base import TimeRestriction

    timetable = dags["tides_audit"].timetable
    for month in (1, 7):
        earliest = pendulum.datetime(2026, month, 10, tz="UTC")
        restriction = TimeRestriction(earliest=earliest, latest=None, catchup=True)
        run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
        assert run.run_after.in_timezone("Europe/Berlin").format("HH:mm") == "13:05"
    assert dags["tides_audit"].max_active_runs == 1
    assert dags["tides_audit"].catchup is False


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


def test_a_dag_file_fits_on_a_few_screens():
    for file in (PROJECT / "dags").glob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 220, file.name
