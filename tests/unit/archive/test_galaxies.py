"""The galaxies among Sherlock's cross-matches: what counts, what is set aside, what an answer must have."""

import pytest

from tides.archive.hosts import galaxies
from tides.errors import AnswerBroken

MATCH = {
    "rank": 1, "catalogue_table_name": "SDSS/PS1", "catalogue_object_id": 1237651, "catalogue_object_type": "galaxy",
    "association_type": "SN", "raDeg": 150.0, "decDeg": -30.0, "separationArcsec": 0.8,
}  # fmt: skip


def found(*matches, most=5):
    return galaxies({"classifications": {}, "crossmatches": [MATCH | match for match in matches]}, most)


def test_an_object_without_matches_or_that_lasair_does_not_know_has_none():
    assert galaxies(None, 5) == galaxies({"crossmatches": []}, 5) == []


def test_galaxies_come_by_rank_as_many_as_are_kept_and_other_catalogues_entries_are_left_out():
    matches = [{"rank": rank, "catalogue_object_id": rank} for rank in (3, 1, 2, None, 0, True, "1", 2.0)]
    assert [(g.rank, g.catalogue_id) for g in found(*matches, most=2)] == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ({"catalogue_object_type": "Galaxy"}, True),
        ({"catalogue_object_type": "star"}, False),
        ({"catalogue_object_type": "agn", "association_type": "AGN"}, False),
        ({"catalogue_object_type": None, "association_type": "NT"}, True),
        ({"catalogue_object_type": None, "association_type": "VS"}, False),
    ],
)
def test_only_what_is_a_galaxy_counts(said, is_one):
    assert bool(found(said)) is is_one


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"_r": 18.3, "_rErr": 0.03, "Mag": 15.2, "MagFilter": "K"}, ("r", 18.3, 0.03)),
        ({"_g": 19.0, "_i": "18.0"}, ("i", 18.0, None)),
        ({"Mag": 17.5, "MagErr": 0.1, "MagFilter": "_r"}, ("r", 17.5, 0.1)),
        ({"Mag": 15.2, "MagFilter": "K"}, (None, None, None)),
        ({"_r": float("nan"), "_z": 17.0}, ("z", 17.0, None)),
        ({"_r": -999.0}, (None, None, None)),
        ({"_r": 18.0, "_rErr": -1}, ("r", 18.0, None)),
        ({}, (None, None, None)),
    ],
)
def test_the_magnitude_is_the_first_of_r_i_g_z_that_the_catalogue_has(said, expected):
    (galaxy,) = found(said)
    assert (galaxy.band, galaxy.mag, galaxy.mag_err) == expected


@pytest.mark.parametrize(
    ("said", "redshift", "photo_z", "radius"),
    [
        ({"z": 0.05, "photoZ": 0.06, "major_axis_arcsec": 4.5}, 0.05, 0.06, 4.5),
        ({"z": None, "photoZ": "0.06", "sm_axis_arcsec": 3}, None, 0.06, 3.0),
        ({"z": -99.0, "photoZ": 0, "major_axis_arcsec": 0}, None, None, None),
    ],
)
def test_what_a_catalogue_does_not_know_is_not_known(said, redshift, photo_z, radius):
    (galaxy,) = found(said)
    assert (galaxy.redshift, galaxy.photo_z, galaxy.radius_arcsec) == (redshift, photo_z, radius)


def test_right_ascension_is_below_360():
    assert found({"raDeg": 360.0})[0].ra == 0.0


@pytest.mark.parametrize("key", ["raDeg", "decDeg", "separationArcsec", "catalogue_table_name", "catalogue_object_id"])
def test_a_galaxy_without_place_or_name_is_a_broken_answer(key):
    with pytest.raises(AnswerBroken, match="lacks its position, separation or catalogue entry"):
        found({key: None})
