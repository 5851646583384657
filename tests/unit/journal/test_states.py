"""The machine of a target's states."""

import pytest

from tides.journal.states import FOLLOWS, State, unexpected


def test_every_state_can_be_reached_and_each_has_a_rule():
    assert set(FOLLOWS) == {None, *State}
    assert frozenset().union(*FOLLOWS.values()) == set(State)


@pytest.mark.parametrize(
    "steps",
    [
        "",
        "selected created ingested deactivated reactivated deactivated",
        "selected deactivated reactivated created ingested",
        "selected deactivated created ingested",
        "selected created deactivated ingested reactivated",
        "selected merged deactivated",
        "selected created vetoed merged ingested",
        "selected created vetoed reactivated deactivated forced vetoed forced observed",
    ],
)
def test_a_history_may_go_every_way_that_the_machine_knows(steps):
    assert unexpected(steps.split()) == []


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("created", "created after nothing"),
        ("selected ingested", "ingested before created"),
        ("selected selected", "selected twice"),
        ("selected deactivated deactivated", "deactivated though off already"),
        ("selected created reactivated", "reactivated though on already"),
        ("selected created deactivated created", "created twice"),
        ("selected merged reactivated", "reactivated after merged"),
        ("selected vetoed observed", "observed though off already"),
    ],
)
def test_a_history_that_leaves_the_machine_is_named(steps, found):
    assert found in unexpected(steps.split())
