"""About 4MOST's daily cut-off: what waits, what goes, and how we learn that it has ingested."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.targets import FADED, LIVE, put_targets


class Day:
    """A bridge whose cut-off lies some minutes from now."""

    def __init__(self, bridge, outside, cut_off):
        self.bridge, self.outside, self.cut_off = bridge, outside, cut_off

    def at_4most(self, count):
        """Targets that are at 4MOST since yesterday, and not ingested."""
        put_targets(self.bridge.connection, count + 1)
        limits = self.bridge.settings.fourmost
        self.bridge.connection.execute(f"{LIVE} WHERE tides_id <= {count}")
        self.set(limits.model_copy(update={"cut_off": None}))
        assert self.bridge.tell().created == count
        self.set(limits)
        self.bridge.connection.execute("UPDATE tides.fourmost_key SET learnt_at = now() - interval '1 d'")

    def set(self, fourmost):
        self.bridge.settings = self.bridge.settings.model_copy(update={"fourmost": fourmost})

    def change_everything(self):
        """The first fades, the second brightens, a new one comes."""
        self.bridge.connection.execute(f"{FADED} WHERE tides_id = 1")
        self.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 20 WHERE tides_id = 2")
        self.bridge.connection.execute(f"{LIVE} WHERE tides_id = 3")

    def by_id(self):
        return {row["id"]: (row["is_active"], row["mag"]) for row in self.outside.rows()}


@pytest.fixture
def make_day(make_syncing, outside):
    def make(minutes, **changes):
        """`minutes` from now until the cut-off; negative: since."""
        cut_off = datetime.now(UTC) + timedelta(minutes=minutes)
        local = cut_off.astimezone(ZoneInfo("Europe/Berlin"))
        limits = {"time": f"{local:%H:%M}", "zone": "Europe/Berlin"}
        limits |= {"last_run_min": 25, "no_create_min": 3, "failed_after_h": 3}
        return Day(make_syncing(fourmost={"cut_off": limits, **changes}), outside, cut_off)

    return make


@pytest.mark.parametrize("minutes", [2, -60])
def test_about_the_cut_off_only_flags_are_sent(make_day, minutes):
    day = make_day(minutes)
    day.at_4most(2)
    day.change_everything()
    told = day.bridge.tell()
    assert (told.created, told.updated) == (0, 1)
    assert "cut-off" in told.waiting
    assert sorted(day.by_id().values()) == [(False, 21.0), (True, 21.0)]


def test_ten_minutes_before_the_cut_off_everything_is_sent(make_day):
    day = make_day(10)
    day.at_4most(2)
    day.change_everything()
    told = day.bridge.tell()
    assert (told.created, told.updated, told.waiting) == (1, 2, None)


def test_what_waited_goes_when_4most_shows_that_it_has_ingested(make_day):
    day = make_day(-60)
    day.at_4most(2)
    day.change_everything()
    day.bridge.tell()
    day.outside.ingest()
    told = day.bridge.tell()
    assert (told.created, told.waiting) == (1, None)


def test_an_old_ingestion_that_an_ignored_filter_shows_counts_for_nothing(make_day):
    day = make_day(-60)
    day.at_4most(2)
    day.outside.fault({"match": {"method": "GET", "path": "targetCat"}, "kind": "no_filter", "times": None})
    day.change_everything()
    assert day.bridge.tell().created == 0


def test_nothing_of_ours_to_ingest_is_nothing_to_wait_for(make_day):
    day = make_day(-60)
    put_targets(day.bridge.connection, 1)
    day.bridge.connection.execute(LIVE)
    assert day.bridge.tell().created == 1


def test_an_ingestion_that_failed_is_told_and_waited_for_no_longer(make_day):
    day = make_day(-200)
    day.at_4most(2)
    day.change_everything()
    assert day.bridge.tell().created == 1
    assert "4MOST has not ingested" in report_of(day)
    day.outside.ingest()
    day.bridge.connection.execute("UPDATE tides.target_band SET current_mag = 19 WHERE tides_id = 3")
    day.bridge.tell()
    assert day.bridge.row("SELECT closed_at FROM tides.event")["closed_at"] is not None


def test_the_report_says_who_made_the_cut_and_who_did_not(make_day):
    """The first is known to be ingested by the answer to its flag; the second will be known by reconcile."""
    day = make_day(-60)
    day.at_4most(2)
    day.bridge.connection.execute("UPDATE tides.tides_master SET active_since = now() - interval '1 d'")
    day.outside.ingest()
    day.bridge.connection.execute(f"{FADED} WHERE tides_id = 1")
    day.bridge.tell()
    text = report_of(day)
    assert line(text, "ingested by 4MOST since its last cut-off") == 1
    assert line(text, "live since before that cut-off, and not ingested") == 1


def test_what_has_waited_longest_is_created_first(make_day):
    day = make_day(10, objects_a_create=1)
    put_targets(day.bridge.connection, 3)
    day.bridge.connection.execute(LIVE)
    day.bridge.connection.execute("UPDATE tides.tides_master SET active_since = now() - tides_id * interval '1 h'")
    day.bridge.tell()
    keys = day.bridge.rows("SELECT id FROM tides.fourmost_key ORDER BY pk")
    assert [key["id"] for key in keys] == [3, 2, 1]


def report_of(day):
    return day.bridge.report()


def line(text, words):
    found = [row for row in text.splitlines() if row.startswith(f"| {words} ")]
    assert len(found) <= 1
    return int(found[0].split("|")[2]) if found else 0
