"""The table of roles: what each may never do, and that the document shows it."""

from pathlib import Path

import pytest
from airflow.providers.fab.www.security import permissions as fab

from tides.__main__ import main
from tides.hooks.people import MANAGER
from tides.people.roles import CREATE, DELETE, EDIT, MENU, READ, RIGHTS, Role, matrix, permissions_of

DOCUMENT = Path(__file__).parents[3] / "docs" / "people.md"
ONES_OWN = {(EDIT, "My Password"), (EDIT, "My Profile")}
SECRETS = {"Connections", "Variables", "Users", "Roles", "Configurations", "Permission Views", "Passwords"}


def test_the_document_shows_the_table():
    assert f"\n\n{matrix()}\n\n" in DOCUMENT.read_text(encoding="utf-8")


def test_a_viewer_changes_nothing_but_their_own_password_and_name():
    assert {pair for pair in permissions_of(Role.VIEWER) if pair[0] in (CREATE, EDIT, DELETE)} == ONES_OWN


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_secrets_and_users_are_for_an_admin(role):
    assert {resource for _, resource in permissions_of(role)} & SECRETS == set()
    assert {action for action, _ in permissions_of(role)} <= {READ, CREATE, EDIT, MENU}


def test_each_role_may_what_the_one_before_it_may():
    viewer, operator, admin = map(permissions_of, Role)
    assert viewer < operator < admin


def test_each_permission_is_one_that_fab_asks_for():
    resources = {value for name, value in vars(fab).items() if name.startswith("RESOURCE_") and isinstance(value, str)}
    actions = {value for name, value in vars(fab).items() if name.startswith("ACTION_")}
    named = [(action, each) for right in RIGHTS for action, several in right.permissions.items() for each in several]
    assert {action for action, _ in named} == actions
    assert {resource for _, resource in named} <= resources
    assert len(named) == len(set(named))


def test_another_auth_manager_is_named_with_what_to_do(capsys):
    assert main(["people", "list"]) == 1
    said = capsys.readouterr().err
    assert "SimpleAuthManager" in said
    assert f"set AIRFLOW__CORE__AUTH_MANAGER to {MANAGER}" in said
