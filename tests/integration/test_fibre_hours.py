"""Fibre hours: what live targets ask 4MOST for, beside the survey's budget; which of them go first, and which wait."""

import json

import pytest

from tests.integration.test_guard import GUARD
from tests.targets import LIVE, give_objects, put_targets
from tides.fourmost.fibre_hours import Asked, asked_for, fibre_hours
from tides.settings.model import load_settings

ONE_H = 38 / 60
"""What a target of the template tides-sn asks for."""


class Night:
    """Live targets and a budget. The first ones are of a template that goes first."""

    def __init__(self, bridge, outside, first):
        self.bridge, self.outside = bridge, outside
        put_targets(bridge.connection, 6)
        give_objects(bridge.connection)
        bridge.connection.execute(LIVE)
        bridge.connection.execute("UPDATE tides.tides_master SET template = 'first' WHERE tides_id > %s", (6 - first,))

    @property
    def held(self):
        rows = self.bridge.rows("SELECT id, held FROM tides.fourmost_target WHERE held IS NOT NULL ORDER BY id")
        return {row["id"]: row["held"] for row in rows}

    @property
    def over(self):
        rows = self.bridge.rows(
            "SELECT detail ->> 'words' AS words FROM tides.event WHERE kind = 'over budget' AND closed_at IS NULL"
        )
        return [row["words"] for row in rows]


@pytest.fixture
def make_night(make_syncing, outside):
    def make(first=0, **budget):
        template = load_settings().targets["tides-sn"].model_dump(mode="json")
        targets = {"first": {**template, "subsurvey": "tides-first", "priority": 5}}
        return Night(make_syncing(targets=targets, guard=GUARD | {"created": 100}, budget=budget), outside, first)

    return make


def test_hours_follow_from_the_exposure_of_the_magnitude():
    template = load_settings().targets["tides-sn"]
    rows = [{"fainter_than": 21, "t_exp_d": 60}, {"fainter_than": 15, "t_exp_d": 30}]
    exposures = [{"t_exp_g": 1, "t_exp_b": 1, "t_exp_s": 1, **row} for row in rows]
    template = type(template).model_validate(template.model_dump(mode="json") | {"exposures": exposures})
    assert [fibre_hours(template, mag, 2) for mag in (22, 21, 14)] == [2.0, 1.0, None]


def test_the_report_counts_what_each_subsurvey_asks_for_and_what_spectra_took(make_night):
    night = make_night(first=2, subsurveys={"tides-first": 10})
    bridge = night.bridge
    bridge.tell()
    bridge.connection.execute(
        "INSERT INTO tides.tides_spectrum (tides_id, night, state, source) VALUES (1, '2026-09-01', 'complete', 'x')"
    )
    bridge.connection.execute("UPDATE tides.tides_master SET active = false, why = 'observed' WHERE tides_id = 1")
    bridge.tell()
    assert asked_for(bridge.connection) == [
        Asked("tides-first", 2, pytest.approx(2 * ONE_H), 0),
        Asked("tides-sn", 3, pytest.approx(3 * ONE_H), pytest.approx(ONE_H)),
    ]
    report = bridge.report()
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.splitlines()]
    assert ["tides-first", "2", "1.3", "", "10", "12.67%"] in lines
    assert ["all subsurveys", "5", "3.2", "0.6", "250000", "0.00%"] in lines
    # Yesterday's runs are the nights before.
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = ended_at - interval '1 day'")
    assert ": tides-first 1.3 h, tides-sn 1.9 h" in bridge.report()


def test_several_spectra_are_asked_for_until_they_are_made(make_night):
    night = make_night()
    bridge = night.bridge
    bridge.tell()
    function = bridge.used[0] | {"spectra": 3}
    bridge.connection.execute(
        "INSERT INTO tides.function_in_use SELECT * FROM jsonb_populate_record(NULL::tides.function_in_use, %s)",
        (json.dumps(function),),
    )
    (asked,) = asked_for(bridge.connection)
    assert asked.asked == pytest.approx(6 * 3 * ONE_H)


def test_the_highest_priority_is_sent_first_and_beyond_the_budget_the_lowest_waits(make_night):
    night = make_night(first=2, fibre_hours=4.6 * ONE_H, hold=True)
    told = night.bridge.tell()
    assert night.held == {3: "budget", 4: "budget"}, "the newest of the lowest priority"
    assert told.created == 4
    by_key = sorted(night.outside.rows(), key=lambda row: row["id"])
    assert [row["subsurvey"] for row in by_key[:2]] == ["tides-first"] * 2
    assert night.over == ["all subsurveys: 0.9 h beyond the budget"]
    assert "over budget" in night.bridge.report()
    # What is not live any more leaves its hours to the others.
    night.bridge.connection.execute("UPDATE tides.tides_master SET active = false, why = 'faint' WHERE tides_id > 4")
    night.bridge.tell()
    assert (night.held, night.over) == ({}, [])


def test_without_hold_a_budget_is_told_and_holds_nothing(make_night):
    night = make_night(subsurveys={"tides-sn": ONE_H})
    assert night.bridge.tell().created == 6
    assert night.over == [f"tides-sn: {5 * ONE_H:.1f} h beyond the budget"]
