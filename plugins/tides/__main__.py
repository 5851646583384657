"""`tides`: commands for operators and scientists."""

import argparse
import os
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout

from tides.commands.arguments import ARGUMENTS
from tides.commands.registry import COMMANDS, module_of
from tides.errors import TidesError
from tides.foreign import Terminal, quoted

SCIENCE = ("matplotlib", "scipy")
"""The packages of the extra `science` (requirements-science.in)."""

STOPPED = 128 + signal.SIGINT
"""The exit code after Ctrl-C, as shells give it."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command. The exit codes are those of docs/operations.md, "Commands"."""
    parser = argparse.ArgumentParser(prog="tides", description=__doc__)
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = (_being_typed() or (argv if argv is not None else sys.argv[1:]))[:1]
    for name, help_text in COMMANDS.items():
        command = choices.add_parser(name, help=help_text, description=help_text)
        if [name] == asked:
            ARGUMENTS[name](command)
    if _being_typed() is not None:
        import argcomplete  # only a shell that completes needs it

        argcomplete.autocomplete(parser)
    args = parser.parse_args(argv)
    # Names of columns, ids and answers of services are printed: a terminal must not obey what is in them.
    args.json_to, errors = Terminal(sys.stdout), Terminal(sys.stderr)
    with redirect_stdout(errors if getattr(args, "json", False) else args.json_to), redirect_stderr(errors):
        try:
            # Only now: the modules of some commands need seconds, and `--help` needs none.
            code = int(module_of(args.command).run(args))
            args.json_to.flush()
            return code
        except BrokenPipeError:  # whoever reads has seen enough, as `head` has
            # What is still to be written at the end must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]  # it has one
            return 0
        except KeyboardInterrupt:
            print(f"{args.command}: stopped", file=sys.stderr)
            return STOPPED
        except TidesError as error:
            print(f"{args.command}: {error}", file=sys.stderr)
            return 1
        except ModuleNotFoundError as error:
            if error.name not in SCIENCE:
                raise
            lacks = f"the package {error.name} is not installed, which only plots and efficiencies need"
            print(f"{args.command}: {lacks}: install tides-bridge[science]", file=sys.stderr)
            return 1
        except Exception as error:
            if not _is_broken_session(error):
                raise
            said = f"the bridge's database (connection tides_db) broke off: {quoted(str(error))}"
            print(f"{args.command}: {said}; look what is stored before you run it again", file=sys.stderr)
            return 1


def _being_typed() -> list[str] | None:
    """The words typed so far, when a shell asks how they may go on; by then the arguments are empty."""
    return os.environ["COMP_LINE"].split()[1:] if "_ARGCOMPLETE" in os.environ else None


def _is_broken_session(error: Exception) -> bool:
    """Whether a lock, a full disk or a broken session ended the work."""
    import psycopg  # who asks for help needs no database

    return isinstance(error, psycopg.OperationalError | psycopg.InternalError)


if __name__ == "__main__":
    raise SystemExit(main())
