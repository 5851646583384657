"""What we want of a target at 4MOST follows from whether it is live, and from what 4MOST holds."""

import pytest

from tides.fourmost.wanted import ToTell, wanted_of
from tides.settings.model import load_settings

SETTINGS = load_settings()
NOW_JD = 2461365.25


def a_magnitude(mag):
    return {"survey": "lsst", "band": "r", "mag": mag, "err": 0.05}


def a_row(**changes):
    row = {
        "tides_id": 7,
        "kind": "sn",
        "name": "TiDES26abc",
        "ra": 150.0,
        "dec": -30.0,
        "template": "tides-sn",
        "active": True,
        "wanted": None,
        "told": None,
        "refused": None,
        "name_taken": False,
        "before_told": None,
        "failed_in": None,
        "date_latest": None,
        "date_ingested": None,
        "sending_since": None,
        "settled": False,
        "too_early": False,
        "held": None,
        "pk": None,
        "now_jd": NOW_JD,
        "redshift": None,
        "radius_arcsec": None,
        "magnitudes": [a_magnitude(21.5)],
    }
    return ToTell(**row | changes)


TOLD = wanted_of(a_row(), SETTINGS.fourmost, SETTINGS.targets).row


def test_a_live_target_that_4most_lacks_is_wanted_whole():
    wanted = wanted_of(a_row(), SETTINGS.fourmost, SETTINGS.targets)
    assert wanted.state == "live"
    assert wanted.row["is_active"] is True


def test_a_target_that_is_not_live_and_was_never_told_is_wanted_absent():
    wanted = wanted_of(a_row(active=False), SETTINGS.fourmost, SETTINGS.targets)
    assert (wanted.state, wanted.row) == ("absent", None)


def test_a_target_that_is_not_live_any_more_is_wanted_switched_off():
    wanted = wanted_of(a_row(active=False, pk=11, told=TOLD), SETTINGS.fourmost, SETTINGS.targets)
    assert wanted.state == "inactive"
    assert wanted.row == TOLD | {"is_active": False}


def test_a_target_whose_create_is_under_way_is_not_absent():
    wanted = wanted_of(
        a_row(active=False, sending_since="2026-11-24", wanted=TOLD), SETTINGS.fourmost, SETTINGS.targets
    )
    assert wanted.state == "inactive"
    assert wanted.row == TOLD | {"is_active": False}


def test_after_ingestion_only_the_flag_is_wanted():
    faint = [a_magnitude(22.4)]
    off = TOLD | {"is_active": False}
    wanted = wanted_of(
        a_row(pk=11, told=off, date_ingested="2026-11-23", magnitudes=faint), SETTINGS.fourmost, SETTINGS.targets
    )
    assert wanted.row == TOLD


def test_before_ingestion_a_changed_magnitude_is_wanted():
    wanted = wanted_of(a_row(pk=11, told=TOLD, magnitudes=[a_magnitude(22.4)]), SETTINGS.fourmost, SETTINGS.targets)
    assert wanted.row["mag"] == 22.4


def test_a_live_target_without_a_magnitude_is_not_sent_and_says_why():
    wanted = wanted_of(a_row(magnitudes=[]), SETTINGS.fourmost, SETTINGS.targets)
    assert (wanted.state, wanted.row) == ("live", None)
    assert "no current magnitude" in wanted.problem


def test_a_live_target_that_lost_its_magnitude_stays_as_4most_has_it():
    wanted = wanted_of(a_row(pk=11, told=TOLD, magnitudes=[]), SETTINGS.fourmost, SETTINGS.targets)
    assert wanted.row == TOLD
    assert wanted.problem


@pytest.mark.parametrize("told", [None, TOLD])
def test_a_template_that_left_the_settings_is_a_problem_of_its_targets_alone(told):
    wanted = wanted_of(a_row(template="gone", told=told, pk=11 if told else None), SETTINGS.fourmost, SETTINGS.targets)
    assert "'gone' is not in the settings any more" in wanted.problem
    assert wanted.row == told
