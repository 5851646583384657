"""When what waits will be done, from what earlier runs found waiting."""

from datetime import UTC, datetime, timedelta

import pytest

from tides.reports.backlog import hours_left

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def found(**waiting_by_hours_ago: int) -> list[tuple[datetime, int]]:
    return [(NOW - timedelta(hours=int(ago.removeprefix("h"))), n) for ago, n in waiting_by_hours_ago.items()]


@pytest.mark.parametrize(
    ("waiting", "before", "hours"),
    [
        (0, found(h1=500), 0.0),
        (20_000, found(h1=60_000, h2=100_000, h30=0), 0.5),
        (20_000, found(h1=20_000, h2=40_000), 2.0),
        (20_000, found(h1=10_000), None),
        (20_000, [], None),
    ],
    ids=["nothing waits", "since most waited", "standstill counts", "it grows", "no run before"],
)
def test_the_rate_is_that_since_most_waited_and_unknown_while_it_does_not_shrink(waiting, before, hours):
    assert hours_left(waiting, NOW, before) == hours
