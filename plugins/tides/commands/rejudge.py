"""`tides rejudge`: makes stored verdicts again, and compares."""

import argparse
from collections import Counter

from tides.commands.output import put_json
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.hooks.database import open_database
from tides.sample.rejudge import Outcome, not_kept, rejudge
from tides.version import code_version


def run(args: argparse.Namespace) -> int:
    """Prints what differs or cannot be made again, and the counts. Gives 1 when anything differs, or nothing is kept.

    Raises SettingsError when no verdicts are asked for.
    """
    if args.all == bool(args.ids):
        raise SettingsError("give ids of objects or names of targets, or --all")
    ids = None if args.all else args.ids
    counts: Counter[Outcome] = Counter()
    others = []
    with open_database("rejudge", read_only=True) as database:
        for one in rejudge(database, args.function, ids):
            counts[one.outcome] += 1
            if one.outcome is not Outcome.AGREED:
                others.append(one)
                print(
                    f"{one.outcome}: {one.survey} {quoted(one.object_id)} by {quoted(one.function)}, judged by code"
                    f" {one.code_version}: {one.why}"
                )
        left = not_kept(database, args.function, ids)
    if args.json:
        by_outcome = {outcome: counts[outcome] for outcome in Outcome}
        put_json(args, {"code": code_version(), "counts": by_outcome, "not_kept": left, "others": others})
    print(f"code {code_version()}: " + ", ".join(f"{outcome} {counts[outcome]}" for outcome in Outcome))
    if left:
        print(f"{left} further verdicts are older, or between first pass and last failure: their input is not kept")
    return 1 if counts[Outcome.DIFFERS] or not counts else 0
