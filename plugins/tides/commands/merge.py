"""`tides merge`: makes one target of two."""

import argparse

from tides.hooks.database import open_database
from tides.reports.trace import find_one
from tides.settings.model import load_settings
from tides.targets.identity import merge


def run(args: argparse.Namespace) -> int:
    """Records the merge, and says what comes next.

    Raises SettingsError when a word stands for no target, or for several.
    """
    with open_database("merge") as database:
        keep, drop = (find_one(database, asked) for asked in (args.keep, args.drop))
        merge(database, load_settings().database, keep, drop, args.reason, args.by)
    print(f"{args.drop} is merged into {args.keep}; the next run moves what it has, and switches it off at 4MOST.")
    return 0
