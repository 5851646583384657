"""The whole row for 4MOST, field by field, written by hand from the contract and the rules of the science.

All values of a row differ, so that no two fields can be swapped unseen.
"""

import json

import pytest

from tides.fourmost.fields import FIELDS
from tides.fourmost.wanted import ToTell, wanted_of
from tides.settings.model import load_settings
from tides.settings.sections import TargetTemplate

NOW_JD = 2461365.25

TRANSIENTS = TargetTemplate.model_validate(
    {
        "uploadedfor_survey_id": 16,
        "subsurvey": "a subsurvey",
        "ruleset": "a rule set",
        "template": "a spectrum",
        "resolution": 2,
        "cadence": 1048577,
        "classification": "TRA,LEN",
        "redshift_estimate": 0.17,
        "window_days": 90,
        "exposures": [
            {"fainter_than": 22.0, "t_exp_d": 41, "t_exp_g": 42, "t_exp_b": 4300, "t_exp_s": 4400},
            {"fainter_than": 18.0, "t_exp_d": 31.5, "t_exp_g": 32, "t_exp_b": 3300, "t_exp_s": 3400},
            {"fainter_than": 0.0, "t_exp_d": 21, "t_exp_g": 22, "t_exp_b": 2300, "t_exp_s": 2400},
        ],
        "mag_type": {
            "lsst": {"g": "LSST_g_AB", "r": "LSST_r_AB", "i": "LSST_i_AB", "z": "LSST_z_AB"},
            "ztf": {"g": "SDSS_g_AB", "r": "SDSS_r_AB", "i": "SDSS_i_AB"},
        },
    },
    strict=False,
)
GALAXIES = TRANSIENTS.model_copy(
    update={
        "subsurvey": "a host subsurvey",
        "classification": "GAL",
        "window_days": 0,
        "mag_type": {"catalogue": {"g": "SDSS_g_AB", "r": "SDSS_r_AB", "i": "SDSS_i_AB", "z": "SDSS_z_AB"}},
    }
)
SETTINGS = load_settings().model_copy(update={"targets": {"a transient": TRANSIENTS, "a galaxy": GALAXIES}})


def a_magnitude(survey, band, mag, err):
    return {"survey": survey, "band": band, "mag": mag, "err": err}


def a_row(**changes):
    """What the database gives of a live target that 4MOST lacks, seen by both surveys."""
    row = {
        "tides_id": 7,
        "kind": "sn",
        "name": "TiDES26abc",
        "ra": 210.123456,
        "dec": -31.654321,
        "template": "a transient",
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
        "redshift": 0.0312345,
        "radius_arcsec": None,
        "magnitudes": [
            a_magnitude("lsst", "g", 20.1111, 0.0111),
            a_magnitude("lsst", "i", 20.3333, 0.0333),
            a_magnitude("lsst", "r", 21.2345678, 0.0345678),
            a_magnitude("ztf", "g", 19.4444, 0.0444),
            a_magnitude("ztf", "r", 19.5555, 0.0555),
        ],
    }
    return ToTell(**row | changes)


def sent_of(**changes):
    return wanted_of(a_row(**changes), SETTINGS.fourmost, SETTINGS.targets).fields()


TRANSIENT = {
    "uploadedfor_survey_id": 16,
    "name": "TiDES26abc",
    "ra": 210.123456,
    "dec": -31.654321,
    "pmra": 0,
    "pmdec": 0,
    "epoch": 2000,
    "parallax": 0,
    "resolution": 2,
    "subsurvey": "a subsurvey",
    "cadence": 1048577,
    "template": "a spectrum",
    "ruleset": "a rule set",
    "template_redshift": 0,
    "redshift_estimate": 0.03123,
    "redshift_error": 0,
    "extent_flag": 0,
    "extent_parameter": 0,
    "extent_index": 0,
    "mag": 21.2346,
    "mag_err": 0.0346,
    "mag_type": "LSST_r_AB",
    "reddening": 0,
    "date_earliest": 0,
    "date_latest": 2461455.25,
    "t_exp_d": 31.5,
    "t_exp_g": 32,
    "t_exp_b": 3300,
    "t_exp_s": 3400,
    "cal_mag_blue": 0,
    "cal_mag_green": 0,
    "cal_mag_red": 0,
    "cal_mag_err_blue": 0,
    "cal_mag_err_green": 0,
    "cal_mag_err_red": 0,
    "cal_mag_id_blue": "",
    "cal_mag_id_green": "",
    "cal_mag_id_red": "",
    "classification": "TRA,LEN",
    "completeness": 0,
    "is_active": True,
}

GALAXY = TRANSIENT | {
    "name": "TiDES-H26abd",
    "ra": 11.5,
    "dec": 4.25,
    "subsurvey": "a host subsurvey",
    "redshift_estimate": 0.25,
    "extent_flag": 2,
    "extent_parameter": 3.457,
    "extent_index": 1,
    "mag": 17.6,
    "mag_err": 0.07,
    "mag_type": "SDSS_r_AB",
    "date_latest": 0,
    "t_exp_d": 21,
    "t_exp_g": 22,
    "t_exp_b": 2300,
    "t_exp_s": 2400,
    "classification": "GAL",
}

A_GALAXY = {
    "tides_id": 8,
    "name": "TiDES-H26abd",
    "ra": 11.5,
    "dec": 4.25,
    "template": "a galaxy",
    "redshift": 0.25,
    "radius_arcsec": 3.4567,
    "magnitudes": [a_magnitude("catalogue", "r", 17.6, 0.07)],
}


def test_every_field_of_a_transient_seen_by_two_surveys():
    assert len(TRANSIENT) == 41
    assert sent_of() == TRANSIENT


def test_every_field_of_a_host_galaxy():
    assert sent_of(**A_GALAXY) == GALAXY


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"redshift": None}, {"redshift_estimate": 0.17}),
        ({"redshift": 0.0}, {"redshift_estimate": 0}),
        ({"date_latest": 2461400.5}, {"date_latest": 2461400.5}),
        (
            {"magnitudes": [a_magnitude("lsst", "r", 22.5, None)]},
            {"mag": 22.5, "mag_err": 0, "t_exp_d": 41, "t_exp_g": 42, "t_exp_b": 4300, "t_exp_s": 4400},
        ),
        ({"radius_arcsec": 0.0}, {}),
    ],
)
def test_what_else_a_target_can_be_changes_these_fields_alone(change, sent):
    assert sent_of(**change) == TRANSIENT | sent


def test_a_change_sends_all_but_name_and_survey_and_after_ingestion_the_flag_alone():
    told = wanted_of(a_row(), SETTINGS.fourmost, SETTINGS.targets).row
    change = wanted_of(a_row(pk=11, told=told), SETTINGS.fourmost, SETTINGS.targets).fields()
    assert change | {"name": "TiDES26abc", "uploadedfor_survey_id": 16} == TRANSIENT
    assert len(change) == 39
    assert wanted_of(
        a_row(pk=11, told=told, date_ingested="2026-11-23"), SETTINGS.fourmost, SETTINGS.targets
    ).fields() == {"is_active": True}


def test_every_value_is_plain_json_of_the_contracts_type():
    sent = json.loads(json.dumps(sent_of(), allow_nan=False))
    kinds = {"uploadedfor_survey_id": int, "resolution": int, "cadence": int, "extent_flag": int, "is_active": bool}
    texts = {"name", "subsurvey", "template", "ruleset", "mag_type", "classification"}
    texts |= {f"cal_mag_id_{colour}" for colour in ("blue", "green", "red")}
    for name, value in sent.items():
        assert type(value) is kinds.get(name, str if name in texts else float), name


LIMITS = {
    "ra": (0, 360),
    "dec": (-90, 90),
    "resolution": (1, 2),
    "redshift_estimate": (0, 10),
    "extent_flag": (0, 2),
    "extent_parameter": (0, 3600),
    "mag": (5, 30),
    "mag_err": (0, 5),
    "date_earliest": (0, 3e6),
    "date_latest": (0, 3e6),
    "t_exp_d": (0, 1e5),
    "t_exp_g": (0, 1e5),
    "t_exp_b": (0, 1e5),
    "t_exp_s": (0, 1e5),
}
"""What a number may be, the limits included: degrees, AB mag, JD, minutes."""


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_number_is_sent_up_to_its_limits_and_no_further(field):
    if field.name not in LIMITS:
        assert field.problem(-1e300) is field.problem(1e300) is None
        return
    low, high = LIMITS[field.name]
    assert field.problem(low) is field.problem(high) is None
    for outside in (low - 1e-9 * max(1, abs(low)), high + 1e-9 * max(1, abs(high))):
        assert f"{field.name} {outside} is not within" in (field.problem(outside) or "")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_what_is_not_finite_is_never_sent(field):
    assert all(field.problem(number) for number in (float("nan"), float("inf"), float("-inf")))


@pytest.mark.parametrize(
    ("place", "sent"),
    [
        ({"ra": 360.0}, True),
        ({"ra": 360.0000001}, False),
        ({"dec": -90.0}, True),
        ({"dec": -90.0000001}, False),
        ({"redshift": 10.0}, True),
        ({"redshift": 10.0001}, False),
    ],
)
def test_a_target_at_a_limit_is_sent_and_one_beyond_it_is_a_problem(place, sent):
    wanted = wanted_of(a_row(**place), SETTINGS.fourmost, SETTINGS.targets)
    assert (wanted.row is not None) is sent
    assert (wanted.problem is None) is sent


@pytest.mark.parametrize(("mag", "time_min"), [(18.0, 21), (18.0001, 31.5), (22.0, 31.5), (22.0001, 41)])
def test_a_magnitude_at_a_limit_has_the_times_of_the_brighter_side(mag, time_min):
    assert sent_of(magnitudes=[a_magnitude("lsst", "r", mag, 0.1)])["t_exp_d"] == time_min


def test_what_no_exposure_time_is_set_for_is_not_sent():
    wanted = wanted_of(a_row(magnitudes=[a_magnitude("lsst", "r", 0.0, 0.1)]), SETTINGS.fourmost, SETTINGS.targets)
    assert wanted.row is None
    assert "no exposure time" in str(wanted.problem)
