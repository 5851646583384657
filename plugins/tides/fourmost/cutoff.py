"""4MOST's daily cut-off: it ingests once a day, at a local time. What comes a minute later waits a day.

T0 is that moment. The day's last run starts 25 min ahead of it. From T0 − 3 min on the bridge begins no create and
sends only flags. This ends when 4MOST shows a `date_ingested` of this day. None by T0 + 3 h is 4MOST's failure
(docs/operations.md). Local time is the wall clock's: T0 is 15:00 in Berlin, in summer time too.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tides.settings.sections import CutOff


def cut_off_of(day: date, limits: CutOff) -> datetime:
    """T0 (UTC) of a local day."""
    hour, minute = map(int, limits.time.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(limits.zone)).astimezone(UTC)


def last_cut_off(now: datetime, limits: CutOff) -> datetime:
    """The newest T0 (UTC) that is not after a moment."""
    today = now.astimezone(ZoneInfo(limits.zone)).date()
    # Today's T0 may still be to come; then yesterday's is the newest.
    return max(t for t in (cut_off_of(today - timedelta(days=n), limits) for n in (0, 1)) if t <= now)


def next_cut_off(now: datetime, limits: CutOff) -> datetime:
    """The first T0 (UTC) after a moment."""
    today = now.astimezone(ZoneInfo(limits.zone)).date()
    # Today's T0 may be over; then tomorrow's is the next.
    return min(t for t in (cut_off_of(today + timedelta(days=n), limits) for n in (0, 1)) if t > now)


def is_last_run(now: datetime, limits: CutOff) -> bool:
    """Whether a run that stages now is the day's last one before T0."""
    return next_cut_off(now, limits) - now <= timedelta(minutes=limits.last_run_min)


def is_too_late_to_create(now: datetime, limits: CutOff) -> bool:
    """Whether T0 is too near to begin a create."""
    return next_cut_off(now, limits) - now <= timedelta(minutes=limits.no_create_min)


def is_waiting_time(now: datetime, limits: CutOff) -> bool:
    """Whether 4MOST may still be ingesting: from T0 until it is late enough to call it a failure."""
    return now - last_cut_off(now, limits) < timedelta(hours=limits.failed_after_h)


def ingestion_begins(now: datetime, limits: CutOff) -> datetime:
    """The moment (UTC) from which a `date_ingested` belongs to the newest T0."""
    # 4MOST's clock may be ahead of T0.
    return last_cut_off(now, limits) - timedelta(minutes=limits.last_run_min)
