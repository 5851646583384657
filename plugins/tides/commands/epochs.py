"""`tides epochs`: the changes of the selection, with their dates."""

import argparse

from tides.commands.output import put
from tides.evaluation.changes import changes
from tides.hooks.database import open_database


def run(args: argparse.Namespace) -> int:
    """Prints the record of changes, oldest first."""
    with open_database("epochs", read_only=True) as database:
        record = [change for change in changes(database) if args.kind in (None, change.kind)]
    put(args, record, "Nothing is recorded yet: the first live run records filters, functions, templates and limits.")
    return 0
