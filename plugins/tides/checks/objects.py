"""Judges a list of objects whose light curves Lasair is asked for now, for the DAG `tides_check_objects`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from tides.brokers.broker import asks_for_light_curves
from tides.brokers.source import LightCurveClient, fetch
from tides.checks.check import check
from tides.errors import SettingsError
from tides.functions.functions import Function, load_functions, named, read_functions
from tides.settings.model import Settings
from tides.settings.streams import Stream


def asked_function(name: str, yaml: str | None) -> Function:
    """The function of the form: the one written into it, else the shipped one of that name.

    Raises SettingsError for a wrong function, and when the form holds more than one.
    """
    if not yaml or not yaml.strip():
        return named(load_functions(), name, "function")
    written = read_functions(yaml, "yaml")
    if len(written) != 1:
        raise SettingsError(f"yaml: holds {len(written)} functions; write one")
    return next(iter(written.values()))


def stream_of(settings: Settings, survey: str) -> Stream:
    """The stream by whose settings a survey's objects are asked for. Raises SettingsError when there is none."""
    for stream in settings.enabled_streams().values():
        if stream.survey == survey and asks_for_light_curves(stream):
            return stream
    raise SettingsError(
        f"survey: no stream that is read brings {survey} from a broker that can be asked; enable one in bridge.yaml"
    )


def check_objects(
    stream: Stream,
    ids: Sequence[str],
    function: Function,
    lasair: LightCurveClient,
    quota: Callable[[int], None],
    folder: Path,
    format_: Literal["png", "svg"] = "png",
) -> str:
    """Judges objects on their present light curves, and writes `verdicts.csv`, `verdicts.parquet` and a plot an object.

    Gives the outcome in words. The alert's columns are not known here, so criteria on them are unknown. Raises
    SettingsError for an empty list or a folder that cannot be written to, and whatever `fetch` raises.
    """
    if not ids:
        raise SettingsError("objects: the list is empty; give one object id a line")
    fetched = fetch(stream, ids, lasair, quota)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"folder {folder}: cannot be made ({error.strerror})") from error
    # By id, so that two checks of the same objects write the same tables.
    lines = iter([fetched.raw[object_id] for object_id in sorted(fetched.raw)])
    checked = check(lines, function, folder / "verdicts.csv", folder / "verdicts.parquet", folder, format_)
    return "\n".join(
        [
            f"{function.name} ({function.hash[:12]}) on {len(set(ids))} objects of {stream.survey}",
            *checked.table(),
            *(f"{object_id}: {reason}" for object_id, reason in sorted(fetched.problems.items())),
            f"written: {folder}",
        ]
    )
