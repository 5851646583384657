"""Light-curve plots: one file an object, in two formats, with what a scientist looks for in them."""

import re

import pytest

from tests.unit.judgement.light_curves import (
    a_function,
    a_ztf_detection,
    a_ztf_light_curve,
    random_light_curves,
)
from tides.checks.plots import plot_light_curves
from tides.judgement.judge import Subject, judge
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


def comments(file):
    """matplotlib writes each text of an SVG as a comment beside its outlines."""
    return re.findall(r"<!-- (.*?) -->", file.read_text())


def test_a_plot_names_the_object_the_function_the_bands_the_limits_and_the_trigger(tmp_path):
    (file,) = drawn(tmp_path, [a_ztf_light_curve(POINTS)], ["ZTF25aaaaaaa"])
    texts = comments(file)
    assert "ZTF25aaaaaaa   ours passes" in texts
    assert "trigger 2460311.75000" in texts
    assert {"g", "r", "magLimit, currentMag", "difference magnitude (AB)", "JD (UTC) − 2460307"} <= set(texts)


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
    assert "$\\frac{1$ \\x1b[2J xx" in "".join(comments(file))
