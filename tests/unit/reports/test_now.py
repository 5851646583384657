"""The first line of the page: the newest cut-off whose ingestion is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tides.reports.attention import Level, Need
from tides.reports.now import Line, first_line, with_needs, with_stand_still
from tides.reports.rows import LastRun
from tides.reports.words import middle, share, span
from tides.settings.sections import CutOff

CUT_OFF = CutOff(time="15:00", zone="Europe/Berlin", last_run_min=25, no_create_min=3, failed_after_h=3)
T0 = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)
RUN = LastRun(
    run_id="r",
    started_at=T0,
    ended_at=T0 + timedelta(hours=8),
    good=True,
    failed=[],
    live=940,
    active_at_4most=923,
    made_the_cut=40,
    missed_the_cut=0,
    waiting=0,
    held=0,
    unknown=0,
    refused=0,
    cannot_be_sent=0,
    dead_letters=0,
    backlog={},
)
BEFORE = replace(RUN, ended_at=T0 - timedelta(minutes=5), active_at_4most=900, missed_the_cut=2)


def test_yesterdays_cut_off_and_the_time_to_the_next_are_told():
    line = first_line(RUN, None, CUT_OFF, T0 + timedelta(hours=14, minutes=10))
    assert line.words == "Yesterday's cut-off made: 923 held active, 0 missed; next in 9 h 50 min"
    assert line.level is Level.GOOD


def test_what_was_missed_asks_for_a_look():
    line = first_line(replace(RUN, missed_the_cut=7), None, CUT_OFF, T0 + timedelta(hours=8))
    assert line.words == "Today's cut-off made: 923 held active, 7 missed; next in 16 h 0 min"
    assert line.level is Level.LOOK


def test_while_4most_may_ingest_the_cut_off_of_the_day_before_counts():
    newest = replace(RUN, ended_at=T0 + timedelta(hours=1), made_the_cut=0, missed_the_cut=40)
    line = first_line(newest, BEFORE, CUT_OFF, T0 + timedelta(hours=1, minutes=10))
    assert line.words == (
        "Yesterday's cut-off made: 900 held active, 2 missed; 4MOST has not shown today's ingestion yet; next in"
        " 22 h 50 min"
    )


def test_once_4most_shows_its_ingestion_todays_cut_off_counts():
    newest = replace(RUN, ended_at=T0 + timedelta(hours=1))
    assert first_line(newest, BEFORE, CUT_OFF, T0 + timedelta(hours=2)).words.startswith("Today's cut-off made: 923")


def test_the_first_day_has_no_cut_off_to_tell_of():
    newest = replace(RUN, ended_at=T0 + timedelta(minutes=30), made_the_cut=0)
    line = first_line(newest, None, CUT_OFF, T0 + timedelta(hours=1))
    assert line.words == "No run ended before the cut-off at 2026-11-28 14:00 UTC; next in 23 h 0 min"


def test_an_old_run_tells_of_its_own_cut_off():
    line = first_line(RUN, None, CUT_OFF, T0 + timedelta(days=4, hours=9))
    assert line.words.startswith("The cut-off of 28 November made: 923 held active")


def test_a_run_without_its_numbers_is_not_called_good():
    line = first_line(replace(RUN, missed_the_cut=None, active_at_4most=None), None, CUT_OFF, T0 + timedelta(hours=9))
    assert "an unknown number missed" in line.words
    assert line.level is Level.LOOK


def test_without_a_cut_off_what_is_live_and_active_is_told():
    assert first_line(RUN, None, None, T0).words == "940 targets are live, 923 are active at 4MOST; no cut-off is set"
    assert first_line(None, None, None, T0).level is Level.LOOK


def test_what_needs_somebody_is_said_in_the_first_line_which_is_then_not_good():
    good = Line(Level.GOOD, "Yesterday's cut-off made")
    needs = [Need(level, "w", T0, [], "", "", "") for level in (Level.ACT, Level.LOOK, Level.ACT)]
    assert with_needs(good, needs) == Line(Level.ACT, "Yesterday's cut-off made; 2 things need somebody now")
    assert with_needs(good, needs[:1]).words.endswith("one thing needs somebody now")
    assert with_needs(good, needs[1:2]) == Line(Level.LOOK, "Yesterday's cut-off made; one thing to look at")
    assert with_needs(good, needs[1:2] * 2).words.endswith("2 things to look at")
    assert with_needs(good, []) == good


def test_a_bridge_that_stands_still_is_said_first():
    good = Line(Level.GOOD, "Yesterday's cut-off made")
    assert with_stand_still(good, RUN, True, 3) == Line(
        Level.ACT, "No good run has ended for 3 h 0 min. Yesterday's cut-off made"
    )
    assert with_stand_still(good, RUN, False, 3) == good
    assert with_stand_still(good, None, True, 3) == good, "the first run has not come yet"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (950, "15 h 50 min"), (1440, "1 d 0 h"), (-3, "0 min")],
)
def test_a_span_has_its_two_largest_units(minutes, words):
    assert span(timedelta(minutes=minutes)) == words


def test_nothing_known_is_a_dash():
    assert middle([]) == share(0, 0) == "–"
    assert (middle([3, 1]), share(1, 8)) == ("2", "12.5%")
