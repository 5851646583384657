"""The commands of `python -m tides`, in the order of its help. Each has a module of its name beside this one."""

from importlib import import_module
from types import ModuleType

COMMANDS = {
    "migrate": "bring the database's schema to this code's version",
    "doctor": "check settings, connections, schema, pools and streams",
    "stream": "show how far each stream is read, or move its bookmark",
    "dead-letters": "list what could not be read or judged, or try it again",
    "trace": "show the whole way of a target, from its alerts to 4MOST",
    "epochs": "list every change of filter, function, template and limit, with its date",
    "sync": "show what would be sent to 4MOST, sending nothing",
    "release": "let go what the guard holds or 4MOST refused",
    "reactivate": "let a recurrent target be live again",
    "decide": "veto or force a target or a position, undo or list such decisions",
    "merge": "make one target of two that are the same",
    "withdraw": "take back what a run, a function or a date has sent to 4MOST",
    "observed": "take in which targets have spectra, from a CSV file",
    "check": "judge light curves from a file, without any service",
    "efficiency": "measure how complete a function is on simulated transients",
}
"""What each command does, as its help says it."""


def module_of(command: str) -> ModuleType:
    """The module of a command, with `add_arguments(parser)` and `run(args)`; imported when it is asked for."""
    return import_module(f"tides.commands.{command.replace('-', '_')}")
