"""Efficiency in bins: the edges, n and k, and the intervals."""

import numpy as np
import pytest
from scipy import stats

from tests.unit.efficiency.samples import fates_table
from tides.efficiency.binning import AXES, cut_flow, efficiency_table, healpix_of, known_axes, outcomes, read_axes
from tides.errors import SettingsError

SELECTED = [True, False, True, True]


def rows_of(table, outcome="selected"):
    return [dict(zip(table.colnames, row, strict=True)) for row in table if row["outcome"] == outcome]


def binned(axes, events, days=()):
    return efficiency_table(events, [AXES[name] for name in axes], outcomes(events, days))


def test_each_bin_tells_how_many_of_how_many_came_through():
    events = fates_table(redshift=[0.01, 0.02, 0.07, 0.26], selected=SELECTED)
    rows = rows_of(binned(["z"], events))
    assert [(row["z_low"], row["z_high"], row["n"], row["k"]) for row in rows] == [
        (0, 0.05, 2, 1), (0.05, 0.1, 1, 1), (0.25, 0.3, 1, 1),
    ]  # fmt: skip
    assert [row["efficiency"] for row in rows] == [0.5, 1, 1]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("edge", [0.05, 0.15, 0.35, 0.7, 1.1])
def test_an_edge_belongs_to_the_bin_above_it_in_32_bits_too(kind, edge):
    events = fates_table(redshift=np.array([edge], dtype=kind).astype(float))
    assert rows_of(binned(["z"], events))[0]["z_low"] == pytest.approx(edge)


def test_magnitudes_are_binned_by_a_quarter_and_events_without_a_value_are_left_out():
    events = fates_table(peak_mag_r=[20.0, 20.24, 20.25, np.nan], selected=SELECTED)
    rows = rows_of(binned(["mag_r"], events))
    assert [(row["mag_r_low"], row["n"], row["k"]) for row in rows] == [(20.0, 2, 1), (20.25, 1, 1)]


def test_two_axes_make_a_row_for_each_pair_that_has_an_event():
    events = fates_table(redshift=[0.01, 0.02, 0.07, 0.07], type=["Ia", "II", "Ia", "Ia"], selected=SELECTED)
    rows = rows_of(binned(["z", "type"], events))
    assert [(row["z_low"], row["type"], row["n"], row["k"]) for row in rows] == [
        (0, "II", 1, 0), (0, "Ia", 1, 1), (0.05, "Ia", 2, 2),
    ]  # fmt: skip


def test_a_bin_of_trigger_phases_is_a_share_of_all_events():
    events = fates_table(phase=[-7, np.nan, -2, -1], selected=SELECTED, redshift=[0.01, 0.01, 0.01, 0.06])
    rows = rows_of(binned(["phase"], events))
    assert [(row["phase_low"], row["n"], row["k"]) for row in rows] == [(-10, 4, 1), (-5, 4, 2)]
    rows = rows_of(binned(["phase", "z"], events))
    assert [(row["phase_low"], row["z_low"], row["n"], row["k"]) for row in rows] == [
        (-10, 0, 3, 1), (-5, 0, 3, 1), (-5, 0.05, 1, 1),
    ]  # fmt: skip


def test_sent_is_what_was_live_on_some_day_and_days_are_counted_in_full():
    events = fates_table(redshift=[0.01] * 4, selected=SELECTED, days_live=[0, 0, 10, 25])
    table = binned(["z"], events, days=(10, 20))
    assert {outcome: rows_of(table, outcome)[0]["k"] for outcome in ("selected", "sent", "live 10 d", "live 20 d")} == {
        "selected": 3, "sent": 2, "live 10 d": 2, "live 20 d": 1,
    }  # fmt: skip


def test_intervals_are_wilsons():
    events = fates_table(redshift=[0.01] * 40, selected=[True] * 9 + [False] * 31)
    (row,) = rows_of(binned(["z"], events))
    for ending, level in (("68", 0.683), ("95", 0.95)):
        expected = stats.binomtest(9, 40).proportion_ci(level, method="wilson")
        assert (row[f"low_{ending}"], row[f"high_{ending}"]) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_a_bin_of_fewer_than_ten_events_is_marked():
    events = fates_table(redshift=[0.01] * 9 + [0.06] * 10)
    assert [bool(row["few"]) for row in rows_of(binned(["z"], events))] == [True, False]


def test_the_cut_flow_tells_what_is_left_and_what_each_stage_rejected_first():
    events = fates_table(selected=[False, False, True, False], stage=[0, 1, 3, 1], days_live=[0, 0, 5, 0])
    flow = cut_flow(events, ["trigger", "detection", "magLimit"], outcomes(events, ()))
    assert [(row["stage"], row["rejected"], row["k"], row["n"]) for row in flow] == [
        ("trigger", 1, 3, 4), ("detection", 2, 1, 4), ("magLimit", 0, 1, 4), ("selected", 0, 1, 4), ("sent", 0, 1, 4),
    ]  # fmt: skip


def test_places_are_pixels_of_healpix_and_an_unknown_place_is_none():
    pixels = healpix_of(np.array([0.0, 5.625, np.nan]), np.array([90.0, 0.0, 0.0]))
    # RING: the four pixels around the pole come first; 16 rings (112 + 8 × 32 pixels) lie north of the equator's first
    assert pixels[0] < 4
    assert pixels[1] == 368
    assert pixels[2] == -1


def test_only_axes_of_which_something_is_known_are_offered():
    events = fates_table(redshift=[0.1, np.nan], type=["Ia", ""])
    assert [axis.name for axis in known_axes(events)] == ["z", "type"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zz", "no axis zz; did you mean z"),
        ("z,type,field", "one axis or two"),
        ("mwebv", "the simulation has no mwebv for its events; it has z"),
    ],
)
def test_a_wrong_axis_is_refused_with_what_there_is(text, said):
    with pytest.raises(SettingsError, match=said):
        read_axes(text, fates_table(redshift=[0.1]))
