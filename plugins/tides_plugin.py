"""The page "TiDES" in Airflow's UI: its entry in the navigation, its tabs, the links of tasks, and the app behind them.

Every process of Airflow loads this file, each task too: the app, and FastAPI with it, is imported by the first request.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

from tides_priority import LiveFirst


class LazyApp:
    """The app, imported when it is first asked."""

    _app: Callable[[Any, Any, Any], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hands a request on, as ASGI has it."""
        if self._app is None:
            from tides.page.app import app

            self._app = app
        await self._app(scope, receive, send)


def keep_secrets(app: Any) -> Any:
    """Airflow's app, whose tests of connections take no stored secret to an address that came with the test."""
    from tides.page.connection_tests import StoredSecretsStay

    return StoredSecretsStay(app)


REPORT = "tides/run?run_id={RUN_ID}&dag_id={DAG_ID}"
"""As every address here, below that of Airflow itself, which may have a path: a slash ahead would leave it."""


class ReportLink(BaseOperatorLink):
    """From each task of ours to the report of its run. Airflow asks in the api-server, of the tasks of all DAGs."""

    name = "Report of the run"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The tab "Report" of the run; empty, so that there is no link, for a DAG of others."""
        if not ti_key.dag_id.startswith("tides_"):
            return ""
        return f"{_prefix()}/dags/{ti_key.dag_id}/runs/{quote(ti_key.run_id, safe='')}/plugin/tides-run"


class DaskLink(BaseOperatorLink):
    """From the tasks that work on Dask to its dashboard, where the settings name one."""

    name = "Dashboard of Dask"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address in the settings; empty, so that there is no link, without one and for other tasks."""
        if not _works_on_dask(ti_key):
            return ""
        from tides.settings.model import load_settings

        return load_settings().evaluation.dashboard or ""


class DaskReportLink(BaseOperatorLink):
    """From the tasks that worked on Dask to what it did for them, where that is kept."""

    name = "What Dask did"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The view of the page; empty, so that there is no link, where no report is kept."""
        if not _works_on_dask(ti_key):
            return ""
        from tides.hooks.dask_reports import file_of
        from tides.settings.model import load_settings

        folder = load_settings().evaluation.reports_folder
        if folder is None or not file_of(folder, ti_key.run_id, ti_key.map_index).exists():
            return ""
        return f"{_prefix()}/tides/dask?run_id={quote(ti_key.run_id, safe='')}&map_index={ti_key.map_index}"


def _prefix() -> str:
    """The path under which Airflow lies, where it is not the root."""
    return urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


def _works_on_dask(ti_key: Any) -> bool:
    return (ti_key.dag_id, ti_key.task_id) == ("tides_bridge", "evaluate")


class TidesPlugin(AirflowPlugin):
    """What Airflow looks for in this file."""

    name = "tides"
    fastapi_apps: ClassVar = [{"app": LazyApp(), "url_prefix": "/tides", "name": "TiDES"}]
    fastapi_root_middlewares: ClassVar = [{"middleware": keep_secrets, "name": "stored secrets stay"}]
    priority_weight_strategies: ClassVar = [LiveFirst]
    global_operator_extra_links: ClassVar = [ReportLink(), DaskLink(), DaskReportLink()]
    external_views: ClassVar = [
        {
            "name": "TiDES",
            "href": "tides/",
            "destination": "nav",
            "url_route": "tides",
            "nav_top_level": True,
            "icon": "tides/static/icon.svg",
        },
        {"name": "Report", "href": REPORT, "destination": "dag_run", "url_route": "tides-run"},
        {"name": "Report", "href": REPORT, "destination": "task_instance", "url_route": "tides-task"},
    ]
