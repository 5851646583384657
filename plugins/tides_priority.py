"""Which task instances go first when slots are short."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

LIVE = 1000
"""More than the tasks of a DAG, so that any task of a live run goes before each of a backfill."""

OLD = timedelta(hours=3)
"""A scheduled run that was due so long ago is no live one any more: a backfill does its hour again."""


class LiveFirst(PriorityWeightStrategy):
    """Live runs before backfills. Within a run, the task on which most others wait, as is Airflow's own rule.

    A replay by the form has no place of its own: the DAG has one run at a time beside its backfills.
    """

    def get_weight(self, ti: Any) -> int:
        """The weight of a task instance; Airflow takes the heaviest one first."""
        weight = 1 + len(ti.task.get_flat_relative_ids(upstream=False))
        return weight if is_replay(ti.run_id or "", datetime.now(UTC)) else weight + LIVE


LIVE_FIRST = f"{LiveFirst.__module__}.{LiveFirst.__qualname__}"
"""The name by which a DAG asks for it, and under which the plugin makes it known to Airflow."""


def is_replay(run_id: str, now: datetime) -> bool:
    """Whether a run is a backfill's, by Airflow's name of it; `now` is in UTC."""
    # A new task instance knows its run by name alone. An hour that already ran keeps its name in a backfill.
    match DagRunType.from_run_id(run_id):
        case DagRunType.BACKFILL_JOB:
            return True
        case DagRunType.SCHEDULED:
            try:
                return now - datetime.fromisoformat(run_id.partition("__")[2]) > OLD
            except (ValueError, TypeError):  # a name that a person gave
                return False
    return False
