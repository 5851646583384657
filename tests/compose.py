"""What Docker Compose and Docker make of this project's files, by their own rules and without an engine."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
FILE = PROJECT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<rule>[?-])(?P<word>[^}]*))?\})")


def read_compose(given: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yaml with its variables filled in: after the YAML is read, so that no value changes its form."""
    filled: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), given)
    return filled


def moved(part: Any, places: Mapping[str, str]) -> Any:
    """A part of the file in which each place of a container or address in it stands for one on this machine."""
    if isinstance(part, dict):
        return {key: moved(value, places) for key, value in part.items()}
    if isinstance(part, list):
        return [moved(value, places) for value in part]
    if isinstance(part, str):
        for there, here in places.items():
            part = part.replace(there, here)
    return part


def build_context(folder: Path) -> set[str]:
    """The files below a folder that a build of its image may see, by the rules of its .dockerignore.

    A pattern is held against a path and against the folders above it. The last one that fits decides.
    """
    rules = [
        (not line.startswith("!"), _pattern(line.removeprefix("!")))
        for line in (folder / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    return {file for file in files if not _ignored(file, rules)}


def _ignored(file: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    path = PurePosixPath(file)
    places = [path.as_posix(), *(above.as_posix() for above in path.parents if above.name)]
    last = [ignores for ignores, pattern in rules if any(pattern.fullmatch(place) for place in places)]
    return bool(last and last[-1])


def _pattern(line: str) -> re.Pattern[str]:
    """`*` is a part of a name, `**` any number of folders."""
    parts = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", lambda found: parts.get(found[0], re.escape(found[0])), line))


def _filled(part: Any, given: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, given) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, given) for value in part]
    return VARIABLE.sub(lambda found: _value(found, given), part) if isinstance(part, str) else part


def _value(found: re.Match[str], given: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    value = given.get(found["name"], "")
    if not value and found["rule"] == "?":
        raise ValueError(f"{found['name']}: {found['word']}")
    return value or (found["word"] if found["rule"] == "-" else "")
