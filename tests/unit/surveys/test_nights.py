"""How the surveys number their nights, against their own numbers."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tides.clock import jd_utc, mjd_tai_to_jd_utc
from tides.surveys.lsst import SURVEY as LSST
from tides.surveys.ztf import SURVEY as ZTF

JDS = st.floats(2455000.0, 2480000.0)


def test_ztf_counts_its_nights_from_the_first_of_january_2017():
    assert ZTF.night(jd_utc(datetime(2017, 1, 1, 6, tzinfo=UTC))) == 0
    assert ZTF.night(jd_utc(datetime(2018, 1, 1, 6, tzinfo=UTC))) == 365


def test_an_lsst_night_goes_from_noon_to_noon_utc():
    noon = mjd_tai_to_jd_utc(60924.5 + 37 / 86400)
    assert LSST.night(noon - 0.001) == 20250905
    assert LSST.night(noon + 0.001) == 20250906


def test_the_night_of_the_turn_of_the_year_belongs_to_the_old_year():
    assert LSST.night(jd_utc(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))) == 20251231


def test_a_leap_day_is_a_day():
    assert LSST.night(jd_utc(datetime(2028, 3, 1, 3, tzinfo=UTC))) == 20280229
    assert LSST.night_end(20280229) == jd_utc(datetime(2028, 3, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("survey", [LSST, ZTF], ids=["lsst", "ztf"])
@given(jd=JDS)
def test_a_time_lies_in_the_last_day_before_the_end_of_its_night(survey, jd):
    assert 0 < survey.night_end(survey.night(jd)) - jd <= 1


@pytest.mark.parametrize("survey", [LSST, ZTF], ids=["lsst", "ztf"])
@given(jds=st.lists(JDS, min_size=1))
def test_the_places_of_nights_are_in_step_with_their_numbers(survey, jds):
    places = survey.nights.place(np.array(jds))
    ends = survey.nights.end_of_place(places)
    assert ends.tolist() == [survey.night_end(survey.night(jd)) for jd in jds]
