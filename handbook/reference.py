"""The pages that are made from the code: one for each thing that it lists, and the pictures."""

import argparse
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import yaml

from handbook.dags import dags
from handbook.markdown import code, page, table, words
from handbook.pictures import pictures
from handbook.settings import settings
from handbook.tables import tables
from tides.commands.arguments import ARGUMENTS
from tides.commands.registry import COMMANDS
from tides.errors import SettingsError
from tides.faults import Fault
from tides.functions import keys
from tides.functions.functions import DEFAULT_FILE
from tides.functions.keys import ALL_KEYS, CONTROL_KEYS, COUNTING_KEYS, CRITERION_KEYS
from tides.journal.kinds import Kind
from tides.judgement.alert_criteria import ALERT_CRITERIA
from tides.judgement.criteria import LIGHT_CURVE_CRITERIA
from tides.judgement.shape_criteria import SHAPE_CRITERIA

WIDTH = 100
"""Characters in a line of a command's help."""

HUGE = 1e12
"""A value that no key takes: what refuses it says which values it takes."""

SIGMA = re.compile(r"\b[A-Z]+_SIGMA\b")

GROUPS = {"all": "All of its maps hold.", "any": "One of its maps holds. Unknown when none holds and one is unknown."}


def reference(found: Mapping[str, Any]) -> dict[str, str]:
    """All pages, by the name of their file without its ending. `found` are the parsed DAGs."""
    pages: dict[str, Callable[[], str]] = {
        "settings": settings,
        "commands": commands,
        "criteria": criteria,
        "tables": tables,
        "dags": partial(dags, found),
        "events": events,
        "pictures": pictures,
    }
    return {name: make() for name, make in pages.items()}


def commands() -> str:
    """Each command with its own help, in the order of `tides --help`."""
    parts = [
        "# Commands",
        "What `tides COMMAND --help` says. [The guide](../operations.md#commands) has the exit codes, and what to type"
        " when.",
    ]
    for name, what in COMMANDS.items():
        parser = argparse.ArgumentParser(
            prog=f"tides {name}",
            formatter_class=partial(argparse.HelpFormatter, width=WIDTH),
            description=f"{what[0].upper()}{what[1:]}.",
        )
        ARGUMENTS[name](parser)
        parts += [f"## tides {name}", f"```text\n{parser.format_help().strip()}\n```"]
    return page(*parts)


def criteria() -> str:
    """Each key of a selection function: what it takes, what it asks for, and where a shipped function has it."""
    judges = LIGHT_CURVE_CRITERIA | SHAPE_CRITERIA | ALERT_CRITERIA
    functions = yaml.safe_load(DEFAULT_FILE.read_text(encoding="utf-8"))
    used = {key: [name for name, function in functions.items() if key in function] for key in ALL_KEYS}

    def means(key: str) -> str:
        # Their docstrings name the constants by which they judge.
        return SIGMA.sub(lambda found: f"{getattr(keys, found[0]):g} sigma", judges[key].__doc__ or "")

    def row(key: str, read: Callable[[str, Any], Any], *said: str) -> tuple[str, ...]:
        return code(key), taken(read), *map(words, said), ", ".join(code(name) for name in used[key])

    asked = (row(key, read, GROUPS.get(key) or means(key)) for key, read in CRITERION_KEYS.items())
    return page(
        "# Keys of selection functions",
        "[Selection functions](../selection.md) explains how they work together.",
        "## Which detections count",
        table(("key", "takes", "shipped with it"), (row(key, read) for key, read in COUNTING_KEYS.items())),
        "## Criteria",
        table(("key", "takes", "holds when", "shipped with it"), asked),
        "## The control sample",
        "`control` takes `fails`, the name of a criterion, and these keys.",
        table(("key of `control`", "takes"), ((code(key), taken(read)) for key, read in CONTROL_KEYS.items())),
    )


def taken(read: Callable[[str, Any], Any]) -> str:
    """What the reader of a key says, when it refuses a value, of the values that it takes."""
    said: dict[str, None] = {}
    for wrong in (None, HUGE):
        try:
            read("", wrong)
        except SettingsError as refusal:
            of_it = str(refusal).partition(" must ")[2]
            # The unit is in the other answer.
            said[of_it.removeprefix("be ") if wrong is None else re.sub(r"^lie (.*?) \(.*$", r"\1", of_it)] = None
    return words(", ".join(each.removeprefix("be ") for each in said))


def events() -> str:
    """Each kind of event, and each reason for a red task, with what to do."""
    kinds = ((str(kind), words(kind.meaning), words(kind.remedy), words(kind.ends)) for kind in Kind)
    faults = ((str(fault), words(fault.remedy)) for fault in Fault)
    return page(
        "# Events and red tasks",
        "[Operations](../operations.md#what-you-see-and-what-to-do) says more of each, by what you see.",
        "## Events",
        table(("event", "what happened", "what to do", "it ends"), kinds),
        "## Red tasks",
        table(("why it is red", "what to do"), faults),
    )
