"""What Docker Compose makes of `.env` and of docker-compose.yaml, by its own rules and without an engine."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
FILE = PROJECT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<rule>[?-])(?P<word>[^}]*))?\})")


def quoted(secret: str) -> str:
    """A secret as .env.example asks for it: between single quotes, in which only a single quote is written anew."""
    return "'" + secret.replace("'", "\\'") + "'"


def read_env(text: str) -> dict[str, str]:
    """The variables of a file for `--env-file`, without those in double quotes and those that name others.

    In single quotes a backslash stands for itself, unless a single quote follows it.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, value = line.split("=", 1)
        if value.startswith("'"):
            inside = re.match(r"'((?:\\'|[^'])*)'", value)
            assert inside, f"{name}: no quote at the end"
            found[name] = inside[1].replace("\\'", "'")
        else:
            found[name] = re.split(r"\s#", value)[0].rstrip()
    return found


def read_compose(given: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yaml with its variables filled in: after the YAML is read, so that no value changes its form."""
    filled: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), given)
    return filled


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
