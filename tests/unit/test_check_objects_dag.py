"""The form of the DAG `tides_check_objects`, parsed as Airflow parses it."""

import contextlib
import importlib.util
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException
from hypothesis import given, settings
from hypothesis import strategies as st

from tides.checks.objects import asked_function, folder_below
from tides.errors import SettingsError
from tides.functions.functions import Function, load_functions
from tides.settings.model import BUNDLE


@pytest.fixture(scope="module")
def the_dag():
    spec = importlib.util.spec_from_file_location("checked_dag", BUNDLE / "dags" / "tides_check_objects.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tides_check_objects()


@pytest.fixture(scope="module")
def form(the_dag):
    return the_dag.params


def test_the_form_offers_every_shipped_function_and_both_surveys(form):
    assert form.get_param("function").schema["enum"] == list(load_functions())
    assert form.get_param("survey").schema["enum"] == ["lsst", "ztf"]


def test_the_form_can_be_sent_as_it_opens_but_for_the_objects(form):
    form.validate()
    assert form["objects"] == []


LAUGHS = "\n".join(["a0: &a0 [g, g]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "alias"),
        ("mine: &x {filters: [g], significance: 3, minNights: 1}", "anchor"),
        ("mine: {filters: [" + "g, " * 3000 + "g]}", "2000 values"),
        ("[" * 20_000, "nesting"),
        ("{a: " * 100 + "1" + "}" * 100, "deeper than 30"),
        ("# " + "x" * 70_000, "65536 bytes"),
        ("mine: [" + "\x07" * 500, "not valid YAML"),
        ("mine: {filters: [g], significance: " + "9" * 5000 + ", minNights: 1}", "not valid YAML"),
        ("mine: 2026-99-99", "not valid YAML"),
        ("mine: !!bool x", "not valid YAML"),
        ("mine: \ud800", "not valid YAML"),
        ("mine: {filters: [g], significance: 3, " + "x" * 900 + ": 1}", "unknown key xxx"),
        ("y" * 900 + "\n\x85: {filters: g}", "yaml: "),
        ("mine: {filters: [g], significance: '" + "z" * 9000 + "', minNights: 1}", "zzz"),
    ],
    ids=range(14),
)
def test_a_wrong_function_in_the_form_is_refused_in_few_words(text, words):
    with pytest.raises(SettingsError) as caught:
        asked_function("tidesSNLSST", text)
    assert words in str(caught.value)
    assert len(str(caught.value)) <= 250
    assert str(caught.value).isprintable()


@settings(deadline=None)
@given(st.text(st.characters()) | st.text("{}[]&*!|>:-,#'\" \n\tagx019.", max_size=200))
def test_any_text_is_a_function_or_a_settings_error(text):
    found = None
    with contextlib.suppress(SettingsError):
        found = asked_function("tidesSNLSST", text)
    assert found is None or isinstance(found, Function)


@pytest.mark.parametrize(
    "asked", ["/tmp/x", "..", "a/../../x", "../x", "", ".", "a\x1b[2J", "a\nb", "a\\b", "x" * 300, "a\0b"]
)
def test_a_folder_outside_the_configured_one_is_refused(asked, tmp_path):
    with pytest.raises(SettingsError, match="folder"):
        folder_below(tmp_path, asked)


def test_a_folder_over_a_symbolic_link_is_refused(tmp_path):
    root, outside = tmp_path / "checks", tmp_path / "outside"
    (root / "real" / "deeper").mkdir(parents=True)
    outside.mkdir()
    assert folder_below(root, "real/deeper") == root / "real" / "deeper"
    assert folder_below(root, "new/one") == root / "new" / "one"
    (root / "link").symlink_to(outside)
    (root / "real" / "verdicts.csv").symlink_to(outside / "verdicts.csv")
    for asked in ("link", "link/below", "real"):
        with pytest.raises(SettingsError, match="symbolic link"):
            folder_below(root, asked)
    (tmp_path / "root").symlink_to(root)
    with pytest.raises(SettingsError, match="symbolic link"):
        folder_below(tmp_path / "root", "new")


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"folder": "../x"}, "folder ../x"), ({"folder": "/x"}, "checks.folder"), ({"yaml": LAUGHS}, "alias")],
)
def test_the_task_fails_at_once_for_a_bad_folder_or_yaml(the_dag, monkeypatch, bad, words):
    """The task's own function, without a database, since it is refused before it asks anything."""
    asked = {
        "survey": "lsst",
        "objects": ["1"],
        "function": "tidesSNLSST",
        "yaml": None,
        "folder": None,
        "format": "png",
    }
    run = SimpleNamespace(run_id="manual__1", run_type="manual", conf={})
    task = SimpleNamespace(task_id="check_objects")
    context = {"params": asked | bad, "dag_run": run, "dag": the_dag, "ti": task}
    function = the_dag.get_task("check_objects").python_callable
    monkeypatch.setitem(function.__globals__, "get_current_context", lambda: context)
    monkeypatch.setattr("tides.runs.airflow.get_current_context", lambda: context)
    monkeypatch.setenv(
        "AIRFLOW_CONN_LASAIR_API", '{"conn_type": "lasair", "host": "http://127.0.0.1:9/", "password": "x"}'
    )
    with pytest.raises(AirflowFailException, match=words):
        function()
