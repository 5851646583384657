"""The kinds of events that wake somebody: each of them ends, and the runbook has it."""

from pathlib import Path

import pytest

from tides.alarms.messages import WAKES
from tides.journal.kinds import AT_ONCE
from tides.reports.attention import NEEDS_NOBODY, NEVER_CLOSE, URGENT

OPERATIONS = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
ALARMS = OPERATIONS.split("\n## Alarms\n")[1].split("\n## ")[0]


def test_each_kind_that_wakes_is_closed_some_time_and_needs_somebody():
    assert len(WAKES) == len(set(WAKES))
    assert not {kind for kind in WAKES if kind.ends == AT_ONCE or kind in NEVER_CLOSE or kind in NEEDS_NOBODY}


def test_what_is_urgent_on_the_page_wakes():
    assert set(URGENT) <= set(WAKES)


@pytest.mark.parametrize("kind", WAKES)
def test_the_runbook_says_of_which_events_messages_are_sent(kind):
    assert kind.value in ALARMS
