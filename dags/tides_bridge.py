"""# From the broker to 4MOST, every hour

1. **read**: `drain` takes what each stream has brought since its bookmark, exactly once.
2. **judge**: `plan_chunks` chooses what to evaluate; `evaluate` gets the light curves that are missing from Lasair and
   judges each chunk on Dask.
3. **remember**: `upsert_master` stages what passed and merges it into the master; `deactivate_unobserved` decides which
   targets are live.
4. **tell**: `stage_4most` computes what 4MOST should hold; `create_in_4most` and `update_in_4most` send what differs;
   `record_4most_keys` writes the primary keys into the master.

A red task is a stream, a chunk or a batch that could not be worked on: the rest was done, nothing is lost, and the next
run takes it up. Retry and clear as you like. A backfill run is a replay: it reads its own hour, judges as of its end,
adds missing targets, and neither deactivates nor talks to 4MOST. So is a manual run whose form names a time range, a
range of offsets or a list of objects; a dry one leaves the master alone, too.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import AssetOrTimeSchedule, TaskGroup, dag, get_current_context, task
from airflow.timetables.interval import CronDataIntervalTimetable

from tides.database.session import lock_parameters
from tides.database.statements import SQL
from tides.functions.functions import functions_in_use, functions_of, load_functions
from tides.runs.airflow import failed_tasks, form_of, keys_of, results_of, run_of, step, task_defaults
from tides.settings.model import load_settings
from tides.watch import alerts

SETTINGS = load_settings()
FUNCTIONS = functions_in_use(SETTINGS, load_functions())

# Minute 35: the last run before 4MOST's daily cut-off (15:00 in Berlin, whole hours from UTC all year) starts 25 min
# ahead of it, summer and winter.
HOURLY = CronDataIntervalTimetable("35 * * * *", timezone="UTC")
WATCHED = AssetOrTimeSchedule(timetable=HOURLY, assets=[alerts(SETTINGS)]) if SETTINGS.watch.enabled else None

RUN = {
    "run_id": "{{ run_id }}",
    "lane": "{{ run_of(dag_run).lane }}",
    "as_of": "{{ run_of(dag_run).as_of or '' }}",
    "live": "{{ run_of(dag_run).live }}",
    "dry": "{{ run_of(dag_run).dry }}",
}
MASTER = {
    **RUN,
    **lock_parameters(SETTINGS.database),
    **SETTINGS.as_parameters(),
    "functions": json.dumps(FUNCTIONS),
}
SQL_STEP = {"conn_id": "tides_db", "split_statements": True, "do_xcom_push": False, "show_return_value_in_logs": False}


@dag(
    schedule=WATCHED or HOURLY,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(seconds=SETTINGS.tasks.run_limit_s),
    template_searchpath=str(SQL),
    params=form_of(SETTINGS.enabled_streams()),
    user_defined_macros={"run_of": run_of, "keys_of": keys_of},
    default_args=task_defaults(SETTINGS.tasks),
    tags=["tides", "lasair", "4most"],
    doc_md=__doc__,
)
def tides_bridge():
    @task(map_index_template="{{ label }}")
    def drain(stream: str) -> dict:
        from tides.hooks.database import open_database
        from tides.hooks.stream import StreamHook
        from tides.stream.drain import drain as drain_stream
        from tides.stream.recall import recall

        with step(stream) as run, open_database("drain") as database, StreamHook(stream).open(SETTINGS) as topic:
            if run.objects:
                return asdict(recall(database, stream, run))
            return asdict(drain_stream(database, topic, stream, SETTINGS.streams[stream], SETTINGS.drain, run))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def plan_chunks() -> list[dict]:
        from tides.evaluation.epochs import open_epochs
        from tides.evaluation.plan import plan
        from tides.hooks.database import open_database
        from tides.hooks.lasair import LasairHook

        with step() as run, open_database("plan") as database:
            open_epochs(database, run, SETTINGS, load_functions())
            return [asdict(chunk) for chunk in plan(database, run, SETTINGS, LasairHook().token_digest)]

    @task(map_index_template="{{ label }}", pool="lasair")
    def evaluate(chunks: dict) -> dict:
        from tides.evaluation.evaluate import evaluate as evaluate_chunks
        from tides.evaluation.plan import Task
        from tides.hooks.broker import client_of
        from tides.hooks.dask import DaskHook
        from tides.hooks.database import open_database

        work = Task(**chunks)
        stream = SETTINGS.streams[work.stream]
        functions = functions_of(stream, load_functions())
        with step(work.label) as run, open_database("evaluate") as database, DaskHook().cluster() as cluster:
            return asdict(evaluate_chunks(database, run, SETTINGS, work, functions, client_of(stream), cluster))

    @task(show_return_value_in_logs=False)
    def stage_4most() -> dict:
        from tides.fourmost.wanted import stage_4most as stage
        from tides.hooks.database import open_database

        with step() as run, open_database("stage-4most") as database:
            return stage(database, SETTINGS, FUNCTIONS, run.run_id) if run.live else {}

    @task(show_return_value_in_logs=False)
    def batches_to_create() -> list[list[int]]:
        from tides.fourmost.reconcile import meet_newer
        from tides.fourmost.wanted import batches_to_create as batches
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        with step() as run, open_database("batches") as database:
            if run.live and batches(database, SETTINGS):
                meet_newer(database, FourMostHook(), SETTINGS, run.run_id)
            return batches(database, SETTINGS) if run.live else []

    @task(show_return_value_in_logs=False)
    def batches_to_update() -> list[list[int]]:
        from tides.fourmost.wanted import batches_to_update as batches
        from tides.hooks.database import open_database

        with step() as run, open_database("batches") as database:
            return batches(database, SETTINGS) if run.live else []

    @task(map_index_template="{{ label }}", pool="fourmost")
    def create_in_4most(ids: list[int]) -> dict:
        from tides.fourmost.tell import create
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        with step(f"{len(ids)} targets from {ids[0]}") as run, open_database("create") as database:
            return create(database, FourMostHook(), SETTINGS, run.run_id, ids).or_raise()

    @task(map_index_template="{{ label }}", pool="fourmost")
    def update_in_4most(ids: list[int]) -> dict:
        from tides.fourmost.tell import update
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        with step(f"{len(ids)} targets from {ids[0]}") as run, open_database("update") as database:
            return update(database, FourMostHook(), SETTINGS, run.run_id, ids).or_raise()

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.hooks.database import open_database
        from tides.reports.run import report as report_run

        context = get_current_context()
        dag_run, ti = context["dag_run"], context["ti"]
        with step() as run, open_database("report") as database:
            drained = results_of(ti, "drain")
            text = report_run(database, run, SETTINGS, dag_run.start_date, drained, failed_tasks(dag_run, ti))
        print(text)
        return text

    with TaskGroup("read", prefix_group_id=False):
        drained = drain.expand(stream=list(SETTINGS.enabled_streams()))
    with TaskGroup("judge", prefix_group_id=False):
        planned = plan_chunks()
        evaluated = evaluate.expand(chunks=planned)
    with TaskGroup("remember", prefix_group_id=False):
        upsert_master = SQLExecuteQueryOperator(
            task_id="upsert_master",
            sql="targets/upsert_master.sql",
            parameters=MASTER,
            trigger_rule="all_done",
            **SQL_STEP,
        )
        deactivate_unobserved = SQLExecuteQueryOperator(
            task_id="deactivate_unobserved", sql="targets/deactivate_unobserved.sql", parameters=MASTER, **SQL_STEP
        )
    with TaskGroup("tell", prefix_group_id=False):
        staged = stage_4most()
        to_create, to_update = batches_to_create(), batches_to_update()
        created, updated = create_in_4most.expand(ids=to_create), update_in_4most.expand(ids=to_update)
        record_4most_keys = SQLExecuteQueryOperator(
            task_id="record_4most_keys",
            sql="fourmost/record_4most_keys.sql",
            parameters={**lock_parameters(SETTINGS.database), "keys": "{{ keys_of(ti) }}"},
            trigger_rule="all_done",
            **SQL_STEP,
        )
    reported = report()
    all_good = EmptyOperator(task_id="all_good", trigger_rule="none_failed")  # red when anything is: so is the run

    drained >> planned >> evaluated >> upsert_master >> deactivate_unobserved >> staged
    staged >> [to_create, to_update]
    [created, updated] >> record_4most_keys >> reported
    [drained, planned, evaluated, upsert_master, deactivate_unobserved, staged, to_create, to_update] >> all_good
    [created, updated, record_4most_keys, reported] >> all_good


tides_bridge()
