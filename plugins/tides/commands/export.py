"""`tides export`: the sample as it stood at a time, as files for a data release."""

import argparse
import sys

from tides.clock import utc_moment
from tides.errors import SettingsError
from tides.hooks.database import open_database
from tides.sample.export import export, in_words


def run(args: argparse.Namespace) -> int:
    """Writes the tables into the folder, and prints their numbers of rows.

    Raises SettingsError for a time that is no date, is to come or lies before what is kept, and for a folder that is
    not new; Conflict while an older transaction is open.
    """
    as_of = utc_moment(args.as_of)
    if as_of is None:
        raise SettingsError(f"--as-of {args.as_of} is no time: write it in UTC like 2026-11-20T03:00:00")
    with open_database("export", read_only=True) as database:
        done = export(database, as_of, args.format, args.out)
    if done.run_ended is None or as_of > done.run_ended:
        ended = (
            "no live run has ended yet" if done.run_ended is None else f"the newest ended at {in_words(done.run_ended)}"
        )
        print(f"export: {in_words(as_of)} is later than the last live run: {ended}", file=sys.stderr)
    print(f"{done.folder}: " + ", ".join(f"{name} {rows}" for name, rows in done.rows.items()))
    return 0
