"""`tides comment`: keeps what somebody says of a target."""

import argparse

from tides.hooks.database import open_database
from tides.reports.trace import find_one
from tides.targets.comments import comment


def run(args: argparse.Namespace) -> int:
    """Keeps the words, and says where they are shown."""
    with open_database("comment") as database:
        comment(database, find_one(database, args.name), args.by, args.words)
    print(f"Kept; `tides trace {args.name}` shows it.")
    return 0
