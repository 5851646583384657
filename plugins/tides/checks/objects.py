"""Judges a list of objects whose light curves Lasair is asked for now, for the DAG `tides_check_objects`."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from tides.brokers.broker import asks_for_light_curves
from tides.brokers.source import LightCurveClient, fetch
from tides.checks.check import check
from tides.checks.inputs import subject_of
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.functions.functions import Function, load_functions, named, read_functions
from tides.settings.sections import Checks
from tides.settings.streams import Stream
from tides.settings.yaml_text import demand_small

ERROR_CHARACTERS = 200
"""How much is said of a function in the form that is wrong."""

MOST_FOLDERS = 8
"""How deep a check may write below the folder of all checks."""


def asked_function(name: str, yaml: str | None) -> Function:
    """The function of the form: the one written into it, else the shipped one of that name.

    Raises SettingsError for a wrong function, when the form holds more than one, and for a text that is too large.
    """
    if not yaml or not yaml.strip():
        return named(load_functions(), name, "function")
    demand_small(yaml, "yaml")
    try:
        written = read_functions(yaml, "yaml")
    except SettingsError as error:
        # The message names keys and values of the form, which may be as long as the form.
        raise SettingsError(quoted(str(error), ERROR_CHARACTERS)) from None
    if len(written) != 1:
        raise SettingsError(f"yaml: holds {len(written)} functions; write one")
    return next(iter(written.values()))


def folder_below(limits: Checks, asked: str) -> Path:
    """The folder of a check, which lies below the one that the settings name (`checks.folder`).

    Raises SettingsError for a name that leads elsewhere: an absolute one, one with `..`, one over a symbolic link.
    """
    root = Path(limits.folder) if limits.folder else Path(tempfile.gettempdir()) / "tides_check"
    where, name = f"below {root} (checks.folder in bridge.yaml)", quoted(asked)
    parts = Path(asked).parts
    if not parts or Path(asked).is_absolute() or ".." in parts:
        raise SettingsError(f"folder {name}: give the name of a folder {where}, without `/` in front and without `..`")
    if asked != name or "\\" in asked or len(parts) > MOST_FOLDERS:
        raise SettingsError(f"folder {name}: give a short name of a folder {where}, of characters that can be seen")
    folder = root.joinpath(*parts)
    on_the_way = [folder, *folder.parents][: len(parts) + 1]
    try:
        inside = list(folder.iterdir()) if folder.is_dir() else []
        links = [path for path in (*on_the_way, *inside) if path.is_symlink()]
    except OSError as error:
        raise SettingsError(f"folder {name}: cannot be looked at ({error.strerror})") from None
    # A link would lead out of the folder, even one in the place of a file that is written.
    if links:
        raise SettingsError(f"folder {name}: {quoted(str(links[0]))} is a symbolic link; give a folder without one")
    return folder


def stream_of(streams: Mapping[str, Stream], survey: str) -> Stream:
    """The one of the streams by whose settings a survey's objects are asked for.

    Raises SettingsError when there is none.
    """
    for stream in streams.values():
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
    subjects = (subject_of(fetched.raw[object_id]) for object_id in sorted(fetched.raw))
    checked = check(subjects, function, folder / "verdicts.csv", folder / "verdicts.parquet", folder, format_)
    return "\n".join(
        [
            f"{function.name} ({function.hash[:12]}) on {len(set(ids))} objects of {stream.survey}",
            *checked.table(),
            *(f"{quoted(object_id)}: {quoted(reason)}" for object_id, reason in sorted(fetched.problems.items())),
            f"written: {folder}",
        ]
    )
