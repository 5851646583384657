"""When each DAG runs: one source, 4MOST's cut-off T0 (`fourmost.cut_off`), and what a site sets in `schedules`.

| DAG | when | by default |
|---|---|---|
| `tides_bridge` | each hour, so that the day's last run starts `cut_off.last_run_min` before T0 | minute 35 |
| `tides_audit` | done an hour before T0, however long it takes | 13:05 in Berlin |
| `tides_hosts` | done an hour before the audit, however long it takes | 11:10 in Berlin |
| `tides_reconcile` | `cut_off.failed_after_h` after T0 | 18:00 in Berlin |
| `tides_watchdog` | every quarter of an hour | minutes 0, 15, 30, 45 |

The hourly run judges what the audit finds, and tells 4MOST of it before T0. The audit needs the hour's quota at Lasair,
so the hosts are asked for in another hour. A target that is not ingested when reconcile starts was not taken by 4MOST
that day. Daily DAGs keep to the clock of the cut-off's zone, and move with its summer time as T0 does. The hourly run
has a minute in UTC. A zone whose summer time is whole hours gives the same one all year; others are refused.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetOrTimeSchedule
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable

from tides.settings.sections import CutOff, Schedules, Tasks

NO_CUT_OFF = CutOff(time="00:00", zone="UTC", last_run_min=25, no_create_min=3, failed_after_h=3)
"""The cut-off by which the DAGs run where `fourmost.cut_off` is null: the day then ends at midnight UTC."""

AHEAD = timedelta(hours=1, minutes=5)
"""How long before the next thing a daily DAG is done: one hour of the quota at Lasair, and a little more."""

A_DAY = date(2026, 1, 1)
"""Any day: only the time of day is read."""


def hourly(schedules: Schedules, cut_off: CutOff | None, grown: Asset) -> AssetOrTimeSchedule:
    """When `tides_bridge` runs: at its minute of each hour, and at each event of `grown`."""
    clock = CronDataIntervalTimetable(f"{_hourly_minute(schedules, cut_off or NO_CUT_OFF)} * * * *", timezone="UTC")
    # ignored: the class takes any timetable of Airflow, and says only those of its SDK
    return AssetOrTimeSchedule(timetable=clock, assets=[grown])  # type: ignore[arg-type]


def next_hourly(schedules: Schedules, cut_off: CutOff | None, now: datetime) -> datetime:
    """When `tides_bridge` runs next by its clock, after a moment (UTC). An event of its asset may start it earlier."""
    minute = _hourly_minute(schedules, cut_off or NO_CUT_OFF)
    at = now.replace(minute=minute, second=0, microsecond=0)
    return at if at > now else at + timedelta(hours=1)


def audit(schedules: Schedules, cut_off: CutOff | None, tasks: Tasks) -> CronTriggerTimetable:
    """When `tides_audit` runs."""
    limits = cut_off or NO_CUT_OFF
    return _daily(_audit_time(schedules, limits, tasks), limits)


def hosts(schedules: Schedules, cut_off: CutOff | None, tasks: Tasks) -> CronTriggerTimetable:
    """When `tides_hosts` runs."""
    limits = cut_off or NO_CUT_OFF
    return _daily(_time(schedules.hosts) or _audit_time(schedules, limits, tasks) - _lead(tasks), limits)


def reconcile(schedules: Schedules, cut_off: CutOff | None) -> CronTriggerTimetable:
    """When `tides_reconcile` runs."""
    limits = cut_off or NO_CUT_OFF
    return _daily(_time(schedules.reconcile) or _t0(limits) + timedelta(hours=limits.failed_after_h), limits)


def watchdog() -> CronTriggerTimetable:
    """When `tides_watchdog` runs."""
    return CronTriggerTimetable("*/15 * * * *", timezone="UTC")


def _t0(limits: CutOff) -> datetime:
    return datetime.combine(A_DAY, time.fromisoformat(limits.time))


def _time(text: str | None) -> datetime | None:
    return datetime.combine(A_DAY, time.fromisoformat(text)) if text else None


def _lead(tasks: Tasks) -> timedelta:
    # A run may last as long as its limit, and must be done by then.
    return AHEAD + timedelta(seconds=tasks.run_limit_s)


def _audit_time(schedules: Schedules, limits: CutOff, tasks: Tasks) -> datetime:
    return _time(schedules.audit) or _t0(limits) - _lead(tasks)


def _hourly_minute(schedules: Schedules, limits: CutOff) -> int:
    if schedules.hourly_minute is not None:
        return schedules.hourly_minute
    # Only the minute counts, so that the summer time of the day does not matter.
    t0 = _t0(limits).replace(tzinfo=ZoneInfo(limits.zone)).astimezone(UTC)
    return (t0 - timedelta(minutes=int(limits.last_run_min))).minute


def _daily(at: datetime, limits: CutOff) -> CronTriggerTimetable:
    return CronTriggerTimetable(f"{at.minute} {at.hour} * * *", timezone=limits.zone)
