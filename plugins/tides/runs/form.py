"""The form of a manual run, and the run that a form, a backfill or the clock asks for."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Param

from tides.errors import SettingsError
from tides.runs.context import (
    OffsetRange,
    RunContext,
    rehearsal,
    replay_of_objects,
    replay_of_offsets,
    replay_of_window,
)

MODES: dict[str, tuple[str, ...]] = {
    "live": (),
    "time_range": ("start", "end"),
    "offsets": ("stream", "partition", "first_offset", "last_offset"),
    "objects": ("objects",),
}
"""What a run can be, and the fields of the form that each needs; no other mode takes them."""

IN_THE_FORM = {
    "live": "live: what waits, as every hour",
    "time_range": "time range: what was sent from start to end",
    "offsets": "offsets: some messages of a stream",
    "objects": "objects: a list of ids, judged again",
}

WHAT_EACH_DOES = """
* **live** reads all that waits, judges it, merges it, and tells 4MOST. It needs no field. With *dry* it reads and
  judges nothing, and the report says what the next live run would send.
* **time range** judges again what the broker stamped from *start* to *end*, as of *end*.
* **offsets** judges again the messages *first_offset* to *last_offset* of a *partition* of a *stream*, as of the
  newest stamp among them.
* **objects** judges again the *objects* of a list, with what is stored of them.

The last three add missing targets. They deactivate nothing and do not talk to 4MOST: the next live run tells what they
have added. With *dry* they only judge, and the report says what they would add.

A field of another mode is refused, before anything is done. To judge objects that the bridge has never read, or by
another function, use the DAG `tides_check_objects`: it asks Lasair, and changes nothing.
"""

TYPES: dict[str, type] = {
    **dict.fromkeys(("mode", "start", "end", "stream"), str),
    **dict.fromkeys(("partition", "first_offset", "last_offset"), int),
    "objects": list,
    "dry": bool,
}
"""The fields of `form_of`, and what each holds. Airflow checks a form in its UI, and no other way in."""


def form_of(streams: Iterable[str]) -> dict[str, Param]:
    """The form of a manual run. An empty form makes a live run, as the hourly ones are."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "Mode time range"}
    place: dict[str, Any] = {"type": ["null", "integer"], "minimum": 0, "section": "Mode offsets"}
    return {
        "mode": Param(
            "live", type="string", enum=list(MODES), values_display=IN_THE_FORM, description_md=WHAT_EACH_DOES
        ),
        "dry": Param(
            False,
            type="boolean",
            description="Neither the master nor 4MOST changes; the report says what this run would have done",
        ),
        "start": Param(None, description="What was sent from this time on (UTC), also where runs were", **moment),
        "end": Param(None, description="up to this time, judged as of this time (UTC)", **moment),
        "stream": Param(
            None,
            type=["null", "string"],
            enum=[None, *streams],
            section="Mode offsets",
            description="Messages of this stream",
        ),
        "partition": Param(None, description="in this partition of its topic", **place),
        "first_offset": Param(None, description="from this offset", **place),
        "last_offset": Param(None, description="to this one, judged as of the newest stamp among them", **place),
        "objects": Param(
            [],
            type=["null", "array"],
            # Whoever may start a run writes this text: it goes into queries and the calls to Lasair.
            items={"type": "string", "pattern": "^[A-Za-z0-9]{1,20}$"},
            maxItems=2000,
            section="Mode objects",
            description="Ids of any stream that the bridge has read, one a line",
        ),
    }


def run_of(dag_run: Any, fields: Collection[str] = tuple(TYPES)) -> RunContext:
    """The run that Airflow asks for: a backfill run is a replay of its hour, a manual run follows its form, every other
    is live. A form without a mode has that of its fields.

    `fields` are those of the DAG's form. A DAG without all fields of `form_of` works on the present alone. Raises
    SettingsError when the form has a field that the run cannot honour, or asks for what cannot be.
    """
    form = dag_run.conf or {}
    if unknown := sorted(form.keys() - set(fields)):
        raise SettingsError(
            f"this run's form names {', '.join(unknown)}, which this DAG does not know; its fields are"
            f" {', '.join(fields) or 'none'}"
        )
    if not TYPES.keys() <= set(fields):
        if dag_run.run_type == "backfill":
            raise SettingsError("this DAG works on the present and cannot be backfilled: trigger it instead")
        return RunContext(dag_run.run_id)
    for field, kind in TYPES.items():
        if _given(form, field) and type(form[field]) is not kind:
            raise SettingsError(f"this run's form has {field} {form[field]!r:.60}, which is no {kind.__name__}")
    dry = bool(form.get("dry"))
    if dag_run.run_type == "backfill":
        _demand_own_hour(form)
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end, dry=dry)
    match _mode(form):
        case "objects":
            return replay_of_objects(dag_run.run_id, map(str, form["objects"]), dag_run.run_after, dry=dry)
        case "time_range":
            return _replay_of_range(dag_run.run_id, *(_moment(form, name) for name in ("start", "end")), dry=dry)
        case "offsets":
            return _replay_of_offsets(dag_run.run_id, form, dry)
    return rehearsal(dag_run.run_id) if dry else RunContext(dag_run.run_id)


def _mode(form: dict[str, Any]) -> str:
    """The mode of a form, which has all fields that it needs and none of another mode."""
    asked = [mode for mode, needed in MODES.items() if any(_given(form, field) for field in needed)]
    if not _given(form, "mode"):
        if len(asked) > 1:
            raise SettingsError(f"this run's form has fields of the modes {' and '.join(asked)}: give one of them")
        mode = asked[0] if asked else "live"
    else:
        mode = form["mode"]
        if mode not in MODES:
            raise SettingsError(f"this run's form has mode {mode!r:.60}; the modes are {', '.join(MODES)}")
        for other in asked:
            if other != mode:
                given = " and ".join(field for field in MODES[other] if _given(form, field))
                raise SettingsError(
                    f"this run's form has mode {mode}, and {given} of mode {other}: choose mode {other}, or leave"
                    f" {given} empty"
                )
    if missing := [field for field in MODES[mode] if not _given(form, field)]:
        raise SettingsError(f"this run's form has mode {mode} and lacks {', '.join(missing)}")
    return mode


def _demand_own_hour(form: dict[str, Any]) -> None:
    """A backfill's form may be left as it opens, but for `dry`."""
    asked = [field for needed in MODES.values() for field in needed if _given(form, field)]
    if form.get("mode") not in (None, "", "live", "time_range"):
        asked.append(f"mode {form['mode']!r:.60}")
    if asked:
        raise SettingsError(
            f"a backfill run replays its own hour, and its form names {' and '.join(asked)}: trigger a run by hand for"
            " that"
        )


def _given(form: dict[str, Any], field: str) -> bool:
    return form.get(field) not in (None, "", [])


def _replay_of_range(run_id: str, start: datetime, end: datetime, *, dry: bool) -> RunContext:
    if end <= start:
        raise SettingsError(f"this run's form ends at {end} and starts at {start}: the end must come after the start")
    return replay_of_window(run_id, start, end, dry=dry)


def _replay_of_offsets(run_id: str, form: dict[str, Any], dry: bool) -> RunContext:
    offsets = OffsetRange(form["stream"], form["partition"], form["first_offset"], form["last_offset"])
    if offsets.last < offsets.first:
        raise SettingsError(
            f"this run's form has last_offset {offsets.last} and first_offset {offsets.first}: the last must not come"
            " before the first"
        )
    return replay_of_offsets(run_id, offsets, dry=dry)


def _moment(form: dict[str, Any], field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(form[field])
    except ValueError:
        raise SettingsError(f"this run's form has {field} {form[field]!r:.60}, which is no date and time") from None
    # The form says UTC, and a person may leave the zone out.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
