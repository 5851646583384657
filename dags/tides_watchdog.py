"""# Does the bridge work? Every quarter of an hour

`look` measures what no step of a run would tell of: no good run for hours, changes that wait while the cut-off comes
near, a lag that grows. Each is an event as long as it lasts. An alarm begins when a kind of event that wakes people
opens, and ends when none of its events is open any more (docs/operations.md, "Alarms").

`tell`, for each channel of `alarms.notifiers`, sends one message when an alarm begins and one when it is over. What a
channel does not take waits, and the next look sends it. Retry and clear as you like.

A watchdog cannot tell that its own machine is down. For that a monitor outside asks the address `/tides/alive`.
"""

from functools import partial

from airflow.sdk import task

from tides.hooks.database import open_database
from tides.runs import schedules
from tides.runs.airflow import bridge_dag, mapped_task, red_when_any_is, step
from tides.settings.model import load_settings

SETTINGS = load_settings()


@bridge_dag(__doc__, SETTINGS.tasks, schedule=schedules.watchdog(), tags=["database"])
def tides_watchdog() -> None:
    @task
    def look() -> list[str]:
        from tides.alarms.messages import look as look_around

        with step(), open_database("watchdog") as database:
            return look_around(database, SETTINGS.alarms, SETTINGS.fourmost.cut_off, SETTINGS.lasair)

    @mapped_task()
    def tell(channel: str) -> list[str]:
        from tides.alarms.messages import send_waiting
        from tides.hooks.notifier import send

        send_by = partial(send, channel, SETTINGS.alarms.notifiers[channel])
        with step(), open_database("watchdog") as database:
            return send_waiting(database, channel, send_by, SETTINGS.tasks.time_limit_s)

    look() >> tell.expand(channel=list(SETTINGS.alarms.notifiers))
    red_when_any_is()


tides_watchdog()
