"""# What did the broker not send, and what became of our targets?

The audit runs daily and is done an hour before 4MOST's cut-off. It asks Lasair's database:

1. `completeness`, for each stream: its filter as a query. The broker cuts, drops and expires messages. Objects that
   should have come since the last audit are taken in as candidates and counted by day. The next hourly run judges them.
2. `refresh`: the present row of each target that is live or was so lately. A target that fades or is reclassified no
   longer passes the filter, and falls silent. The next hourly run merges its class and magnitudes.
3. `annotate`, by setting: Lasair is told the verdict on each target and its state at 4MOST, where these changed.

A red `completeness` is a stream that could not be audited. A red `refresh` is a stream whose targets could not be asked
for. The report says which. Nothing is lost, and the next audit looks at the same time again. A red `annotate` means
that annotations wait for the next audit. Retry and clear as you like.
"""

from dataclasses import asdict

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import task

from tides.brokers.broker import surveys_to_ask
from tides.functions.functions import functions_in_use, load_functions
from tides.hooks.run import in_run, red_so_far
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, in_log, mapped_task, red_when_any_is, results_of
from tides.settings.model import load_settings

SETTINGS = load_settings()
STREAMS = SETTINGS.enabled_streams()
WHEN = schedules.audit(SETTINGS.schedules, SETTINGS.fourmost.cut_off, SETTINGS.tasks)
FUNCTIONS = functions_in_use(STREAMS, load_functions())


@bridge_dag(__doc__, SETTINGS.tasks, schedule=WHEN, tags=["lasair"])
def tides_audit() -> None:
    @mapped_task(pool="lasair")
    def completeness(stream: str) -> dict:
        from tides.archive.completeness import complete
        from tides.hooks.broker import client_of

        with in_run("completeness") as (run, database):
            described, limits = SETTINGS.streams[stream], (SETTINGS.audit, SETTINGS.lasair)
            return asdict(complete(database, client_of(described), stream, described, *limits, run.run_id))

    @mapped_task(pool="lasair", trigger_rule="all_done")
    def refresh(stream: str) -> dict:
        from tides.archive.refresh import refresh as refresh_targets
        from tides.hooks.broker import client_of

        with in_run("refresh") as (_, database):
            return asdict(refresh_targets(database, client_of(SETTINGS.streams[stream]), stream, SETTINGS, FUNCTIONS))

    @mapped_task(pool="lasair", trigger_rule="all_done")
    def annotate(survey: str) -> dict:
        from tides.archive.annotations import annotate as annotate_targets
        from tides.hooks.lasair import LasairHook

        with in_run("annotate") as (_, database):
            limits = (SETTINGS.annotations, SETTINGS.lasair, SETTINGS.audit)
            return asdict(annotate_targets(database, LasairHook(), survey, *limits, FUNCTIONS))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.reports.audit import audit_report

        with in_run("report") as (run, database):
            text = audit_report(
                database,
                run.run_id,
                results_of("completeness", dict),
                results_of("refresh", dict),
                results_of("annotate", dict),
                red_so_far(database, run.run_id),
            )
        return in_log(text)

    completed, refreshed = completeness.expand(stream=list(STREAMS)), refresh.expand(stream=list(STREAMS))
    annotated = annotate.expand(survey=surveys_to_ask(STREAMS) if SETTINGS.annotations.enabled else [])
    reported = report()

    # One after the other: each takes calls that the one before it has left of the quota.
    completed >> refreshed >> annotated >> reported
    red_when_any_is()


tides_audit()
