"""Judges a list of objects whose light curves Lasair is asked for now, for the DAG `tides_check_objects`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Literal

from tides.brokers.broker import asks_for_light_curves
from tides.brokers.source import LightCurveClient, fetch
from tides.checks.check import Checked, Row, check
from tides.checks.inputs import subject_of
from tides.errors import SettingsError, TidesError
from tides.foreign import in_markdown, quoted
from tides.functions.functions import Function, load_functions, named, read_functions
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


def parts_below(root: str, asked: str) -> tuple[str, ...]:
    """The folders below `root`, the place of the settings (`checks.folder`), that a name leads through.

    Raises SettingsError for a name that leads elsewhere: an absolute one, one with `..`.
    """
    where, name = f"below {root} (checks.folder in bridge.yaml)", quoted(asked)
    parts = PurePosixPath(asked).parts
    if not parts or asked.startswith("/") or ".." in parts:
        raise SettingsError(f"folder {name}: give the name of a folder {where}, without `/` in front and without `..`")
    if asked != name or "\\" in asked or len(parts) > MOST_FOLDERS:
        raise SettingsError(f"folder {name}: give a short name of a folder {where}, of characters that can be seen")
    return parts


def folder_below(root: Path, asked: str) -> Path:
    """The folder of a check, which lies below the one that the settings name (`checks.folder`).

    Raises SettingsError for a name that leads elsewhere: an absolute one, one with `..`, one over a symbolic link.
    """
    parts, name = parts_below(str(root), asked), quoted(asked)
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


@dataclass(frozen=True)
class Answer:
    """What became of each object asked for. `failure` ended the calls to Lasair early."""

    survey: str
    function: Function
    rows: list[Row]
    counts: Checked
    failure: TidesError | None
    drawn: bool

    @property
    def judged(self) -> int:
        """How many objects have a verdict."""
        return sum(row.passed is not None for row in self.rows)

    def demand_a_verdict(self) -> None:
        """Raises SettingsError, or what ended the calls, when no object has a verdict."""
        if self.judged:
            return
        if self.failure:
            raise self.failure
        first = self.rows[0]
        raise SettingsError(
            f"objects: none of the {len(self.rows)} could be judged; {quoted(first.object_id)}:"
            f" {quoted('; '.join(first.reasons))}"
        )

    def in_words(self, where: str | None = None) -> str:
        """The outcome in Markdown, with the reason of each object that could not be judged, and where the files are."""
        counts = [f"{'  ' * what.startswith(' ')}- {what.strip()}: {n}" for what, n in self.counts.counts.items()]
        unknown = [row for row in self.rows if row.passed is None]
        parts = [
            f"# TiDES check: {in_markdown(self.function.name)} on {len(self.rows)} objects of {self.survey}",
            f"{self.judged} are judged, by the light curves that Lasair has now. The tab *Report* of the run has each"
            " object with its criteria, and so has the table `tides.checked_object`.",
            "\n".join([*counts, *(f"- {in_markdown(line.strip())}" for line in self.counts.of_points())]),
        ]
        if unknown:
            reasons = [f"- {in_markdown(r.object_id)}: {in_markdown('; '.join(r.reasons))}" for r in unknown]
            parts.append("## Not judged\n\n" + "\n".join(reasons))
        if where:
            what = "Tables and plots" if self.drawn else "Tables (plots need the extra `science` of the package)"
            parts.append(f"{what}: {in_markdown(where)}")
        return "\n\n".join(parts) + "\n"


def check_objects(
    stream: Stream,
    ids: Sequence[str],
    function: Function,
    lasair: LightCurveClient,
    quota: Callable[[int], None],
    folder: Path | None,
    format_: Literal["png", "svg"] = "png",
) -> Answer:
    """Judges objects on their present light curves, and writes `verdicts.csv`, `verdicts.parquet` and a plot an object.

    Nothing is written without a folder, and no plot without Matplotlib (the extra `science`). The alert's columns are
    not known here, so criteria on them are unknown. Raises SettingsError for an empty list or a
    folder that cannot be written to, and whatever `fetch` raises.
    """
    if not ids:
        raise SettingsError("objects: the list is empty; give one object id a line")
    fetched = fetch(stream, ids, lasair, quota)
    drawn = find_spec("matplotlib") is not None
    tables: tuple[Path | None, Path | None, Path | None] = (None, None, None)
    if folder:
        tables = (folder / "verdicts.csv", folder / "verdicts.parquet", folder if drawn else None)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"folder {folder}: cannot be made ({error.strerror})") from error
    # By id, so that two checks of the same objects write the same tables.
    subjects = (subject_of(fetched.raw[object_id]) for object_id in sorted(fetched.raw))
    rows: list[Row] = []
    counts = check(subjects, function, *tables, format_, rows.extend)
    problems = dict.fromkeys(set(ids).difference(fetched.raw), str(fetched.failure)) | fetched.problems
    rows += [Row(object_id, None, None, None, (reason,)) for object_id, reason in sorted(problems.items())]
    return Answer(stream.survey, function, rows, counts, fetched.failure, drawn)
