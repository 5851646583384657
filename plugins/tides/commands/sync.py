"""`tides sync --dry`: the table of what the next run would send to 4MOST. Nothing is sent or stored."""

import argparse

from tides.commands.output import put
from tides.fourmost.dry_run import would_send
from tides.functions.functions import functions_in_use, load_functions
from tides.hooks.database import open_database
from tides.settings.model import load_settings


def run(args: argparse.Namespace) -> int:
    """Prints the rows that the next run would send, and those that it would not send, with the reason."""
    settings = load_settings()
    functions = functions_in_use(settings.enabled_streams(), load_functions())
    with open_database("sync") as database:
        rows = would_send(database, settings, functions)
    put(args, rows[: args.limit], "4MOST has what we want.")
    sent = sum(not row.why_not for row in rows)
    print(f"\n{sent} rows would be sent, {len(rows) - sent} would not; nothing was sent now.")
    return 0
