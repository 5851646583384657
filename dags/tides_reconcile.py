"""# In step with 4MOST, once a day

After 4MOST's ingestion its list is read back: once a week, or by hand with the form's `full`, the whole of it; else
what was modified or ingested since the last time. The ids of the operations system (OSTD) and the ingestion dates go
into the master. What differs is looked at a second time; then what is safe is mended (a key is learnt again, a double
is switched off, a changed row is told again by the next hourly run), and the rest is an event. Nothing is created.
4MOST's own description of its columns is compared with what the target templates make; a difference is an event, too.
And its candidate visits are read: which of our targets may be observed next. Each task goes its own way.

The report is in the task's log and in `tides.bridge_run` (lane `reconcile`).
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task
from airflow.timetables.trigger import CronTriggerTimetable

from tides.runs.airflow import step
from tides.settings.model import load_settings

SETTINGS = load_settings()

# Three hours after 4MOST's ingestion, which is at 15:00 in Berlin: whoever is not ingested by then was not taken.
AFTER_INGESTION = CronTriggerTimetable("0 18 * * *", timezone="Europe/Berlin")


@dag(
    schedule=AFTER_INGESTION,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(seconds=SETTINGS.tasks.run_limit_s),
    params={"full": Param(False, type="boolean", description="Read the whole list, as once a week")},
    default_args={
        "owner": "tides",
        "retries": SETTINGS.tasks.retries,
        "retry_delay": timedelta(seconds=SETTINGS.tasks.retry_delay_s),
        "execution_timeout": timedelta(seconds=SETTINGS.tasks.run_limit_s),
    },
    tags=["tides", "4most"],
    doc_md=__doc__,
)
def tides_reconcile():
    @task(pool="fourmost")
    def reconcile() -> str:
        from tides.fourmost.reconcile import reconcile as reconcile_sides
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        context = get_current_context()
        with step(), open_database("reconcile") as database:
            full = context["params"]["full"]
            done = reconcile_sides(database, FourMostHook(), SETTINGS, context["dag_run"].run_id, full=full)
        print(done.as_text())
        return done.as_text()

    @task(pool="fourmost")
    def compare_columns() -> list[str]:
        from tides.fourmost.columns import note_misfits
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        with step(), open_database("columns") as database:
            return note_misfits(database, FourMostHook().options(), SETTINGS.targets, SETTINGS.fourmost.name_prefix)

    @task(pool="fourmost", show_return_value_in_logs=False)
    def candidate_visits() -> str:
        from tides.fourmost.visits import read_visits
        from tides.hooks.database import open_database
        from tides.hooks.fourmost import FourMostHook

        with step(), open_database("visits") as database:
            done = read_visits(database, FourMostHook(), SETTINGS.fourmost)
        print(done.as_text())
        return done.as_text()

    reconcile()
    compare_columns()
    candidate_visits()


tides_reconcile()
