"""`tides restore`: brings a backup back into empty databases, and says what must follow."""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tides.backup.manifest import Dumped, Manifest
from tides.backup.programs import Address
from tides.backup.restore import checked, demand_fit, demand_known_schema, may_act_for, restore, settings_that_differ
from tides.commands.backup import files_of_settings
from tides.database.migrations import migrate
from tides.database.schema_files import read_files
from tides.database.session import Connection
from tides.errors import SettingsError
from tides.evaluation.surveys import note_surveys
from tides.hooks.database import open_as_owner
from tides.hooks.metadata import open_metadata
from tides.settings.model import load_settings


def run(args: argparse.Namespace) -> int:
    """Restores, brings the schema to this code's version, and says what must follow.

    Checks all before it writes anything: the files, the schema, and that each database is empty.
    """
    manifest = checked(args.folder)
    demand_known_schema(manifest, read_files())
    if args.airflow and manifest.airflow is None:
        raise SettingsError(f"{args.folder} has no metadata of Airflow: it was made --without-airflow")
    limits = load_settings().database.model_copy(update={"idle_in_transaction_s": 0})
    with ExitStack() as sessions:
        bridge = sessions.enter_context(open_as_owner(limits, "restore"))
        metadata = sessions.enter_context(open_metadata(limits, "restore")) if args.airflow else None
        into: list[tuple[Connection, Address, Dumped]] = [
            (bridge, Address.of(bridge, "the bridge's database"), manifest.bridge)
        ]
        if metadata is not None and manifest.airflow is not None:
            into.append((metadata, Address.of(metadata, "Airflow's metadata database"), manifest.airflow))
        for connection, address, dumped in into:
            demand_fit(connection, address, args.folder, dumped)
        for connection, address, dumped in into:
            restore(address, args.folder, dumped, may_act_for(connection, dumped.owner))
            print(f"restored {address.what}: {dumped.tables} tables", flush=True)
    done = migrate(open_as_owner, load_settings().database, say=partial(print, flush=True), also=note_surveys)
    print(f"the schema is at version {done.version:04d}, and the backup had {manifest.bridge.migration:04d}")
    _say_what_follows(args.folder, manifest)
    return 0


def _say_what_follows(folder: Path, manifest: Manifest) -> None:
    differ = settings_that_differ(folder, manifest, files_of_settings())
    steps = [f"compare the settings: {', '.join(differ)} are not as those in force"] if differ else []
    if manifest.airflow:
        steps.append(
            f"Airflow's metadata is that of Airflow {manifest.airflow.airflow}: airflow db migrate; it opens its"
            " connections with the Fernet key of then alone"
        )
    steps += [
        "tides doctor: rows at 4MOST that are newer than the backup are unknown until the next live run",
        "airflow dags unpause tides_bridge, and wait for one good run; then unpause the other DAGs",
        "airflow dags trigger tides_reconcile --conf '{\"full\": true}'",
        "tides strays: what 4MOST holds and no run has found again (docs/backup.md)",
        f"what people did since {manifest.made_at:%Y-%m-%d %H:%M} UTC is not in it: decisions, spectra, merges,"
        " releases, lists: do it again",
    ]
    print("What must follow:")
    for number, step in enumerate(steps, start=1):
        print(f"{number}. {step}")
