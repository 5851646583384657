"""`tides decide`: vetoes and forces of people."""

import argparse
from getpass import getuser

from tides.commands.output import add_json, put
from tides.hooks.database import open_database
from tides.reports.trace import find_one
from tides.targets.decisions import decide, standing, undo
from tides.targets.places import read_position

WHERE = "a target (name, object id or key at 4MOST), or a position: RA DEC in deg, or sexagesimal in quotes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`tides decide (veto | force) WHERE... --reason WORDS | undo NUMBER | list [--json]`, with `--by NAME`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, words in (("veto", "never live"), ("force", "live, whatever its brightness")):
        command = verbs.add_parser(verb, help=words)
        command.add_argument("where", nargs="+", help=WHERE)
        command.add_argument(
            "--radius", type=float, default=1.0, metavar="ARCSEC", help="radius around a position (default: 1)"
        )
        command.add_argument("--reason", required=True, help="why, in words")
        command.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    command = verbs.add_parser("undo", help="undo a decision")
    command.add_argument("number", type=int)
    command.add_argument("--by", default=getuser(), metavar="NAME", help="who decides (default: you)")
    add_json(verbs.add_parser("list", help="list the decisions that are not undone"))


def run(args: argparse.Namespace) -> int:
    """Records or undoes a decision, or lists them, and says what comes next."""
    with open_database("decide") as database:
        if args.verb == "list":
            put(args, standing(database), "There are no decisions.")
        elif args.verb == "undo":
            undo(database, args.number, args.by)
            print(f"Decision {args.number} is undone; the next run judges without it.")
        else:
            asked = " ".join(args.where)
            where = read_position(asked, args.radius) or find_one(database, asked)
            number = decide(database, args.verb, where, args.reason, args.by)
            print(f"Decision {number} takes effect with the next run; `tides decide undo {number}` undoes it.")
    return 0
