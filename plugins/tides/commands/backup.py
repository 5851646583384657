"""`tides backup`: writes databases, roles and settings into one folder, named by the time; or checks such a folder."""

import argparse
from contextlib import ExitStack
from pathlib import Path

from tides.backup.dump import AirflowMetadata, back_up
from tides.backup.manifest import Manifest
from tides.backup.restore import checked
from tides.functions.functions import DEFAULT_FILE
from tides.hooks.database import open_as_owner
from tides.hooks.metadata import airflow_version, open_metadata
from tides.settings.model import load_settings, setting_files


def run(args: argparse.Namespace) -> int:
    """Writes a backup or, with `--verify`, checks one that is there; says what it holds."""
    if args.verify:
        _say(args.verify, checked(args.verify))
        return 0
    limits = load_settings().database.model_copy(update={"idle_in_transaction_s": 0, "statement_timeout_s": 0})
    with ExitStack() as sessions:
        bridge = sessions.enter_context(open_as_owner(limits, "backup"))
        metadata = None if args.without_airflow else sessions.enter_context(open_metadata(limits, "backup"))
        airflow = AirflowMetadata(metadata, airflow_version()) if metadata else None
        done = back_up(bridge, airflow, files_of_settings(), args.to, args.keep)
    _say(done.folder, done.manifest)
    for name in done.removed:
        print(f"removed {name}")
    return 0


def files_of_settings() -> dict[str, Path]:
    """The files of settings in force, by their names in a backup: `bridge.yaml`, layers, selection functions."""
    layers = {f"{number}-{file.name}": file for number, file in enumerate(setting_files())}
    return layers | {DEFAULT_FILE.name: DEFAULT_FILE}


def _say(folder: Path, manifest: Manifest) -> None:
    size = sum(stored.size for stored in manifest.files)
    bridge, airflow = manifest.bridge, manifest.airflow
    newest = f"{bridge.newest_run:%Y-%m-%d %H:%M} UTC" if bridge.newest_run else "never"
    print(f"{folder}: {len(manifest.files)} files, {size / 1e6:.1f} MB, whole")
    print(f"the bridge: schema {bridge.migration:04d}, {bridge.tables} tables, newest live run ended {newest}")
    print(f"Airflow {airflow.airflow}: {airflow.tables} tables" if airflow else "without Airflow's metadata")
