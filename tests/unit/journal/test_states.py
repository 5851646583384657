"""The machine of a target's states."""

from datetime import UTC, datetime, timedelta

import pytest

from tides.journal.states import FOLLOWS, State, Step, live_spans, unexpected


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


DAY = datetime(2026, 11, 1, tzinfo=UTC)


def steps_of(*said):
    """Steps, a day from one to the next: each a word, and by whom."""
    return [Step(DAY + timedelta(days=n), step, "r", by) for n, (step, by) in enumerate(said)]


def spans_of(*said):
    return [
        ((span.since - DAY).days, span.until and (span.until - DAY).days, span.began, span.ended)
        for span in live_spans(steps_of(*said))
    ]


def test_a_target_is_live_from_the_step_that_switches_it_on_to_the_one_that_switches_it_off():
    assert spans_of() == []
    assert spans_of(("selected", "run-1")) == [(0, None, "selected", None)]
    assert spans_of(
        ("selected", "run-1"), ("created", "run-1"), ("deactivated", "run-2"), ("ingested", "x"),
        ("reactivated", "run-3"), ("vetoed", "Ada"), ("forced", "Ada"), ("merged", "run-4"),
    ) == [(0, 2, "selected", "deactivated"), (4, 5, "reactivated", "vetoed"), (6, None, "forced", None)]  # fmt: skip


def test_a_target_that_its_first_run_switches_off_was_never_live():
    assert spans_of(("selected", "run-1"), ("deactivated", "run-1")) == []
    assert spans_of(("selected", "run-1"), ("deactivated", "run-1"), ("reactivated", "run-2")) == [
        (2, None, "reactivated", None)
    ]
