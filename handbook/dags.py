"""The reference of the DAGs: what each does, its form and its tasks, from the DAGs as Airflow parses them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import TriggerRule

from handbook.markdown import code, page, table, words
from tides.runs import schedules

FOLDER = Path(__file__).parents[1] / "dags"


def parsed() -> Mapping[str, Any]:
    """The DAGs of the bundle, by their id. Raises RuntimeError when one cannot be parsed."""
    from airflow.dag_processing.dagbag import BundleDagBag  # takes seconds to import

    bag = BundleDagBag(FOLDER, bundle_path=FOLDER, bundle_name="tides")
    if bag.import_errors:
        raise RuntimeError(f"DAGs that cannot be parsed: {bag.import_errors}")
    return bag.dags


def dags(found: Mapping[str, Any]) -> str:
    """The page: when the DAGs run, and a section for each."""
    parts = ["# DAGs and their tasks", schedules.__doc__ or ""]
    for name, dag in sorted(found.items()):
        parts += [f"## {name}", _below(dag.doc_md)]
        rows = [(code(key), code(_value(dag, key)), words(_meaning(dag, key))) for key in dag.params]
        parts.append(table(("field of the form", "left out", "what it is"), rows))
        parts.append(table(("task", "comes after", "starts when these are", "mapped", "lasts at most"), _tasks(dag)))
    return page(*parts)


def _below(doc: str) -> str:
    """The text of a DAG, whose own heading becomes the first line."""
    return re.sub(r"^# (.*)$", r"**\1**", doc, count=1, flags=re.MULTILINE)


def _param(dag: Any, key: str) -> Any:
    return dag.params.get_param(key)


def _value(dag: Any, key: str) -> str:
    value = _param(dag, key).value
    return "" if value is None else str(value)


def _meaning(dag: Any, key: str) -> str:
    param = _param(dag, key)
    return str(param.description or "; ".join(param.schema.get("values_display", {}).values()))


def _depth(dag: Any, task: Any) -> int:
    """How many tasks lie, one after the other, before a task."""
    return 1 + max((_depth(dag, dag.get_task(each)) for each in task.upstream_task_ids), default=-1)


def _tasks(dag: Any) -> Iterator[tuple[str, str, str, str, str]]:
    for task in sorted(dag.tasks, key=lambda each: _depth(dag, each)):
        after = ", ".join(code(each) for each in sorted(task.upstream_task_ids))
        limit = str(task.execution_timeout or "")
        rule = TriggerRule(task.trigger_rule).value.replace("_", " ")
        each = "yes" if task.is_mapped else ""
        yield code(task.task_id), after, rule if after else "", each, limit
