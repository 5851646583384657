"""`tides retention`: what is too old, what would go of it and why, and what never does."""

import argparse
import subprocess

from tides.commands.output import put_json
from tides.database.session import Connection
from tides.errors import SettingsError
from tides.hooks.database import open_database
from tides.hooks.run import REPORTING
from tides.reports.retention import as_text
from tides.retention.airflow import clean_before, command
from tides.retention.prune import prune, tell
from tides.settings.model import load_settings
from tides.settings.sections import Retention


def run(args: argparse.Namespace) -> int:
    """Prints what the next day would take, or takes it. Raises SettingsError where a setting or Airflow is missing."""
    if args.json and args.airflow:
        raise SettingsError("--json goes with the bridge's own rows: leave --airflow out")
    settings = load_settings()
    with open_database("retention") as database:
        if args.airflow:
            return _airflow(database, settings.retention, dry=not args.really)
        pruned = prune(
            database, settings.retention, list(settings.streams), list(settings.surveys), dry=not args.really
        )
        if args.really:
            tell(database, pruned)
    if args.json:
        put_json(args, pruned)
    else:
        print(as_text(pruned, dry=not args.really))
        if not args.really:
            print("\nNothing is done: the task `prune` of tides_reconcile does it each day, and --really does it now.")
    return 0


def _airflow(database: Connection, limits: Retention, *, dry: bool) -> int:
    if limits.airflow is None:
        print("retention.airflow is null: Airflow's own rows are kept for ever.")
        return 0
    before = clean_before(database, limits.airflow, REPORTING)
    print(f"Airflow's rows of before {before:%Y-%m-%d %H:%M} UTC {'would go' if dry else 'go'}:", flush=True)
    try:
        return subprocess.run(command(before, dry=dry), check=False).returncode  # noqa: S603 our own words alone
    except FileNotFoundError:
        raise SettingsError("there is no `airflow` on the path: run it where Airflow's scheduler runs") from None
