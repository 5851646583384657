"""Recorded light curves, which are no part of the project: in TIDES_DATA, else in ../shared/data."""

import gzip
import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "data"


def recorded_folder() -> Path | None:
    """The folder of recorded objects; None where there is none."""
    named = os.environ.get("TIDES_DATA")
    folder = Path(named) if named else BESIDE
    return folder if named or folder.is_dir() else None


def recorded(name: str) -> list[bytes]:
    """The raw lines of a recorded file; without the folder the test is skipped."""
    folder = recorded_folder()
    if folder is None:
        pytest.skip("no recorded objects: TIDES_DATA names no folder, and there is no ../shared/data")
    with gzip.open(folder / f"{name}.jsonl.gz") as file:
        return file.read().splitlines()
