"""# From the broker to 4MOST, every hour

1. **read**: `drain` takes each stream's new messages since its bookmark, exactly once.
2. **judge**: `plan_chunks` chooses the candidates. `evaluate` gets missing light curves and judges them on Dask.
3. **remember**: `upsert_master` merges what passed. `deactivate_unobserved` decides which targets are live.
4. **tell**: `create_in_4most` and `update_in_4most` send what differs at 4MOST. `record_4most_keys` keeps its keys.

A red task is a stream, a chunk or a batch that could not be worked on. Nothing is lost, and the next run takes it up.
Retry and clear as you like. A backfill replays hours as of their ends; for hours that already ran, choose *All Runs*.
A replay adds missing targets, and neither deactivates nor talks to 4MOST. The form of a manual run says what can be.
"""

from dataclasses import asdict

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import TaskGroup, task

from tides.database.session import lock_parameters
from tides.functions.functions import functions_in_use, functions_of, load_functions
from tides.hooks.run import in_run, red_so_far, sql_step
from tides.runs import assets, labels, schedules
from tides.runs.airflow import begun, bridge_dag, in_log, mapped_task, red_when_any_is, results_of
from tides.runs.form import form_of
from tides.runs.sql_steps import master_parameters
from tides.settings.model import load_settings
from tides.watch import alerts

SETTINGS = load_settings()
STREAMS = SETTINGS.enabled_streams()
LIMITS, TARGETS = SETTINGS.fourmost, SETTINGS.targets
FUNCTIONS = functions_in_use(STREAMS, load_functions())
MASTER = master_parameters(SETTINGS, FUNCTIONS)
KEYS = {**lock_parameters(SETTINGS.database), "keys": "{{ keys_of(ti) }}"}


@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=schedules.hourly(SETTINGS.schedules, LIMITS.cut_off, alerts(STREAMS, SETTINGS.watch, SETTINGS.drain)),
    params=form_of(STREAMS),
    tags=["lasair", "4most"],
)
def tides_bridge() -> None:
    @mapped_task()
    def drain(stream: str) -> dict:
        from tides.hooks.stream import StreamHook
        from tides.stream.drain import drain as drain_stream
        from tides.stream.recall import recall

        chosen, limits = SETTINGS.streams[stream], SETTINGS.drain
        with in_run("drain") as (run, database), StreamHook(stream).open(chosen, limits) as topic:
            if run.objects or run.rehearses:
                return asdict(recall(database, stream, run))
            return asdict(drain_stream(database, topic, stream, chosen, limits, run))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def plan_chunks() -> list[dict]:
        from tides.evaluation.epochs import open_epochs
        from tides.evaluation.plan import plan
        from tides.hooks.lasair import LasairHook

        with in_run("plan") as (run, database):
            open_epochs(database, run, SETTINGS, load_functions())
            planned = plan(database, run, STREAMS, SETTINGS.evaluation, SETTINGS.lasair, LasairHook().token_digest)
            return [asdict(chunk) for chunk in planned]

    @mapped_task(labels.of_chunks, pool="lasair")
    def evaluate(chunks: labels.Chunks) -> dict:
        from tides.evaluation.evaluate import evaluate as evaluate_chunks
        from tides.evaluation.plan import Task
        from tides.hooks.broker import client_of
        from tides.hooks.dask import DaskHook

        work, stream = Task(**chunks), SETTINGS.streams[chunks["stream"]]
        functions = functions_of(stream, load_functions())
        with in_run("evaluate") as (run, database), DaskHook().cluster() as cluster:
            return asdict(evaluate_chunks(database, run, SETTINGS, work, functions, client_of(stream), cluster))

    @task(multiple_outputs=False, show_return_value_in_logs=False)
    def stage_4most() -> dict:
        from tides.fourmost.wanted import stage_4most as stage

        with in_run("stage-4most") as (run, database):
            return stage(database, SETTINGS, FUNCTIONS, run.run_id) if run.live else {}

    @task(show_return_value_in_logs=False)
    def batches_to_create() -> list[list[int]]:
        from tides.fourmost.reconcile import creates_due as due
        from tides.hooks.fourmost import FourMostHook

        with in_run("batches") as (run, database):
            return due(database, FourMostHook(), LIMITS, TARGETS, SETTINGS.database, run.run_id) if run.live else []

    @task(show_return_value_in_logs=False)
    def batches_to_update() -> list[list[int]]:
        from tides.fourmost.wanted import batches_to_update as batches

        with in_run("batches") as (run, database):
            return batches(database, SETTINGS.fourmost) if run.live else []

    @mapped_task(labels.of_batch, outlets=[assets.AT_4MOST], pool="fourmost")
    def create_in_4most(ids: list[int]) -> dict:
        from tides.fourmost.tell import create
        from tides.hooks.fourmost import FourMostHook

        with in_run("create") as (run, database):
            return create(database, FourMostHook(), LIMITS, TARGETS, SETTINGS.survey_live(), run.run_id, ids).or_raise()

    @mapped_task(labels.of_batch, outlets=[assets.AT_4MOST], pool="fourmost")
    def update_in_4most(ids: list[int]) -> dict:
        from tides.fourmost.tell import update
        from tides.hooks.fourmost import FourMostHook

        with in_run("update") as (run, database):
            return update(database, FourMostHook(), LIMITS, TARGETS, SETTINGS.survey_live(), run.run_id, ids).or_raise()

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.evaluation.rates import watch_rates
        from tides.hooks.metrics import send_metrics
        from tides.reports.run import report as report_run
        from tides.stream.drain import Drained

        with in_run("report") as (run, database):
            watch_rates(database, run, SETTINGS.rates)
            done = (begun(), results_of("drain", Drained), red_so_far(database, run.run_id))
            return in_log(report_run(database, run, SETTINGS, *done, send_metrics))

    with TaskGroup("read", prefix_group_id=False):
        drained = drain.expand(stream=list(STREAMS))
    with TaskGroup("judge", prefix_group_id=False):
        planned = plan_chunks()
        evaluated = evaluate.expand(chunks=planned)
    with TaskGroup("remember", prefix_group_id=False):
        # Verdicts of the chunks that went well are merged, whatever became of the others.
        upsert_master = sql_step("targets/upsert_master", MASTER, trigger_rule="all_done", outlets=[assets.MASTER])
        deactivate_unobserved = sql_step("targets/deactivate_unobserved", MASTER, outlets=[assets.MASTER])
    with TaskGroup("tell", prefix_group_id=False):
        staged = stage_4most()
        to_create, to_update = batches_to_create(), batches_to_update()
        created, updated = create_in_4most.expand(ids=to_create), update_in_4most.expand(ids=to_update)
        record_4most_keys = sql_step("fourmost/record_4most_keys", KEYS, trigger_rule="all_done")

    drained >> planned >> evaluated >> upsert_master >> deactivate_unobserved >> staged
    staged >> [to_create, to_update]
    [created, updated] >> record_4most_keys >> report()
    red_when_any_is()


tides_bridge()
