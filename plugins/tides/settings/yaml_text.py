"""Reads YAML: the one place that does. Whatever the parser raises becomes a SettingsError that quotes little."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from tides.errors import SettingsError
from tides.foreign import quoted

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C is ten times as fast, and every start of a task reads the settings and the functions."""

MOST_BYTES = 65_536
MOST_NODES = 2_000
MOST_DEPTH = 30
"""The bounds of a text that a person gives in a form. All functions that are shipped have 180 nodes together."""


class StrictLoader(LOADER):  # type: ignore[misc]  # which of both is known when it runs
    """Refuses a key that stands twice in one map, since YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The map of a node. Raises ConstructorError for a key that stands twice."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                words = f"{key.value} stands twice"
                raise yaml.constructor.ConstructorError(problem=words, problem_mark=key.start_mark)
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(text: str, where: str, loader: Any = LOADER) -> Any:
    """The content of a YAML text. Raises SettingsError, which begins with `where`, when it is none."""
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 (a safe one)
    # Beside its own errors the parser raises ValueError, KeyError and others for odd dates, numbers and tags.
    except Exception as error:
        raise _no_yaml(where, error) from None


def line_of(text: str, place: Sequence[str | int]) -> int | None:
    """The line (from 1) of a place in a YAML text: of the last key or number that is there. None: it has none of them.

    Raises what the parser raises for a text that is no YAML.
    """
    node, line = yaml.compose(text, Loader=LOADER), None
    for part in place:
        found = [(mark, value) for at, mark, value in _parts(node) if at == part]
        if not found:
            break
        mark, node = found[0]
        line = mark.line + 1
    return line


def lines_of(text: str, key: str) -> tuple[int, int] | None:
    """The lines of a key of a YAML text with its value: the first one (from 0), and the one after the last.

    None: there is no such key. Raises what the parser raises for a text that is no YAML.
    """
    node = yaml.compose(text, Loader=LOADER)
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if name.value == key:
            return name.start_mark.line, _last_line(value) + 1
    return None


def _last_line(node: yaml.Node) -> int:
    # A map in lines ends, to the parser, only where the next one begins.
    if not isinstance(node, yaml.CollectionNode) or not node.value or node.flow_style:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _parts(node: yaml.Node | None) -> Iterator[tuple[str | int, yaml.Mark, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key.start_mark, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
    elif isinstance(node, yaml.SequenceNode):
        yield from ((number, value.start_mark, value) for number, value in enumerate(node.value))


def _no_yaml(where: str, error: Exception) -> SettingsError:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else None
    return SettingsError(f"{where}: not valid YAML: {quoted(str(error))}", line=line)


def demand_small(text: str, where: str) -> None:
    """Raises SettingsError for a YAML text that is too large or too deep, or that has an alias or an anchor.

    A few lines of aliases can stand for billions of values.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise SettingsError(f"{where}: has more than {MOST_BYTES} bytes; write one function")
    nodes = depth = 0
    try:
        # Event by event: what is refused is never built.
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise SettingsError(f"{where}: has an alias or an anchor (* or &); write the values out", line=line)
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if nodes > MOST_NODES or depth > MOST_DEPTH:
                raise SettingsError(
                    f"{where}: has more than {MOST_NODES} values, or nests deeper than {MOST_DEPTH}; write one function"
                )
    except SettingsError:
        raise
    except Exception as error:  # as above
        raise _no_yaml(where, error) from None
