"""# In step with 4MOST, once a day

After 4MOST's ingestion its list is read back: once a week, or by hand with the form's `full`, the whole of it; else
what was modified or ingested since the last time. The ids of the operations system (OSTD) and the ingestion dates go
into the master. What differs is looked at a second time; then what is safe is mended (a key is learnt again, a double
is switched off, a changed row is told again by the next hourly run), and the rest is an event. Nothing is created.
4MOST's own description of its columns is compared with what the target templates make; a difference is an event, too.
And its candidate visits are read: which of our targets may be observed next. Each task goes its own way.

The report is in the task's log and in `tides.bridge_run` (lane `reconcile`).
"""

from airflow.sdk import Param, get_current_context, task

from tides.hooks.database import open_database
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, step
from tides.settings.model import load_settings

SETTINGS = load_settings()


# The whole list of 4MOST takes longer than a task may take elsewhere.
@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=schedules.reconcile(SETTINGS),
    params={"full": Param(False, type="boolean", description="Read the whole list, as once a week")},
    tags=["4most"],
    task_limit_s=SETTINGS.tasks.run_limit_s,
)
def tides_reconcile() -> None:
    @task(pool="fourmost")
    def reconcile() -> str:
        from tides.fourmost.reconcile import reconcile as reconcile_sides
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
        from tides.hooks.fourmost import FourMostHook

        with step(), open_database("columns") as database:
            return note_misfits(database, FourMostHook().options(), SETTINGS.targets, SETTINGS.fourmost.name_prefix)

    @task(pool="fourmost", show_return_value_in_logs=False)
    def candidate_visits() -> str:
        from tides.fourmost.visits import read_visits
        from tides.hooks.fourmost import FourMostHook

        with step(), open_database("visits") as database:
            done = read_visits(database, FourMostHook(), SETTINGS.fourmost)
        print(done.as_text())
        return done.as_text()

    reconcile()
    compare_columns()
    candidate_visits()


tides_reconcile()
