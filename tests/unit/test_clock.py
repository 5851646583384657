"""Times and nights, against astronomy's own dates."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tides import clock


def test_mjd_tai_becomes_jd_utc_37_seconds_earlier():
    assert clock.mjd_tai_to_jd_utc(61000.0) == pytest.approx(2461000.5 - 37 / 86400, abs=1e-9)


@given(st.floats(50000, 70000))
def test_a_time_survives_the_way_to_mjd_tai_and_back_to_a_tenth_of_a_millisecond(mjd_tai):
    back = clock.jd_utc_to_mjd_tai(clock.mjd_tai_to_jd_utc(mjd_tai))
    assert abs(back - mjd_tai) * 86400 < 1e-4


@given(st.lists(st.floats(58000, 70000), min_size=1))
def test_an_array_of_times_is_converted_to_the_very_same_numbers_as_each_alone(times):
    assert clock.mjd_tai_to_jd_utc(np.array(times)).tolist() == [clock.mjd_tai_to_jd_utc(time) for time in times]
    assert np.asarray(clock.lsst_night(np.array(times))).tolist() == [clock.lsst_night(time) for time in times]


def test_ztf_counts_its_nights_from_the_first_of_january_2017():
    assert clock.ztf_night(clock.jd_utc(datetime(2017, 1, 1, 6, tzinfo=UTC))) == 0
    assert clock.ztf_night(clock.jd_utc(datetime(2018, 1, 1, 6, tzinfo=UTC))) == 365


def test_an_lsst_night_goes_from_noon_to_noon_utc():
    noon_tai = 60924.5 + 37 / 86400
    assert clock.lsst_night(noon_tai - 0.001) == 20250905
    assert clock.lsst_night(noon_tai + 0.001) == 20250906


def test_the_night_of_the_turn_of_the_year_belongs_to_the_old_year():
    new_year = clock.jd_utc_to_mjd_tai(clock.jd_utc(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)))
    assert clock.lsst_night(new_year) == 20251231


def test_a_leap_day_is_a_day():
    assert clock.day_obs(int(clock.jd_utc(datetime(2028, 2, 29, tzinfo=UTC)) - clock.MJD_EPOCH_JD)) == 20280229


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_survives_the_way_to_jd_and_back_to_the_millisecond(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    assert clock.utc(clock.jd_utc(moment)) == moment


def test_a_moment_in_another_zone_has_the_same_jd():
    berlin = timezone(timedelta(hours=2))
    assert clock.jd_utc(datetime(2026, 7, 1, 15, tzinfo=berlin)) == clock.jd_utc(datetime(2026, 7, 1, 13, tzinfo=UTC))


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        clock.jd_utc(datetime(2026, 7, 1))
