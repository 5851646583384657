"""Light-curve plots: one file an object, in two formats, with what a scientist looks for in them."""

import re
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    random_light_curves,
)
from tides.checks.plots import draw, plot_light_curves
from tides.judgement.judge import Subject, judge, read
from tides.judgement.points import points_of
from tides.surveys.survey import survey as named

JD = 2460310.75
POINTS = [
    a_ztf_detection(JD, "g", 19.0),
    a_ztf_detection(JD + 1, "r", 19.5),
    a_ztf_detection(JD + 2, "r", 19.5, snr=3),
    {"jd": JD - 3, "fid": 1, "diffmaglim": 20.5},
]
FUNCTION = a_function(minBands=2, magLimit=22.5, currentMag=22.5)


def drawn(folder, raws, ids, survey="ztf", format_="svg", function=FUNCTION):
    subjects = [Subject(str(place), raw, {}, None) for place, raw in enumerate(raws)]
    verdicts = {int(v.object_id): v for v in judge(named(survey), subjects, [function], None).verdicts}
    known = named(survey)
    chunk, _ = known.decode(raws)
    in_order = [verdicts.get(place) for place in range(len(raws))]
    return plot_light_curves(chunk, known, function, in_order, ids, folder, format_)


def figure_of(raw, object_id="ZTF25aaaaaaa", survey="ztf", function=FUNCTION):
    """The figure of a light curve, with everything at its place, and the means to measure it."""
    known = named(survey)
    subject = Subject(object_id, raw, {}, None)
    (verdict,) = judge(known, [subject], [function], None).verdicts
    points = points_of(read(known, [subject])[0], known, function, 0)
    figure = draw(points, known, function, object_id, verdict)
    figure.draw_without_rendering()
    return figure


def box_of(artist):
    """Where an artist lies, in pixels."""
    return artist.get_window_extent()


def is_within(inner, outer):
    """Whether a box lies in another one, to half a pixel."""
    return (
        inner.x0 > outer.x0 - 0.5 and inner.x1 < outer.x1 + 0.5
        and inner.y0 > outer.y0 - 0.5 and inner.y1 < outer.y1 + 0.5
    )  # fmt: skip


def visits(nights, a_night):
    """A field that is visited often: so many detections a night, in two bands."""
    return [
        a_ztf_detection(JD + night + visit / 500, "gr"[visit % 2], 19 + night / 100, snr=20)
        for night in range(nights)
        for visit in range(a_night)
    ]


@pytest.mark.parametrize("object_id", ["ZTF25aaaaaaa", "W" * 300, "a long name of words " * 9])
def test_title_and_legend_lie_within_the_figure_and_off_the_data(object_id):
    figure = figure_of(a_ztf_light_curve(POINTS), object_id)
    (axes,), (legend,) = figure.axes, figure.legends
    title = figure.get_suptitle()
    assert "ours passes" in title.replace("\n", " ")
    for artist in (figure._suptitle, legend, axes.xaxis.label, axes.yaxis.label):
        assert is_within(box_of(artist), figure.bbox), artist
        assert not box_of(artist).overlaps(axes.get_window_extent()), artist
    labels = [label for label in axes.get_xticklabels() if label.get_text()]
    assert len(labels) > 2
    assert all(is_within(box_of(label), figure.bbox) for label in labels)
    assert not any(box_of(one).overlaps(box_of(next_)) for one, next_ in pairwise(labels))


def marks_of(figure):
    """How many points a figure marks."""
    containers = figure.axes[0].containers
    return sum(len(container.lines[0].get_xdata()) for container in containers if container.lines[0] is not None)


def test_a_field_that_is_visited_often_is_drawn_by_its_nightly_means():
    few = figure_of(a_ztf_light_curve(visits(10, 4)))
    assert marks_of(few) == 40
    assert "nightly" not in few.legends[0].get_title().get_text()
    many = figure_of(a_ztf_light_curve(visits(20, 40)))
    assert marks_of(many) == 20 * 2
    assert "nightly means\nof 800 points" in many.legends[0].get_title().get_text()
    (errors,) = {round(float(np.ptp(path.vertices[:, 1])), 4) for c in many.axes[0].containers[:1]
                 for path in c.lines[2][0].get_paths()}  # fmt: skip
    assert errors == pytest.approx(2 * 1.0857 / (20 * 1.0857 / 1.09) / np.sqrt(20), rel=0.02), "a mean is surer"


def test_a_figure_brings_its_own_ground_so_that_each_band_can_be_read_in_the_dark():
    figure = figure_of(a_ztf_light_curve(POINTS))
    for ground in (figure.get_facecolor(), figure.axes[0].get_facecolor()):
        assert ground == (1.0, 1.0, 1.0, 1.0)


def comments(file):
    """matplotlib writes each text of an SVG as a comment beside its outlines."""
    return re.findall(r"<!-- (.*?) -->", file.read_text())


def test_a_plot_names_the_object_the_function_the_bands_the_limits_and_the_trigger(tmp_path):
    (file,) = drawn(tmp_path, [a_ztf_light_curve(POINTS)], ["ZTF25aaaaaaa"])
    texts = comments(file)
    assert "ZTF25aaaaaaa   ours passes" in texts
    assert "trigger 2460311.75000" in texts
    assert {"g", "r", "magLimit, currentMag 22.5", "difference magnitude (AB)", "date (UTC)"} <= set(texts)
    assert "2024-Jan" in texts, "the axis has dates"


def test_a_plot_of_what_fails_says_by_which_criteria_and_has_no_trigger(tmp_path):
    (file,) = drawn(tmp_path, [a_ztf_light_curve(POINTS[:1])], ["one"])
    assert "one   ours fails minBands" in comments(file)
    assert not any("trigger" in text for text in comments(file))


def test_the_same_light_curve_gives_the_same_file(tmp_path):
    raw = a_ztf_light_curve(POINTS)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (one,), (other,) = (drawn(tmp_path / name, [raw], ["o"]) for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_a_png_is_a_png_and_an_id_cannot_leave_the_folder(tmp_path):
    (file,) = drawn(tmp_path, [a_ztf_light_curve(POINTS)], ["../x"], format_="png")
    assert file == tmp_path / ".._x_ours.png"
    assert file.read_bytes().startswith(b"\x89PNG")


def test_a_broken_object_is_not_drawn_and_an_empty_one_is_an_empty_plot(tmp_path):
    files = drawn(tmp_path, [b"<html>", a_ztf_light_curve([])], ["broken", "empty"])
    assert [file.name for file in files] == ["empty_ours.svg"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_any_light_curve_can_be_drawn_without_a_warning(tmp_path, survey):
    raws = random_light_curves(survey, 12, seed=9)
    assert len(drawn(tmp_path, raws, [f"o{place}" for place in range(12)], survey, "png")) == 12


def test_dollars_and_control_characters_in_an_id_are_drawn_as_they_are(tmp_path):
    (file,) = drawn(tmp_path, [a_ztf_light_curve(POINTS)], ["$\\frac{1$ \x1b[2J " + "x" * 500])
    assert file.parent == tmp_path
    assert len(file.name) < 255
    assert "$\\frac{1$ \\x1b[2J xx" in " ".join(comments(file)), "a long title has several lines"
