"""The watchdog's own tasks, called as Airflow calls them, and the channels that the documents show."""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.bridge import Bridge
from tides.settings.model import BUNDLE

OPERATIONS = (BUNDLE / "docs" / "operations.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"```yaml\n(alarms:\n  notifiers:.*?)```", OPERATIONS, re.DOTALL)
CHANNELS: dict[str, Any] = yaml.safe_load(SHOWN)["alarms"]["notifiers"]
"""The channels that docs/operations.md shows."""
MAIL = CHANNELS["mail"]


@dataclass
class Watchdog:
    """The DAG, whose tasks are called as Airflow calls them."""

    dag: Any
    module: ModuleType
    states: dict[str, str]
    """What Airflow says of runs of other DAGs, by their id."""

    def look(self) -> list[str]:
        """The task `look`."""
        return self.dag.get_task("look").python_callable()

    def digest(self) -> list[str]:
        """The task `digest`."""
        return self.dag.get_task("digest").python_callable()

    def ages(self) -> list[str]:
        """The task `ages`."""
        return self.dag.get_task("ages").python_callable()

    def tell(self, channel: str) -> list[str]:
        """The task `tell` of one channel."""
        return self.dag.get_task("tell").python_callable(channel)

    def run(self) -> list[str]:
        """A run: what was queued."""
        titles = self.look() + self.digest()
        for channel in self.module.SETTINGS.alarms.notifiers:
            self.tell(channel)
        return titles


def watched(
    make_syncing: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Bridge, Watchdog]]:
    """Makes a bridge whose newest run was good, and its watchdog, which tells by mail and makes no digest by itself."""

    def make(alarms: dict[str, Any] | None = None, **changes: Any) -> tuple[Bridge, Watchdog]:
        bridge = make_syncing(alarms={"digest": None, "notifiers": {"mail": MAIL}, **(alarms or {})}, **changes)
        bridge.report()
        spec = importlib.util.spec_from_file_location("watchdog_dag", BUNDLE / "dags" / "tides_watchdog.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        dag = module.tides_watchdog()
        run = SimpleNamespace(run_id="scheduled__1", run_type="scheduled", conf={}, logical_date=datetime.now(UTC))
        run.data_interval_start = run.data_interval_end = run.logical_date
        states: dict[str, str] = {}
        airflow = SimpleNamespace(task_id="look", get_dagrun_state=lambda dag_id, run_id: states[run_id])
        context = {"dag_run": run, "dag": dag, "ti": airflow}
        monkeypatch.setattr("tides.runs.airflow.get_current_context", lambda: context)
        return bridge, Watchdog(dag, module, states)

    return make
