"""When each DAG runs: one source, 4MOST's cut-off T0 (`fourmost.cut_off`), and what a site sets in `schedules`.

| DAG | when | by default |
|---|---|---|
| `tides_bridge` | each hour, so that the day's last run starts `cut_off.last_run_min` before T0 | minute 35 |
| `tides_audit` | done an hour before T0, however long it takes | 13:05 in Berlin |
| `tides_hosts` | done an hour before the audit, however long it takes | 11:10 in Berlin |
| `tides_reconcile` | `cut_off.failed_after_h` after T0 | 18:00 in Berlin |

The hourly run judges what the audit finds, and tells 4MOST of it before T0. The audit needs the hour's quota at Lasair,
so the hosts are asked for in another hour. Who was not ingested when reconcile starts, was not taken by 4MOST that day.
Daily DAGs keep to the clock of the cut-off's zone, and move with its summer time as T0 does. The hourly run has a
minute in UTC: a zone whose summer time is whole hours gives the same one all year, and others are refused.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetOrTimeSchedule
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable

from tides.settings.model import Settings
from tides.settings.sections import CutOff

NO_CUT_OFF = CutOff(time="00:00", zone="UTC", last_run_min=25, no_create_min=3, failed_after_h=3)
"""By which the DAGs run where `fourmost.cut_off` is null: the day then ends at midnight UTC."""

AHEAD = timedelta(hours=1, minutes=5)
"""How long before the next thing a daily DAG is done: an hour, which is that of Lasair's quota, and a little."""

A_DAY = date(2026, 1, 1)
"""Any day: of a time on it only the time of day is read, and T0 − 2 h is two hours earlier on the clock."""


def hourly(settings: Settings, grown: Asset | None = None) -> CronDataIntervalTimetable | AssetOrTimeSchedule:
    """When `tides_bridge` runs: at its minute of each hour, and where `watch` is set also when a topic has `grown`."""
    clock = CronDataIntervalTimetable(f"{_hourly_minute(settings)} * * * *", timezone="UTC")
    if grown is None or not settings.watch.enabled:
        return clock
    # ignored: the class takes any timetable of Airflow, and says only those of its SDK
    return AssetOrTimeSchedule(timetable=clock, assets=[grown])  # type: ignore[arg-type]


def audit(settings: Settings) -> CronTriggerTimetable:
    """When `tides_audit` runs."""
    return _daily(_audit_time(settings), settings)


def hosts(settings: Settings) -> CronTriggerTimetable:
    """When `tides_hosts` runs."""
    return _daily(_time(settings.schedules.hosts) or _audit_time(settings) - _lead(settings), settings)


def reconcile(settings: Settings) -> CronTriggerTimetable:
    """When `tides_reconcile` runs."""
    limits = _cut_off(settings)
    ingested = _t0(limits) + timedelta(hours=limits.failed_after_h)
    return _daily(_time(settings.schedules.reconcile) or ingested, settings)


def _cut_off(settings: Settings) -> CutOff:
    return settings.fourmost.cut_off or NO_CUT_OFF


def _t0(limits: CutOff) -> datetime:
    return datetime.combine(A_DAY, time.fromisoformat(limits.time))


def _time(text: str | None) -> datetime | None:
    return datetime.combine(A_DAY, time.fromisoformat(text)) if text else None


def _lead(settings: Settings) -> timedelta:
    return AHEAD + timedelta(seconds=settings.tasks.run_limit_s)


def _audit_time(settings: Settings) -> datetime:
    return _time(settings.schedules.audit) or _t0(_cut_off(settings)) - _lead(settings)


def _hourly_minute(settings: Settings) -> int:
    if settings.schedules.hourly_minute is not None:
        return settings.schedules.hourly_minute
    limits = _cut_off(settings)
    t0 = _t0(limits).replace(tzinfo=ZoneInfo(limits.zone)).astimezone(UTC)
    return (t0 - timedelta(minutes=int(limits.last_run_min))).minute


def _daily(at: datetime, settings: Settings) -> CronTriggerTimetable:
    return CronTriggerTimetable(f"{at.minute} {at.hour} * * *", timezone=_cut_off(settings).zone)
