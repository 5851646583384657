"""The conditions of a filter at Lasair, as they stand at each alert of a simulated transient."""

import numpy as np
import pytest

from tests.unit.efficiency.samples import a_small_sample
from tides.brokers.lasair import served
from tides.clock import jd_utc_to_mjd_tai
from tides.efficiency.lasair_filter import COLUMNS, Alerts, held_by, read_conditions
from tides.errors import SettingsError
from tides.surveys.survey import survey as named
from tides.surveys.survey import surveys

MJD = 61000.1


def column(name, *rows, survey="lsst", number=1, **values):
    """A column's value at each alert."""
    sample = a_small_sample(*rows, survey=survey, number=number, **values)
    return COLUMNS[name](Alerts(sample.light_curves.detections, sample.events)).tolist()


ROWS = (
    (0, MJD, "r", 21, 10),
    (0, MJD + 0.02, "g", 21, 10),
    (0, MJD + 3, "r", 20, 10),
    (1, MJD + 1, "g", 22, 10),
    (1, MJD + 4, "g", 21, 10),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nDiaSources", [1, 2, 3, 1, 2]),
        ("nPosDiaSources", [1, 2, 3, 1, 2]),
        ("nPosDiaSourcesNights", [1, 1, 2, 1, 2]),
        ("nrSources", [1, 1, 2, 0, 0]),
        ("ngSources", [0, 1, 1, 1, 2]),
    ],
)
def test_counts_are_those_of_the_alert_and_start_anew_with_each_event(name, expected):
    assert column(name, *ROWS, number=2) == expected


def test_fluxes_are_the_newest_of_their_band():
    bright, brighter = 10 ** (0.4 * (31.4 - 21)), 10 ** (0.4 * (31.4 - 20))
    flux = column("r_psfFlux", *ROWS, number=2)
    assert flux[:3] == pytest.approx([bright, bright, brighter], rel=1e-5)
    assert np.isnan(flux[3:]).all()
    assert column("latest_psfFlux", *ROWS, number=2)[2:4] == pytest.approx([brighter, bright / 10**0.4], rel=1e-5)


def test_dates_are_in_the_scale_of_the_column():
    tai = float(jd_utc_to_mjd_tai(MJD + 2400000.5))
    assert column("firstDiaSourceMjdTai", *ROWS, number=2)[:3] == pytest.approx([tai] * 3)
    assert column("lastDiaSourceMjdTai", *ROWS, number=2)[2] == pytest.approx(tai + 3)
    assert column("jdmin", *ROWS, number=2, survey="ztf")[:3] == pytest.approx([MJD + 2400000.5] * 3)


def test_ztf_has_its_own_columns():
    assert column("ncandgp", *ROWS, number=2, survey="ztf") == [1, 2, 3, 1, 2]
    assert column("rmag", *ROWS, number=2, survey="ztf")[:3] == pytest.approx([21, 21, 20], abs=1e-5)
    assert column("maggmin", *ROWS, number=2, survey="ztf")[3:] == pytest.approx([22, 21], abs=1e-5)
    fading = [(0, MJD, "r", 20, 10), (0, MJD + 1, "r", 21, 10)]
    assert column("magrmin", *fading, survey="ztf") == pytest.approx([20, 20], abs=1e-5)


@pytest.mark.parametrize(
    ("survey", "name"), [(known.name, name) for known in surveys() for name in served(known.name).columns]
)
def test_every_column_has_a_value_at_each_alert(survey, name):
    rows = [(0, MJD + step, band, 21, 10) for step, band in enumerate("ugrizy")]
    values = column(name, *rows, survey=survey, ra_deg=[150.0], dec_deg=[-30.0])
    assert len(values) == 6
    assert np.isfinite(values[-1])


def test_conditions_hold_alert_by_alert():
    sample = a_small_sample(*ROWS, number=2)
    conditions = read_conditions("nPosDiaSources >= 2 and objects.nPosDiaSourcesNights>=2", named("lsst"))
    assert [held.tolist() for held in held_by(sample, conditions)] == [
        [False, True, True, False, True],
        [False, False, True, False, True],
    ]


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "=", "!=", "<>"])
def test_what_is_unknown_passes_no_condition_as_in_sql(op):
    sample = a_small_sample((0, MJD, "r", 21, 10))
    (held,) = held_by(sample, read_conditions(f"g_psfFlux {op} 1000", named("lsst")))
    assert held.tolist() == [False]


@pytest.mark.parametrize("op", ["=", "=="])
def test_equality_is_written_as_in_sql_or_as_in_python(op):
    sample = a_small_sample(*ROWS, number=2)
    (held,) = held_by(sample, read_conditions(f"nrSources {op} 2", named("lsst")))
    assert held.tolist() == [False, False, True, False, False]


def test_a_column_that_no_simulation_tells_is_refused_with_those_that_can_be_used():
    text = 'nPosDiaSources >= 3 AND sherlock_classifications.classification IN ("SN", "NT")'
    with pytest.raises(SettingsError, match=r"sherlock_classifications\.classification cannot be computed.*ngSources"):
        read_conditions(text, named("lsst"))
    with pytest.raises(SettingsError, match="the nearest is nPosDiaSources;"):
        read_conditions("nposDiaSource > 3", named("lsst"))
    with pytest.raises(SettingsError, match="ncandgp cannot be computed"):
        read_conditions("ncandgp > 3", named("lsst"))


@pytest.mark.parametrize(
    "text",
    ["", "nPosDiaSources", "nPosDiaSources >= 3 OR decl < 20", "decl < ra", "(decl < 20)", "decl < __import__('os')"],
)
def test_anything_but_comparisons_with_numbers_is_refused(text):
    with pytest.raises(SettingsError, match="--filter: "):
        read_conditions(text, named("lsst"))
