"""The form of a manual run, and the run that a form, a backfill or the clock asks for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Param

from tides.errors import SettingsError
from tides.runs.context import OffsetRange, RunContext, replay_of_objects, replay_of_offsets, replay_of_window


def form_of(streams: Iterable[str]) -> dict[str, Param]:
    """The form of a manual run. Left as it is, the run is live, as the hourly ones are."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "A time range"}
    place: dict[str, Any] = {"type": ["null", "integer"], "minimum": 0, "section": "A range of offsets"}
    return {
        "start": Param(None, description="Replay what was sent from this time on (UTC)", **moment),
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


def run_of(dag_run: Any) -> RunContext:
    """A backfill run is a replay of its hour, a manual run of what its form asks for; every other run is live.

    Raises SettingsError when the form asks for what cannot be.
    """
    if dag_run.run_type == "backfill":
        return replay_of_window(dag_run.run_id, dag_run.data_interval_start, dag_run.data_interval_end)
    form = dag_run.conf or {}
    dry = bool(form.get("dry"))
    asked = [what for what, fields in REPLAYS.items() if any(_given(form, f) for f in fields)]
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
            return _replay_of_range(dag_run.run_id, _moment(form["start"]), _moment(form["end"]), dry)
    return _replay_of_offsets(dag_run.run_id, form, dry)


def _given(form: dict[str, Any], field: str) -> bool:
    return form.get(field) not in (None, "", [])


def _replay_of_range(run_id: str, start: datetime, end: datetime, dry: bool) -> RunContext:
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


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
