"""What a run is follows from how it was started."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tides.hooks.run import run_of

START, END = datetime(2026, 11, 20, 3, 35, tzinfo=UTC), datetime(2026, 11, 20, 4, 35, tzinfo=UTC)


def a_dag_run(run_type, start=START, end=END):
    return SimpleNamespace(run_id=f"{run_type}__x", run_type=run_type, data_interval_start=start, data_interval_end=end)


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "asset_triggered"])
def test_every_run_but_a_backfill_is_live_and_takes_all_that_waits(run_type):
    run = run_of(a_dag_run(run_type))
    assert run.live
    assert (run.start, run.end, run.as_of) == (None, None, None)


def test_a_backfill_run_is_a_replay_of_its_hour_judged_as_of_its_end():
    run = run_of(a_dag_run("backfill"))
    assert not run.live
    assert (run.start, run.end, run.as_of) == (START, END, END)


def test_the_same_hour_has_the_same_lane_whatever_the_run_is_called():
    one, other = a_dag_run("backfill"), a_dag_run("backfill")
    other.run_id = "another"
    assert run_of(one).lane == run_of(other).lane
    later = a_dag_run("backfill", END, datetime(2026, 11, 20, 5, 35, tzinfo=UTC))
    assert run_of(later).lane != run_of(one).lane
