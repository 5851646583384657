"""When a refreshed row itself says that an object is faint."""

import json

import pytest

from tests.builders import NOW, an_lsst_message
from tides.archive.refresh import row_is_faint
from tides.settings.model import load_settings
from tides.stream.messages import read_alert


def faint(**message: object) -> bool:
    settings = load_settings()
    stream = settings.streams["lsst"]
    row = an_lsst_message(light_curve=False, sent=NOW, **message)  # type: ignore[arg-type]
    alert = read_alert(json.dumps(row).encode(), NOW, stream)
    return row_is_faint(alert, stream.live, settings.live.hysteresis_mag)


@pytest.mark.parametrize(("mag", "expected"), [(21.0, False), (22.6, False), (22.69, False), (22.71, True)])
def test_faint_is_fainter_than_the_limit_and_the_hysteresis(mag, expected):
    assert faint(mag=mag) is expected


def test_one_bright_band_is_enough_to_be_not_faint():
    assert faint(mag=23.5, r_psfFlux=10000.0) is False


def test_magnitudes_too_old_to_be_current_say_nothing():
    assert faint(mag=23.5, days_ago=21) is False


def test_a_newest_detection_without_a_magnitude_leaves_it_open():
    assert faint(mag=23.5, lastDiaSourceMjdTai=an_lsst_message(days_ago=1)["lastDiaSourceMjdTai"]) is False
