"""When each DAG runs follows from 4MOST's cut-off, and from what a site sets."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.sdk import Asset
from airflow.timetables.base import TimeRestriction

from tides.errors import SettingsError
from tides.fourmost.cutoff import cut_off_of
from tides.runs import schedules
from tides.settings.model import DEFAULT_FILE, load_settings

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = ("hosts", "audit", "reconcile")


@pytest.fixture
def under(tmp_path):
    """The settings with YAML laid over them."""

    def load(overlay=""):
        file = tmp_path / "site.yaml"
        file.write_text(overlay or "{}", encoding="utf-8")
        return load_settings(DEFAULT_FILE, file)

    return load


def schedule(name, settings):
    """A DAG's schedule by the clock, by the sections that it follows from."""
    further = {"audit": [settings.tasks], "hosts": [settings.tasks], "hourly": [Asset("grown")]}.get(name, [])
    found = getattr(schedules, name)(settings.schedules, settings.fourmost.cut_off, *further)
    return found.timetable if name == "hourly" else found


def crons(settings):
    """The cron line and the zone of each DAG's schedule."""
    found = {name: schedule(name, settings) for name in ("hourly", *DAILY)}
    return {name: f"{timetable.summary} {timetable._timezone.name}" for name, timetable in found.items()}


def runs(timetable, day, hours=24):
    """When a schedule starts runs (UTC) from the start of a day in UTC on."""
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
    restriction = TimeRestriction(earliest=pendulum.instance(begin), latest=None, catchup=True)
    found, last = [], None
    while True:
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if info.run_after >= begin + timedelta(hours=hours):
            return found
        found.append(info.run_after.astimezone(UTC))
        last = info.data_interval


def test_by_default_the_dags_run_when_they_always_did(under):
    assert crons(under()) == {
        "hourly": "35 * * * * UTC",
        "audit": "5 13 * * * Europe/Berlin",
        "hosts": "10 11 * * * Europe/Berlin",
        "reconcile": "0 18 * * * Europe/Berlin",
    }


def test_a_cut_off_at_14_20_moves_all_of_them(under):
    assert crons(under("fourmost: {cut_off: {time: '14:20'}}")) == {
        "hourly": "55 * * * * UTC",
        "audit": "25 12 * * * Europe/Berlin",
        "hosts": "30 10 * * * Europe/Berlin",
        "reconcile": "20 17 * * * Europe/Berlin",
    }


def test_another_zone_moves_the_clock_of_the_daily_ones_and_half_an_hour_the_minute_of_the_hourly(under):
    moved = crons(under("fourmost: {cut_off: {zone: Asia/Kolkata}}"))
    assert moved == {
        "hourly": "5 * * * * UTC",  # 15:00 in Kolkata is 09:30 UTC
        "audit": "5 13 * * * Asia/Kolkata",
        "hosts": "10 11 * * * Asia/Kolkata",
        "reconcile": "0 18 * * * Asia/Kolkata",
    }


@pytest.mark.parametrize(
    ("overlay", "moved"),
    [
        ("fourmost: {cut_off: {last_run_min: 40}}", {"hourly": "20 * * * * UTC"}),
        ("fourmost: {cut_off: {failed_after_h: 4}}", {"reconcile": "0 19 * * * Europe/Berlin"}),
        (
            "tasks: {run_limit_s: 3600}",
            {"audit": "55 12 * * * Europe/Berlin", "hosts": "50 10 * * * Europe/Berlin"},
        ),
        ("schedules: {hourly_minute: 5}", {"hourly": "5 * * * * UTC"}),
        ("schedules: {hosts: '09:30'}", {"hosts": "30 9 * * * Europe/Berlin"}),
        ("schedules: {reconcile: '20:15'}", {"reconcile": "15 20 * * * Europe/Berlin"}),
        (
            "schedules: {audit: '00:10'}",
            {"audit": "10 0 * * * Europe/Berlin", "hosts": "15 22 * * * Europe/Berlin"},
        ),
    ],
)
def test_each_setting_moves_what_depends_on_it_and_nothing_else(under, overlay, moved):
    assert crons(under(overlay)) == crons(under()) | moved


def test_without_a_cut_off_the_day_ends_at_midnight_utc(under):
    assert crons(under("fourmost: {cut_off: null, unsafe: [fourmost.cut_off]}")) == {
        "hourly": "35 * * * * UTC",
        "audit": "5 22 * * * UTC",
        "hosts": "10 20 * * * UTC",
        "reconcile": "0 3 * * * UTC",
    }


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("schedules: {audit: noon}", "schedules.audit: String should match pattern"),
        ("schedules: {audit: '24:00'}", "schedules.audit: String should match pattern"),
        ("schedules: {hosts: 11:10}", "schedules.hosts: Input should be a valid string, not 670"),
        ("schedules: {hourly_minute: 60}", "schedules.hourly_minute: Input should be less than or equal to 59"),
        ("schedules: {audits: '13:05'}", "schedules.audits: unknown key; did you mean 'audit'?"),
        ("fourmost: {cut_off: {time: '15'}}", "fourmost.cut_off.time: String should match pattern"),
        ("fourmost: {cut_off: {last_run_min: 60}}", "fourmost.cut_off.last_run_min: Input should be less than 60"),
        (
            "fourmost: {cut_off: {zone: Australia/Lord_Howe}}",
            "fourmost.cut_off: zone: summer time of Australia/Lord_Howe is not whole hours",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_its_key(under, overlay, said):
    with pytest.raises(SettingsError) as refused:
        under(overlay)
    assert said in str(refused.value)


DAYS = ["2026-01-10", "2026-07-10", "2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"]
"""Winter, summer, and the days about both changes of the clock in Berlin."""


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("overlay", ["", "fourmost: {cut_off: {time: '14:20'}}"], ids=["15:00", "14:20"])
def test_on_every_day_of_the_year_each_keeps_its_distance_to_the_cut_off(under, overlay, day):
    settings = under(overlay)
    t0 = cut_off_of(datetime.fromisoformat(day).date(), settings.fourmost.cut_off)
    found = {name: runs(schedule(name, settings), day) for name in DAILY}
    assert {name: [at - t0 for at in moments] for name, moments in found.items()} == {
        "hosts": [timedelta(hours=-3, minutes=-50)],
        "audit": [timedelta(hours=-1, minutes=-55)],
        "reconcile": [timedelta(hours=3)],
    }
    hourly = runs(schedule("hourly", settings), day)
    assert {(after - before).total_seconds() for before, after in pairwise(hourly)} == {3600}
    assert max(at for at in hourly if at <= t0) == t0 - timedelta(minutes=25)


def test_a_run_that_is_skipped_by_summer_time_comes_that_day_and_one_that_it_doubles_comes_once(under):
    audit = schedule("audit", under("schedules: {audit: '02:30'}"))
    for day in ("2026-03-29", "2026-10-25"):
        begin = (datetime.fromisoformat(day) - timedelta(hours=2)).isoformat()
        local = [at.astimezone(BERLIN).date().isoformat() for at in runs(audit, begin, hours=25)]
        assert local.count(day) == 1


def test_the_next_hourly_run_is_that_of_the_timetable(under):
    for overlay in ("", "schedules: {hourly_minute: 0}", "fourmost: {cut_off: null, unsafe: [fourmost.cut_off]}"):
        settings = under(overlay)
        begins = runs(schedule("hourly", settings), "2026-11-20", 6)
        for last, following in pairwise(begins):
            for moment in (last, last + timedelta(seconds=1), following - timedelta(microseconds=1)):
                now = datetime.fromtimestamp(moment.timestamp(), UTC)
                assert schedules.next_hourly(settings.schedules, settings.fourmost.cut_off, now) == following
