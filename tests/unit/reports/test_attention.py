"""What needs somebody, and which kinds of events do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tides.journal.kinds import AT_ONCE, Kind
from tides.page.render import runbook_html
from tides.reports.attention import NEEDS_NOBODY, NEVER_CLOSE, URGENT, Level, anchor_of, needs
from tides.reports.rows import OpenKind

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def an_open(kind: Kind, seen_at: datetime = NOW, number: int = 1) -> OpenKind:
    return OpenKind(kind.value, number, NOW - timedelta(days=9), seen_at, ["a", "b"][:number], "words")


def test_the_kinds_that_need_nobody_are_those_whose_remedy_is_nothing():
    nothing = {kind for kind in Kind if kind.ends != AT_ONCE and kind.remedy.startswith("nothing")}
    assert nothing == NEEDS_NOBODY


def test_the_kinds_that_never_close_say_so():
    assert {kind for kind in Kind if kind.ends.startswith("never")} - NEEDS_NOBODY == NEVER_CLOSE


def test_the_urgent_come_first_and_the_others_in_their_order():
    found = needs(None, [an_open(kind) for kind in reversed(Kind)], NOW, True)
    assert [need.what for need in found][: len(URGENT)] == [kind.value for kind in URGENT]
    assert {need.level for need in found[: len(URGENT)]} == {Level.ACT}
    assert {need.what for need in found} == {kind.value for kind in Kind} - {kind.value for kind in NEEDS_NOBODY}


@pytest.mark.parametrize("kind", sorted(NEVER_CLOSE))
def test_an_event_that_never_closes_asks_for_somebody_for_a_day(kind):
    assert needs(None, [an_open(kind, NOW - timedelta(hours=23))], NOW, True)
    assert not needs(None, [an_open(kind, NOW - timedelta(hours=25))], NOW, True)


def test_many_events_of_a_kind_are_one_need():
    (need,) = needs(None, [an_open(Kind.RECURRENT, number=7)], NOW, True)
    assert need.what == "recurrent target (7)"
    assert need.about[-1] == "…"
    assert need.words == Kind.RECURRENT.meaning


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_place_in_the_runbook(kind):
    assert (runbook_html() or "").count(f'id="{anchor_of(kind)}"') == 1


@pytest.mark.parametrize(("taken", "level"), [(0, Level.ACT), (1, Level.ACT), (2, Level.LOOK)])
def test_what_is_taken_up_at_each_place_is_no_longer_urgent(taken, level):
    event = replace(
        an_open(Kind.HELD, number=2),
        acknowledged=taken,
        acknowledged_by="Ada" if taken else None,
        acknowledged_at=NOW if taken else None,
        acknowledgement="I look" if taken else None,
    )
    (need,) = needs(None, [event], NOW, True)
    assert need.level is level
    assert need.taken == (f"{taken} of 2: Ada, {NOW:%Y-%m-%d %H:%M}: I look" if taken else None)
