"""Which stamps a window holds."""

from datetime import UTC, datetime, timedelta

import pytest

from tides.stream.window import Window

START = datetime(2026, 11, 20, 3, tzinfo=UTC)
END = START + timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("stamp", "held"), [(START - A_MOMENT, False), (START, True), (END - A_MOMENT, True), (END, False)]
)
def test_a_window_holds_its_start_and_not_its_end(stamp, held):
    assert Window(START, END).holds(stamp) is held
