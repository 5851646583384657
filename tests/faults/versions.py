"""The bridge as it was before the newest change of its schema: its files, and its steps in processes of its own.

The version before is a commit of this repository: the newest one in the line of HEAD that lacks a migration which the
code needs. TIDES_BEFORE names another one, such as the tag of a release.
"""

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.bridge import connections
from tests.faults.fate import Fate
from tests.faults.sides import Side
from tides.database.schema_files import read_files
from tides.settings.model import BUNDLE

MIGRATIONS = "include/sql/migrations"
FOLDERS = ("plugins", "config", "dags", "include", "sandbox", "tests")
"""What of a commit its steps need."""
PINS = "requirements.txt"


def of_git(*arguments: str) -> bytes:
    """What git says of this repository. Skips the test where there is no git, or no such commit."""
    try:
        return subprocess.run(["git", "-C", BUNDLE, *arguments], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode().strip() or str(error)
        pytest.skip(f"the version before is not to be had here: {said}")


@cache
def version_before() -> str:
    """The commit of the version before. Skips the test where the history lacks it, or its packages are others."""
    named = os.environ.get("TIDES_BEFORE")
    commit = of_git("rev-parse", f"{named}^{{commit}}").decode().strip() if named else _before_the_newest_migration()
    ours = set(_pins((BUNDLE / PINS).read_text(encoding="utf-8")))
    if others := sorted(set(_pins(of_git("show", f"{commit}:{PINS}").decode())) - ours):
        pytest.skip(f"the version before needs other packages than are installed: {', '.join(others)}")
    return commit


def _before_the_newest_migration() -> str:
    needed = read_files().oldest
    for changed in of_git("log", "--first-parent", "--format=%H", "--", MIGRATIONS).decode().split():
        before = f"{changed}^"
        # A number can have had another file on a branch: what was applied must be what our files are.
        rows = [line.split() for line in of_git("ls-tree", f"{before}:{MIGRATIONS}").decode().splitlines()]
        had = {name: blob for _, _, blob, name in rows if name.endswith(".sql")}
        if len(had) < needed and all(blob == _blob(BUNDLE / MIGRATIONS / name) for name, blob in had.items()):
            return of_git("rev-parse", before).decode().strip()
    pytest.skip("no commit of this history lacks the newest migration: the checkout is shallow")


def _blob(file: Path) -> str:
    """The name that git gives a file's content; empty when there is no such file."""
    if not file.exists():
        return ""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _pins(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if "==" in line]


def lay_out(commit: str, folder: Path) -> Path:
    """Writes the files of a commit into a folder; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", folder], input=of_git("archive", commit, *FOLDERS), check=True)
    return folder


class OtherCode:
    """The code of a folder at work, in a process that forks for each step."""

    def __init__(self, code: Path, own: Path):
        own.mkdir()
        self.code, self.own = code, own
        path = os.pathsep.join(str(code / part) for part in ("plugins", "config", "."))
        self._overlays = (code / "tests" / "settings.yaml", own / "bridge.yaml")
        environment = os.environ | {"PYTHONPATH": path, "AIRFLOW_HOME": str(own / "airflow")}
        # -P: the folder of the script, which is of this version, is not looked into.
        command = [sys.executable, "-P", str(Path(__file__).with_name("taker.py"))]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, env=environment, cwd=own, **pipes)

    def bring_schema(self, url: str) -> None:
        """Does `tides migrate` on a database."""
        self._do("bring_schema", url=url)

    def begin(self, side: Side, url: str, settings: Path, handed: Path) -> str:
        """Works for a side from now on, on the database at `url`; says what it thinks of the schema.

        `settings` are laid over its own.
        """
        bridge = side.bridge
        (self.own / "bridge.yaml").write_bytes(settings.read_bytes())
        environment = connections(bridge.database_url, side.outside, bridge.bootstrap)
        environment |= {name: value for name, value in os.environ.items() if name == "AIRFLOW_CONN_DASK"}
        environment["TIDES_SETTINGS"] = os.pathsep.join(map(str, self._overlays))
        where = {"url": url, "bootstrap": bridge.bootstrap, "folder": str(self.own)}
        return str(self._do("begin", **where, handed=str(handed), environment=environment))

    def take(self, name: str, fate: Fate | None = None) -> tuple[bool, str]:
        """A step: whether it was killed, and its traceback if it ended by an exception."""
        struck, said = self._do("take", name=name, act=fate.act if fate else -1, after=bool(fate and fate.after))
        return struck, said

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def _do(self, what: str, **order: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the process of the other code has ended: its error stands above ({what})"
        return json.loads(answer)
