"""The users and roles of Airflow's auth manager FAB (Flask-AppBuilder), which keeps them in Airflow's metadata.

Only `tides people` imports this module: no task loads FAB.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.people.roles import NOT_USED, Role, permissions_of

MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
"""What `[core] auth_manager` of Airflow must be."""

LEAST_LETTERS = 12
"""The shortest password: FAB's interface for programs takes as many tries as are made."""


@dataclass(frozen=True)
class Person:
    """A user as listed."""

    login: str
    name: str
    roles: str
    active: bool


class People:
    """The users and roles, in one session with Airflow's metadata."""

    def __init__(self, builder: Any):
        self._builder, self._manager = builder, builder.sm

    def keep_roles(self) -> list[str]:
        """Makes each role what `RIGHTS` says, in one transaction; gives the names of the roles that changed.

        What somebody has added to Viewer or Operator by hand is taken away.
        """
        # The permissions of FAB's own views: Admin gets each of them.
        self._builder.add_permissions(update_perms=True)
        before = self._held()
        by_fab = {pair for one in self._manager.ROLE_CONFIGS for pair in one["perms"]}
        there = self._permissions(by_fab.union(*map(permissions_of, Role)))
        for role in (Role.VIEWER, Role.OPERATOR):
            self._role(role).permissions = [there[pair] for pair in permissions_of(role)]
        for name in NOT_USED:
            if found := self._manager.find_role(name):
                found.permissions = []
        self._role(Role.ADMIN)
        # Admin gets all permissions that there are. It ends the transaction.
        self._manager.update_admin_permission()
        after = self._held()
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

    def put(self, login: str, role: Role, password: str, name: str, email: str) -> bool:
        """Makes a user with one role, or changes an existing one, who is logged out then; whether they are new.

        Raises SettingsError for a short password, and where the roles or the user cannot be made.
        """
        if len(password) < LEAST_LETTERS:
            raise SettingsError(f"the password must have at least {LEAST_LETTERS} characters")
        granted = self._manager.find_role(role)
        if granted is None:
            raise SettingsError(f"there is no role {role} yet: run `tides people roles` first")
        first, _, last = name.strip().partition(" ")
        user = self._manager.find_user(login)
        if user is None:
            if not self._manager.add_user(login, first, last, email, granted, password):
                raise SettingsError(f"{quoted(login)} was not made: somebody else has the address {quoted(email)}")
            return True
        user.first_name, user.last_name, user.email = first, last, email
        user.roles, user.groups, user.active = [granted], [], True
        if not (self._manager.update_user(user) and self._manager.reset_password(user.id, password)):
            raise SettingsError(f"{quoted(login)} was not changed: somebody else has the address {quoted(email)}")
        return False

    def switch_off(self, login: str) -> None:
        """Lets a user no longer in, also by a session that goes on. Raises SettingsError for an unknown one."""
        user = self._manager.find_user(login)
        if user is None:
            raise SettingsError(f"there is no user {quoted(login)}: `tides people list` shows all")
        user.active = False
        if not self._manager.update_user(user):
            raise SettingsError(f"{quoted(login)} could not be switched off: look whether Airflow's database answers")
        self._manager.reset_user_sessions(user)

    def listed(self) -> list[Person]:
        """All users, by login."""
        found = sorted(self._manager.get_all_users(), key=lambda user: str(user.username))
        return [
            Person(
                one.username, one.get_full_name().strip(), ", ".join(role.name for role in one.roles), bool(one.active)
            )
            for one in found
        ]

    def _role(self, name: str) -> Any:
        return self._manager.find_role(name) or self._manager.add_role(name)

    def _held(self) -> dict[str, frozenset[tuple[str, str]]]:
        roles = self._manager.get_all_roles()
        return {one.name: frozenset((p.action.name, p.resource.name) for p in one.permissions) for one in roles}

    def _permissions(self, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        """The permissions of these names; those that are missing are added to the session."""
        from sqlalchemy import select

        manager, session = self._manager, self._manager.session
        actions, resources = (
            {one.name: one for one in session.scalars(select(model)).unique()}
            for model in (manager.action_model, manager.resource_model)
        )
        stored = session.scalars(select(manager.permission_model)).unique()
        there = {(one.action.name, one.resource.name): one for one in stored if one.action and one.resource}
        for action, resource in sorted(pairs - there.keys()):
            for name, known, model in (
                (action, actions, manager.action_model),
                (resource, resources, manager.resource_model),
            ):
                if name not in known:
                    known[name] = model(name=name)
            there[action, resource] = manager.permission_model(action=actions[action], resource=resources[resource])
            session.add(there[action, resource])
        return there


@contextmanager
def open_people() -> Iterator[People]:
    """The users and roles of this Airflow. Raises SettingsError where it has another auth manager."""
    named = conf.get("core", "auth_manager")
    if named != MANAGER:
        raise SettingsError(
            f"this Airflow keeps its users by {quoted(named)}: set AIRFLOW__CORE__AUTH_MANAGER to {MANAGER}, or keep"
            " users and roles where that one does"
        )
    # Flask and FAB take a second to import.
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    # FAB tells of each permission that it makes, and advises on how to serve its views.
    logging.getLogger("airflow.providers.fab").setLevel(logging.ERROR)
    ProvidersManager().initialize_providers_configuration()
    with warnings.catch_warnings(action="ignore"), get_application_builder() as builder:
        yield People(builder)
