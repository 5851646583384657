"""The figure of a light curve: what it shows, where, and that no word of it is run as a script."""

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from tests.unit.judgement.light_curves import a_function, a_ztf_detection, a_ztf_light_curve, random_light_curves
from tides.clock import jd_utc
from tides.journal.states import LiveSpan
from tides.page.curve_figure import MARKERS, NAMES, Dates, Scale, draw, figure_json
from tides.photometry.bands import BANDS
from tides.photometry.colours import COLOURS
from tides.photometry.colours import MARKERS as ON_PAPER
from tides.reports.curve import Curve, MagnitudeLimit, Points, ToldThen, Trigger, read_points
from tides.surveys.survey import survey as named

JD = 2460310.75
OURS = a_function(minBands=1, magLimit=22.5)
SEEN = datetime(2024, 1, 2, tzinfo=UTC)
POINTS = (
    a_ztf_detection(JD, "g", 19.0),
    a_ztf_detection(JD + 1, "r", 19.5),
    a_ztf_detection(JD + 2, "r", 19.5, snr=3),
    {"jd": JD - 3, "fid": 1, "diffmaglim": 20.5},
)
FORCED = {"jd": JD + 4, "fid": 2, "forcediffimflux": 900.0, "forcediffimfluxunc": 30.0, "magzpsci": 26.25}


def a_curve(points: Points) -> Curve:
    return Curve(
        "ztf", "ZTF25aaaaaaa", "TiDES26aaa", "ours", ["ours"], "bulk", SEEN, points, [MagnitudeLimit(22.5, "magLimit")],
        [Trigger("ours", JD + 1, SEEN, SEEN, False)],
        [LiveSpan(SEEN, SEEN + timedelta(days=1), "selected", "deactivated"), LiveSpan(SEEN, None, "forced", None)],
        [ToldThen(SEEN, "create", "stored", True, 19.5, "r")],
    )  # fmt: skip


CURVE = a_curve(read_points(a_ztf_light_curve([*POINTS], forcedphot=[FORCED]), None, named("ztf"), OURS))


def data_of(plot, name):
    """The data of all marks of a name, by column."""
    columns: dict = {}
    for renderer in plot.renderers:
        if renderer.name == name:
            for key, values in renderer.data_source.data.items():
                columns.setdefault(key, []).extend(values)
    return columns


@pytest.mark.parametrize("scale", get_args(Scale))
@pytest.mark.parametrize("dates", get_args(Dates))
@pytest.mark.parametrize("theme", COLOURS)
def test_no_part_of_a_figure_is_run_as_a_script(scale, dates, theme):
    said = json.dumps(figure_json(CURVE, OURS, scale, dates, theme), allow_nan=False)
    assert '"name":"Scatter"' in said.replace(": ", ":")
    assert "CustomJS" not in said
    assert "FuncTick" not in said
    assert "http" not in said


def test_each_kind_of_point_is_drawn_apart_and_hover_says_why_it_does_not_count():
    plot = draw(CURVE, OURS, "mag", "jd", "light")
    assert data_of(plot, "counted")["x"] == [JD, JD + 1]
    assert data_of(plot, "others")["says"] == ["does not count: signal to noise 3.0, limit 5"]
    assert data_of(plot, "forced")["x"] == [JD + 4]
    limits = data_of(plot, "limits")
    assert (limits["x"], limits["y"]) == ([JD - 3], [20.5])
    assert limits["low"][0] > 20.5, "the line of a limit leads to what is fainter"
    told = {name for tool in plot.tools for name in getattr(tool, "tooltips", None) or []}
    assert {f"@{name}" for name in NAMES} <= {what for _, what in told}


def test_brighter_is_upwards_and_all_lies_within_the_figure():
    for scale in get_args(Scale):
        plot = draw(CURVE, OURS, scale, "mjd", "dark")
        low, high = sorted((plot.y_range.start, plot.y_range.end))
        assert (plot.y_range.start > plot.y_range.end) == (scale == "mag")
        for name in ("counted", "others", "forced", "limits", "triggers", "answers"):
            found = data_of(plot, name)
            assert found["y"], name
            assert all(low < y < high for y in found["y"])
            assert all(plot.x_range.start < x < plot.x_range.end for x in found["x"])


def test_dates_are_utc_mjd_or_jd():
    first = {dates: data_of(draw(CURVE, OURS, "mag", dates, "light"), "counted")["x"][0] for dates in get_args(Dates)}
    moment = datetime(2024, 1, 1, 6, tzinfo=UTC)
    assert jd_utc(moment) == JD
    assert first == {"utc": pytest.approx(moment.timestamp() * 1000), "mjd": JD - 2400000.5, "jd": JD}


def test_triggers_live_times_limits_and_answers_are_marked():
    plot = draw(CURVE, OURS, "mag", "jd", "light")
    assert "Trigger of ours: 2024-01-02 06:00:00 UTC" in data_of(plot, "triggers")["says"][0]
    assert "create stored, active, 19.50 mag (r)" in data_of(plot, "answers")["says"][0]
    boxes = [each for each in plot.center if type(each).__name__ == "BoxAnnotation"]
    assert [box.left for box in boxes] == [jd_utc(SEEN)] * 2
    assert boxes[0].right == jd_utc(SEEN) + 1
    assert type(boxes[1].right).__name__ == "Node", "it has no end but that of the figure"
    lines = {(each.location, each.dimension) for each in plot.center if type(each).__name__ == "Span"}
    assert {(22.5, "width"), (JD + 1, "height"), (jd_utc(SEEN), "height")} <= lines


def test_every_band_has_a_colour_on_each_ground_and_a_marker_of_its_own():
    for colours in (*COLOURS.values(), MARKERS, ON_PAPER):
        assert colours.keys() == set(BANDS)
        assert len(set(colours.values())) == len(BANDS)


def contrast(colour: str, ground: str) -> float:
    """How well two colours can be told apart (WCAG 2)."""

    def light(said: str) -> float:
        parts = [int(said[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((light(colour), light(ground)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_bands_can_be_told_from_a_dark_ground():
    assert all(contrast(colour, "#101820") > 3 for colour in COLOURS["dark"].values())
    assert any(contrast(colour, "#101820") < 3 for colour in COLOURS["light"].values()), "why there are two sets"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_any_light_curve_can_be_drawn(survey):
    for raw in random_light_curves(survey, 6, seed=9):
        curve = a_curve(read_points(raw, None, named(survey), OURS))
        for scale in get_args(Scale):
            said = figure_json(curve, OURS, scale, "utc", "light")
            assert json.loads(json.dumps(said, allow_nan=False))["root_id"]
