"""The page "TiDES" in Airflow's UI: its entry in the navigation, its tabs, and the app behind them.

Every process of Airflow loads this file, each task too: the app, and FastAPI with it, is imported by the first request.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from tides.runs.priority import LiveFirst


class LazyApp:
    """The app, imported when it is first asked."""

    _app: Callable[[Any, Any, Any], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hands a request on, as ASGI has it."""
        if self._app is None:
            from tides.page.app import app

            self._app = app
        await self._app(scope, receive, send)


REPORT = "/tides/run?run_id={RUN_ID}&dag_id={DAG_ID}"


class TidesPlugin(AirflowPlugin):
    """What Airflow looks for in this file."""

    name = "tides"
    fastapi_apps: ClassVar = [{"app": LazyApp(), "url_prefix": "/tides", "name": "TiDES"}]
    priority_weight_strategies: ClassVar = [LiveFirst]
    external_views: ClassVar = [
        {
            "name": "TiDES",
            "href": "/tides/",
            "destination": "nav",
            "url_route": "tides",
            "nav_top_level": True,
            "icon": "/tides/static/icon.svg",
        },
        {"name": "Report", "href": REPORT, "destination": "dag_run", "url_route": "tides-run"},
        {"name": "Report", "href": REPORT, "destination": "task_instance", "url_route": "tides-task"},
    ]
