"""Which values of 4MOST's rows can be true."""

from datetime import UTC, datetime

import pytest

from tides.fourmost.believed import _PLAUSIBLE

LATEST = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("date_ingested", "yesterday"),
        ("date_ingested", "2026-11-25T15:00:00"),
        ("date_ingested", "2026-11-30T00:00:01+00:00"),
        ("date_submitted", "2019-12-31T23:59:59Z"),
        ("date_modified", 7),
        ("ostd_targ_id", "the first"),
        ("ostd_targ_id", True),
        ("ostd_u_obj_id", 2**63),
        ("uploadedfor_survey_id", 2**31),
        ("is_active", 1),
        ("ra", 1000.0),
        ("ra", True),
        ("dec", -99999.0),
        ("dec", float("nan")),
        ("date_latest", 10**400),
    ],
)
def test_what_cannot_be_true(column, value):
    assert not _PLAUSIBLE[column](value, LATEST)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("date_ingested", "2026-11-30T00:00:00+00:00"),
        ("date_submitted", "2020-01-01T01:00:00+01:00"),
        ("ostd_targ_id", 2**63 - 1),
        ("uploadedfor_survey_id", 5),
        ("is_active", False),
        ("ra", -10),
        ("dec", 90.0),
        ("date_latest", 0.0),
    ],
)
def test_what_can_be_true(column, value):
    assert _PLAUSIBLE[column](value, LATEST)
