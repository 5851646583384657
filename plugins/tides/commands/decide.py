"""`tides decide`: vetoes and forces of people."""

import argparse

from tides.commands.output import put
from tides.hooks.database import open_database
from tides.reports.trace import find_one
from tides.targets.decisions import decide, standing, undo
from tides.targets.places import read_position


def run(args: argparse.Namespace) -> int:
    """Records or undoes a decision, or lists them, and says what comes next."""
    with open_database("decide", read_only=args.verb == "list") as database:
        if args.verb == "list":
            put(args, standing(database), "There are no decisions.")
        elif args.verb == "undo":
            undo(database, args.number, args.by, args.reason)
            print(f"Decision {args.number} is undone; the next run judges without it.")
        else:
            asked = " ".join(args.where)
            where = read_position(asked, args.radius) or find_one(database, asked)
            number = decide(database, args.verb, where, args.reason, args.by)
            print(f"Decision {number} takes effect with the next run; `tides decide undo {number}` undoes it.")
    return 0
