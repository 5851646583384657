"""Functions from YAML: what is taken, what is refused and with which words, and what a hash stands for."""

import json
import pickle

import pytest

from tides.errors import SettingsError
from tides.functions.functions import DEFAULT_FILE, functions_of, load_functions, named
from tides.settings.model import DEFAULT_FILE as BRIDGE
from tides.settings.model import load_settings
from tides.settings.streams import FunctionUse

DELIVERABLE = {
    "tidesSNZTFSelect": (5, 2, 2, 22.5),
    "tidesSNLSSTSelect": (5, 3, 2, 22.5),
    "tidesHostLSSTSelect": (5, 3, 2, 23),
    "tidesSNZTFSelectDEMO1": (5, 2, 10, 22.5),
}

GOOD = """
mine:
  filters: ['g', 'r']
  significance: 5
  minBands: 2
  minNights: 2
  magLimit: 22.5
"""


def loaded(tmp_path, text):
    path = tmp_path / "functions.yaml"
    path.write_text(text)
    return load_functions(path)


def refusal(tmp_path, text):
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)
    assert str(tmp_path / "functions.yaml") in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", DELIVERABLE)
def test_the_deliverable_s_functions_are_shipped_as_it_has_them(name):
    function = load_functions()[name]
    criteria = {criterion.name: criterion.limit for criterion in function.criteria}
    numbers = (function.significance, criteria["minBands"], criteria["minNights"], criteria["magLimit"])
    assert numbers == DELIVERABLE[name]
    assert function.as_deliverable
    assert not function.positive_only
    assert function.history_days is None


@pytest.mark.parametrize("name", ["tidesSNLSST", "tidesSNZTF"])
def test_our_functions_count_positive_detections_of_the_last_year(name):
    function = load_functions()[name]
    assert (function.positive_only, function.history_days, function.as_deliverable) == (True, 365, False)


def test_a_further_key_brings_the_history_cut_with_it(tmp_path):
    assert loaded(tmp_path, GOOD)["mine"].history_days is None
    assert loaded(tmp_path, GOOD + "  positiveOnly: true\n")["mine"].history_days == 365


def test_a_hash_does_not_depend_on_the_order_of_keys_or_the_way_numbers_are_written(tmp_path):
    other = """
another_name:
  magLimit: 22.50
  minNights: 2
  filters: [r, g]
  minBands: 2
  significance: 5.0
"""
    assert loaded(tmp_path, GOOD)["mine"].hash == loaded(tmp_path, other)["another_name"].hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("22.5", "22.6"),
        ("minBands: 2", "minBands: 1"),
        ("minNights: 2", "minNights: 3"),
        ("significance: 5", "significance: 4"),
        ("['g', 'r']", "['g', 'i']"),
        ("22.5\n", "22.5\n  positiveOnly: false\n"),
        ("22.5\n", "22.5\n  historyDays: 100\n"),
    ],
)
def test_a_hash_changes_with_whatever_may_change_a_verdict(tmp_path, old, new):
    assert loaded(tmp_path, GOOD)["mine"].hash != loaded(tmp_path, GOOD.replace(old, new))["mine"].hash


def test_a_function_can_travel_to_a_dask_worker():
    function = load_functions()["tidesSNLSST"]
    assert pickle.loads(pickle.dumps(function)) == function


def test_a_function_says_what_it_needs():
    assert load_functions()["tidesSNLSSTSelect"].needs == {"lightcurve.lite"}
    assert load_functions()["tidesSNLSST"].needs == {"lightcurve.lite", "column.sherlock_class"}


def test_the_deliverable_s_misprint_is_taken_with_a_warning(tmp_path, caplog):
    functions = loaded(tmp_path, GOOD.replace("mine", "tidesSNZTFSelectDEM01"))
    assert list(functions) == ["tidesSNZTFSelectDEMO1"]
    assert "misprint" in caplog.text


def test_a_function_is_found_by_the_misprint_too(caplog):
    assert named(load_functions(), "tidesSNZTFSelectDEM01", "here").name == "tidesSNZTFSelectDEMO1"
    assert "misprint" in caplog.text


def test_the_misprint_beside_its_original_is_refused(tmp_path):
    text = GOOD.replace("mine", "tidesSNZTFSelectDEM01") + GOOD.replace("mine", "tidesSNZTFSelectDEMO1")
    assert "keep one" in refusal(tmp_path, text)


def test_an_unknown_function_is_answered_with_the_nearest():
    with pytest.raises(SettingsError, match=r"bridge\.yaml: no function tidesSNLST; did you mean tidesSNLSST"):
        named(load_functions(), "tidesSNLST", "bridge.yaml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("magLimit", "maglimt", ("mine", "unknown key maglimt", "did you mean magLimit")),
        ("minNights", "nights", ("unknown key nights", "minNights")),
        ("minBands: 2", "7: 2", ("unknown key 7",)),
        ("significance: 5", "significance: five", ("mine: significance", "'five'", "number")),
        ("significance: 5", "significance: true", ("significance", "number")),
        ("significance: 5", "significance: .nan", ("significance", "number")),
        ("significance: 5", "significance: 0", ("significance", "between")),
        ("  significance: 5\n", "", ("significance is missing",)),
        ("minBands: 2", "minBands: 3", ("minBands", "never pass")),
        ("minBands: 2", "minBands: 1.5", ("minBands", "whole number")),
        ("minNights: 2", "minNights: -1", ("minNights", "between")),
        ("22.5", "225", ("magLimit", "between 0 and 40")),
        ("['g', 'r']", "gr", ("filters", "list of bands")),
        ("['g', 'r']", "[]", ("filters", "list of bands")),
        ("['g', 'r']", "['g', 'G']", ("filters", "'G' is no band")),
        ("['g', 'r']", "['g', 'g']", ("filters", "twice")),
        ("22.5\n", "22.5\n  positiveOnly: 1\n", ("positiveOnly", "true or false")),
        ("22.5\n", "22.5\n  historyDays: 0\n", ("historyDays", "between")),
        ("22.5\n", "22.5\n  magLimit: 23\n", ("magLimit stands twice",)),
        ("mine:", "mine: [", ("not valid YAML",)),
    ],
)
def test_a_wrong_function_is_refused_with_file_function_key_and_what_to_write(tmp_path, old, new, words):
    message = refusal(tmp_path, GOOD.replace(old, new))
    for word in words:
        assert word in message


def test_a_function_without_a_criterion_is_refused(tmp_path):
    assert "no criterion" in refusal(tmp_path, "mine: {filters: [g], significance: 5}")


@pytest.mark.parametrize("text", ["", "[]", "just words"])
def test_a_file_without_functions_is_refused(tmp_path, text):
    assert "holds no functions" in refusal(tmp_path, text)


def test_a_function_that_is_no_map_is_refused(tmp_path):
    assert "must be a map" in refusal(tmp_path, "mine: 5")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.yaml: cannot be read"):
        load_functions(tmp_path / "nowhere.yaml")


def test_the_shipped_file_is_where_the_library_looks_for_it():
    assert DEFAULT_FILE.name == "selection_functions.yaml"
    assert len(load_functions()) == 8


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("currentMag: {limt: 22}", ("currentMag: unknown key limt", "did you mean limit")),
        ("currentMag: {limit: 22}", ("currentMag: days is missing",)),
        ("recentDetections: 3", ("recentDetections: must be a map",)),
        ("minBandDetections: {z: 2}", ("minBandDetections: z is not among filters",)),
        ("minBandDetections: 2", ("minBandDetections",)),
        ("classes: [SNe]", ("classes: 'SNe' is no Sherlock class", "ORPHAN")),
        ("classes: SN", ("classes", "list of Sherlock classes")),
        ("declination: [20, -80]", ("declination", "lower declination comes first")),
        ("galacticLatitude: 100", ("galacticLatitude", "between 0 and 90")),
        ("quietBefore: 0", ("quietBefore", "map of keys (limit, days)")),
        ("dips: {fraction: 0.1}", ("dips: mag is missing",)),
        ("colour: {bands: [g], range: [0, 1], days: 1}", ("colour: bands", "two bands")),
        ("colour: {bands: [g, y], range: [0, 1], days: 1}", ("colour: y is not among filters",)),
        ("colourChange: {bands: [g, r], range: [1, 0], days: 1}", ("colourChange: range", "lower end comes first")),
        ("hostSeparation: {column: separationArcsec}", ("hostSeparation: range is missing",)),
        ("hostSeparation: {range: 0.3}", ("hostSeparation: range", "range of two numbers")),
        ("brightStar: {arcsec: 5}", ("brightStar: mag is missing",)),
        ("brightStar: {arsec: 5, mag: 15}", ("brightStar: unknown key arsec", "did you mean arcsec")),
        ("recentDetections: {limit: 2, day: 10}", ("recentDetections: unknown key day", "did you mean days")),
        ("column: {colum: a, op: '<', value: 3}", ("column: unknown key colum", "did you mean column")),
        ("bandMagLimit: {G: 22}", ("bandMagLimit: 'G' is no band", "u, g, r, i, z, y")),
        ("column: {column: a, op: '=>', value: 3}", ("column: op: '=>' is no comparison",)),
        ("column: {column: a, op: in, value: 3}", ("must be a list",)),
        ("column: {column: a, op: '<', value: x}", ("column: value", "number")),
        ("notClassifiedAtTns: true", ("notClassifiedAtTns", "name of a column")),
        ("any: {maxAge: 3}", ("any: must be a list of maps",)),
        ("any: [{maxage: 3}]", ("any: unknown key maxage", "did you mean maxAge")),
        ("any: [{minBands: 3}]", ("minBands: 3 of 2 filters never pass",)),
        ("all: [{}]", ("all", "asks for nothing")),
        ("notSolarSystem: 3", ("notSolarSystem", "true or false")),
        ("control: 0.1", ("control: must be a map of keys", "fails")),
        ("control: {fail: minBands}", ("control: unknown key fail", "did you mean fails")),
        ("control: {fails: minBands, fraction: 0.1}", ("control: seed is missing",)),
        ("control: {fails: minband, fraction: 0.1, seed: 1}", ("asks for no minband", "did you mean minBands")),
        ("control: {fails: maxAge, fraction: 0.1, seed: 1}", ("control: fails: the function asks for no maxAge",)),
        ("control: {fails: minBands, fraction: 10, seed: 1}", ("control: fraction", "between 0 and 1")),
        ("control: {fails: minBands, fraction: 0.1, seed: x}", ("control: seed: 'x'", "whole number")),
        ("any: [{control: {fails: minBands}}]", ("any: unknown key control",)),
    ],
)
def test_a_wrong_criterion_is_refused_with_what_to_write(tmp_path, line, words):
    message = refusal(tmp_path, f"{GOOD}  {line}\n")
    for word in ("mine", *words):
        assert word in message


def test_null_without_quotes_is_sherlock_s_class_of_that_name(tmp_path):
    function = loaded(tmp_path, f"{GOOD}  classes: [SN, NULL]\n")["mine"]
    assert function.criteria[-1].limit == ("NULL", "SN")


def a_stream(**changes):
    stream = load_settings(BRIDGE).streams["ztf"]
    return stream.model_copy(update={"functions": (FunctionUse(name="mine", template="tides-sn"),), **changes})


@pytest.mark.parametrize("column", ["ncandgp", "classification", "magrmin"])
def test_a_column_that_the_filter_selects_can_be_compared(tmp_path, column):
    functions = loaded(tmp_path, f"{GOOD}  column: {{column: {column}, op: '>=', value: 3}}\n")
    assert functions_of(a_stream(), functions) == [functions["mine"]]


def test_a_column_that_the_stream_does_not_give_is_a_settings_error_that_names_it(tmp_path):
    functions = loaded(tmp_path, f"{GOOD}  brightStar: {{arcsec: 5, mag: 15}}\n")
    with pytest.raises(SettingsError, match=r"topic lasair_2TiDESZTF: mine reads the column distpsnr1.*SELECT"):
        functions_of(a_stream(), functions)


def test_a_column_counts_by_its_alias_and_a_comma_within_a_call_parts_no_columns(tmp_path):
    functions = loaded(tmp_path, f"{GOOD}  column: {{column: score, op: '>=', value: 3}}\n")
    filter_ = a_stream().filter.model_copy(update={"selected": "o.objectId, IFNULL(JSON(x, 'a'), other) AS score"})
    assert functions_of(a_stream(filter=filter_), functions)
    filter_ = filter_.model_copy(update={"selected": "o.objectId, IFNULL(score, other) AS x"})
    with pytest.raises(SettingsError, match="score"):
        functions_of(a_stream(filter=filter_), functions)


def test_the_stricter_function_asks_for_quiet_before_and_is_else_the_default():
    pure, usual = (json.loads(load_functions()[name].written) for name in ("tidesPureSNLSST", "tidesSNLSST"))
    assert pure.pop("quietBefore") == {"limit": 0, "days": 30}
    assert pure == usual


def test_the_young_supernova_function_asks_for_more_youth_than_the_default():
    young, usual = (
        {criterion.name: criterion.limit for criterion in load_functions()[name].criteria}
        for name in ("tidesYoungSNLSST", "tidesSNLSST")
    )
    assert (young["maxAge"], usual["maxAge"]) == (10, 200)
