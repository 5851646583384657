"""The form of the DAG `tides_check_objects`, parsed as Airflow parses it."""

import importlib.util

import pytest

from tides.functions.functions import load_functions
from tides.settings.model import BUNDLE


@pytest.fixture(scope="module")
def form():
    spec = importlib.util.spec_from_file_location("checked_dag", BUNDLE / "dags" / "tides_check_objects.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tides_check_objects().params


def test_the_form_offers_every_shipped_function_and_both_surveys(form):
    assert form.get_param("function").schema["enum"] == list(load_functions())
    assert form.get_param("survey").schema["enum"] == ["lsst", "ztf"]


def test_the_form_can_be_sent_as_it_opens_but_for_the_objects(form):
    form.validate()
    assert form["objects"] == []
