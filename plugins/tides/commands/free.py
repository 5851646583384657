"""`tides free`: frees an object of what was believed of it."""

import argparse

from tides.hooks.database import open_database
from tides.stream.free import free


def run(args: argparse.Namespace) -> int:
    """Frees the object, and says what comes next."""
    with open_database("free") as database:
        free(database, args.survey, args.object, args.by)
    print(f"{args.survey} {args.object}: the next run asks for its light curve, and any message counts as newer")
    return 0
