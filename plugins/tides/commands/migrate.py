"""`tides migrate`: brings the database's schema to this code's version."""

import argparse
from functools import partial

from tides.database.migrations import migrate
from tides.evaluation.surveys import note_surveys
from tides.hooks.database import open_as_owner
from tides.settings.model import load_settings


def run(args: argparse.Namespace) -> int:
    """Brings the schema to this code's version, and writes the surveys into it.

    Prints for whom it waits, what it applied, which group roles are missing, and the version.
    """
    # Flushed, so that whoever waits in a pipe or a log sees at once who blocks it.
    done = migrate(open_as_owner, load_settings().database, say=partial(print, flush=True), also=note_surveys)
    for name in done.applied:
        print(f"applied {name}")
    if done.missing_roles:
        print(
            f"no rights are granted, since the server has no role {', '.join(done.missing_roles)}: tasks work as the"
            ' owner of the tables (docs/deployment.md, "Database roles")'
        )
    print(f"the schema is at version {done.version:04d}{'' if done.applied else ', as before'}")
    return 0
