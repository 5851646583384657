"""Times, against astronomy's own dates."""

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


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-11-20 03:00:00", 3), ("2026-11-20T03:00:00+01:00", 2), ("yesterday", None), (None, None), (5, None)],
)
def test_a_moment_without_a_zone_is_utc_and_what_is_none_is_none(text, hour):
    moment = clock.utc_moment(text)
    assert moment == (hour if hour is None else datetime(2026, 11, 20, hour, tzinfo=UTC))
