"""`python -m tides migrate`: brings the database's schema to this code's version."""

import argparse

from tides.database.migrations import migrate
from tides.hooks.database import conninfo
from tides.settings.model import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`python -m tides migrate` has no arguments."""


def run(args: argparse.Namespace) -> int:
    """Brings the schema to this code's version and says which that is."""
    print(f"the schema is at version {migrate(conninfo(), load_settings().database)}")
    return 0
