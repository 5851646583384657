"""What of Airflow's own database may go: nothing that the journal still asks Airflow for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tides.database.session import Connection
from tides.database.statements import statement

TABLES = (
    "dag_run",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "xcom",
    "job",
    "asset_event",
    "callback",
    "deadline",
    "dag_version",
    "log",
)
"""What `airflow db clean` may clean. Not `trigger`: the one that watches the topics is as old as its DAG."""


def clean_before(connection: Connection, days: float, dags: Sequence[str]) -> datetime:
    """Before which moment (UTC) Airflow's rows may go: so many days ago, or before the oldest attempt of these DAGs
    that has no row in `bridge_run`. The next run of its DAG asks Airflow how it ended.
    """
    row = connection.execute(statement("retention/oldest_open_attempt"), {"dags": list(dags)}).fetchone() or {}
    limit = datetime.now(UTC) - timedelta(days=days)
    return min(limit, row["started_at"] - timedelta(days=1)) if row["started_at"] else limit


def command(before: datetime, *, dry: bool) -> list[str]:
    """The command of Airflow's that does it, or with `dry` says what it would do."""
    words = ["airflow", "db", "clean", "--clean-before-timestamp", before.isoformat(), "--tables", ",".join(TABLES)]
    # Without an archive: Airflow would copy what goes into further tables of the same disk.
    words += ["--skip-archive", "--yes", "--batch-size", "10000", "--error-on-cleanup-failure"]
    return [*words, "--dry-run"] if dry else words
