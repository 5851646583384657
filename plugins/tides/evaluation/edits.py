"""Both sides of an edit: what the newest live run selects by, and what the edited files would select by."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.evaluation.changes import in_words
from tides.evaluation.epochs import Content, contents_of
from tides.foreign import quoted
from tides.functions.functions import (
    Function,
    functions_in_use,
    functions_of,
    load_functions,
    read_functions,
    recorded_function,
)
from tides.settings.layers import Model
from tides.settings.model import Settings, load_settings, setting_files
from tides.settings.sections import Live, Reach, TargetTemplate
from tides.settings.streams import LasairFilter, StreamLive
from tides.settings.yaml_text import demand_small
from tides.targets.live_rule import LiveRules

ERROR_CHARACTERS = 200
"""How much is said of settings in a form that are wrong."""

Part = TypeVar("Part", bound=Model)

NOT_SHOWN = ("identity", "reclassified")
"""Limits whose edits change what later alerts and refreshes do, and nothing that is stored."""


@dataclass(frozen=True)
class Use:
    """A function that a stream uses, with the template of its targets. `function` is None where no code reads it."""

    stream: str
    name: str
    hash: str
    target: Literal["live", "host"]
    template: str
    function: Function | None


@dataclass(frozen=True)
class Side:
    """What the selection is made of on one side of an edit.

    `rules` are of each survey, `filters` of each stream. `asked` is what the live rule is asked with in place of what
    is in force (`include/sql/evaluation/ask.sql`), as JSON; empty on the side that is in force.
    """

    uses: tuple[Use, ...]
    rules: Mapping[str, LiveRules]
    templates: Mapping[str, TargetTemplate]
    filters: Mapping[str, LasairFilter]
    asked: Mapping[str, str] = field(default_factory=dict)

    def of(self, stream: str) -> list[Use]:
        """The functions of a stream."""
        return [use for use in self.uses if use.stream == stream]


@dataclass(frozen=True)
class Edit:
    """Both sides, and what differs. `changed` are the new contents, None for what is no longer there."""

    before: Side
    after: Side
    changed: tuple[Content, ...]
    words: tuple[str, ...]

    def new_of(self, stream: str) -> list[Function]:
        """The functions of a stream that its objects have still to be judged by."""
        return _beyond(self.after.of(stream), self.before.of(stream))

    def old_of(self, stream: str) -> list[Function]:
        """The functions of a stream that the edit takes out of use, as far as code reads them."""
        return _beyond(self.before.of(stream), self.after.of(stream))


def record(connection: Connection, edit: Edit, counts: Mapping[str, float], by: str, reason: str) -> None:
    """Keeps what a preview says of an edit (`counts`), for the epoch that the edit will open, and who means to make it.

    Raises SettingsError when the edit changes nothing.
    """
    if not edit.changed:
        raise SettingsError("--record: nothing differs from what the newest live run selects by")
    changes = json.dumps([asdict(content) for content in edit.changed])
    given = {"by": by, "reason": reason, "changes": changes, "counts": json.dumps(counts)}
    connection.execute(statement("evaluation/store_preview"), given)


def _beyond(uses: Sequence[Use], others: Sequence[Use]) -> list[Function]:
    known = {(use.name, use.hash) for use in others}
    return [use.function for use in uses if use.function and (use.name, use.hash) not in known]


def written_functions(text: str) -> dict[str, Function]:
    """The functions of a form (YAML), by name. Raises SettingsError for a wrong text, and for one that is too large."""
    demand_small(text, "functions")
    return read_functions(text, "functions")


def edited(functions: str | None, settings: str | None) -> tuple[Settings, dict[str, Function]]:
    """The settings and functions of now, with those of a form (YAML) laid over them.

    Raises SettingsError for a wrong text, and for one that is too large.
    """
    written = written_functions(functions) if functions and functions.strip() else {}
    if not (settings and settings.strip()):
        return load_settings(), load_functions() | written
    demand_small(settings, "settings")
    with TemporaryDirectory() as folder:
        layer = Path(folder) / "settings"
        layer.write_text(settings, encoding="utf-8", errors="replace")
        try:
            return load_settings(*setting_files(), layer), load_functions() | written
        except SettingsError as error:
            # The file of a moment says nothing to the person at the form, and values may be as long as the form.
            raise SettingsError(quoted(str(error).replace(str(layer), "settings"), ERROR_CHARACTERS)) from None


def edit_of(connection: Connection, settings: Settings, functions: Mapping[str, Function]) -> Edit:
    """What differs between these settings and functions and those of the newest live run.

    Raises SettingsError when no live run has recorded any, and as `contents_of` does.
    """
    there = _recorded(connection)
    if not there:
        raise SettingsError("no live run has recorded a selection yet: there is nothing to compare the edit with")
    coming = {(c.kind, c.subject): c for c in contents_of(settings, functions)}
    changed = [c for key, c in coming.items() if json.loads(json.dumps(c.content)) != there.get(key)]
    changed += [Content(*key, None) for key in there if key not in coming]
    words = []
    for content in sorted(changed, key=lambda c: (c.kind, c.subject)):
        before = there.get((content.kind, content.subject))
        what = "is new" if before is None else in_words(before, content.content)
        unseen = " (changes nothing that is stored)" if content.subject in NOT_SHOWN else ""
        words.append(f"{content.kind} {content.subject}: {what}{unseen}")
    return Edit(_in_force(there, settings), _edited(settings, functions), tuple(changed), tuple(words))


def in_force(connection: Connection, settings: Settings) -> Side:
    """What the newest live run selects by: nothing before any has recorded it."""
    return _in_force(_recorded(connection), settings)


def _recorded(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    rows = connection.execute(statement("evaluation/in_force")).fetchall()
    return {(row["kind"], row["subject"]): row["content"] for row in rows}


def _edited(settings: Settings, functions: Mapping[str, Function]) -> Side:
    streams = settings.enabled_streams()
    uses = [
        Use(name, function.name, function.hash, use.target, use.template, function)
        for name, stream in streams.items()
        for use, function in zip(stream.functions, functions_of(stream, functions), strict=True)
    ]
    asked = {
        "live": settings.live.model_dump_json(),
        "surveys": settings.as_parameters()["surveys"],
        "functions": json.dumps(functions_in_use(streams, functions)),
    }
    rules = {survey: LiveRules(live, settings.live, settings.reach) for survey, live in settings.survey_live().items()}
    filters = {name: stream.filter for name, stream in streams.items()}
    return Side(tuple(uses), rules, settings.targets, filters, asked)


def _in_force(there: Mapping[tuple[str, str], Mapping[str, Any]], settings: Settings) -> Side:
    uses, templates, filters = [], {}, {}
    for (kind, subject), content in there.items():
        if kind == "function":
            uses.append(_recorded_use(subject.split("/")[0], content))
        elif kind == "template":
            templates[subject] = _read(TargetTemplate, content, settings.targets.get(subject))
        elif kind == "filter":
            filters[subject] = LasairFilter.model_validate(content)
    live = _read(Live, there.get(("limits", "live")), settings.live) or settings.live
    reach = _read(Reach, there.get(("limits", "reach")), settings.reach) or settings.reach
    rules = {
        survey: LiveRules(_read(StreamLive, there.get(("limits", f"live of {survey}")), now) or now, live, reach)
        for survey, now in settings.survey_live().items()
    }
    return Side(tuple(uses), rules, {name: t for name, t in templates.items() if t}, filters)


def _recorded_use(stream: str, content: Mapping[str, Any]) -> Use:
    try:
        function = recorded_function("recorded", content["name"], content["says"], content["hash"])
    except SettingsError:  # an older code took keys that this one does not know
        function = None
    return Use(stream, content["name"], content["hash"], content["target"], content["template"], function)


def _read(part: type[Part], content: Mapping[str, Any] | None, otherwise: Part | None) -> Part | None:
    """A recorded section. One of an older code, that lacks keys of this one, is taken to be as the edited one."""
    try:
        return part.model_validate_json(json.dumps(content)) if content else otherwise
    except ValidationError:
        return otherwise
