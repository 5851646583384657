"""`tides list`: targets that no alert brings, each with a number of epochs and a cadence."""

import argparse

from tides.commands.output import put
from tides.hooks.database import open_database
from tides.reports.lists import listed
from tides.settings.model import load_settings
from tides.targets.csv_files import read_lines
from tides.targets.lists import Entry, demand_template, end_list, load_list


def run(args: argparse.Namespace) -> int:
    """Loads the file whole, or nothing of it; ends a list; or shows the lists."""
    if args.verb == "show":
        with open_database("list", read_only=True) as database:
            rows = listed(database, args.name)
        put(args, rows, "There are no entries.")
        return 0
    if args.verb == "end":
        with open_database("list") as database:
            print(f"{end_list(database, args.name, args.by)} entries of {args.name} end with the next run")
        return 0
    settings = load_settings()
    # All that can be checked is checked before the database is opened.
    demand_template(args.template, settings.targets)
    lines = read_lines(args.file, Entry)
    with open_database("list") as database:
        done = load_list(database, settings, args.name, args.file, lines, args.template, args.by)
    print(
        f"{len(lines)} entries of {args.name}: {done.new} new, {done.changed} changed, and {done.ended} end; it takes"
        " effect with the next run"
    )
    return 0
