"""The sandbox's truth of "faint" (docs/science.md, "Faint") on sources whose exposures are written by hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from sandbox.sky.photometry import Photometry
from sandbox.sky.templates import BANDS
from sandbox.sky.truth import EITHER, NO, WORDS, YES, Visited, judge_off, read_rules

NOW_MJD = 61000.0


@dataclass
class Exposure:
    """One exposure of a source: how long ago (d), in which band, at which magnitude (AB), and whether it detected."""

    days_ago: float
    band: str
    mag: float
    signal_to_noise: float = 10.0
    detected: bool = True
    depth_mag: float = 24.0


def faint(survey, *exposures):
    """What the truth says of a source with these exposures, in the order of their times."""
    in_order = sorted(exposures, key=lambda each: -each.days_ago)
    mjd = np.array([NOW_MJD - each.days_ago for each in in_order])
    flux = np.array([10 ** (0.4 * (31.4 - each.mag)) for each in in_order])
    photometry = Photometry(
        owner=np.zeros(len(in_order), int),
        mjd_utc=mjd,
        band=np.array([BANDS.index(each.band) for each in in_order]),
        flux_njy=flux,
        flux_err_njy=flux / np.array([each.signal_to_noise for each in in_order]),
        depth_mag=np.array([each.depth_mag for each in in_order]),
        detected=np.array([each.detected for each in in_order]),
        known_mjd_utc=mjd,
        reliability=np.ones(len(in_order)),
        total_njy=flux,
    )
    nowhere = np.empty((0, 2), int)
    visited = Visited(sure=nowhere, possible=nowhere)
    return judge_off(survey, photometry, np.zeros(1, int), read_rules(), visited, NOW_MJD).faint[0]


@pytest.mark.parametrize(
    ("survey", "mag", "truth"),
    [
        ("lsst", 22.1, NO),
        ("lsst", 22.3, EITHER),
        ("lsst", 22.9, EITHER),
        ("lsst", 23.1, YES),
        ("ztf", 20.1, NO),
        ("ztf", 20.3, EITHER),
        ("ztf", 20.9, EITHER),
        ("ztf", 21.1, YES),
    ],
)
def test_a_faded_source_is_faint_beyond_the_limit_the_hysteresis_and_the_margin(survey, mag, truth):
    assert WORDS[faint(survey, Exposure(30, "r", 18.0), Exposure(1, "r", mag))] == WORDS[truth]


@pytest.mark.parametrize(
    ("other", "truth"),
    [
        (Exposure(1, "g", 23.5), YES),
        (Exposure(1, "g", 21.0), NO),
        (Exposure(20, "g", 21.0), EITHER),
        (Exposure(22, "g", 21.0), YES),
        (Exposure(1, "y", 21.0), YES),
        (Exposure(1, "g", 21.0, signal_to_noise=4.9), YES),
        (Exposure(1.5, "r", 21.5), EITHER),
        (Exposure(5.5, "r", 21.0), YES),
    ],
    ids=[
        "each band is faint", "another band is bright", "its age is near the limit", "it is too old",
        "its band does not count", "it is no counted detection", "nearly as new", "bright before",
    ],
)  # fmt: skip
def test_a_source_is_faint_only_if_each_band_that_is_known_is(other, truth):
    assert WORDS[faint("lsst", Exposure(1, "r", 23.5), other)] == WORDS[truth]


def test_a_decline_is_followed_after_the_last_detection():
    fading = [Exposure(ago, "r", 22.6 - 0.1 * (ago - 5), signal_to_noise=50) for ago in range(5, 18, 3)]
    assert WORDS[faint("lsst", *fading)] == WORDS[YES]
    steady = [Exposure(ago, "r", 22.1, signal_to_noise=50) for ago in range(5, 18, 3)]
    assert WORDS[faint("lsst", *steady)] == WORDS[NO]


@pytest.mark.parametrize(("days_ago", "truth"), [(1, YES), (20, EITHER), (22, NO)])
def test_a_source_of_which_nothing_is_current_is_not_faint(days_ago, truth):
    assert WORDS[faint("lsst", Exposure(days_ago, "r", 23.5))] == WORDS[truth]


@pytest.mark.parametrize(
    ("survey", "later", "truth"),
    [
        ("lsst", Exposure(1, "r", 23.5, detected=False), EITHER),
        ("lsst", Exposure(1, "r", 19.0, detected=False), NO),
        ("lsst", Exposure(1, "g", 23.5, detected=False), NO),
        ("lsst", Exposure(4, "r", 23.5, detected=False), NO),
        ("ztf", Exposure(1, "r", 23.5, detected=False, depth_mag=21.0), EITHER),
        ("ztf", Exposure(1, "r", 23.5, detected=False, depth_mag=19.5), NO),
    ],
    ids=["fainter", "as bright", "in another band", "before it", "a deep limit", "a shallow limit"],
)
def test_an_exposure_after_the_last_detection_can_leave_it_open_whether_a_bright_source_is_faint(survey, later, truth):
    assert WORDS[faint(survey, Exposure(3, "r", 19.0), later)] == WORDS[truth]
