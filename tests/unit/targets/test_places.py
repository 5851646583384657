"""Positions as people write them."""

import pytest

from tides.errors import SettingsError
from tides.targets.places import Position, coordinates, read_position


@pytest.mark.parametrize(
    "words",
    [
        "150.125 -30.5",
        "150.125, -30.5",
        "150.125,-30.5",
        "10:00:30 -30:30:00",
        "10:00:30, -30:30:00",
        "10h00m30s -30d30m00s",
        "10 00 30 -30 30 00",
    ],
)
def test_a_position_is_read_in_degrees_or_in_hours_and_degrees(words):
    place = read_position(words, 3.0)
    assert place is not None
    assert (place.ra, place.dec) == pytest.approx((150.125, -30.5), abs=1e-9)
    assert place.radius_arcsec == 3.0


def test_right_ascension_360_is_0():
    assert read_position("360 -89", 1.0) == Position(0.0, -89.0, 1.0)


@pytest.mark.parametrize(
    ("ra", "dec", "hours", "degrees", "galactic"),
    [
        # Sgr A*: Reid & Brunthaler 2004, ApJ 616, 872.
        (266.41683708, -29.00781056, "17:45:40.041", "-29:00:28.12", (359.9442, -0.0462)),
        (0.0, -89.0, "00:00:00.000", "-89:00:00.00", None),
        (360.0, 0.0, "00:00:00.000", "+00:00:00.00", None),
        (359.9999999, 5.0, "00:00:00.000", "+05:00:00.00", None),
    ],
)
def test_a_place_is_written_in_each_way(ra, dec, hours, degrees, galactic):
    found = coordinates(ra, dec)
    assert (found.hours, found.degrees) == (hours, degrees)
    assert found.ra == pytest.approx(ra % 360)
    if galactic:
        assert (found.l, found.b) == pytest.approx(galactic, abs=1e-4)


@pytest.mark.parametrize("words", ["TiDES26aaa", "ZTF26aaaaaaa", "170000000000000001", "lsst 170000000000000001"])
def test_a_name_or_an_id_is_no_position(words):
    assert read_position(words, 1.0) is None


@pytest.mark.parametrize(
    "words", ["400 10", "10:00:00 -30:61:00", "150:01:00 -30:00:00", "150.1 north", "150 -91", "150 -30 7"]
)
def test_what_begins_like_a_position_and_is_none_is_refused(words):
    with pytest.raises(SettingsError, match=r"position|ra is 0 to 360"):
        read_position(words, 1.0)


def test_a_radius_is_at_most_an_arcminute():
    assert Position(1.0, 1.0, 60.0)
    with pytest.raises(SettingsError, match="radius up to 60"):
        Position(1.0, 1.0, 60.1)
