"""Where the files of a form's run go: a folder that all workers share, an object store, or nowhere.

Tasks may run on any host. So nothing is left in a worker's own temporary folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tides.checks.objects import folder_below, parts_below
from tides.errors import SettingsError
from tides.foreign import in_file_name, quoted
from tides.settings.sections import Checks

Place = Path | Any
"""A folder, or one of an object store: `ObjectStoragePath`, which is imported where it is needed alone."""


def place_of(limits: Checks, asked: str | None, run_id: str) -> Place | None:
    """Where a run's files go, below `checks.folder`: by the name asked for, else by the run's. None: nowhere.

    Raises SettingsError for a name that leads elsewhere, for one without a place, and for a store that is not known.
    """
    if limits.folder is None:
        if asked:
            raise SettingsError(
                f"folder {quoted(asked)}: no place for files is set (checks.folder in bridge.yaml); leave it empty"
            )
        return None
    name = asked or in_file_name(run_id)
    if "://" not in limits.folder:
        return folder_below(Path(limits.folder), name)
    from airflow.sdk import ObjectStoragePath

    parts = parts_below(limits.folder, name)
    try:
        place = ObjectStoragePath(limits.folder).joinpath(*parts)
        _ = place.fs
    except (ValueError, ImportError) as error:
        kind = limits.folder.partition("://")[0]
        raise SettingsError(
            f"checks.folder: this Airflow knows no object store {kind}:// ({error}); install its provider"
        ) from error
    return place


@contextmanager
def written_to(place: Place | None) -> Iterator[Path | None]:
    """A folder to write files into. They are at the place when the work has ended well.

    A folder is written to as it is. For an object store the files are made elsewhere, and moved at the end. None stays
    None. Raises SettingsError when the store refuses them.
    """
    if place is None or isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory() as made:
        yield Path(made)
        try:
            place.mkdir(parents=True, exist_ok=True)
            for file in sorted(Path(made).iterdir()):
                (place / file.name).write_bytes(file.read_bytes())
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SettingsError(f"checks.folder: {place} cannot be written to ({why})") from error
