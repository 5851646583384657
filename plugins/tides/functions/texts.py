"""Selection functions as text: where one stands in the file, and the file with an edit of it."""

import json
from difflib import unified_diff

import yaml

from tides.functions.functions import Function
from tides.settings.yaml_text import lines_of


def text_of(function: Function) -> str:
    """A function as YAML, with its keys as they were written."""
    return yaml.safe_dump(
        {function.name: json.loads(function.written)}, sort_keys=False, default_flow_style=None, allow_unicode=True
    )


def block_of(file: str, name: str) -> str | None:
    """The lines of a function in a file of functions, as they stand there; None: it has none of that name."""
    lines = lines_of(file, name)
    return None if lines is None else "".join(file.splitlines(keepends=True)[slice(*lines)])


def with_block(file: str, name: str, block: str) -> str:
    """A file of functions with other lines for a function; a new one stands at its end."""
    lines = file.splitlines(keepends=True)
    block = block.strip("\n") + "\n"
    found = lines_of(file, name)
    if found is None:
        return file.rstrip("\n") + "\n\n" + block
    return "".join([*lines[: found[0]], block, *lines[found[1] :]])


def difference(file: str, edited: str, place: str) -> str:
    """How a file at a place of the repository is edited, as `git apply` takes it."""
    sides = (file.splitlines(keepends=True), edited.splitlines(keepends=True))
    return "".join(unified_diff(*sides, f"a/{place}", f"b/{place}"))
