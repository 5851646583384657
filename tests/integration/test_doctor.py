"""What the doctor finds at 4MOST: another bridge's rows, and what becomes of dates."""

import pytest

from tests.builders import an_lsst_message
from tides.commands.doctor import all_checks
from tides.errors import AnswerBroken, Conflict, ServiceAway
from tides.fourmost.reconcile import reconcile
from tides.fourmost.trial import try_dates
from tides.hooks.fourmost import FourMostHook

NOW_JD = 2461371.123456


@pytest.fixture
def one_bridge(bridge):
    """The doctor's look at whether we are alone."""
    bridge.publish("lsst", an_lsst_message())
    bridge.run()
    looks = dict(all_checks())
    return looks["one bridge at 4MOST"]


def test_a_bridge_that_is_alone_is_in_order(one_bridge):
    assert one_bridge() == "every row under our prefix is known here"


def test_a_second_bridge_on_the_account_is_refused_before_and_after_reconcile(one_bridge, bridge):
    told = bridge.row("SELECT told FROM tides.fourmost_target")["told"]
    FourMostHook().create([told | {"name": "TiDES26xyz", "ra": 10.0}])
    with pytest.raises(Conflict, match=r"1 rows under our prefix .* TiDES26xyz .*another bridge"):
        one_bridge()
    reconcile(bridge.connection, FourMostHook(), *bridge.to_compare, "reconcile-1", full=True)
    with pytest.raises(Conflict, match="TiDES26xyz"):
        one_bridge()


def test_a_trial_row_on_the_test_survey_shows_that_dates_are_stored_and_is_gone_again(bridge, outside):
    said = try_dates(FourMostHook(), bridge.settings.targets, bridge.settings.fourmost.name_prefix, NOW_JD)
    assert said.startswith("date_earliest 2461371.12346 and date_latest 2461491.12346 came back as sent, in JD; row ")
    assert outside.rows() == []
    assert outside.calls("targetCat/transients/", "POST") == 1


def test_a_date_that_comes_back_as_another_is_found_and_the_row_is_gone_all_the_same(bridge, outside, monkeypatch):
    read = FourMostHook.get
    monkeypatch.setattr(FourMostHook, "get", lambda self, pk: read(self, pk) | {"date_latest": 61491.0})
    with pytest.raises(AnswerBroken, match=r"date_latest 2461491.12346 \(JD\) and stores 61491.0"):
        try_dates(FourMostHook(), bridge.settings.targets, bridge.settings.fourmost.name_prefix, NOW_JD)
    assert outside.rows() == []


def test_a_trial_row_that_cannot_be_deleted_is_named(bridge, outside):
    outside.fault({"method": "DELETE", "kind": "status", "status": 503})
    with pytest.raises(ServiceAway, match=r"the trial row \d+ \(TiDES-trial\) could not be deleted"):
        try_dates(FourMostHook(), bridge.settings.targets, bridge.settings.fourmost.name_prefix, NOW_JD)
    (row,) = outside.rows()
    assert (row["uploadedfor_survey_id"], row["is_active"]) == (5, False)
