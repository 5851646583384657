"""The master's columns of one target, by hand from the alerts and light curves of its two objects.

All numbers differ, so that no two columns can be swapped unseen.
"""

from datetime import UTC, datetime

import pytest

from tests.builders import NOW

FIRST_DAY_JD = 2460000.5 + (NOW - datetime(2023, 2, 25, tzinfo=UTC)).days - 12
"""JD 2460000.5 is 2023 February 25, 0 h UTC."""

TAI_MINUS_UTC_S = 37
HOUR_S = 3600


def tai(day):
    """MJD (TAI) of a day (UTC) after the first one."""
    return FIRST_DAY_JD + day - 2400000.5 + TAI_MINUS_UTC_S / 86400


def moment(day):
    """How Lasair writes a day (UTC) after the first one, a quarter of an hour later."""
    stamp = (FIRST_DAY_JD - 2440587.5 + day) * 86400 + HOUR_S / 4
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M:%S}"


def flux_njy(mag):
    return 10 ** ((31.4 - mag) / 2.5)


def a_source(day, band, mag):
    flux = flux_njy(mag)
    return {
        "psfFlux": flux,
        "psfFluxErr": flux / 40,
        "midpointMjdTai": tai(day),
        "band": band,
        "reliability": 0.9,
    }


FIRST = {
    "diaObjectId": 170_000_000_000_000_101,
    "ra": 150.0,
    "decl": -30.0,
    "firstDiaSourceMjdTai": tai(0.3),
    "lastDiaSourceMjdTai": tai(6.3),
    "latest_psfFlux": flux_njy(21.7),
    "g_psfFlux": flux_njy(21.5),
    "r_psfFlux": flux_njy(21.1),
    "i_psfFlux": flux_njy(21.7),
    "z_psfFlux": None,
    "g_latestMJD": tai(4.3),
    "r_latestMJD": tai(5.3),
    "i_latestMJD": tai(6.3),
    "z_latestMJD": None,
    "nPosDiaSources": 17,
    "nPosDiaSourcesNights": 6,
    "sherlock_classifications": "SN",
    "UTC": moment(6.3),
    "alert": {
        "diaSourcesList": [
            a_source(0.3, "i", 21.6),
            a_source(1.3, "g", 20.5),
            a_source(2.3, "r", 20.9),
            a_source(4.3, "g", 21.5),
            a_source(5.3, "r", 21.1),
            a_source(6.3, "i", 21.7),
        ],
        "diaForcedSourcesList": [],
    },
}

SECOND = FIRST | {
    "diaObjectId": 170_000_000_000_000_202,
    "decl": -30.0 + 0.5 / 3600,
    "firstDiaSourceMjdTai": tai(7.3),
    "lastDiaSourceMjdTai": tai(9.3),
    "latest_psfFlux": flux_njy(22.0),
    "g_psfFlux": flux_njy(21.8),
    "r_psfFlux": flux_njy(21.3),
    "i_psfFlux": flux_njy(22.0),
    "g_latestMJD": tai(8.3),
    "r_latestMJD": tai(7.3),
    "i_latestMJD": tai(9.3),
    "nPosDiaSources": 5,
    "nPosDiaSourcesNights": 3,
    "sherlock_classifications": "NT",
    "UTC": moment(9.3),
    "alert": {
        "diaSourcesList": [a_source(7.3, "r", 21.3), a_source(8.3, "g", 21.8), a_source(9.3, "i", 22.0)],
        "diaForcedSourcesList": [],
    },
}

MASTER_OF_BOTH = {
    "ra": 150.0,
    "dec": -30.0 + 0.5 / 3600,
    "magrmin": 20.9,
    "maggmin": 20.5,
    "rmag": 21.3,
    "gmag": 21.8,
    "jdmin": FIRST_DAY_JD + 0.3,
    "jdmax": FIRST_DAY_JD + 9.3,
    "jdgmax": FIRST_DAY_JD + 8.3,
    "jdrmax": FIRST_DAY_JD + 7.3,
    "ncandgp": 17 + 5,
}

MASTER_OF_THE_FIRST = {
    "ra": 150.0,
    "dec": -30.0,
    "magrmin": 20.9,
    "maggmin": 20.5,
    "rmag": 21.1,
    "gmag": 21.5,
    "jdmin": FIRST_DAY_JD + 0.3,
    "jdmax": FIRST_DAY_JD + 6.3,
    "jdgmax": FIRST_DAY_JD + 4.3,
    "jdrmax": FIRST_DAY_JD + 5.3,
    "ncandgp": 17,
}

SECOND_OF_A_DAY = 1 / 86400


@pytest.mark.parametrize(
    ("messages", "columns", "sherlock_class"),
    [
        ([FIRST], MASTER_OF_THE_FIRST, "SN"),
        ([FIRST, SECOND], MASTER_OF_BOTH, "NT"),
        ([SECOND, FIRST], MASTER_OF_BOTH, "NT"),
    ],
    ids=["one object", "two objects", "two objects, the newer one first"],
)
def test_each_column_of_the_master_is_what_alerts_and_light_curves_say(bridge, messages, columns, sherlock_class):
    for message in messages:
        bridge.take_in("lsst", message)
    target = bridge.row("SELECT * FROM tides.tides_master")
    assert target["sherlock_class"] == sherlock_class
    for name, value in columns.items():
        tolerance = SECOND_OF_A_DAY / 10 if name.startswith("jd") else 1e-6
        assert target[name] == pytest.approx(value, abs=tolerance, rel=0), name


CRITERIA = [
    {
        "name": "usable",
        "held": None,
        "value": 6,
        "limit": 1,
        "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given",
    },
    {"name": "reliability", "held": True, "value": 0.9, "limit": 0.5},
    {"name": "minBands", "held": True, "value": 3, "limit": 3},
    {"name": "minNights", "held": True, "value": 6, "limit": 2},
    {"name": "magLimit", "held": True, "value": 20.5, "limit": 22.5},
    {"name": "currentMag", "held": True, "value": 20.5, "limit": 22.5, "days": 14},
    {"name": "positiveFraction", "held": True, "value": 1, "limit": 0.9},
    {"name": "maxAge", "held": True, "value": 6, "limit": 200},
    {"name": "classes", "held": True, "value": "SN", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"]},
]
"""Six detections of three bands in six nights, the brightest one of 20.5 mag, from day 0.3 to day 6.3."""


def test_the_verdict_is_stored_with_each_criterion_its_value_and_its_limit(bridge):
    bridge.take_in("lsst", FIRST)
    verdict = bridge.row("SELECT * FROM tides.verdict")
    assert verdict["criteria"] == [
        {key: pytest.approx(v) if isinstance(v, float) else v for key, v in criterion.items()} for criterion in CRITERIA
    ]
    dates = {
        "trigger_jd": FIRST_DAY_JD + 2.3,  # the first one by which three bands are known
        "first_jd": FIRST_DAY_JD + 0.3,
        "last_jd": FIRST_DAY_JD + 6.3,
    }
    for name, jd in dates.items():
        assert verdict[name] == pytest.approx(jd, abs=SECOND_OF_A_DAY / 10, rel=0), name
    assert f"{verdict['trigger_known']:%Y-%m-%d %H:%M:%S}" == FIRST["UTC"]
    told = ("lane", "stream", "survey", "object_id", "function", "function_hash", "passed", "control", "as_of")
    assert [verdict[name] for name in told] == [
        *("live", "lsst", "lsst", "170000000000000101", "tidesSNLSST", bridge.functions["tidesSNLSST"].hash),
        *(True, False, None),
    ]
    assert (verdict["detections"], verdict["run_id"]) == (6, "run-1")
    assert verdict["merged_at"] is not None
