"""The whole stack, and what a run on it left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from psycopg.rows import dict_row

from tests.faults.conftest import chance, seed  # noqa: F401 - fixtures
from tests.forks import QuickStack
from tests.limits import LIMIT_S
from tests.runbook import command
from tests.standins import Standins
from tests.state import dump
from tides.settings.model import load_settings


class Running:
    """A stack with Airflow, its stream published, and questions about what the runs did."""

    def __init__(self, stack: QuickStack):
        self.stack = stack
        self.standins = Standins(stack.sandbox)
        self.url = stack.postgres.url(stack.tides_database)

    def dags_test(self, *arguments: str) -> str:
        """One `airflow dags test tides_bridge`, to its end; its console. Raises ServiceError when the run fails."""
        return self.stack.airflow(*command("airflow dags test tides_bridge")[1:], *arguments, log="dags_test.log")

    def reconcile(self) -> str:
        """One `airflow dags test tides_reconcile`, to its end; its console."""
        return self.stack.airflow(*command("airflow dags test tides_reconcile")[1:], log="reconcile.log")

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query of the bridge's database gives."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[arg-type]

    def newest_run(self) -> dict[str, Any]:
        """The newest run of the bridge."""
        of_it = "lane NOT IN ('reconcile', 'check_objects')"
        return self.rows(f"SELECT * FROM tides.bridge_run WHERE {of_it} ORDER BY ended_at DESC LIMIT 1")[0]

    def state(self) -> dict[str, list[Any]]:
        """The canonical dump of the bridge and the stand-in for 4MOST."""
        return dump(self.url, self.standins.rows())

    def fresh_database(self) -> None:
        """An empty bridge at the start of the same stream: no database, no committed offsets, nothing at 4MOST."""
        admin = AdminClient({"bootstrap.servers": self.stack.kafka.bootstrap})
        groups = {stream.group_id for stream in load_settings().streams.values()}
        for deleted in admin.delete_consumer_groups(list(groups)).values():
            deleted.result(LIMIT_S)
        self.stack.tides_database = self.stack.postgres.create_database("tides")
        self.url = self.stack.postgres.url(self.stack.tides_database)
        self.stack.migrate_tides()
        self.standins.reset()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack whose stream holds a sandbox night, and whose connections are encrypted."""
    folder: Path = tmp_path_factory.mktemp("stack") / "run"
    with QuickStack(folder, encrypted=True, durable=False) as stack:
        stack.replay(fast=True)
        yield Running(stack)
