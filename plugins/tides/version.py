"""The version of the code: verdicts and runs name it, and each process states its own."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tides.settings.model import BUNDLE

LIBRARY = Path(__file__).resolve().parent


def files_version() -> str:
    """A digest of the files of library, SQL and DAGs, as they are now. The same files give the same one anywhere."""
    # A DAG bundle's own version does not cover plugins/, so that DAG and library can be of two commits.
    digest = hashlib.sha256()
    for name, file in sorted(_files()):
        digest.update(name.encode() + b"\0")
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[tuple[str, str]]:
    """Each file: its name in a checkout, and where it is."""
    # Plain strings: paths as objects take four times as long, and each task asks at its start.
    for part, folder, kind in (
        ("plugins/tides", LIBRARY, ".py"),
        ("include/sql", BUNDLE / "include" / "sql", ".sql"),
        ("dags", BUNDLE / "dags", ".py"),
    ):
        for place, _, names in os.walk(folder):
            inner = place.removeprefix(str(folder))
            yield from ((f"{part}{inner}/{name}", f"{place}/{name}") for name in names if name.endswith(kind))


# At the import, when the other modules are read: files that change later are not what this process runs.
_RUNNING = files_version()


def code_version() -> str:
    """The version of the code that this process runs: the digest of its files when it read them."""
    return _RUNNING


def stated() -> tuple[str, str]:
    """What a process says of itself: the version that it runs, and that of its files now."""
    return code_version(), files_version()


@dataclass(frozen=True)
class OtherVersion:
    """A worker that runs another version than the task that asked it, and the version of its files.

    `running` and `files` are empty when its code is so old that it cannot tell. `restarted`: the task restarted it.
    """

    worker: str
    running: str
    files: str
    restarted: bool = False

    def in_words(self) -> str:
        """What it runs, beside this process, and what to do."""
        here = code_version()
        what = f"worker {self.worker} runs code {self.running or 'of an unknown version'}, the bridge {here}"
        if self.restarted:
            return f"{what}: it was restarted"
        if self.files == here:
            return f"{what}: its files are right, so restart it"
        return f"{what}: give both the same files, and restart it"
