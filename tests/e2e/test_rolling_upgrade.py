"""Airflow is stopped in the midst of a run of the version before, and this version goes on with the run."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.desk.comparison import compare, rows_at_several_keys
from sandbox.services.leash import patient
from sandbox.services.servers import Login
from sandbox.services.service import PROJECT
from sandbox.services.stack import Stack
from tests.faults.versions import lay_out, version_before

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
LOST_S = 20
"""After so many seconds without a sign of life Airflow takes a task for lost: its own limit is minutes."""


HAND_OVER = f"REASSIGN OWNED BY {Login.MIGRATOR} TO {Login.MIGRATOR.owns}"
"""As docs/deployment.md says for a database from before the roles."""


class Upgraded(Stack):
    """A stack whose Airflow and `tides` are of the code in a folder, which may change."""

    def __init__(self, folder: Path, code: Path, **how: Any):
        self.code = code
        super().__init__(folder, **how)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the code in use."""
        ours = {name: value.replace(f"{PROJECT}/", f"{self.code}/") for name, value in super().environment.items()}
        if self.code != PROJECT:
            # One login did everything, before the roles.
            ours["AIRFLOW_CONN_TIDES_DB"] = self.owners_environment["AIRFLOW_CONN_TIDES_DB_OWNER"]
        return ours | {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(round(patient(LOST_S)))}

    def end_airflow(self) -> None:
        """Ends Airflow's services."""
        for process in reversed(self.airflow_processes):
            process.stop()
        self.airflow_processes.clear()

    def asked(self, database: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with psycopg.connect(self.postgres.url(database)) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


def until(wanted: Callable[[], object], limit_s: float) -> None:
    """Waits until something is so."""
    end = time.monotonic() + limit_s
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("task", ["drain", "evaluate", "create_in_4most"])
def test_a_run_of_two_versions_and_the_next_one_agree_with_the_truth_of_the_sky(tmp_path, task):
    code = lay_out(version_before(), tmp_path / "before")
    (code / ".venv").symlink_to(sys.prefix)
    with Upgraded(tmp_path / "run", code, durable=False) as stack:
        begun = "SELECT FROM task_instance WHERE dag_id = 'tides_bridge' AND task_id = %s AND start_date IS NOT NULL"
        under_way = "SELECT run_id FROM dag_run WHERE dag_id = 'tides_bridge' AND state IN ('queued', 'running')"
        stack.replay(fast=True)
        stack.start_airflow()
        until(lambda: stack.asked(stack.airflow_database, begun, task), patient(600))
        stack.end_airflow()
        assert stack.asked(stack.airflow_database, under_way), "the run was over before the upgrade"
        stack.code, version = PROJECT, "SELECT max(version) FROM tides.schema_migration"
        older = stack.asked(stack.tides_database, version)
        with psycopg.connect(stack.postgres.url(stack.tides_database)) as connection:
            connection.execute(HAND_OVER)
        stack.migrate_tides()
        assert older < stack.asked(stack.tides_database, version)
        stack.start_airflow()
        until(lambda: not stack.asked(stack.airflow_database, under_way), patient(900))
        stack.airflow("dags", "test", "tides_bridge")
        truth, rows = stack.sandbox.control("truth")["sources"], stack.sandbox.control("targets")
        columns = ("survey", "object_id", "tides_id", "active", "pk_4most")
        found = stack.asked(
            stack.tides_database,
            "SELECT a.survey, a.object_id, a.tides_id, m.active, m.pk_4most"
            " FROM tides.tides_alias AS a JOIN tides.tides_master AS m USING (tides_id)",
        )
        differences, agreed = compare(truth, [dict(zip(columns, row, strict=True)) for row in found], rows)
        assert differences == []
        assert rows_at_several_keys(rows) == []
        assert agreed["selected: yes"] > 100
