"""Rows of cross-matches: what is filled where a match says nothing, and what hosts are drawn."""

import pytest

from sandbox.sky.crossmatches import kpc_an_arcsec, lite, offset, rows_of
from sandbox.sky.hosts import matches_of


def test_a_match_of_which_nothing_is_said_is_a_galaxy_near_the_object():
    [row] = rows_of("1", 10.0, -20.0, [{}])
    assert (row["catalogue_object_type"], row["rank"], row["Mag"], row["z"]) == ("galaxy", 1, 20.0, None)
    assert row["separationArcsec"] == pytest.approx(0.5)
    assert (row["raDeg"], row["decDeg"]) == pytest.approx((10.0, -20.0 + 0.5 / 3600))


def test_what_is_said_stays_as_it_is_null_and_text_as_well():
    [row] = rows_of("1", 10.0, -20.0, [{"raDeg": "10.0", "decDeg": None, "Mag": None}])
    assert (row["raDeg"], row["decDeg"], row["Mag"]) == ("10.0", None, None)


def test_separations_are_right_across_the_hour_of_zero():
    ra, dec = offset(0.0001, -60.0, 1.0, -2.0)
    [row] = rows_of("1", 0.0001, -60.0, [{"raDeg": ra, "decDeg": dec}])
    assert ra > 359
    assert float(row["northSeparationArcsec"]) == pytest.approx(1)
    assert float(row["eastSeparationArcsec"]) == pytest.approx(-2)
    assert row["separationArcsec"] == pytest.approx(5**0.5)


def test_a_row_of_a_single_catalogue_has_no_rank_of_its_own():
    merged, alone = rows_of("1", 10.0, -20.0, [{}, {"merged_rank": 1}])
    assert (merged["rank"], alone["rank"], alone["merged_rank"]) == (1, None, 1)


def test_the_lite_form_takes_the_magnitude_from_the_bands_column():
    [best] = lite(rows_of("1", 10.0, -20.0, [{"_r": 21.2, "_rErr": 0.1}, {}]))
    assert (best["Mag"], best["MagErr"], best["MagFilter"]) == (21.2, 0.1, "r")


def test_a_second_of_arc_spans_1_84_kpc_at_redshift_a_tenth():
    assert kpc_an_arcsec(0.1) == pytest.approx(1.844, abs=0.001)


def test_the_same_source_has_the_same_matches_and_another_has_others():
    asked = ("SN", 0.1, 10.0, -20.0)
    assert matches_of("170", *asked) == matches_of("170", *asked) != matches_of("171", *asked)


def test_hosts_lie_half_an_arcsec_away_on_average_and_nuclear_ones_at_the_core():
    def mean_arcsec(sherlock: str) -> float:
        rows = [rows_of("1", 10.0, -20.0, matches_of(str(n), sherlock, 0.1, 10.0, -20.0))[0] for n in range(400)]
        return sum(row["separationArcsec"] for row in rows) / len(rows)

    assert mean_arcsec("SN") == pytest.approx(0.5, abs=0.1)
    assert mean_arcsec("NT") < 0.1


def test_the_best_match_scores_lowest_as_at_sherlock():
    for number in range(200):
        rows = rows_of("1", 10.0, -20.0, matches_of(str(number), "SN", 0.1, 10.0, -20.0))
        scores = [row["rankScore"] for row in rows if row["rank"]]
        assert scores == sorted(scores)
