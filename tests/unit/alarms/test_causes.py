"""The limits of what the watchdog measures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tides.alarms.causes import Measured, causes, growing
from tides.journal.kinds import Kind
from tides.settings.model import DEFAULT_FILE, load_settings

SETTINGS = load_settings(DEFAULT_FILE)
ALARMS, CUT_OFF, LASAIR = SETTINGS.alarms, SETTINGS.fourmost.cut_off, SETTINGS.lasair
T0 = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)
"""The cut-off, at 15:00 in Berlin."""
QUIET = Measured(last_run=T0, waiting=0, waiting_since=None, refused=10, dead_letters=20, calls=8819, bytes=10**12)


def found(measured: Measured, now: datetime = T0 - timedelta(hours=9)) -> list[Kind]:
    return [cause.kind for cause in causes(measured, ALARMS, CUT_OFF, LASAIR, now)]


def test_what_is_at_its_limit_wakes_nobody():
    assert found(QUIET) == []


@pytest.mark.parametrize(
    ("beyond", "kind"),
    [
        ({"refused": 11}, Kind.MANY_REFUSED),
        ({"dead_letters": 21}, Kind.MANY_LETTERS),
        ({"calls": 8820}, Kind.QUOTA_USED_UP),
        ({"waiting_since": T0 - timedelta(hours=15, seconds=1)}, Kind.WAITS_LONG),
    ],
)
def test_what_is_beyond_its_limit_does(beyond, kind):
    assert found(replace(QUIET, **beyond)) == [kind]


def test_a_target_may_wait_until_the_limit():
    assert found(replace(QUIET, waiting_since=T0 - timedelta(hours=15))) == []


@pytest.mark.parametrize(("minutes", "wakes"), [(-21, False), (-20, True), (-1, True), (0, False), (1, False)], ids=str)
def test_changes_that_wait_wake_in_the_last_minutes_before_the_cut_off_alone(minutes, wakes):
    now = T0 + timedelta(minutes=minutes)
    assert found(replace(QUIET, waiting=3), now) == [Kind.CUT_OFF_NEAR] * wakes
    assert found(QUIET, now) == []


def test_without_a_cut_off_none_comes_near():
    waiting = replace(QUIET, waiting=3)
    assert list(causes(waiting, ALARMS, None, LASAIR, T0 - timedelta(minutes=5))) == []


def test_the_watchdog_looks_at_least_once_in_the_last_minutes_before_any_cut_off():
    assert ALARMS.cut_off_min >= 15


def lags(*messages: int | None) -> list[dict[str, dict[str, int | None]]]:
    return [{"lsst": {"messages": each, "candidates": 0}, "ztf": {"messages": 0}} for each in messages]


@pytest.mark.parametrize(
    ("newest_first", "grows"),
    [
        ((10000, 3, 2, 1), True),
        ((9999, 3, 2, 1), False),
        ((50000, 40000, 40000, 30000), False),
        ((50000, 60000, 40000, 30000), False),
        ((50000, None, 40000, 30000), False),
        ((50000, 40000, 30000), False),
    ],
)
def test_a_lag_grows_when_each_of_the_runs_left_more_than_the_one_before(newest_first, grows):
    assert [cause.subject for cause in growing(lags(*newest_first), ALARMS)] == ["lsst"] * grows


def test_a_stream_that_is_new_has_no_lag_that_grows():
    assert list(growing([*lags(50000), {}, {}, {}], ALARMS)) == []
