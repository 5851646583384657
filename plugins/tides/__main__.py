"""`python -m tides`: commands for operators and scientists."""

import argparse
import sys
from importlib import import_module

from tides.errors import TidesError

COMMANDS = {
    "migrate": ("tides.hooks.database", "upgrade the database to the schema of this code"),
    "doctor": ("tides.hooks.checks", "check settings, connections, schema, pools and streams"),
    "stream": ("tides.hooks.positions", "show how far each stream is read, or move its bookmark"),
    "dead-letters": ("tides.hooks.dead_letters", "list what could not be read or judged, or try again"),
    "trace": ("tides.hooks.trace", "show the history of a target, from its alerts to 4MOST"),
    "epochs": ("tides.hooks.epochs", "list every change of filter, function, template and limit, with its date"),
    "sync": ("tides.hooks.sync", "show what the next run would send to 4MOST; send nothing"),
    "release": ("tides.hooks.release", "release what the guard holds or 4MOST refused"),
    "reactivate": ("tides.hooks.recurrent", "make a recurrent target live again"),
    "decide": ("tides.hooks.decide", "veto or force a target or a position; list or undo decisions"),
    "merge": ("tides.hooks.merge", "merge two targets that are the same"),
    "withdraw": ("tides.hooks.withdraw", "withdraw what a run, a function or a date has sent to 4MOST"),
    "observed": ("tides.hooks.observed", "read from a CSV file which targets have spectra"),
    "check": ("tides.selection.check", "judge light curves from a file, without any service"),
    "efficiency": ("tides.efficiency.command", "measure how complete a function is on simulated transients"),
}


def main(argv: list[str] | None = None) -> int:
    """Runs one command; exit code 0 when it did what was asked, 1 when not, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m tides", description=__doc__)
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = (argv if argv is not None else sys.argv[1:])[:1]
    for name, (module, help_text) in COMMANDS.items():
        command = choices.add_parser(name, help=help_text, description=help_text)
        if [name] == asked:
            found = import_module(module)
            found.add_arguments(command)
            command.set_defaults(run=found.run)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except TidesError as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
