"""The history of targets costs nothing: each statement touches as many blocks at ten times the history."""

import pytest

from bench.history import DAY, WITH_WORK, WITHOUT_NEWS, Work, grown, measure, server

FEW, MANY, LIVE = 300, 3000, 100
LEVELS = 2.0
"""In so small a database an index of ten times the rows has two levels in place of one. What follows the history has
ten times the blocks."""


@pytest.fixture(scope="module")
def costs():
    with server() as (postgres, place):
        yield [measure(postgres, place, targets, LIVE, Work(LIVE, LIVE // 10)) for targets in (FEW, MANY)]


@pytest.mark.parametrize("kind", [WITHOUT_NEWS, DAY, WITH_WORK])
def test_no_step_costs_more_at_ten_times_the_history(costs, kind):
    small, large = costs
    steps = [step for step in large if step.startswith(kind)]
    assert steps
    assert all(sum(large[step].blocks.values()) for step in steps), "a step without blocks asks nothing"
    found = {step: words for step in steps if (words := grown(small[step], large[step], LEVELS))}
    told = [
        f"{step}: {before} blocks at {FEW} targets, {after} at {MANY}: {statement}"
        for step, words in found.items()
        for statement, (before, after) in words.items()
    ]
    assert not told, "these cost more as the history grows:\n" + "\n".join(told)
