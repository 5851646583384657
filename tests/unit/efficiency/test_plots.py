"""Figures of efficiency: titles within the figure, legends off the data, names of bins beside each other."""

from itertools import pairwise

import numpy as np
import pytest

from tests.unit.efficiency.samples import fates_table
from tides.efficiency.binning import AXES, binned_means, efficiency_table, outcomes
from tides.efficiency.plots import plot_bands, plot_map, plot_maps, plot_means, plot_outcomes, plot_sky

TYPES = ["SN Ia", "SN Ia-91bg", "SN Iax", "SN Ib", "SN Ic", "SN Ic-BL", "SN II", "SN IIn", "SLSN-I", "TDE", "KN"]
TITLE = (
    "tidesSNLSST (0123456789ab), relative to simulated triggers, weights WGT\n"
    f"with the filter {'objects.nuniqueBands > 1 AND '.join(['x'] * 5)}"
)
RNG = np.random.default_rng(1)
EVENTS = fates_table(
    redshift=RNG.uniform(0, 0.6, 600), peak_mag_r=RNG.uniform(19, 24, 600), peak_mag_g=RNG.uniform(19, 24, 600),
    type=RNG.choice(TYPES, 600), selected=RNG.random(600) < 0.6, days_live=RNG.uniform(0, 60, 600),
    SIM_mB=RNG.uniform(19, 24, 600), healpix=RNG.integers(0, 768, 600),
)  # fmt: skip
COUNTED = outcomes(EVENTS, (20, 40))


def table(*names):
    return efficiency_table(EVENTS, [AXES[name] for name in names], COUNTED)


FIGURES = {
    "along redshift": lambda: plot_outcomes(table("z"), AXES["z"], TITLE),
    "by type": lambda: plot_outcomes(table("type"), AXES["type"], TITLE),
    "of the bands": lambda: plot_bands([(AXES[name], table(name)) for name in ("mag_g", "mag_r")], TITLE),
    "a map": lambda: plot_map(table("z", "mag_r"), [AXES["z"], AXES["mag_r"]], TITLE),
    "maps": lambda: plot_maps(table("z", "mag_r", "type"), [AXES[name] for name in ("z", "mag_r", "type")], TITLE),
    "means": lambda: plot_means(binned_means(EVENTS, AXES["z"], "SIM_mB", COUNTED), AXES["z"], "SIM_mB", TITLE),
    "of the sky": lambda: plot_sky(table("healpix"), TITLE),
}


@pytest.mark.parametrize("name", FIGURES)
def test_title_and_legend_lie_within_the_figure_and_off_the_data(name):
    figure = FIGURES[name]()
    figure.draw_without_rendering()
    title = figure._suptitle
    assert "relative to simulated triggers" in title.get_text()
    for artist in (title, *figure.legends):
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(panel.get_window_extent()) for panel in figure.axes if panel.get_visible())
    named = [panel.title.get_window_extent() for panel in figure.axes if panel.get_visible() and panel.get_title()]
    assert not any(title.get_window_extent().overlaps(box) for box in named)


def test_names_of_bins_do_not_lie_on_each_other():
    figure = FIGURES["by type"]()
    figure.draw_without_rendering()
    labels = figure.axes[1].get_xticklabels()
    assert [label.get_text() for label in labels] == sorted(TYPES)
    # Written aslant, a name ends below its own bin, so that the ends tell whether two meet.
    ends = [label.get_window_extent().x1 for label in labels]
    height = labels[0].get_fontsize() * figure.dpi / 72
    assert {label.get_rotation() for label in labels} == {30.0}
    assert all(right - left > height for left, right in pairwise(ends))
