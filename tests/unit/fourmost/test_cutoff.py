"""4MOST's cut-off through the year: summer time, leap seconds and New Year, by explicit clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tides.fourmost.cutoff import (
    cut_off_of,
    ingestion_begins,
    is_last_run,
    is_too_late_to_create,
    is_waiting_time,
    last_cut_off,
    next_cut_off,
)
from tides.settings.model import load_settings

LIMITS = load_settings().fourmost.cut_off
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("2026-01-01", 14),
        ("2026-03-28", 14),
        ("2026-03-29", 13),  # the last Sunday of March
        ("2026-07-01", 13),
        ("2026-10-24", 13),
        ("2026-10-25", 14),  # the last Sunday of October
        ("2026-12-31", 14),
    ],
)
def test_the_cut_off_is_at_15_00_in_berlin_all_year(day, hour):
    assert cut_off_of(date.fromisoformat(day), LIMITS) == utc(f"{day}T{hour}:00")


def test_each_day_of_the_year_has_one_cut_off_and_one_last_run():
    moment, last_runs = utc("2026-01-01T00:35"), 0
    while moment < utc("2027-01-01T00:00"):
        last_runs += is_last_run(moment, LIMITS)
        assert is_last_run(moment, LIMITS) == (moment.astimezone(BERLIN).strftime("%H:%M") == "14:35")
        assert last_cut_off(moment, LIMITS) <= moment < next_cut_off(moment, LIMITS)
        moment += timedelta(hours=1)
    assert last_runs == 365


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-12-31", "2016-12-31"])
def test_no_create_is_begun_in_the_last_three_minutes(day):
    cut_off = cut_off_of(date.fromisoformat(day), LIMITS)
    assert not is_too_late_to_create(cut_off - timedelta(minutes=3, seconds=1), LIMITS)
    assert is_too_late_to_create(cut_off - timedelta(minutes=3), LIMITS)
    assert is_too_late_to_create(cut_off - timedelta(seconds=1), LIMITS)
    assert not is_too_late_to_create(cut_off, LIMITS)


def test_ingestion_is_waited_for_from_the_cut_off_for_three_hours():
    cut_off = utc("2026-11-25T14:00")
    assert is_waiting_time(cut_off, LIMITS)
    assert is_waiting_time(cut_off + timedelta(hours=2, minutes=59), LIMITS)
    assert not is_waiting_time(cut_off + timedelta(hours=3), LIMITS)
    assert ingestion_begins(cut_off, LIMITS) == utc("2026-11-25T13:35")


def test_half_a_minute_before_new_year_the_cut_offs_lie_in_both_years():
    moment = utc("2026-12-31T23:59:30")
    assert last_cut_off(moment, LIMITS) == utc("2026-12-31T14:00")
    assert next_cut_off(moment, LIMITS) == utc("2027-01-01T14:00")


@pytest.mark.parametrize("second", ["2016-12-31T23:59:59", "2017-01-01T00:00:00"])
def test_a_leap_second_moves_no_cut_off(second):
    """POSIX repeats a second when one is inserted, and skips one when it is removed: on either side all is as ever."""
    assert last_cut_off(utc(second), LIMITS) == utc("2016-12-31T14:00")
    assert next_cut_off(utc(second), LIMITS) == utc("2017-01-01T14:00")
