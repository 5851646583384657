"""The forms of our connection types, and how Airflow finds them."""

import os
import tomllib
from importlib.metadata import Distribution

import pytest

import tides_forms as forms
from tides.hooks.fields import FILES
from tides.hooks.way import COMMON
from tides.settings.model import BUNDLE, load_settings

PROJECT = tomllib.loads((BUNDLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROVIDER = "apache_airflow_provider"


def test_the_folder_beside_the_library_says_of_the_package_what_the_project_says():
    (folder,) = (BUNDLE / "plugins").glob("*.dist-info")
    found = Distribution.at(folder)
    assert folder.name == f"{PROJECT['name'].replace('-', '_')}.dist-info"
    assert found.name == PROJECT["name"]
    (entry,) = found.entry_points
    assert {PROVIDER: PROJECT["entry-points"][PROVIDER]} == {entry.group: {entry.name: entry.value}}
    assert entry.load()()["package-name"] == PROJECT["name"]


@pytest.mark.parametrize("surveys", ["{}", "surveys: {toy: tests.toys.survey}"])
def test_each_form_has_the_fields_that_its_hook_takes(surveys, tmp_path, monkeypatch):
    overlay = tmp_path / "settings.yaml"
    overlay.write_text(surveys, encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", str(overlay))
    kinds = forms.get_provider_info()["connection-types"]
    own = {key for survey in load_settings().surveys for key in (survey, f"{survey}_token")}
    fields = {kind["connection-type"]: set(kind["conn-fields"]) for kind in kinds}
    assert fields == {"lasair": {*own, *COMMON}, "fourmost": {"auth", *COMMON}, "dask": set(FILES)}


def test_each_secret_of_a_form_is_hidden_by_airflow_too():
    (lasair,) = [k for k in forms.get_provider_info()["connection-types"] if k["connection-type"] == "lasair"]
    hidden = [key for key, field in lasair["conn-fields"].items() if field["schema"].get("format") == "password"]
    assert hidden == [f"{survey}_token" for survey in load_settings().surveys]


@pytest.mark.parametrize("wrong", ["drain: {batch_mesages: 3}", "surveys: 3", "- a\n- list", "{"])
def test_wrong_settings_leave_airflow_its_forms(wrong, tmp_path, monkeypatch):
    before = forms.get_provider_info()
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", f"{tmp_path / 'wrong.yaml'}{os.pathsep}{tmp_path / 'nowhere.yaml'}")
    assert forms.get_provider_info() == before
