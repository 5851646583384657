"""Efficiency in bins: the edges, n and k, and the intervals."""

import numpy as np
import pytest
from scipy import stats

from tests.unit.efficiency.samples import fates_table
from tides.efficiency.binning import (
    AXES,
    axes_with,
    binned_means,
    cut_flow,
    efficiency_table,
    healpix_of,
    known_axes,
    outcomes,
    read_axes,
)
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


def test_three_axes_make_a_row_for_each_triple_that_has_an_event():
    events = fates_table(
        redshift=[0.01, 0.02, 0.07, 0.07], type=["Ia", "II", "Ia", "Ia"], peak_mag_r=[20, 20, 21, 22], selected=SELECTED
    )
    rows = rows_of(binned(["z", "mag_r", "type"], events))
    assert [(row["z_low"], row["mag_r_low"], row["type"], row["n"], row["k"]) for row in rows] == [
        (0, 20, "II", 1, 0), (0, 20, "Ia", 1, 1), (0.05, 21, "Ia", 1, 1), (0.05, 22, "Ia", 1, 1),
    ]  # fmt: skip


def test_bins_that_are_asked_for_begin_end_and_are_as_wide_as_said():
    events = fates_table(redshift=[0.05, 0.1, 0.39, 0.4, 0.7], selected=[True] * 5)
    table = efficiency_table(events, [axes_with(["z=0.1:0.7:0.3"])["z"]], outcomes(events, ()))
    assert [(row["z_low"], row["z_high"], row["n"]) for row in rows_of(table)] == [(0.1, 0.4, 2), (0.4, 0.7, 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zz=0:1:0.1", "no axis zz; did you mean z"),
        ("type=0:1:0.1", "type has a bin for each value"),
        ("z=0:1", "write AXIS=FROM:TO:WIDTH"),
        ("z=0:1:0.3", "must be more than 0 and divide the range"),
        ("z=1:0:0.1", "must be more than 0 and divide the range"),
        ("z=0:1:0", "must be more than 0 and divide the range"),
        ("z=0:inf:0.1", "must be more than 0 and divide the range"),
    ],
)
def test_wrong_bins_are_refused(text, said):
    with pytest.raises(SettingsError, match=said):
        axes_with([text])


def test_weights_make_the_share_of_the_weight_and_intervals_of_fewer_events():
    events = fates_table(redshift=[0.01] * 4, selected=[True, True, False, False], weight=[1.0, 3.0, 2.0, 0.0])
    (row,) = rows_of(binned(["z"], events))
    assert (row["n"], row["k"], row["efficiency"]) == (4, 2, pytest.approx(4 / 6))
    assert row["n_effective"] == pytest.approx(36 / 14)
    z, n, p = stats.norm.isf((1 - 0.95) / 2), 36 / 14, 4 / 6
    middle, half = (p + z**2 / 2 / n) / (1 + z**2 / n), z * np.sqrt(p * (1 - p) / n + (z / 2 / n) ** 2) / (1 + z**2 / n)
    assert (row["low_95"], row["high_95"]) == pytest.approx((middle - half, middle + half))
    flow = cut_flow(events, ["trigger"], outcomes(events, ()))
    assert [row["efficiency"] for row in flow][:2] == pytest.approx([1, 4 / 6])


def test_the_mean_of_what_was_selected_is_compared_with_the_mean_of_all():
    events = fates_table(
        redshift=[0.01, 0.02, 0.03, 0.07, 0.08], SIM_mB=[20.0, 22, 24, 21, np.nan], weight=[1.0, 1, 2, 1, 1],
        selected=[True, True, False, False, True],
    )  # fmt: skip
    rows = rows_of(binned_means(events, AXES["z"], "SIM_mB", outcomes(events, ())))
    first, second = rows
    assert (first["n"], first["k"], first["mean_all"], first["mean"]) == (3, 2, 22.5, 21)
    assert first["difference"] == -1.5
    assert first["mean_err"] == pytest.approx(np.std([20, 22], ddof=1) / np.sqrt(2))
    assert (second["n"], second["k"], second["mean_all"]) == (1, 0, 21)
    assert np.isnan([second["mean"], second["mean_all_err"]]).all()


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
        ("z,type,field,mwebv", "3 axes at most"),
        ("z,z", "an axis stands twice"),
        ("mwebv", "the simulation has no mwebv for its events; it has z"),
    ],
)
def test_a_wrong_axis_is_refused_with_what_there_is(text, said):
    with pytest.raises(SettingsError, match=said):
        read_axes(text, fates_table(redshift=[0.1]))
