"""The commands of `tides`, in the order of its help. Each has a module of its name beside this one."""

from importlib import import_module
from types import ModuleType

COMMANDS = {
    "migrate": "upgrade the database to the schema of this code",
    "backup": "write databases, roles and settings into one folder, or check one",
    "restore": "bring a backup back into empty databases",
    "status": "say how the night went, and what needs somebody",
    "doctor": "check settings, connections, schema, pools and streams",
    "stream": "show how far each stream is read, or move its bookmark",
    "dead-letters": "list what could not be read or judged, or try again",
    "free": "free an object of a date or a light curve that the broker wrote wrongly",
    "export": "write the sample as it stood at a time, as files for a data release",
    "rejudge": "make stored verdicts again from what is kept, and compare",
    "trace": "show all that is known of a target, an object or a position",
    "preview": "show what an edit of functions, filters or limits would change; change nothing",
    "epochs": "list every change of filter, function, template and limit, with its date",
    "sync": "show what the next run would send to 4MOST; send nothing",
    "strays": "show rows at 4MOST that this database does not know, or adopt them",
    "release": "release what the guard holds or 4MOST refused",
    "reactivate": "make a recurrent target live again",
    "decide": "veto or force a target or a position; list or undo decisions",
    "comment": "keep what you say of a target",
    "list": "load targets of a list, each with epochs and a cadence, or show the lists",
    "merge": "merge two targets that are the same",
    "retention": "show what is too old, what would go of it and why; take it with --really",
    "withdraw": "withdraw what a run, a function or a date has sent to 4MOST",
    "observed": "read from a CSV file which targets have spectra",
    "check": "judge light curves of a file, or stored candidates; change nothing",
    "efficiency": "measure how complete a function is on simulated transients",
    "people": "make users of Airflow and their roles, or list them",
}
"""The help text of each command."""


def module_of(command: str) -> ModuleType:
    """The module of a command, with `run(args)`, which gives the exit code."""
    # Imported when asked for: plots and hooks would make each command slow to start.
    return import_module(f"tides.commands.{command.replace('-', '_')}")
