"""# In step with 4MOST, once a day

`reconcile` reads 4MOST's list back after its ingestion. Once a week it reads the whole list; the form's `full` does so
at any time. Else it reads what was modified or ingested since the last time. The ids of the operations system (OSTD)
and the ingestion dates go into the master. A row that differs is looked at a second time. Then safe repairs are made: a
key is learnt again, a double is switched off, or the next hourly run tells a row again. All else is an event. Nothing
is created.

`compare_columns` compares 4MOST's own description of its columns with what the target templates make. A difference is
an event, too. `candidate_visits` reads which of our targets may be observed next. `prune` takes away what is older than
the settings of `retention`, in small pieces: 4MOST has ingested, and nobody waits for the database. No task waits for
another.

The report is in the task's log and in `tides.bridge_run` (lane `reconcile`).
"""

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import Param, get_current_context, task

from tides.hooks.run import in_run
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, in_log
from tides.settings.model import load_settings

SETTINGS = load_settings()


# The whole list of 4MOST takes longer than a task may take elsewhere.
@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=schedules.reconcile(SETTINGS.schedules, SETTINGS.fourmost.cut_off),
    params={"full": Param(False, type="boolean", description="Read the whole list, as once a week")},
    tags=["4most"],
    task_limit_s=SETTINGS.tasks.run_limit_s,
)
def tides_reconcile() -> None:
    @task(pool="fourmost")
    def reconcile() -> str:
        from tides.fourmost.reconcile import reconcile as reconcile_sides
        from tides.hooks.fourmost import FourMostHook

        full = get_current_context()["params"]["full"]
        with in_run("reconcile") as (run, database):
            sections = (SETTINGS.fourmost, SETTINGS.targets, SETTINGS.database)
            done = reconcile_sides(database, FourMostHook(), *sections, run.run_id, full=full)
        return in_log(done.as_text())

    @task(pool="fourmost")
    def compare_columns() -> list[str]:
        from tides.fourmost.columns import note_misfits
        from tides.hooks.fourmost import FourMostHook

        with in_run("columns") as (_, database):
            return note_misfits(database, FourMostHook().options(), SETTINGS.targets, SETTINGS.fourmost.name_prefix)

    @task(pool="fourmost", show_return_value_in_logs=False)
    def candidate_visits() -> str:
        from tides.fourmost.visits import read_visits
        from tides.hooks.fourmost import FourMostHook

        with in_run("visits") as (_, database):
            done = read_visits(database, FourMostHook(), SETTINGS.fourmost)
        return in_log(done.as_text())

    @task(show_return_value_in_logs=False)
    def prune() -> str:
        from tides.reports.retention import as_text
        from tides.retention import prune as retention

        with in_run("prune") as (_, database):
            pruned = retention.prune(database, SETTINGS.retention, list(SETTINGS.streams), list(SETTINGS.surveys))
            retention.tell(database, pruned)
        return in_log(as_text(pruned))

    reconcile()
    compare_columns()
    candidate_visits()
    prune()


tides_reconcile()
