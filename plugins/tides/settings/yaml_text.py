"""Reads YAML: the one place that does. Whatever the parser raises becomes a SettingsError that quotes little."""

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
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"{key} stands twice", problem_mark=node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(text: str, where: str, loader: Any = LOADER) -> Any:
    """The content of a YAML text. Raises SettingsError, which begins with `where`, when it is none."""
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 (a safe one)
    # Beside its own errors the parser raises ValueError, KeyError and others for odd dates, numbers and tags.
    except Exception as error:
        raise SettingsError(f"{where}: not valid YAML: {quoted(str(error))}") from None


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
                raise SettingsError(f"{where}: has an alias or an anchor (* or &); write the values out")
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if nodes > MOST_NODES or depth > MOST_DEPTH:
                raise SettingsError(
                    f"{where}: has more than {MOST_NODES} values, or nests deeper than {MOST_DEPTH}; write one function"
                )
    except SettingsError:
        raise
    except Exception as error:  # as above
        raise SettingsError(f"{where}: not valid YAML: {quoted(str(error))}") from None
