"""`python -m tides migrate`: brings the database's schema to this code's version."""

import argparse

from tides.database.migrations import migrate
from tides.evaluation.surveys import note_surveys
from tides.hooks.database import conninfo, open_database
from tides.settings.model import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides migrate` has no arguments."""


def run(args: argparse.Namespace) -> int:
    """Brings the schema to this code's version, writes the surveys into it, and says which version that is."""
    version = migrate(conninfo(), load_settings().database)
    with open_database("migrate") as database:
        note_surveys(database)
    print(f"the schema is at version {version}")
    return 0
