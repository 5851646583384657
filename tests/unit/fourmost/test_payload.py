"""What 4MOST should hold of a target, and when a difference is noise."""

import pytest

from tides.fourmost.fields import BandMagnitude, Target
from tides.fourmost.payload import Unsendable, as_told, in_the_band_told, keep_noise_out, wanted_row
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
def test_the_magnitude_is_of_the_first_band_of_those_equally_fresh_and_decides_its_type(magnitudes, mag, mag_type):
    row = wanted_row(a_target(*magnitudes), TEMPLATE, NOW_JD)
    assert (row["mag"], row["mag_type"]) == (mag, mag_type)


def seen(days_ago: float, band: str, mag: float, survey: str = "lsst", limit: float = 22.5) -> BandMagnitude:
    """A magnitude of a band that was last detected so long ago."""
    return BandMagnitude(survey, band, mag, 0.05, named(survey).precedence, NOW_JD - days_ago, limit)


@pytest.mark.parametrize(
    ("magnitudes", "told"),
    [
        ([seen(9, "r", 21.0), seen(1, "z", 21.5)], "LSST_z_AB"),
        ([seen(3, "r", 21.0), seen(1, "z", 21.5)], "LSST_r_AB"),
        ([seen(3.01, "r", 21.0), seen(1, "z", 21.5)], "LSST_z_AB"),
        ([seen(2, "r", 21.0), seen(1, "r", 20.0, "ztf", 20.5)], "SDSS_r_AB"),
        ([seen(1, "r", 21.0), seen(2, "r", 20.0, "ztf", 20.5)], "LSST_r_AB"),
        ([seen(1, "r", 22.51), seen(1, "i", 22.5)], "LSST_i_AB"),
        ([seen(1, "r", 22.9), seen(9, "i", 22.4), seen(12, "z", 22.0)], "LSST_i_AB"),
        ([seen(1, "r", 21.0, "ztf", 20.5), seen(1, "g", 22.0)], "LSST_g_AB"),
        ([seen(1, "r", 22.9), seen(1, "i", 22.6), seen(9, "z", 22.55)], "LSST_i_AB"),
    ],
    ids=[
        "the fresh band", "fresh by two days", "no longer fresh", "the newest survey", "the newest survey, other way",
        "never a faint band while another is bright", "also where the bright one is older", "each by its own limit",
        "all are faint: the brightest of the fresh",
    ],
)  # fmt: skip
def test_the_magnitude_is_by_freshness_then_by_band_and_never_faint_while_another_is_bright(magnitudes, told):
    assert wanted_row(a_target(magnitudes=tuple(magnitudes)), TEMPLATE, NOW_JD)["mag_type"] == told


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
    assert (keep_noise_out(told | change, told, SETTINGS.fourmost, None) == told) is kept


@pytest.mark.parametrize(("mag", "kept"), [(21.625, True), (21.375, True), (21.626, False), (21.374, False)])
def test_a_difference_of_just_the_tolerance_is_noise(mag, kept):
    limits = SETTINGS.fourmost.model_copy(update={"magnitude_tolerance": 0.125})
    told = wanted_row(a_target(), TEMPLATE, NOW_JD)
    changed = a_target(("lsst", "r", mag))
    same = in_the_band_told(changed, TEMPLATE, told["mag_type"])
    assert (keep_noise_out(wanted_row(changed, TEMPLATE, NOW_JD), told, limits, same) == told) is kept


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        ([seen(4, "r", 21.55), seen(1, "i", 20.0)], True),
        ([seen(4, "r", 21.65), seen(1, "i", 20.0)], False),
        ([seen(1, "i", 21.5)], False),
        ([seen(4, "r", 21.55, limit=21.52), seen(1, "i", 21.5, limit=21.52)], False),
        ([seen(4, "r", 21.55, limit=21.0), seen(1, "i", 21.5, limit=21.0)], True),
    ],
    ids=["its band is still right", "it is not", "it is not known", "it is too faint", "so are all"],
)
def test_another_band_is_no_news_while_what_4most_holds_is_right(now, kept):
    told = wanted_row(a_target(), TEMPLATE, NOW_JD)
    target = a_target(magnitudes=tuple(now))
    same = in_the_band_told(target, TEMPLATE, told["mag_type"])
    row = keep_noise_out(wanted_row(target, TEMPLATE, NOW_JD), told, SETTINGS.fourmost, same)
    assert (row == told) is kept
    assert row["mag_type"] == ("LSST_r_AB" if kept else "LSST_i_AB")


def test_right_ascension_may_wrap_between_two_means():
    told = wanted_row(a_target(ra=359.99999), TEMPLATE, NOW_JD)
    moved = wanted_row(a_target(ra=0.00001), TEMPLATE, NOW_JD)
    assert keep_noise_out(moved, told, SETTINGS.fourmost, None)["ra"] == 359.99999


def test_what_is_told_is_what_we_write_in_the_servers_own_words():
    row = wanted_row(a_target(), TEMPLATE, NOW_JD)
    answer = row | {"id": 9, "date_submitted": "2026-11-24T10:00:00+01:00", "mag": 21.5001}
    assert as_told(answer) == row | {"mag": 21.5001}
