"""What a survey is known by, and how a wrong one is refused."""

import pickle
from pathlib import Path

import pytest

from tides.brokers.broker import broker, demand_streams
from tides.brokers.lasair import served
from tides.efficiency.lasair_filter import COLUMNS
from tides.errors import SettingsError
from tides.settings.model import DEFAULT_FILE, load_settings
from tides.settings.modules import named_module
from tides.surveys.survey import Survey, survey, surveys


def laid_over(tmp_path: Path, text: str):
    file = tmp_path / "overlay.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(DEFAULT_FILE, file)


def test_the_surveys_come_in_order_of_precedence():
    assert [known.name for known in surveys()] == ["lsst", "ztf"]


@pytest.mark.parametrize("known", surveys(), ids=lambda known: known.name)
def test_the_unused_id_is_an_id_and_digits_of_other_scripts_are_none(known):
    assert known.is_id(known.unused_id)
    assert not known.is_id(known.unused_id.translate({ord("0"): "\u0660", ord("1"): "\u0661"}))
    assert not known.is_id("")


def test_an_id_of_lsst_fits_64_bits():
    assert survey("lsst").is_id(str(2**63 - 1))
    assert not survey("lsst").is_id(str(2**63))


def test_a_survey_travels_to_a_worker():
    for known in surveys():
        assert pickle.loads(pickle.dumps(known)) == known


def test_an_unknown_survey_or_broker_is_refused_with_the_nearest_name():
    with pytest.raises(SettingsError, match="surveys: there is no 'lsts'; did you mean 'lsst'"):
        survey("lsts")
    with pytest.raises(SettingsError, match="brokers: there is no 'lasar'; did you mean 'lasair'"):
        broker("lasar")


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("tides.surveys.nowhere", "cannot be imported"),
        ("tides.clock", "has no SURVEY of type Survey"),
        ("tides.surveys.ztf", "calls itself 'ztf'"),
    ],
)
def test_a_wrong_module_is_refused_with_its_place_in_the_settings(module, reason):
    with pytest.raises(SettingsError, match=f"surveys.new: the module '{module}' {reason}"):
        named_module("surveys", {"new": module}, "new", "SURVEY", Survey)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("streams: {lsst: {light_curves: bulk}}", "streams.lsst.light_curves: .* by `bulk`; use `message` or `object`"),
        (
            "streams: {ztf: {light_curves: message}}",
            "streams.ztf.light_curves: .* by `message`; use `bulk`",
        ),
    ],
)
def test_a_way_to_light_curves_that_the_broker_has_not_is_refused(tmp_path, text, reason):
    with pytest.raises(SettingsError, match=reason):
        demand_streams(laid_over(tmp_path, text).enabled_streams())


def test_a_band_that_the_survey_has_not_is_refused(tmp_path):
    z = "{mag: zmag, date: {column: jdzmax, scale: jd_utc}}"
    with pytest.raises(SettingsError, match=r"streams\.ztf\.columns\.bands: survey ztf has no band z"):
        demand_streams(laid_over(tmp_path, f"streams: {{ztf: {{columns: {{bands: {{z: {z}}}}}}}}}").enabled_streams())


def test_the_projects_own_settings_name_ways_and_bands_that_there_are():
    settings = load_settings(DEFAULT_FILE)
    demand_streams(settings.enabled_streams())
    for stream in settings.streams.values():
        assert stream.light_curves in broker(stream.broker).ways(stream.survey)
        assert set(stream.columns.bands) <= set(survey(stream.survey).bands)


def test_each_column_that_lasair_makes_of_a_light_curve_can_be_simulated():
    for known in surveys():
        assert set(served(known.name).columns) <= set(COLUMNS)
