"""# The host galaxies of targets, once a day

`find_hosts`, for each survey, asks Lasair's Sherlock for the galaxies at the places of targets. Each target costs one
call of the hour's quota. Targets that were never asked for come first, the newest before the others. Live ones are
asked for again now and then. The galaxies are kept in `tides.tides_hosts`, one row each, and in `tides.host_candidate`
with their rank.

The hourly run decides which of them are wanted at 4MOST (`deactivate_unobserved`). That is the best one of a target
whose transient is gone. It is told to 4MOST like any other target.

A red `find_hosts` is a survey whose hosts could not be asked for. The answers so far are stored, and the next day asks
for the rest. Retry and clear as you like.
"""

from dataclasses import asdict

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import task

from tides.brokers.broker import surveys_to_ask
from tides.hooks.run import in_run, red_so_far
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, in_log, mapped_task, red_when_any_is, results_of
from tides.settings.model import load_settings

SETTINGS = load_settings()
WHEN = schedules.hosts(SETTINGS.schedules, SETTINGS.fourmost.cut_off, SETTINGS.tasks)


@bridge_dag(__doc__, SETTINGS.tasks, schedule=WHEN, tags=["lasair"])
def tides_hosts() -> None:
    @mapped_task(pool="lasair")
    def find_hosts(survey: str) -> dict:
        from tides.archive.hosts import find_hosts as find
        from tides.hooks.lasair import LasairHook

        with in_run("hosts") as (_, database):
            return asdict(find(database, LasairHook(), survey, SETTINGS))

    @task(trigger_rule="all_done", show_return_value_in_logs=False)
    def report() -> str:
        from tides.reports.hosts import hosts_report

        with in_run("report") as (run, database):
            text = hosts_report(database, run.run_id, results_of("find_hosts", dict), red_so_far(database, run.run_id))
        return in_log(text)

    found = find_hosts.expand(survey=surveys_to_ask(SETTINGS.enabled_streams()))
    reported = report()

    found >> reported
    red_when_any_is()


tides_hosts()
