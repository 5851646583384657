"""What FAB itself decides for each role: the short form of tests/integration/test_people.py, which asks each route."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from airflow.api_fastapi import app as airflow_app
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity, DagDetails
from airflow.models.dag import DagModel
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from fastapi import HTTPException

from tides.page.app import ACTS, ASKS, LOOKS, views
from tides.page.frame import EDIT, READ, may_edit
from tides.people.roles import Role, permissions_of
from tides.runs.context import BRIDGE

METHODS = ("GET", "POST", "PUT", "DELETE")
ON_A_DAG = {
    None: {"GET": Role.VIEWER, "PUT": Role.OPERATOR, "DELETE": Role.ADMIN},
    DagAccessEntity.RUN: {
        "GET": Role.VIEWER, "POST": Role.OPERATOR, "PUT": Role.OPERATOR, "DELETE": Role.ADMIN,
    },
    DagAccessEntity.TASK_INSTANCE: {"GET": Role.VIEWER, "PUT": Role.OPERATOR, "DELETE": Role.ADMIN},
    DagAccessEntity.TASK_LOGS: {"GET": Role.VIEWER},
    DagAccessEntity.CODE: {"GET": Role.VIEWER},
    DagAccessEntity.XCOM: {"GET": Role.VIEWER, "POST": Role.ADMIN, "PUT": Role.ADMIN, "DELETE": Role.ADMIN},
    DagAccessEntity.AUDIT_LOG: {"GET": Role.OPERATOR},
}  # fmt: skip
"""The least role for what is done with a DAG, or with something of it."""


@dataclass
class Somebody:
    """A user with the permissions of a role, as FAB reads them."""

    role: Role

    @property
    def perms(self) -> frozenset[tuple[str, str]]:
        """FAB's permissions."""
        return permissions_of(self.role)


@pytest.fixture(scope="module")
def manager() -> FabAuthManager:
    """FAB, which decides by the permissions alone."""
    return FabAuthManager()


@pytest.fixture
def deciding(manager: FabAuthManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAB decides for the page."""
    monkeypatch.setattr(airflow_app._AuthManagerState, "instance", manager)
    monkeypatch.setattr(DagModel, "get_team_name", lambda dag_id: None)


def may(dependency: Callable[..., object], role: Role) -> bool:
    try:
        dependency(None, Somebody(role))
    except HTTPException:
        return False
    return True


def least(decides: Callable[[Somebody], bool]) -> Role | None:
    """The least role that is let in; each above it must be, too."""
    let_in = [role for role in Role if decides(Somebody(role))]
    assert let_in == list(Role)[len(Role) - len(let_in) :]
    return let_in[0] if let_in else None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("what", ["connection", "variable"])
def test_connections_and_variables_are_for_an_admin(manager, what, method):
    decides = getattr(manager, f"is_authorized_{what}")
    assert least(lambda user: decides(method=method, user=user)) == Role.ADMIN


@pytest.mark.parametrize(
    ("what", "reads"), [("pool", Role.VIEWER), ("asset", Role.VIEWER), ("configuration", Role.ADMIN)]
)
def test_who_reads_pools_assets_and_settings_and_who_changes_them(manager, what, reads):
    decides = getattr(manager, f"is_authorized_{what}")
    found = {method: least(lambda user, method=method: decides(method=method, user=user)) for method in METHODS}
    assert found["GET"] == reads
    # An event of an asset starts a run.
    assert found["POST"] == {"asset": Role.OPERATOR, "pool": Role.ADMIN, "configuration": None}[what]
    assert {found["PUT"], found["DELETE"]} <= {Role.ADMIN, None}


@pytest.mark.parametrize("entity", ON_A_DAG)
def test_what_each_role_does_with_a_dag(manager, entity):
    def decided(method: str) -> Role | None:
        details = DagDetails(id=BRIDGE)
        return least(
            lambda user: manager.is_authorized_dag(method=method, access_entity=entity, details=details, user=user)
        )

    found = {method: decided(method) for method in METHODS}
    assert {method: role for method, role in found.items() if role} == ON_A_DAG[entity]


VIEWS = {
    AccessView.WEBSITE: Role.VIEWER,
    AccessView.JOBS: Role.VIEWER,
    AccessView.IMPORT_ERRORS: Role.VIEWER,
    AccessView.PLUGINS: Role.ADMIN,
    AccessView.PROVIDERS: Role.ADMIN,
}


@pytest.mark.parametrize("view", VIEWS)
def test_everybody_sees_the_site_and_an_admin_alone_its_plugins_and_providers(manager, view):
    assert least(lambda user: manager.is_authorized_view(access_view=view, user=user)) == VIEWS[view]


@pytest.mark.parametrize("role", Role)
def test_on_the_page_a_viewer_looks_and_asks_and_whoever_is_above_acts(deciding, role):
    for router in (*LOOKS, *ASKS, views):
        assert all(may(each.dependency, role) for route in router.routes for each in route.dependencies if each is READ)
    for router in ACTS:
        for route in router.routes:
            assert may(next(each for each in route.dependencies if each is EDIT).dependency, role) == (role.rank > 0)
    assert may_edit(None, Somebody(role)) == (role.rank > 0)
