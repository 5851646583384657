"""What a run is follows from how it was started."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tides.errors import SettingsError
from tides.runs.context import OffsetRange
from tides.runs.form import MODES, TYPES, form_of, run_of

START, END = datetime(2026, 11, 20, 3, 35, tzinfo=UTC), datetime(2026, 11, 20, 4, 35, tzinfo=UTC)


def a_dag_run(run_type, start=START, end=END):
    run = {"run_id": f"{run_type}__x", "run_type": run_type, "run_after": END, "conf": None}
    return SimpleNamespace(**run, data_interval_start=start, data_interval_end=end)


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "asset_triggered"])
def test_every_run_but_a_backfill_is_live_and_takes_all_that_waits(run_type):
    run = run_of(a_dag_run(run_type))
    assert run.live
    assert (run.start, run.end, run.as_of) == (None, None, None)


def test_a_backfill_run_is_a_replay_of_its_hour_judged_as_of_its_end():
    run = run_of(a_dag_run("backfill"))
    assert not run.live
    assert (run.start, run.end, run.as_of) == (START, END, END)


def test_the_same_hour_has_the_same_lane_whatever_the_run_is_called():
    one, other = a_dag_run("backfill"), a_dag_run("backfill")
    other.run_id = "another"
    assert run_of(one).lane == run_of(other).lane
    later = a_dag_run("backfill", END, datetime(2026, 11, 20, 5, 35, tzinfo=UTC))
    assert run_of(later).lane != run_of(one).lane


def test_a_backfill_that_is_dry_is_a_dry_replay_of_its_hour():
    dag_run = a_dag_run("backfill")
    dag_run.conf = {"mode": "live", "dry": True, "objects": [], "start": None}
    run = run_of(dag_run)
    assert (run.live, run.dry, run.start, run.end) == (False, True, START, END)


REFUSED_IN_A_BACKFILL = {
    "start": START.isoformat(),
    "end": END.isoformat(),
    "stream": "lsst",
    "partition": 0,
    "first_offset": 0,
    "last_offset": 9,
    "objects": ["ZTF26aaaaaaa"],
    "mode": "offsets",
}


@pytest.mark.parametrize(("field", "value"), REFUSED_IN_A_BACKFILL.items(), ids=list(REFUSED_IN_A_BACKFILL))
def test_a_backfill_refuses_every_field_that_would_take_the_place_of_its_hour(field, value):
    dag_run = a_dag_run("backfill")
    dag_run.conf = {field: value}
    with pytest.raises(SettingsError, match="a backfill run replays its own hour"):
        run_of(dag_run)


def test_each_field_of_the_form_is_honoured_or_refused_in_a_backfill():
    assert {*REFUSED_IN_A_BACKFILL, "dry"} == form_of(["lsst"]).keys() == TYPES.keys()


ASKED = {
    "time_range": {"start": START.isoformat(), "end": END.isoformat()},
    "offsets": {"stream": "lsst", "partition": 0, "first_offset": 0, "last_offset": 9},
    "objects": {"objects": ["ZTF26aaaaaaa"]},
}


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "asset_triggered"])
@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize("mode", ASKED)
def test_a_run_of_any_other_type_honours_each_field_and_the_mode_may_be_left_out(run_type, dry, mode):
    dag_run = a_dag_run(run_type)
    dag_run.conf = {**ASKED[mode], "dry": dry}
    run = run_of(dag_run)
    assert (run.live, run.dry, run.rehearses) == (False, dry, False)
    assert (bool(run.start), bool(run.offsets), bool(run.objects)) == tuple(mode == each for each in ASKED)
    dag_run.conf["mode"] = mode
    assert run_of(dag_run) == run


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("other", ASKED)
def test_a_field_of_another_mode_is_refused_by_both_names(mode, other):
    if mode != other:
        with pytest.raises(
            SettingsError, match=f"has mode {mode}, and .* of mode {other}: choose mode {other}, or leave"
        ):
            a_form(**ASKED.get(mode, {}), **ASKED[other], mode=mode)


def test_the_form_begins_with_the_mode_and_says_of_each_what_it_does():
    form = form_of(["lsst"])
    mode = next(iter(form.values()))
    assert next(iter(form)) == "mode"
    assert mode.schema["enum"] == list(mode.schema["values_display"]) == list(MODES)
    for name in MODES:
        assert f"* **{name.replace('_', ' ')}**" in mode.schema["description_md"]


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "asset_triggered", "backfill"])
def test_a_field_that_the_form_does_not_have_is_refused_by_its_name(run_type):
    dag_run = a_dag_run(run_type)
    dag_run.conf = {"strat": START.isoformat()}
    with pytest.raises(
        SettingsError, match="names strat, which this DAG does not know; its fields are mode, start, end"
    ):
        run_of(dag_run)


@pytest.mark.parametrize(
    ("field", "value"),
    [("mode", 1), ("dry", "false"), ("partition", "0"), ("partition", True), ("objects", "ZTF26aaaaaaa")],
)
@pytest.mark.parametrize("run_type", ["manual", "backfill"])
def test_a_value_of_another_type_is_refused_by_the_name_of_its_field(run_type, field, value):
    dag_run = a_dag_run(run_type)
    dag_run.conf = {field: value}
    with pytest.raises(SettingsError, match=f"has {field} {value!r}, which is no"):
        run_of(dag_run)


def test_a_dag_of_the_present_keeps_its_own_fields_and_cannot_be_backfilled():
    dag_run = a_dag_run("manual")
    dag_run.conf = {"full": True}
    assert run_of(dag_run, fields=("full",)).live
    dag_run.conf = {"start": START.isoformat(), "end": END.isoformat()}
    with pytest.raises(SettingsError, match="names end, start, which this DAG does not know; its fields are full"):
        run_of(dag_run, fields=("full",))
    with pytest.raises(SettingsError, match="cannot be backfilled"):
        run_of(a_dag_run("backfill"), fields=("full",))


def a_form(**form):
    run = a_dag_run("manual")
    run.conf = form
    return run_of(run)


def test_a_form_left_as_it_is_makes_a_live_run_and_a_dry_one_only_says_what_it_would_send():
    left = {name: parameter.value for name, parameter in form_of(["lsst"]).items()}
    assert a_form(**left).live
    dry = a_form(**left | {"dry": True})
    assert (dry.live, dry.dry, dry.rehearses) == (False, True, True)


def test_a_form_with_a_time_range_makes_a_replay_of_it_and_a_dry_one_has_a_lane_of_its_own():
    run = a_form(start=START.isoformat(), end="2026-11-20T04:35:00")
    assert (run.live, run.dry, run.start, run.end, run.as_of) == (False, False, START, END, END)
    assert run.lane == run_of(a_dag_run("backfill")).lane
    dry = a_form(start=START.isoformat(), end=END.isoformat(), dry=True)
    assert (dry.live, dry.dry, dry.lane.split("/")[0]) == (False, True, "dry")


def test_a_form_with_objects_makes_a_replay_of_them_whatever_their_order():
    run = a_form(objects=["ZTF26aaaaaab", "ZTF26aaaaaaa", "ZTF26aaaaaab"])
    assert (run.live, run.objects, run.as_of) == (False, ("ZTF26aaaaaaa", "ZTF26aaaaaab"), END)
    assert run.lane == a_form(objects=["ZTF26aaaaaaa", "ZTF26aaaaaab"]).lane
    assert run.lane != a_form(objects=["ZTF26aaaaaaa"]).lane


PLACE = {"stream": "lsst", "partition": 0, "first_offset": 0, "last_offset": 9}


def test_a_form_with_offsets_makes_a_replay_of_them_whose_as_of_is_known_once_they_are_read():
    run = a_form(**PLACE)
    assert (run.live, run.dry, run.as_of) == (False, False, None)
    assert run.offsets == OffsetRange("lsst", 0, 0, 9)
    lanes = {a_form(**PLACE | change).lane for change in ({}, {"partition": 1}, {"last_offset": 8}, {"dry": True})}
    assert len(lanes) == 4


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ({"start": START.isoformat()}, "has mode time_range and lacks end"),
        ({"mode": "objects", "objects": []}, "has mode objects and lacks objects"),
        ({"mode": "dry"}, "has mode 'dry'; the modes are live, time_range, offsets, objects"),
        ({"start": END.isoformat(), "end": START.isoformat()}, "must come after"),
        ({"objects": ["a"], "start": START.isoformat()}, "has fields of the modes time_range and objects: give one"),
        ({"stream": "lsst", "first_offset": 0}, "has mode offsets and lacks partition, last_offset"),
        (PLACE | {"first_offset": 10}, "must not come before"),
        ({"start": "yesterday", "end": END.isoformat()}, "has start 'yesterday', which is no date and time"),
    ],
)
def test_a_form_that_asks_for_what_cannot_be_is_refused_with_what_to_give(form, what):
    with pytest.raises(SettingsError, match=what):
        a_form(**form)
