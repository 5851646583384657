"""`tides withdraw`: withdraws what a run, a function's hash or a date has sent to 4MOST."""

import argparse

from tides.commands.output import put
from tides.errors import SettingsError
from tides.fourmost.withdraw import Cause, give_back, runs_of, sent_by, withdraw
from tides.hooks.database import open_database

SHOWN = {"pk": "key at 4MOST"}
"""The heads of columns that are not named as in JSON."""


def run(args: argparse.Namespace) -> int:
    """Shows the targets, or withdraws them. Gives 1 when nothing was sent for this cause."""
    if args.json and args.undo:
        raise SettingsError("--json shows what is withdrawn: it does not go with --undo")
    cause = Cause(args.run_id, args.function_hash, args.since)
    with open_database("withdraw") as database:
        if args.undo:
            print(f"{give_back(database, cause, args.by)} targets are judged again by the next run.")
            return 0
        targets = sent_by(database, cause)
        if not targets:
            put(args, targets, f"4MOST has nothing of ours that was {cause}.")
            return 1
        if len(runs := runs_of(database, cause)) > 1:
            print(f"Run {args.run_id} has {len(runs)} attempts, and all are meant: {', '.join(runs)}.")
        put(args, targets, "", lambda target: {SHOWN.get(key, key): value for key, value in vars(target).items()})
        # The default only shows: a typing error in the time could end every target.
        if not args.really:
            print("Nothing is done yet: --really vetoes all of these, and the next run switches them off at 4MOST.")
            return 0
        print(f"{withdraw(database, cause, args.by)} targets are vetoed; the next run switches them off at 4MOST.")
    return 0
