"""What 4MOST should hold of a target, and when a difference is noise."""

import pytest

from tides.fourmost.fields import BandMagnitude, Target
from tides.fourmost.payload import Unsendable, as_told, keep_noise_out, wanted_row
from tides.settings.model import load_settings
from tides.surveys.survey import survey as named

SETTINGS = load_settings()
TEMPLATE = SETTINGS.targets["tides-sn"]
NOW_JD = 2461365.25


def a_target(*magnitudes: tuple[str, str, float], **changes) -> Target:
    given = magnitudes or (("lsst", "r", 21.5),)
    bands = tuple(BandMagnitude(survey, band, mag, 0.05, named(survey).precedence) for survey, band, mag in given)
    return Target(**({"tides_id": 7, "name": "TiDES26abc", "ra": 150.0, "dec": -30.0, "magnitudes": bands} | changes))


def test_a_measured_redshift_takes_the_place_of_the_templates():
    assert wanted_row(a_target(), TEMPLATE, NOW_JD)["redshift_estimate"] == TEMPLATE.redshift_estimate
    assert wanted_row(a_target(redshift=0.0312), TEMPLATE, NOW_JD)["redshift_estimate"] == 0.0312


@pytest.mark.parametrize(
    ("magnitudes", "mag", "mag_type"),
    [
        ((("lsst", "g", 20.0), ("lsst", "r", 21.0)), 21.0, "LSST_r_AB"),
        ((("lsst", "z", 20.0), ("lsst", "i", 21.0)), 21.0, "LSST_i_AB"),
        ((("lsst", "z", 20.0), ("lsst", "g", 21.0)), 21.0, "LSST_g_AB"),
        ((("ztf", "r", 19.0), ("lsst", "r", 21.0)), 21.0, "LSST_r_AB"),
        ((("ztf", "r", 19.0), ("lsst", "i", 21.0)), 19.0, "SDSS_r_AB"),
        ((("ztf", "g", 19.0),), 19.0, "SDSS_g_AB"),
    ],
)
def test_the_magnitude_is_of_the_first_known_band_and_the_band_decides_its_type(magnitudes, mag, mag_type):
    row = wanted_row(a_target(*magnitudes), TEMPLATE, NOW_JD)
    assert (row["mag"], row["mag_type"]) == (mag, mag_type)


def test_without_a_current_magnitude_it_cannot_be_sent_and_says_so():
    with pytest.raises(Unsendable, match="no current magnitude"):
        wanted_row(a_target(magnitudes=()), TEMPLATE, NOW_JD)


def test_the_end_of_the_window_is_kept_once_it_has_been_sent():
    assert wanted_row(a_target(date_latest=2461400.0), TEMPLATE, NOW_JD)["date_latest"] == 2461400.0


def test_no_end_of_the_window_is_sent_where_the_template_has_none():
    forever = TEMPLATE.model_copy(update={"window_days": 0})
    assert wanted_row(a_target(), forever, NOW_JD)["date_latest"] == 0.0


@pytest.mark.parametrize(("ra", "dec"), [(float("nan"), 0.0), (10.0, float("inf")), (400.0, 0.0), (10.0, -91.0)])
def test_a_position_that_is_no_position_is_not_sent(ra, dec):
    with pytest.raises(Unsendable, match=r"is not within"):
        wanted_row(a_target(ra=ra, dec=dec), TEMPLATE, NOW_JD)


def test_a_northern_target_keeps_its_own_declination():
    assert wanted_row(a_target(dec=65.0), TEMPLATE, NOW_JD)["dec"] == 65.0


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"mag": 21.55}, True),
        ({"mag": 21.7}, False),
        ({"ra": 150.0 + 0.1 / 3600}, True),
        ({"ra": 150.0 + 0.5 / 3600}, False),
        ({"mag_type": "LSST_i_AB", "mag": 21.5}, False),
        ({"date_latest": NOW_JD + 121}, True),
        ({"redshift_estimate": 0.1000000001}, True),
        ({"subsurvey": "tides-host"}, False),
        ({"is_active": False}, False),
    ],
)
def test_only_what_is_more_than_noise_is_a_difference(change, kept):
    told = wanted_row(a_target(), TEMPLATE, NOW_JD)
    assert (keep_noise_out(told | change, told, SETTINGS.fourmost) == told) is kept


@pytest.mark.parametrize(("mag", "kept"), [(21.625, True), (21.375, True), (21.626, False), (21.374, False)])
def test_a_difference_of_just_the_tolerance_is_noise(mag, kept):
    limits = SETTINGS.fourmost.model_copy(update={"magnitude_tolerance": 0.125})
    told = wanted_row(a_target(), TEMPLATE, NOW_JD)
    assert (keep_noise_out(told | {"mag": mag}, told, limits) == told) is kept


def test_right_ascension_may_wrap_between_two_means():
    told = wanted_row(a_target(ra=359.99999), TEMPLATE, NOW_JD)
    moved = wanted_row(a_target(ra=0.00001), TEMPLATE, NOW_JD)
    assert keep_noise_out(moved, told, SETTINGS.fourmost)["ra"] == 359.99999


def test_what_is_told_is_what_we_write_in_the_servers_own_words():
    row = wanted_row(a_target(), TEMPLATE, NOW_JD)
    answer = row | {"id": 9, "date_submitted": "2026-11-24T10:00:00+01:00", "mag": 21.5001}
    assert as_told(answer) == row | {"mag": 21.5001}
