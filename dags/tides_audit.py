"""# What did the broker not send, and what became of our targets?

Every day, done an hour before 4MOST's cut-off, Lasair's database is asked:

1. `completeness`, for each stream: its filter as a query. What should have come since the last audit and never did (the
   broker cuts, drops and expires) is taken in as candidates, which the next hourly run judges, and counted by day.
2. `refresh`: the present row of each target that is live or was so lately. What fades or is reclassified passes the
   filter no more, and falls silent: its class and magnitudes are merged by the next hourly run.

3. `annotate`, by setting: Lasair is told of each target its verdict and its state at 4MOST, where that changed.

A red `completeness` is a stream that could not be audited, a red `refresh` targets that could not be asked for; the
report says which, nothing is lost, and the next audit looks at the same time again; a red `annotate` hurts nothing but
the annotations, which the next one sends. Retry and clear as you like.
"""

from dataclasses import asdict

from airflow.sdk import task

from tides.functions.functions import functions_in_use, load_functions
from tides.hooks.database import open_database
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, failed_tasks, mapped_task, red_when_any_is, results_of, step
from tides.settings.model import load_settings
from tides.settings.sections import Survey

SETTINGS = load_settings()
FUNCTIONS = functions_in_use(SETTINGS, load_functions())


@bridge_dag(__doc__, SETTINGS.tasks, schedule=schedules.audit(SETTINGS), tags=["lasair"])
def tides_audit() -> None:
    @mapped_task(pool="lasair")
    def completeness(stream: str) -> dict:
        from tides.archive.completeness import complete
        from tides.hooks.lasair import LasairHook

        with step(stream) as run, open_database("completeness") as database:
            return asdict(complete(database, LasairHook(), stream, SETTINGS, run.run_id))

    @mapped_task(pool="lasair", trigger_rule="all_done")
    def refresh(stream: str) -> dict:
        from tides.archive.refresh import refresh as refresh_targets
        from tides.hooks.lasair import LasairHook

        with step(stream), open_database("refresh") as database:
            return asdict(refresh_targets(database, LasairHook(), stream, SETTINGS))

    @mapped_task(pool="lasair", trigger_rule="all_done")
    def annotate(survey: Survey) -> dict:
        from tides.archive.annotations import annotate as annotate_targets
        from tides.hooks.lasair import LasairHook

        with step(survey), open_database("annotate") as database:
            return asdict(annotate_targets(database, LasairHook(), survey, SETTINGS, FUNCTIONS))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.reports.audit import audit_report

        with step() as run, open_database("report") as database:
            completed, refreshed, annotated = (results_of(name) for name in ("completeness", "refresh", "annotate"))
            text = audit_report(database, run.run_id, completed, refreshed, annotated, failed_tasks())
        print(text)
        return text

    streams = list(SETTINGS.enabled_streams())
    completed, refreshed = completeness.expand(stream=streams), refresh.expand(stream=streams)
    surveys = list(dict.fromkeys(stream.survey for stream in SETTINGS.enabled_streams().values()))
    annotated = annotate.expand(survey=surveys if SETTINGS.annotations.enabled else [])
    reported = report()

    completed >> refreshed >> annotated >> reported
    red_when_any_is()


tides_audit()
