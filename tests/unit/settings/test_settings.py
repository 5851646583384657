"""The settings are refused with file, key and reason, or taken as they are."""

from pathlib import Path

import pytest
import yaml

from tides.errors import SettingsError
from tides.functions.functions import functions_in_use, load_functions
from tides.settings.model import DEFAULT_FILE, Settings, load_settings, setting_files, settings_changed


@pytest.fixture
def overlay(tmp_path):
    """Lays a change over the project's own settings and loads them."""

    def lay(text: str) -> Settings:
        file = tmp_path / "overlay.yaml"
        file.write_text(text, encoding="utf-8")
        return load_settings(DEFAULT_FILE, file)

    return lay


def test_the_projects_own_settings_are_valid_and_name_both_surveys():
    settings = load_settings(DEFAULT_FILE)
    assert {stream.survey for stream in settings.streams.values()} == {"lsst", "ztf"}
    assert settings.streams["lsst"].light_curves == "message"
    assert settings.streams["ztf"].light_curves == "bulk"


def test_an_overlay_changes_only_what_it_names(overlay):
    settings = overlay("drain: {batch_messages: 7}")
    assert settings.drain.batch_messages == 7
    assert settings.drain.bound_s == load_settings(DEFAULT_FILE).drain.bound_s


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("streams: {lsst: {topik: x}}", "streams.lsst.topik", "did you mean 'topic'?"),
        ("drain: {batch_messsages: 5}", "drain.batch_messsages", "did you mean 'batch_messages'?"),
        ("streams: {ztf: {columns: {claas: x}}}", "streams.ztf.columns.claas", "did you mean 'class'?"),
        ("nothing_like_it: 1", "nothing_like_it", "unknown key"),
        ("drain: {batch_s: -1}", "drain.batch_s", "greater than 0, not -1"),
        ("lasair: {attempts: 'four'}", "lasair.attempts", "valid integer, not 'four'"),
        ("lasair: {objects_a_call: 51}", "lasair.objects_a_call", "less than or equal to 50"),
        ("retention: {candidates: 60}", "retention.candidates", "greater than or equal to 90"),
        (
            "retention: {verdicts: 95}",
            "",
            "retention.verdicts: 95 days must be more than streams.lsst.live.recurrent_days",
        ),
        ("streams: {lsst: {survey: lsts}}", "", "streams.lsst.survey: no survey 'lsts'; did you mean 'lsst'?"),
        ("streams: {ztf: {broker: lasar}}", "", "streams.ztf.broker: no broker 'lasar'; did you mean 'lasair'?"),
        ("surveys: {lsst: not a module}", "surveys.lsst", "match pattern"),
        ("surveys: {catalogue: tides.surveys.ztf}", "", "give the survey another name"),
        ("targets: {tides-sn: {mag_type: {lstt: {r: X}}}}", "", "no survey 'lstt'; did you mean 'lsst'?"),
        ("targets: {tides-sn: {mag_type: {lsst: {y: X}}}}", "targets.tides-sn.mag_type", "'y' is no band that counts"),
        ("streams: {ztf: {topic: 'a b'}}", "streams.ztf.topic", "match pattern"),
        ("streams: {ztf: {topic: lasair_2TiDESLSST}}", "", "two streams read the same topic"),
        ("fourmost: {settle_s: 3}", "", "settle_s must be longer than fourmost.total_timeout_s"),
        ("streams: {ztf: {functions: [{name: f, template: tides-snn}]}}", "", "did you mean 'tides-sn'?"),
        ("drain: {batch_s: .nan}", "drain.batch_s", "finite"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_file_key_and_reason(overlay, tmp_path, text, key, reason):
    with pytest.raises(SettingsError) as refused:
        overlay(text)
    message = str(refused.value)
    assert key in message
    assert reason in message
    assert ".yaml: " in message
    if key:
        assert str(tmp_path) in message, "the file that holds the wrong value is named, not the one under it"


def test_a_missing_key_is_named(tmp_path):
    content = yaml.safe_load(DEFAULT_FILE.read_text(encoding="utf-8"))
    del content["streams"]["ztf"]["topic"]
    file = tmp_path / "bridge.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bridge\.yaml: streams\.ztf\.topic: missing"):
        load_settings(file)


@pytest.mark.parametrize("text", ["a: [", "- a list", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_mapping_of_settings_is_refused(overlay, text):
    with pytest.raises(SettingsError, match=r"overlay\.yaml: "):
        overlay(text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"gone\.yaml: cannot be read"):
        load_settings(DEFAULT_FILE, tmp_path / "gone.yaml")


def test_the_environment_names_what_is_laid_over_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDES_SETTINGS", f"{tmp_path / 'one.yaml'}:{tmp_path / 'two.yaml'}")
    assert setting_files() == [DEFAULT_FILE, tmp_path / "one.yaml", tmp_path / "two.yaml"]


def test_a_function_that_does_not_exist_is_refused_with_the_nearest(overlay):
    settings = overlay("streams: {ztf: {functions: [{name: tidesSNZTFF, template: tides-sn}]}}")
    with pytest.raises(SettingsError, match="no function tidesSNZTFF; did you mean tidesSNZTF"):
        functions_in_use(settings.enabled_streams(), load_functions())


def test_the_functions_in_use_are_ranked_in_the_order_of_the_settings():
    used = functions_in_use(load_settings(DEFAULT_FILE).enabled_streams(), load_functions())
    assert [(u["stream"], u["name"], u["rank"]) for u in used] == [("lsst", "tidesSNLSST", 0), ("ztf", "tidesSNZTF", 1)]


def test_every_key_of_the_sandboxs_overlays_is_one_of_the_bridges():
    sandbox = Path(__file__).parents[3] / "sandbox"
    settings = load_settings(DEFAULT_FILE, sandbox / "settings.yaml", sandbox / "settings_recorded.yaml")
    waits = [settings.drain.no_progress_s, settings.fourmost.settle_s, settings.lasair.backoff_max_s]
    assert max(waits) <= 2


def test_outside_production_only_the_test_survey_is_accepted(overlay):
    with pytest.raises(SettingsError, match=r"targets.tides-sn.uploadedfor_survey_id: outside production .* must be 5"):
        overlay("fourmost: {production: false}")
    test_survey = overlay(
        "{fourmost: {production: false}, targets: {tides-sn: &test {uploadedfor_survey_id: 5}, tides-host: *test}}"
    )
    assert not test_survey.fourmost.production


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("fourmost: {settle_s: 40, total_timeout_s: 30}", "fourmost.settle_s"),
        ("fourmost: {cut_off: null}", "fourmost.cut_off"),
        ("guard: {initial: false}", "guard.initial"),
    ],
)
def test_a_setting_of_a_sandbox_is_refused_in_production_unless_a_key_accepts_it(overlay, text, key):
    with pytest.raises(
        SettingsError, match=rf"fourmost.production is true, .*{key} .*name the key in `fourmost.unsafe`"
    ):
        overlay(text)
    content = yaml.safe_load(text)
    content.setdefault("fourmost", {})["unsafe"] = [key]
    assert overlay(yaml.safe_dump(content)).fourmost.unsafe == (key,)


def test_a_settle_time_at_the_floor_is_accepted(overlay):
    assert overlay("fourmost: {settle_s: 300, total_timeout_s: 290, create_timeout_s: 280}").fourmost.settle_s == 300


def test_the_sandboxs_settings_are_outside_production_and_use_the_test_survey():
    settings = load_settings(DEFAULT_FILE, Path(__file__).parents[3] / "sandbox" / "settings.yaml")
    assert not settings.fourmost.production
    assert {template.uploadedfor_survey_id for template in settings.targets.values()} == {5}


def test_each_setting_that_differs_is_named_with_its_file(monkeypatch, tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("{drain: {batch_messages: 7}, guard: {faint: 0.1}}", encoding="utf-8")
    two.write_text("{drain: {batch_messages: 9}, fourmost: {unsafe: [guard.initial]}}", encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", f"{one}:{two}")
    assert [(c.key, c.value, c.file) for c in settings_changed()] == [
        ("drain.batch_messages", 9, two),
        ("fourmost.unsafe", ["guard.initial"], two),
    ]


def test_what_speaks_against_targets_is_the_functions_word_else_the_templates_else_that_of_all(overlay):
    settings = overlay(
        "targets: {tides-sn: {against: {classes: [VS], criteria: [maxAge]}}}\n"
        "streams: {lsst: {functions: [{name: f, template: tides-sn, against: {classes: []}}]}}"
    )
    (use,) = settings.streams["lsst"].functions
    said = settings.against(use)
    assert (said.classes, said.criteria) == ((), ("maxAge",))
    assert said.tns_types == settings.reclassified.tns_types
    (other,) = settings.streams["ztf"].functions
    assert settings.against(other).classes == ("VS",)
