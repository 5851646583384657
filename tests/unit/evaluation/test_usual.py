"""A rate that falls far below the usual one is found, and the ordinary variation of rates is not."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tides.evaluation.usual import Rate, fell_from
from tides.settings.model import DEFAULT_FILE, load_settings

LIMITS = load_settings(DEFAULT_FILE).rates
HALF = [Rate(100, 200)] * 14

rates = st.integers(50, 3000).flatmap(lambda of: st.builds(Rate, st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("now", "before", "usual"),
    [
        (Rate(0, 50), HALF, 0.5),
        (Rate(0, 49), HALF, None),
        (Rate(50, 1000), HALF, 0.5),
        (Rate(51, 1000), HALF, None),
        (Rate(0, 50), HALF[:3], 0.5),
        (Rate(0, 50), HALF[:2], None),
        (Rate(0, 50), [*HALF[:2], Rate(49, 49)], None),
        (Rate(0, 50), [], None),
        (Rate(0, 5000), [Rate(0, 200)] * 14, None),
        (Rate(0, 60), [Rate(60, 60)] * 14, 1.0),
    ],
    ids=[
        "nothing passes",
        "too few objects",
        "a tenth of the usual",
        "above a tenth of the usual",
        "the least nights",
        "too few nights",
        "a night of too few objects is no measure",
        "the first night",
        "nothing ever passed",
        "everything passed before",
    ],
)
def test_a_rate_has_fallen_when_it_is_zero_or_a_tenth_of_the_usual_on_enough_objects(now, before, usual):
    assert fell_from(now, before, LIMITS) == usual


def test_no_hit_says_something_only_where_chance_would_hardly_give_it():
    before = [Rate(50, 1000)] * 14
    likely = [n for n in range(50, 400) if fell_from(Rate(0, n), before, LIMITS) is None]
    assert likely == list(range(50, 180))
    assert 0.95**179 > LIMITS.chance > 0.95**180


def test_a_stream_that_had_as_poor_a_night_lately_does_not_cry():
    before = [*HALF[:13], Rate(2, 200)]
    assert fell_from(Rate(0, 200), HALF, LIMITS) == 0.5
    assert fell_from(Rate(0, 200), before, LIMITS) is None
    assert fell_from(Rate(0, 2000), before, LIMITS) == 0.5, "on so many objects it is another thing"


def test_one_usual_night_without_a_hit_does_not_blind_the_rule():
    assert fell_from(Rate(0, 2000), [*HALF[:13], Rate(0, 50)], LIMITS) == 0.5


@given(now=rates, before=st.lists(rates, max_size=16), more=st.integers(1, 200))
def test_more_hits_never_make_a_rate_fall(now, before, more):
    if fell_from(now, before, LIMITS) is None:
        better = Rate(min(now.hits + more, now.of), now.of)
        assert fell_from(better, before, LIMITS) is None


@given(now=rates, before=st.lists(rates, max_size=16), order=st.randoms())
def test_the_order_of_the_nights_does_not_matter(now, before, order):
    mixed = list(before)
    order.shuffle(mixed)
    assert fell_from(now, before, LIMITS) == fell_from(now, mixed, LIMITS)


@given(of=st.integers(50, 400), percent=st.integers(1, 100), nights=st.integers(3, 14))
def test_where_all_nights_are_alike_chance_alone_opens_an_event_less_often_than_the_limit(of, percent, nights):
    before = [Rate(10 * percent, 1000)] * nights
    share = percent / 100
    by_chance = sum(
        comb(of, hits) * share**hits * (1 - share) ** (of - hits)
        for hits in range(of + 1)
        if fell_from(Rate(hits, of), before, LIMITS) is not None
    )
    assert by_chance <= LIMITS.chance
