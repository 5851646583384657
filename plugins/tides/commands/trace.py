"""`python -m tides trace`: the history of a target on one screen."""

import argparse

from tides.hooks.database import open_database
from tides.reports.trace import find, trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides trace NAME`."""
    parser.add_argument("name", help="a target (TiDES26aaa), a survey's object id, or a primary key at 4MOST")


def run(args: argparse.Namespace) -> int:
    """Prints the history; if the name stands for several targets, one after the other."""
    with open_database("trace") as database:
        print("\n\n".join(trace(database, tides_id).as_text() for tides_id in find(database, args.name)))
    return 0
