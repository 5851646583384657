"""The folder that keeps what was downloaded: one for all clones of a user."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.services.leash import ServiceError


def cache_folder() -> Path:
    """Where downloads are kept: TIDES_CACHE, else `tides-bridge` in the user's cache folder."""
    if named := os.environ.get("TIDES_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tides-bridge"


@contextlib.contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """Make a folder of the cache and hold its lock, so two clones cannot download `what` into one file.

    Raises ServiceError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise ServiceError(
            f"{what} cannot be kept in {folder} ({error}); name another folder in TIDES_CACHE"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
