"""The plugin's file, which every process of Airflow loads: each task, too."""

import ast
from pathlib import Path
from urllib.parse import urljoin

import pytest

import tides_plugin
from tides_plugin import TidesPlugin

CHEAP = {"collections.abc", "typing", "urllib.parse"}
CHEAP |= {"airflow.configuration", "airflow.plugins_manager", "airflow.sdk", "tides_priority"}
"""What every process of Airflow has imported by then, or has in no time."""


def test_the_plugin_imports_nothing_that_each_task_would_pay_for():
    tree = ast.parse(Path(tides_plugin.__file__).read_text(encoding="utf-8"))
    assert {node.module for node in tree.body if isinstance(node, ast.ImportFrom)} == CHEAP
    assert not [node for node in tree.body if isinstance(node, ast.Import)]


@pytest.mark.parametrize("path", ["/", "/airflow/"])
def test_all_that_airflow_shows_of_us_leads_to_our_own_app_below_any_path_of_its_own(path):
    (app,) = TidesPlugin.fastapi_apps
    assert {view["destination"] for view in TidesPlugin.external_views} == {"nav", "dag_run", "task_instance"}
    # A browser puts together what Airflow's document names as its base, and what the plugin says.
    for address in [view[key] for view in TidesPlugin.external_views for key in ("href", "icon") if key in view]:
        assert urljoin(path, address).startswith(f"{path}{app['url_prefix'].removeprefix('/')}/")
