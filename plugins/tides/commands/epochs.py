"""`tides epochs`: the changes of the selection, with their dates."""

import argparse
from datetime import UTC

from tabulate import tabulate

from tides.evaluation.changes import changes
from tides.foreign import quoted
from tides.hooks.database import open_database

WIDTH = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`tides epochs [--kind KIND]`."""
    parser.add_argument(
        "--kind", choices=("filter", "function", "template", "limits"), help="only changes of this kind"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the record of changes, oldest first."""
    with open_database("epochs") as database:
        record = [change for change in changes(database) if args.kind in (None, change.kind)]
    rows = [
        (c.epoch, f"{c.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}", c.kind, c.subject, c.what, c.by, quoted(c.previewed))
        for c in record
    ]
    headers = ["epoch", "since (UTC)", "kind", "subject", "what changed", "by", "preview"]
    if rows:
        print(tabulate(rows, headers, maxcolwidths=[None, None, None, None, WIDTH, None, WIDTH // 2]))
    else:
        print("Nothing is recorded yet: the first live run records filters, functions, templates and limits.")
    return 0
