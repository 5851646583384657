"""# The host galaxies of targets, once a day

`find_hosts`, for each survey: Lasair's Sherlock is asked for the galaxies at the places of targets, one call a target,
within the hour's quota: of those that were never asked for, the newest first, and again of live ones now and then. They
are kept in `tides.tides_hosts`, one row a galaxy, and `tides.host_candidate`, with their rank.

Which of them are wanted at 4MOST, and since when not any more, the hourly run decides (`deactivate_unobserved`): the
best one of a target whose transient is gone. It is told to 4MOST like any other target.

A red `find_hosts` is a survey whose hosts could not be asked for: what was answered is stored, and the next day asks
for the rest. Retry and clear as you like.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag, get_current_context, task
from airflow.timetables.trigger import CronTriggerTimetable

from tides.brokers.broker import surveys_to_ask
from tides.runs.airflow import failed_tasks, results_of, step, task_defaults
from tides.settings.model import load_settings

SETTINGS = load_settings()

# 11:10 in Berlin: well before the daily audit (13:05), which needs the quota more, and before 4MOST's cut-off (15:00).
DAILY = CronTriggerTimetable("10 11 * * *", timezone="Europe/Berlin")


@dag(
    schedule=DAILY,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(seconds=SETTINGS.tasks.run_limit_s),
    default_args=task_defaults(SETTINGS.tasks),
    tags=["tides", "lasair"],
    doc_md=__doc__,
)
def tides_hosts():
    @task(map_index_template="{{ label }}", pool="lasair")
    def find_hosts(survey: str) -> dict:
        from tides.archive.hosts import find_hosts as find
        from tides.hooks.database import open_database
        from tides.hooks.lasair import LasairHook

        with step(survey), open_database("hosts") as database:
            return asdict(find(database, LasairHook(), survey, SETTINGS))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.hooks.database import open_database
        from tides.reports.hosts import hosts_report

        context = get_current_context()
        ti = context["ti"]
        with step() as run, open_database("report") as database:
            text = hosts_report(
                database, run.run_id, results_of(ti, "find_hosts"), failed_tasks(context["dag_run"], ti)
            )
        print(text)
        return text

    found = find_hosts.expand(survey=surveys_to_ask(SETTINGS))
    reported = report()
    all_good = EmptyOperator(task_id="all_good", trigger_rule="none_failed")  # red when anything is: so is the run

    found >> reported
    [found, reported] >> all_good


tides_hosts()
