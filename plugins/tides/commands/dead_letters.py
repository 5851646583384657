"""`python -m tides dead-letters`: lists messages and objects that could not be read or judged, or tries them again."""

import argparse
from getpass import getuser

from tabulate import tabulate

from tides.foreign import quoted
from tides.hooks.database import open_database
from tides.settings.model import load_settings
from tides.stream.dead_letters import listed, replay


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides dead-letters list|replay [--stream NAME]`."""
    parser.add_argument("what", choices=("list", "replay"), nargs="?", default="list")
    parser.add_argument("--stream", help="only dead letters of this stream")
    parser.add_argument("--limit", type=int, default=100, help="list at most this many, the newest first (default 100)")


def run(args: argparse.Namespace) -> int:
    """Prints the newest dead letters, or replays them all and prints the outcome."""
    with open_database("dead-letters") as database:
        if args.what == "list":
            found = listed(database, args.stream, args.limit)
            letters = [
                vars(letter) | {"what": quoted(letter.what), "reason": quoted(letter.reason)} for letter in found
            ]
            print(tabulate(letters, headers="keys", maxcolwidths=[None] * 5 + [60]) if letters else "No dead letters.")
            return 0
        outcomes = replay(database, load_settings().streams, getuser(), args.stream)
    for stream, outcome in outcomes.items():
        print(
            f"{stream}: {outcome.folded} messages folded in and {outcome.woken} objects waiting again, for the next"
            f" run; {outcome.left} are still dead letters"
        )
    if not outcomes:
        print("No dead letters.")
    return 0
