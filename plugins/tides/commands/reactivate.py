"""`tides reactivate`: makes a recurrent target live again."""

import argparse

from tides.hooks.database import open_database
from tides.settings.model import load_settings
from tides.targets.recurrent import let_live_again


def run(args: argparse.Namespace) -> int:
    """Reactivates the target, and says what comes next."""
    with open_database("reactivate") as database:
        let_live_again(database, load_settings().database, args.name, args.reason, args.by)
    print(f"{args.name} counts as live again from the next run on, until its next long silence")
    return 0
