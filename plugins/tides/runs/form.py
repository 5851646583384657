"""The form of a manual run, and the run that a form, a backfill or the clock asks for."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Param

from tides.errors import SettingsError
from tides.runs.context import OffsetRange, RunContext, replay_of_objects, replay_of_offsets, replay_of_window


def form_of(streams: Iterable[str]) -> dict[str, Param]:
    """The form of a manual run. An empty form makes a live run, as the hourly ones are."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "A time range"}
    place: dict[str, Any] = {"type": ["null", "integer"], "minimum": 0, "section": "A range of offsets"}
    return {
        "start": Param(
            None, description="Replay what was sent from this time on (UTC), also where runs were", **moment
        ),
        "end": Param(None, description="up to this time, judged as of this time (UTC)", **moment),
        "stream": Param(
            None,
            type=["null", "string"],
            enum=[None, *streams],
            section="A range of offsets",
            description="Or replay messages of this stream",
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
            section="A list of objects",
            description="Or judge these objects again with what is known now: ids of any stream, one a line",
        ),
        "dry": Param(False, type="boolean", description="Judge only: neither the master nor 4MOST changes"),
    }


REPLAYS = {
    "a time range": ("start", "end"),
    "a range of offsets": ("stream", "partition", "first_offset", "last_offset"),
    "objects": ("objects",),
}
"""What a form can ask for, and the fields that each needs."""

TYPES: dict[str, type] = {
    **dict.fromkeys(("start", "end", "stream"), str),
    **dict.fromkeys(("partition", "first_offset", "last_offset"), int),
    "objects": list,
    "dry": bool,
}
"""The fields of `form_of`, and what each holds. Airflow checks a form in its UI, and no other way in."""


def run_of(dag_run: Any, fields: Collection[str] = tuple(TYPES)) -> RunContext:
    """The run that Airflow asks for: a backfill run is a replay of its hour, a manual run follows its form, every other
    is live.

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
    asked = [what for what, needed in REPLAYS.items() if any(_given(form, f) for f in needed)]
    if dag_run.run_type == "backfill":
        if asked:
            raise SettingsError(
                f"a backfill run replays its own hour, and its form names {' and '.join(asked)}: trigger a run by hand"
                " for that"
            )
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end, dry=dry)
    if len(asked) > 1:
        raise SettingsError(f"this run's form names {' and '.join(asked)}: give one of them")
    if not asked and dry:
        raise SettingsError("this run's form names nothing to replay: a dry run needs a time range, offsets or objects")
    if not asked:
        return RunContext(dag_run.run_id)
    missing = [field for field in REPLAYS[asked[0]] if not _given(form, field)]
    if missing:
        raise SettingsError(f"this run's form asks for {asked[0]} and lacks {', '.join(missing)}")
    match asked[0]:
        case "objects":
            return replay_of_objects(dag_run.run_id, map(str, form["objects"]), dag_run.run_after, dry=dry)
        case "a time range":
            return _replay_of_range(dag_run.run_id, *(_moment(form, name) for name in REPLAYS[asked[0]]), dry=dry)
    return _replay_of_offsets(dag_run.run_id, form, dry)


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
