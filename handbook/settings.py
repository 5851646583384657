"""The reference of the settings: the keys that the typed model takes, with value and comment of `bridge.yaml`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from handbook.markdown import code, page, table, words
from tides.settings.model import DEFAULT_FILE, Settings

NAME = "NAME"
"""Stands in a key for a name that the file gives: of a stream, a band, a template."""

BELOW = "the keys below"

BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
TYPES = {"boolean": "`true` or `false`", "null": "`null`", "integer": "a whole number", "number": "a number"}


@dataclass(frozen=True)
class Shipped:
    """A key as the shipped file has it: its value as text ("" where keys follow), and what its comments say."""

    value: str
    comment: str


def settings() -> str:
    """The page: a section for each key of the first level, with a row for each key below it."""
    schema, known = Settings.model_json_schema(), shipped(DEFAULT_FILE.read_text(encoding="utf-8"))
    parts = [
        "# Settings",
        "Every key of [bridge.yaml](../../include/config/bridge.yaml), as the code reads it. A file that"
        " `TIDES_SETTINGS` names is laid over it, key by key. `NAME` stands for a name of yours.",
    ]
    for key, of_it in schema["properties"].items():
        model = _model(of_it, schema["$defs"])
        found = dict(keys(of_it, schema["$defs"], key))
        # A key that takes a value has a row, and its comment there.
        above = _of(known, key).comment if found.get(key, BELOW) == BELOW else ""
        parts += [f"## {key}", words(model.get("description", "")), words(above)]
        parts.append(table(("key", "takes", "shipped", "what it is"), _rows(found, known, key)))
    return page(*parts)


def keys(schema: dict[str, Any], models: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Each key at and below `path`, with what it takes, from a JSON schema."""
    found = _model(schema, models)
    may_be_null = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
    if "properties" in found:
        yield path, f"`null`, or {BELOW}" if may_be_null else BELOW
        for name, below in found["properties"].items():
            yield from keys(below, models, f"{path}.{name}")
    elif (named := _named(found)) and _has_keys(named, models):
        yield path, f"a map of names to {BELOW}"
        yield from keys(named, models, f"{path}.{NAME}")
    elif "items" in found and _has_keys(found["items"], models):
        yield path, f"a list of entries with {BELOW}"
        yield from keys(found["items"], models, f"{path}[]")
    else:
        left_out = f"; {code(json.dumps(schema['default']))} if left out" if "default" in schema else ""
        yield path, takes(schema, models) + left_out


def takes(schema: dict[str, Any], models: dict[str, Any]) -> str:
    """What a key takes, in words."""
    schema = models[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "anyOf" in schema:
        return " or ".join(takes(each, models) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    if named := _named(schema):
        return f"a map of names to {takes(named, models)}"
    kind = schema.get("type", "")
    if kind == "array":
        return f"a list of {takes(schema['items'], models)}"
    if kind == "string":
        return f"text like {code(schema['pattern'])}" if "pattern" in schema else schema.get("format", "text")
    bounds = " and ".join(f"{sign} {schema[bound]:g}" for bound, sign in BOUNDS.items() if bound in schema)
    return f"{TYPES.get(kind, 'any value')} {bounds}".strip()


def shipped(text: str) -> dict[str, Shipped]:
    """Each key of a YAML file, by its path, with its value and the comments above and beside it."""
    lines, found = text.splitlines(), {}

    def visit(node: yaml.MappingNode, path: str) -> None:
        for key, value in node.value:
            place = f"{path}.{key.value}" if path else str(key.value)
            found[place] = Shipped(_value(text, value), _comment(lines, key.start_mark.line, key.start_mark.column))
            below = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for each in below:
                if isinstance(each, yaml.MappingNode):
                    visit(each, place if each is value else f"{place}[]")

    if isinstance(root := yaml.compose(text, yaml.SafeLoader), yaml.MappingNode):
        visit(root, "")
    return found


def _value(text: str, node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    is_flow = isinstance(node, yaml.CollectionNode) and node.flow_style
    return text[node.start_mark.index : node.end_mark.index] if is_flow else ""


def _comment(lines: list[str], line: int, column: int) -> str:
    """The comment above a key, in its own column, and the one beside it, with the lines that carry it on."""
    said: list[str] = []
    above = line - 1
    while above >= 0 and re.match(rf" {{{column}}}#", lines[above]):
        said.insert(0, lines[above].strip("# "))
        above -= 1
    # Of several keys on a line the comment belongs to the first.
    if lines[line][:column].strip(" -") or not (beside := re.search(r"(?<=\s)#.*", lines[line])):
        return " ".join(said)
    said.append(beside[0].strip("# "))
    for after in lines[line + 1 :]:
        if not re.match(rf" {{{beside.start()}}}#", after):
            break
        said.append(after.strip("# "))
    return " ".join(said)


def _model(schema: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """The model that a schema refers to, by itself, beside null, or for each name of a map; else the schema."""
    for each in (schema, *schema.get("anyOf", ())):
        if "$ref" in each:
            return dict(models[each["$ref"].rpartition("/")[2]])
    return schema


def _named(schema: dict[str, Any]) -> dict[str, Any] | None:
    """What a map has for each of its names; None where it is no such map."""
    if schema.get("type") != "object" or "properties" in schema:
        return None
    if isinstance(below := schema.get("additionalProperties"), dict):
        return below
    return next(iter(schema.get("patternProperties", {}).values()), None)


def _has_keys(schema: dict[str, Any], models: dict[str, Any]) -> bool:
    found = _model(schema, models)
    named = _named(found)
    return "properties" in found or (named is not None and _has_keys(named, models))


def _of(known: dict[str, Shipped], path: str) -> Shipped:
    """What the file has at a path. Where the values of names differ, each with its name; each comment once."""
    pattern = re.compile(re.escape(path).replace(NAME, r"(\w[\w-]*)"))
    found = {place: each for place, each in known.items() if pattern.fullmatch(place)}
    values = {each.value for each in found.values()}
    comment = " ".join(dict.fromkeys(each.comment for each in found.values() if each.comment))
    if len(values) <= 1:
        return Shipped(next(iter(values), ""), comment)
    names = {place: ".".join(pattern.fullmatch(place).groups()) for place in found}  # type: ignore[union-attr]
    return Shipped("; ".join(f"{names[place]}: {each.value}" for place, each in found.items()), comment)


def _rows(found: dict[str, str], known: dict[str, Shipped], above: str) -> Iterator[tuple[str, str, str, str]]:
    """A row a key; of the key `above`, and of one with keys below it, only where it says something itself."""
    for path, taken in found.items():
        of_it = _of(known, path)
        if taken != BELOW or (of_it.comment and path != above):
            yield code(path), words(taken), code(of_it.value), words(of_it.comment)
