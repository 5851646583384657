"""The sentence of a target: why it is live or not, and how it stands at 4MOST."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tides.reports.standing import BECAUSE, THEN, AtFourmost, TargetStands, There, target_stands
from tides.targets.why import Why

AT = datetime(2026, 11, 29, 21, 57, tzinfo=UTC)
THERE = AtFourmost(There.ACTIVE, 80, True, AT, True, None, None)
LIVE = TargetStands(
    is_host=False, live=True, why="live", reason="live", list_=None, rule_live=True, rule_why="live",
    rule_words="lsst: 21.00 mag in the brightest of r", at_4most=THERE,
)  # fmt: skip


def test_a_live_target_that_4most_has_says_so_in_one_sentence():
    assert LIVE.sentence == (
        "Live because a function selects it, and a survey still sees it (lsst: 21.00 mag in the brightest of r);"
        " 4MOST: active, key 80, told 2026-11-29 21:57 UTC, agrees."
    )
    assert (LIVE.change, LIVE.then) == (None, None)


@pytest.mark.parametrize(
    ("at_4most", "words"),
    [
        (replace(THERE, agrees=False), "active, key 80, told 2026-11-29 21:57 UTC, a change waits to be told"),
        (replace(THERE, there=There.INACTIVE, active=False), "inactive, key 80, told 2026-11-29 21:57 UTC, agrees"),
        (
            replace(THERE, there=There.REFUSED, words="no\x1b[31m"),
            r"refused by 4MOST: no\x1b[31m, there as active, key 80, told 2026-11-29 21:57 UTC",
        ),
        (
            AtFourmost(There.UNDER_WAY, None, None, None, False, None, AT),
            "a request is under way, or its outcome unknown, since 2026-11-29 21:57:00",
        ),
        (
            AtFourmost(There.HELD, None, None, None, False, "created", None),
            "held by the guard: too many changes at once (created)",
        ),
        (
            AtFourmost(There.CANNOT_BE_SENT, None, None, None, False, "no magnitude", None),
            "cannot be sent: no magnitude",
        ),
        (AtFourmost(There.WAITS, None, None, None, False, None, None), "waits to be created"),
        (AtFourmost(There.NOT_SENT, None, None, None, True, "out of reach", None), "not sent"),
    ],
)
def test_each_way_to_stand_at_4most_has_its_words(at_4most, words):
    assert replace(LIVE, at_4most=at_4most).sentence.partition("; 4MOST: ")[2] == f"{words}."


def test_each_reason_and_each_way_to_be_told_has_words():
    assert BECAUSE.keys() == set(Why)
    assert THEN.keys() == set(There) - {There.ACTIVE, There.INACTIVE, There.NOT_SENT}


def test_what_the_rule_says_now_is_told_where_it_differs():
    fades = replace(LIVE, rule_live=False, rule_why="faint", rule_words="lsst: fainter than 22.7 in r")
    assert fades.sentence.startswith("Live because a function selects it, and a survey still sees it; 4MOST: active")
    assert fades.change == "By the rule now faint: lsst: fainter than 22.7 in r. The next run switches it off."


def test_a_listed_target_and_a_galaxy_have_words_of_their_own():
    listed = replace(LIVE, list_="agn", rule_words="A 1 on the list agn: 0 of 3 epochs")
    assert listed.sentence.startswith("Live because the list agn asks for it (A 1 on the list agn: 0 of 3 epochs)")
    galaxy = replace(LIVE, is_host=True, live=False, why="transient_live", reason="its transient is live")
    assert galaxy.sentence.startswith("Not wanted, as a host galaxy: its transient is live; 4MOST: active")


def test_a_target_before_the_first_run_stands_too():
    row = dict.fromkeys(
        ("list", "sending_since", "refusal", "held", "problem", "active_there", "pk_4most", "told_at"), None
    )
    row |= {"kind": "sn", "active": False, "why": "new", "reason": "new", "agreed": True}
    assert target_stands(row, None).sentence == "Not live because no run has judged it yet; 4MOST: not sent."
