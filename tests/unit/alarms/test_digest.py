"""When a digest is due."""

from datetime import UTC, date, datetime

import pytest

from tides.alarms.digest import day_due
from tides.settings.model import DEFAULT_FILE, load_settings

CUT_OFF = load_settings(DEFAULT_FILE).fourmost.cut_off


@pytest.mark.parametrize(
    ("hour", "minute", "day"),
    [(7, 59, 28), (8, 0, 29), (22, 59, 29), (23, 30, 29), (0, 0, 28)],
)
def test_the_newest_digest_that_is_due_counts_by_the_clock_of_the_cut_off(hour, minute, day):
    """Nine in Berlin is eight UTC in November; until then yesterday's is the newest."""
    now = datetime(2026, 11, 29, hour, minute, tzinfo=UTC)
    assert day_due(now, "09:00", CUT_OFF) == date(2026, 11, day)


def test_without_a_cut_off_the_clock_is_utc():
    assert day_due(datetime(2026, 7, 1, 8, 30, tzinfo=UTC), "09:00", None) == date(2026, 6, 30)
    assert day_due(datetime(2026, 7, 1, 9, 0, tzinfo=UTC), "09:00", None) == date(2026, 7, 1)
