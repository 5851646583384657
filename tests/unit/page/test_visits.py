"""When somebody was here before: the cookie of the page."""

from datetime import UTC, datetime, timedelta

import pytest

from tides.page.visits import AWAY, LONGEST, Visit, visit_of

NOW = datetime(2026, 11, 29, 7, 30, tzinfo=UTC)


def cookie(before: timedelta, seen: timedelta) -> str:
    """What a browser brings whose looks were so long ago."""
    return f"{int((NOW - before).timestamp())}.{int((NOW - seen).timestamp())}"


def test_who_comes_back_is_told_of_the_time_since_the_last_look():
    night = timedelta(hours=10)
    assert visit_of(cookie(night, night), NOW) == Visit(NOW, NOW - night)
    assert visit_of(cookie(2 * night, night), NOW) == Visit(NOW, NOW - night)


def test_who_looks_again_is_told_of_the_same_time_until_they_leave():
    night, minutes = timedelta(hours=10), timedelta(minutes=5)
    assert visit_of(cookie(night, minutes), NOW) == Visit(NOW, NOW - night)
    assert visit_of(cookie(night, AWAY), NOW).before == NOW - night
    assert visit_of(cookie(night, AWAY + timedelta(seconds=1)), NOW).before == NOW - AWAY - timedelta(seconds=1)


def test_the_first_visit_has_none_before_it():
    assert visit_of(None, NOW) == visit_of(cookie(timedelta(0), timedelta(0)), NOW) == Visit(NOW, None)
    assert visit_of(cookie(AWAY, AWAY), NOW) == Visit(NOW, None)


def test_a_long_absence_is_told_in_part():
    away = timedelta(days=20)
    assert visit_of(cookie(away, away), NOW).told_since == NOW - LONGEST


@pytest.mark.parametrize(
    "value",
    ["", "x", "1", "1.", "-1.5", "99999999999.1", "9999999999.9999999999", "5.4", "١.٢", "1.2.3", "1.2\n", "<b>"],
)
def test_any_other_cookie_is_none(value):
    assert visit_of(value, NOW).before is None
