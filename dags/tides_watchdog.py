"""# Does the bridge work? Every quarter of an hour

`look` measures what no step of a run would tell of: no good run for hours, changes that wait while the cut-off comes
near, a lag that grows. Each is an event as long as it lasts. An alarm begins when a kind of event that wakes people
opens, and ends when none of its events is open any more (docs/operations.md, "Alarms"). It also sends the metrics,
where Airflow's settings say so (docs/monitoring.md, "The metrics").

`digest` sums up the time since the last digest, once a day (`alarms.digest`), and takes up the reports of runs
(`alarms.reports`).

`ages` looks when certificates and tokens end. What it finds is an event, of which the next look makes an alarm.

`tell`, for each channel of `alarms.notifiers`, sends one message when an alarm begins and one when it is over, and each
digest and report once. What a channel does not take waits, and the next look sends it. Retry and clear as you like.

A watchdog cannot tell that its own machine is down. For that a monitor outside asks the address `/tides/alive`.
"""

from functools import partial

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import task

from tides.hooks.database import open_database
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, ended_as, mapped_task, red_when_any_is, step
from tides.settings.model import load_settings

SETTINGS = load_settings()
STREAMS = SETTINGS.enabled_streams()


@bridge_dag(__doc__, SETTINGS.tasks, schedule=schedules.watchdog(), tags=["database"])
def tides_watchdog() -> None:
    @task
    def look() -> list[str]:
        from tides.alarms.late import close_ended
        from tides.alarms.messages import look as look_around
        from tides.hooks.metrics import send_metrics
        from tides.reports.metrics import read_metrics

        with step(), open_database("watchdog") as database:
            close_ended(database, ended_as)
            titles = look_around(database, SETTINGS.alarms, SETTINGS.fourmost.cut_off, SETTINGS.lasair)
            # Between runs, too: that nothing moves is what a monitor must see.
            send_metrics(database, partial(read_metrics, database, SETTINGS))
            return titles

    @task
    def digest() -> list[str]:
        from tides.alarms.digest import queue_digest, queue_reports

        with step(), open_database("watchdog") as database:
            return queue_reports(database, SETTINGS.alarms) + queue_digest(database, SETTINGS)

    @task
    def ages() -> list[str]:
        from tides.alarms.ages import note_ends
        from tides.hooks.certificates import certificates_end

        named = ("tides_db", "lasair_api", "fourmost", "dask", *(f"lasair_kafka_{name}" for name in STREAMS))
        ends = certificates_end(named)
        with step(), open_database("watchdog") as database:
            return note_ends(database, SETTINGS.alarms, ends)

    # What one task has queued is sent, whatever became of the other.
    @mapped_task(trigger_rule="all_done")
    def tell(channel: str) -> list[str]:
        from tides.alarms.messages import send_waiting
        from tides.hooks.notifier import send

        send_by = partial(send, channel, SETTINGS.alarms.notifiers[channel])
        with step(), open_database("watchdog") as database:
            return send_waiting(database, channel, send_by, SETTINGS.tasks.time_limit_s)

    [look(), digest(), ages()] >> tell.expand(channel=list(SETTINGS.alarms.notifiers))
    red_when_any_is()


tides_watchdog()
