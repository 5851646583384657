"""The assets that runs change: what Airflow's list of assets shows, with the counts of each change."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from airflow.sdk import Asset, get_current_context
from pydantic import JsonValue

MASTER = Asset("tides_master", uri="x-tides://tides_master")
"""The table of targets. No DAG of ours is scheduled by it: a site's own may be."""

AT_4MOST = Asset("tides_4most", uri="x-tides://4most")
"""Our targets at 4MOST."""


def changed(asset: Asset, counts: Mapping[str, Any]) -> None:
    """Puts the counts among these values into the event that the task leaves when it ends well."""
    extra: dict[str, JsonValue] = {name: value for name, value in counts.items() if type(value) is int}
    get_current_context()["outlet_events"][asset].extra = extra


def counted(function: Callable[..., Any], outlets: Sequence[Asset]) -> Callable[..., Any]:
    """The function of a task, whose result has the counts of its change of each outlet."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        for asset in outlets:
            changed(asset, result)
        return result

    return call
