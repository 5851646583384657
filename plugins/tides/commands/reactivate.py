"""`tides reactivate`: makes a recurrent target live again."""

import argparse
from getpass import getuser

from tides.hooks.database import open_database
from tides.settings.model import load_settings
from tides.targets.recurrent import let_live_again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`tides reactivate NAME --reason WORDS [--by NAME]`."""
    parser.add_argument("name", help="the target, as TiDES26aaa")
    parser.add_argument("--reason", required=True, help="why it is wanted again")
    parser.add_argument("--by", default=getuser(), help="who decides (default: you)")


def run(args: argparse.Namespace) -> int:
    """Reactivates the target, and says what comes next."""
    with open_database("reactivate") as database:
        let_live_again(database, load_settings().database, args.name, args.reason, args.by)
    print(f"{args.name} counts as live again from the next run on, until its next long silence")
    return 0
