"""`python -m tests.people_server ADDRESS PORT FOLDER`: Airflow's api-server with FAB, and its users and routes.

One process does all, since each would import Airflow anew: it migrates the metadata, makes roles and users by
`tides people`, writes `routes.json` into the folder, and serves the app as `airflow api-server --proxy-headers` does.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.models.backfill import Backfill
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.providers.fab.auth_manager.models import Permission
from airflow.providers.fab.auth_manager.models import Role as FabRole
from airflow.utils.session import create_session
from sqlalchemy import select
from starlette.routing import Mount

from sandbox.services.metadata import migrate
from tests.runbook import command
from tides.__main__ import main
from tides.people.roles import Role
from tides.runs.context import BRIDGE

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


REFUSED = {"short.txt": "elevenchars\n", "empty.txt": "\n"}
"""Files that have no password that will do."""


def tides(*words: str, code: int = 0) -> None:
    """Runs a command as typed, with what it prints behind it in the log."""
    print(f"$ {' '.join(words)}", flush=True)
    with redirect_stderr(sys.stdout):
        assert main([*words[1:]]) == code
    sys.stdout.flush()


def routes_of(app: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Each method and path of an app and of the apps mounted in it."""
    for route in app.routes:
        if isinstance(route, Mount):
            if hasattr(route.app, "routes"):
                yield from routes_of(route.app, before + route.path)
        else:
            for method in METHODS & set(getattr(route, "methods", None) or ()):
                yield method, before + route.path


def serve(host: str, port: int, folder: Path) -> None:
    """Does it all, and ends with the process."""
    migrate()
    roles, shown = command("tides people roles"), command("tides people list")
    tides(*roles)
    for role in Role:
        login = role.lower()
        file = str(folder / f"{login}.txt")
        tides("tides", "people", "add", login, role, "--name", f"The {role}", "--password-file", file)
    with create_session() as session:
        # What a site may have done by hand.
        viewer = session.scalars(select(FabRole).where(FabRole.name == Role.VIEWER)).unique().one()
        viewer.permissions = list(session.scalars(select(Permission)).unique())
    tides(*roles)
    tides(*roles)
    password = {"ada.txt": str(folder / "operator.txt")}
    tides(*command("tides people add", **password))
    tides(*command("tides people off"))
    tides(*shown)
    for name, words in REFUSED.items():
        (folder / name).write_text(words)
        tides("tides", "people", "add", "bob", "Viewer", "--password-file", str(folder / name), code=1)
    tides("tides", "people", "add", "bob", "Viewer", "--password-file", str(folder / "none.txt"), code=1)
    tides("tides", "people", "off", "bob", code=1)
    with create_session() as session:
        session.add(DagBundleModel(name="tides"))
        session.flush()
        session.add(
            DagModel(dag_id=BRIDGE, bundle_name="tides", relative_fileloc="tides_bridge.py", fileloc="tides_bridge.py")
        )
        day = datetime(2026, 11, 1, tzinfo=UTC)
        session.add(Backfill(id=1, dag_id=BRIDGE, from_date=day, to_date=day, dag_run_conf={}))
    app = create_app()
    flask = get_auth_manager().flask_app.url_map.iter_rules()
    views = {(method, f"/auth{rule.rule}") for rule in flask for method in METHODS & set(rule.methods or ())}
    found = {"routes": sorted(set(routes_of(app))), "views": sorted(views)}
    (folder / "routes.json").write_text(json.dumps(found))
    uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
