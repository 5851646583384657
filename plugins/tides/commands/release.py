"""`tides release`: releases what the guard holds or 4MOST refused, after a person has looked at it."""

import argparse

from tides.fourmost.guard import release_initial, release_refused, release_run, reported
from tides.hooks.database import open_database


def run(args: argparse.Namespace) -> int:
    """Releases, and says what the next run will tell. Gives 1 when nothing was held."""
    with open_database("release") as database:
        if args.initial:
            print(f"{release_initial(database, args.by)} creates wait for the next run; the first start is released.")
            return 0
        if args.refused:
            print(f"{release_refused(database, args.by)} refused targets are sent again by the next run.")
            return 0
        freed = release_run(database, args.run_id, args.by)
        attempts = reported(database, args.run_id)
    if len(attempts) > 1:
        print(
            f"Run {args.run_id} has {len(attempts)} live attempts that reported; this is about the latest,"
            f" {attempts[-1].run_id}, of {attempts[-1].ended_at:%Y-%m-%d %H:%M} UTC."
        )
    if not freed:
        print(f"Nothing that run {args.run_id} held is still held (--initial releases a first start).")
        return 1
    for reason, changes in freed.items():
        print(f"{reason}: {changes} changes, told by the next run")
    return 0
