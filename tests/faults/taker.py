"""Takes a run's steps with the code that PYTHONPATH names: that of another commit, or this one.

As a script it reads orders from its standard input, one JSON a line, and answers each with one. All that it imports
must be there in the other commit, too.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from tests.bridge import Bridge, opening
from tests.faults.fate import Fate, Process, Step
from tests.faults.nights import step
from tides.database.migrations import migrate
from tides.database.schema_check import demand_schema
from tides.evaluation.epochs import open_epochs
from tides.evaluation.plan import Task
from tides.evaluation.surveys import note_surveys
from tides.hooks.dask import DaskHook
from tides.runs.context import RunContext
from tides.settings.model import DEFAULT_FILE, load_settings

LIVE = RunContext("run-1")
HANDED = "plan.json"
"""The file that stands for the XCom of `plan_chunks`, which a task of another version may read."""


def step_of(folder: Path, bridge: Bridge, name: str) -> Step:
    """A step of a run; what one hands to the next lies in the folder, as Airflow keeps it: as JSON."""

    def plan() -> None:
        bridge.connect()
        open_epochs(bridge.connection, LIVE, bridge.settings, bridge.functions)
        (folder / HANDED).write_text(json.dumps([asdict(task) for task in bridge.plan()]), encoding="utf-8")

    def evaluate() -> None:
        bridge.connect()
        planned = json.loads((folder / HANDED).read_text(encoding="utf-8"))
        bridge.evaluate_tasks([Task(**task) for task in planned])

    def evaluate_on_dask() -> None:
        with DaskHook().cluster() as bridge.here:
            evaluate()

    own: dict[str, Step] = {"plan": plan, "judge": evaluate, "judge on dask": evaluate_on_dask}
    return own.get(name) or step(bridge, name)


class Taker:
    """What the process does when it is told to."""

    bridge: Bridge
    folder: Path

    def bring_schema(self, url: str) -> str:
        """`tides migrate`, by the login of the address."""
        migrate(opening(url), load_settings(DEFAULT_FILE).database, also=note_surveys)
        return ""

    def begin(self, url: str, bootstrap: str, folder: str, handed: str, environment: dict[str, str]) -> str:
        """A bridge with the settings that lie in the folder."""
        os.environ.update(environment)
        changes: dict[str, Any] = yaml.safe_load((Path(folder) / "bridge.yaml").read_text(encoding="utf-8"))
        self.bridge = Bridge(url, bootstrap, Path(folder), {}, **changes)
        self.folder = Path(handed)
        return demand_schema(self.bridge.connection)

    def take(self, name: str, act: int, after: bool) -> tuple[bool, str]:
        """A step, which is killed at an act, if it has so many: whether it was, and its traceback if it failed."""
        process = Process(step_of(self.folder, self.bridge, name), Fate(act, after))
        struck = process.struck()
        return struck, process.refusal()


def main() -> None:
    """Works until the input ends."""
    taker = Taker()
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(taker, order.pop("do"))(**order)), flush=True)


if __name__ == "__main__":
    main()
