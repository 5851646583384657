"""What a preview says of an edit beforehand is what the bridge does once the edit is made; and it writes nothing."""

import csv
import importlib.util
from types import SimpleNamespace

import psycopg
import pytest
import yaml

from tests.builders import AN_ID, an_lsst_message
from tests.integration.test_selection_epochs import with_filter, with_function
from tides.__main__ import main
from tides.database import session
from tides.efficiency.lifetimes import nights_live
from tides.errors import SettingsError
from tides.evaluation.edits import edit_of, edited
from tides.evaluation.preview import preview
from tides.evaluation.previewed import How
from tides.functions.functions import read_function
from tides.settings.model import BUNDLE

PRESENT = {"minNights": 3, "magLimit": 23}

SKY = [
    {"nights": nights, "mag": mag, "days_ago": days_ago}
    for nights in (2, 3, 5)
    for mag in (20.5, 22.45, 22.55, 22.9)
    for days_ago in (1.0, 9.0, 25.0)
]


@pytest.fixture
def filled(bridge):
    """A bridge that has judged a small sky by a function of three nights: bright and faint, fresh and old."""
    with_function(bridge, **PRESENT)
    messages = [an_lsst_message(AN_ID + n, ra=150.0 + n / 10, **each) for n, each in enumerate(SKY)]
    bridge.take_in("lsst", *messages)
    return bridge


def with_limits(bridge, **limits):
    """The bridge with other limits of `live` on LSST."""
    lsst = bridge.settings.streams["lsst"]
    lsst = lsst.model_copy(update={"live": lsst.live.model_copy(update=limits)})
    bridge.settings = bridge.settings.model_copy(update={"streams": bridge.settings.streams | {"lsst": lsst}})


def previewed(bridge, nights=60):
    """What a preview says of the bridge's settings and functions, in a session that can change nothing."""
    with session.connect(bridge.database_url, bridge.settings.database, "tides-test", read_only=True) as connection:
        edit = edit_of(connection, bridge.settings, bridge.functions)
        return preview(connection, edit, bridge.settings.enabled_streams(), nights, nights_live, lambda words: None)


def selected(bridge):
    """The objects that the functions in use select."""
    return {row["object_id"] for row in bridge.rows("SELECT object_id FROM tides.selected_object()")}


def live(bridge):
    """The live targets' objects."""
    query = "SELECT object_id FROM tides.tides_alias JOIN tides.tides_master USING (tides_id) WHERE active"
    return {row["object_id"] for row in bridge.rows(query)}


def objects(result, how):
    return {change.object_id for change in result.changes if change.how is how}


def edits(bridge, keys, limits):
    with_function(bridge, **keys)
    with_limits(bridge, **limits)


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ({"minNights": 2, "magLimit": 23}, {}),
        ({"minNights": 4, "magLimit": 23}, {}),
        ({"minNights": 2, "magLimit": 22.5}, {}),
        (PRESENT, {"faint_limit": 20.0}),
        (PRESENT, {"faint_limit": 23.0, "current_max_age_days": 30.0}),
        ({"minNights": 2, "magLimit": 23}, {"faint_limit": 22.7, "current_max_age_days": 12.0}),
    ],
    ids=["wider", "narrower", "both ways", "fainter ends", "brighter begins", "function and limits"],
)
def test_what_it_says_beforehand_is_what_the_bridge_then_does(filled, keys, limits):
    selected_before, live_before = selected(filled), live(filled)
    assert 10 < len(live_before) < len(selected_before)
    edits(filled, keys, limits)
    said = previewed(filled)
    filled.evaluate()
    filled.remember()
    selected_after, live_after = selected(filled), live(filled)
    assert (objects(said, How.ENTERS), objects(said, How.LEAVES)) == (
        selected_after - selected_before,
        selected_before - selected_after,
    )
    assert (objects(said, How.BEGINS), objects(said, How.ENDS)) == (
        live_after - live_before,
        live_before - live_after,
    )
    assert said.live == (len(live_before), len(live_after))
    hours = 38 / 60
    assert said.hours == pytest.approx((hours * said.live[0], hours * said.live[1]))
    assert (live_before, selected_before) != (live_after, selected_after)


def test_it_says_why_an_object_leaves_or_enters_at_its_former_trigger(filled):
    with_function(filled, minNights=2, magLimit=22.5)
    changes = previewed(filled).changes
    leaving = {change.reasons for change in changes if change.how is How.LEAVES}
    assert ("tidesSNLSST fails: magLimit 22.9, limit 22.5",) in leaving
    entering = {change.reasons for change in changes if change.how is How.ENTERS}
    assert entering == {("tidesSNLSST fails: minNights 2, limit 3",)}
    ended = {change.reasons[0] for change in changes if change.how is How.ENDS}
    assert ended == {"unselected: no function in use selects it"}


def test_the_nights_follow_triggers_and_light_curves(filled):
    """Each night the bright objects that were triggered by then and seen in the last days are live."""
    with_function(filled, minNights=2, magLimit=23)
    said = previewed(filled, 40)
    triggered = [change for change in said.changes if change.how is How.ENTERS]
    assert sum(night.enters for night in said.nights) == len(triggered) == 12
    assert sum(night.leaves for night in said.nights) == 0
    assert said.nights[0].live == (0, 0)
    assert all(before <= after for before, after in (night.live for night in said.nights))
    assert said.nights[-1].live[1] - said.nights[-1].live[0] >= 6
    assert said.nights[-1].hours[1] == pytest.approx(said.nights[-1].live[1] * 38 / 60)


def test_a_look_at_few_nights_leaves_old_objects_out_and_counts_them(filled):
    with_function(filled, minNights=2, magLimit=23)
    said = previewed(filled, 5)
    assert said.counts["older"] > 0
    assert len(said.nights) == 5
    assert objects(said, How.ENTERS) < objects(previewed(filled, 60), How.ENTERS)


def test_a_narrower_filter_is_asked_of_stored_columns_and_a_wider_one_is_said_to_be_unknown(filled):
    conditions = "objects.ra > 0 AND objects.nPosDiaSources >= 3"
    with_filter(filled, conditions)
    filled.evaluate()
    with_filter(filled, conditions.replace("nPosDiaSources >= 3", "nPosDiaSources >= 10") + " AND f(x) = 1")
    said = previewed(filled)
    assert said.counts["lost"] == 24  # six or nine sources
    assert objects(said, How.WOULD_NOT_COME) < selected(filled)
    assert said.live[0] == said.live[1]
    assert said.nights[-1].live[1] < said.nights[-1].live[0]
    words = "\n".join(said.in_words())
    assert "nPosDiaSources 9, filter >= 10" in words
    assert "cannot be evaluated on stored columns: f(x) = 1" in words
    assert "no longer asked: objects.nPosDiaSources >= 3. Objects that only the wider filter brings" in words


def test_what_waits_is_judged_by_both_functions(bridge):
    with_function(bridge, **PRESENT)
    bridge.evaluate()
    bridge.remember()
    bridge.publish("lsst", an_lsst_message(nights=2), an_lsst_message(AN_ID + 1, ra=151.0, nights=3))
    bridge.drain("lsst")
    with_function(bridge, minNights=2, magLimit=23)
    said = previewed(bridge)
    assert objects(said, How.ENTERS) == {str(AN_ID)}
    assert said.live == (1, 2)


def test_its_session_can_change_nothing(bridge):
    with (
        session.connect(bridge.database_url, bridge.settings.database, "tides-test", read_only=True) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM tides.tides_master")


def test_there_is_nothing_to_compare_with_before_the_first_live_run(bridge):
    with pytest.raises(SettingsError, match="no live run has recorded"):
        previewed(bridge)


def test_no_edit_changes_nothing(filled):
    said = previewed(filled)
    assert said.in_words() == ["Nothing differs from what the newest live run selects by."]
    assert said.changes == ()
    assert said.live == (len(live(filled)),) * 2


EDITED = {"filters": ["g", "r", "i"], "significance": 5, "minNights": 2, "magLimit": 22.5}


@pytest.fixture
def edited_file(tmp_path):
    """A file with an edited function."""
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.safe_dump({"tidesSNLSST": EDITED}))
    return path


def test_the_command_writes_tables_and_a_recorded_preview_names_the_epoch(filled, edited_file, tmp_path, capsys):
    """The record of the edit shows who made it, why, and what the preview had said; another edit has no author."""
    changes, nights = tmp_path / "changes.csv", tmp_path / "nights.csv"
    asked = [
        "preview",
        "--functions",
        str(edited_file),
        "--nights",
        "60",
        "--csv",
        str(changes),
        "--nights-csv",
        str(nights),
    ]
    assert main([*asked, "--record"]) == 1
    assert "say why" in capsys.readouterr().err
    assert main([*asked, "--record", "--by", "ann", "--reason", "fewer faint ones"]) == 0
    printed = capsys.readouterr()
    assert "edit: function lsst/tidesSNLSST" in printed.out
    assert "objects to look at" in printed.err
    with changes.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["change"] for row in rows} == {"enters", "leaves", "ends", "begins"}
    with nights.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 60
    entering = sum(row["change"] == "enters" for row in rows)
    filled.functions |= {"tidesSNLSST": read_function("here", "tidesSNLSST", EDITED)}
    filled.evaluate()
    with_function(filled, minNights=4)
    filled.evaluate()
    assert main(["epochs", "--kind", "function"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("ann") == 1
    assert "fewer faint ones:" in said
    assert f"{entering} enters" in said
    named = filled.rows("SELECT by FROM tides.selection_epoch WHERE subject = 'lsst/tidesSNLSST' ORDER BY 1")
    assert [row["by"] for row in named] == ["ann", "unknown", "unknown"]


def test_the_form_does_the_same_and_names_who_started_it(filled, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("preview_dag", BUNDLE / "dags" / "tides_preview.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dag = module.tides_preview()
    dag.params.validate()
    checks = module.SETTINGS.checks.model_copy(update={"folder": str(tmp_path / "checks")})
    monkeypatch.setattr(module, "SETTINGS", module.SETTINGS.model_copy(update={"checks": checks}))
    asked = {"functions": yaml.safe_dump({"tidesSNLSST": EDITED}), "settings": "live: {hysteresis_mag: 0.3}"}
    run = SimpleNamespace(run_id="manual__1", run_type="manual", conf={}, triggering_user_name="bob")
    params = dag.params.dump() | asked | {"folder": "mine", "reason": "to see"}
    context = {"params": params, "dag_run": run, "dag": dag, "ti": SimpleNamespace(task_id="preview")}
    monkeypatch.setattr(module, "get_current_context", lambda: context)
    monkeypatch.setattr("tides.runs.airflow.get_current_context", lambda: context)
    said = dag.get_task("preview").python_callable()
    assert "edit: limits live: hysteresis_mag 0.2 → 0.3" in said
    assert {path.name for path in (tmp_path / "checks" / "mine").iterdir()} == {"changes.csv", "nights.csv"}
    recorded = filled.row("SELECT by, reason, cardinality(changes) AS changes FROM tides.selection_preview")
    assert recorded == {"by": "bob", "reason": "to see", "changes": 2}


def test_a_wrong_text_in_the_form_is_refused_in_few_words(bridge):
    with pytest.raises(SettingsError, match=r"settings: live\.hysteresis: unknown key; did you mean 'hysteresis_mag'"):
        edited(None, "live: {hysteresis: 1}")
    with pytest.raises(SettingsError, match="functions: x: filters is missing"):
        edited("x: {minNights: 1}", None)
    with pytest.raises(SettingsError, match="65536 bytes"):
        edited(None, "# " + "x" * 70_000)
