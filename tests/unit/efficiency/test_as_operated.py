"""What becomes of a simulated transient in a bridge that had outages, edits, holds and cut-offs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.efficiency.samples import JD, a_small_sample
from tests.unit.judgement.light_curves import a_function
from tides.efficiency.as_operated import STAGES, judged_as_operated
from tides.efficiency.fates import judged
from tides.efficiency.lasair_filter import read_conditions
from tides.efficiency.measure import live_rules
from tides.efficiency.record import DatedFilter, Definition, Record
from tides.efficiency.simulations import shifted
from tides.settings.model import load_settings
from tides.surveys.survey import survey as named

MJD = 61000.1
LSST = named("lsst")
BRIGHT = a_function(magLimit=22.5)
HOUR = 1 / 24
ROWS = [(0, MJD + day, "r", 21, 10) for day in range(0, 40, 3)]
T0 = 61000 + 14 / 24
"""15:00 in Berlin in winter, the first T0 after the first of ROWS (MJD UTC)."""


def a_record(**changed):
    """A bridge that ran each hour for 100 days, with one function and a filter that lets everything through."""
    starts = JD + 60990 + np.arange(0, 100, HOUR)
    record = Record(
        definitions=(a_definition(BRIGHT),),
        filters=(DatedFilter("lsst", (), -np.inf, np.inf),),
        rules=((-np.inf, live_rules("lsst")),),
        nights={"lsst": np.arange(60980, 61100)},
        runs=np.stack([starts, starts + HOUR / 2], axis=1),
        held=(),
        missed=(),
        cut_off=load_settings().fourmost.cut_off,
        notes=(),
    )
    return replace(record, **changed)


def a_definition(function, since=-np.inf, until=np.inf, is_sent=True):
    return Definition("lsst", function, function.hash, since, until, is_sent)


def without_runs(record, start, end):
    """The record with an outage between two dates (MJD)."""
    starts = record.runs[:, 0] - JD
    return replace(record, runs=record.runs[(starts < start) | (starts >= end)])


def fate(record, *rows):
    (row,) = judged_as_operated(a_small_sample(*rows), record)[0].to_dict("records")
    return row


def test_without_trouble_what_is_selected_is_what_the_function_selects_and_days_count_from_the_ingestion():
    rows = [(event, MJD + day, "r", 21 + event, 10) for event in range(4) for day in range(0, 30, 3)]
    sample = a_small_sample(*rows, number=4)
    plain, _ = judged(sample, BRIGHT, (), live_rules("lsst"))
    operated, unknown = judged_as_operated(sample, a_record())
    assert operated["selected"].tolist() == plain["selected"].tolist() == [True, True, False, False]
    assert operated["trigger_mjd"].to_numpy() == pytest.approx(plain["trigger_mjd"].to_numpy(), nan_ok=True)
    assert operated["days_live"].tolist() == [days - 1 if days else 0 for days in plain["days_live"]]  # 11.5 h to T0
    assert 0 < operated["known_mjd"][0] - MJD < 1.5 * HOUR
    assert set(unknown) == {"usable"}


def test_an_outage_loses_days_and_no_selection():
    record = a_record()
    late = fate(without_runs(record, 61000, 61010), *ROWS)
    assert late["selected"]
    assert late["trigger_mjd"] == pytest.approx(MJD)
    assert late["known_mjd"] == pytest.approx(61010 + HOUR / 2, abs=HOUR)
    assert late["days_live"] == fate(record, *ROWS)["days_live"] - 10


def test_a_bridge_that_stopped_reads_nothing_more():
    row = fate(without_runs(a_record(), 61000, 70000), *ROWS)
    assert not row["selected"]
    assert STAGES[row["stage"]] == "run that read it"


def test_of_a_night_that_was_never_read_no_alert_comes_but_a_later_one_brings_its_point():
    nights = {"lsst": np.setdiff1d(np.arange(60980, 61100), LSST.nights.place(np.array([MJD + JD])))}
    row = fate(a_record(nights=nights), *ROWS)
    assert row["trigger_mjd"] == pytest.approx(MJD)
    assert row["known_mjd"] == pytest.approx(MJD + 3, abs=2 * HOUR)
    assert STAGES[fate(a_record(nights=nights), ROWS[0])["stage"]] == "night that was read"


def test_a_new_definition_judges_what_was_read_before_it():
    strict, edit = a_function(magLimit=20), JD + 61006.3
    definitions = (a_definition(strict, until=edit), a_definition(BRIGHT, since=edit))
    row = fate(a_record(definitions=definitions), *ROWS)
    assert row["trigger_mjd"] == pytest.approx(MJD)
    assert row["known_mjd"] == pytest.approx(61006.3, abs=HOUR)
    definitions = (a_definition(BRIGHT, until=edit), a_definition(strict, since=edit))
    assert fate(a_record(definitions=definitions), *ROWS)["known_mjd"] == pytest.approx(MJD, abs=2 * HOUR)
    assert not fate(a_record(definitions=definitions), *ROWS[5:])["selected"]


def test_each_alert_meets_the_filter_of_its_own_time():
    three = read_conditions("nPosDiaSources >= 3", LSST)
    filters = (DatedFilter("lsst", three, -np.inf, JD + 61002), DatedFilter("lsst", (), JD + 61002, np.inf))
    assert fate(a_record(filters=filters), *ROWS)["known_mjd"] == pytest.approx(MJD + 3, abs=2 * HOUR)
    row = fate(a_record(filters=filters), ROWS[0])
    assert STAGES[row["stage"]] == "filter of the time"


@pytest.mark.parametrize(
    ("trouble", "lost"),
    [
        ({"held": ((JD + 61000, JD + 61005.0),)}, 5),
        ({"missed": ((JD + T0, JD + T0 + 2.1),)}, 2),
        ({"cut_off": None}, 0),
    ],
)
def test_holds_and_missed_ingestions_lose_days(trouble, lost):
    record = a_record()
    assert fate(replace(record, **trouble), *ROWS)["days_live"] == fate(record, *ROWS)["days_live"] - lost


def test_what_is_wanted_for_its_host_alone_or_held_to_this_day_is_selected_and_never_sent():
    for changed in (
        {"definitions": (a_definition(BRIGHT, is_sent=False),)},
        {"held": ((JD + 61000, np.inf),)},
    ):
        row = fate(a_record(**changed), *ROWS)
        assert (row["selected"], row["days_live"]) == (True, 0)


def test_days_after_the_newest_run_are_not_counted():
    record = a_record()
    assert fate(replace(record, runs=record.runs[record.runs[:, 1] < JD + 61011]), *ROWS)["days_live"] == 10


def test_the_limits_are_those_of_the_day_on_which_the_event_became_known():
    now = live_rules("lsst")
    never = replace(now, survey=now.survey.model_copy(update={"faint_limit": 15.0}))
    assert fate(a_record(rules=((-np.inf, never),)), *ROWS)["days_live"] == 0
    dated = ((-np.inf, never), (JD + 61000, now), (JD + 61005, never))
    assert fate(a_record(rules=dated), *ROWS)["days_live"] == fate(a_record(), *ROWS)["days_live"]


def test_a_simulation_is_moved_by_whole_days():
    sample = a_small_sample(*ROWS, peak_mjd=[MJD + 5])
    moved = shifted(sample, -100)
    assert moved.light_curves.detections.jd_utc == pytest.approx(sample.light_curves.detections.jd_utc - 100)
    assert (
        LSST.nights.place(moved.light_curves.detections.jd_utc).tolist() == moved.light_curves.detections.night.tolist()
    )
    assert moved.events["peak_mjd"].tolist() == [MJD - 95]
    assert moved.light_curves.detections.night.tolist() == (sample.light_curves.detections.night - 100).tolist()
