"""The roles of Airflow's users, in one table: `tides people roles` makes them so, and docs/people.md shows them."""

from dataclasses import dataclass
from enum import StrEnum

READ, CREATE, EDIT, DELETE, MENU = "can_read", "can_create", "can_edit", "can_delete", "menu_access"
"""What can be done with a resource, in the words of Flask-AppBuilder (FAB)."""


class Role(StrEnum):
    """A role. Each may all that the one before it may."""

    VIEWER = "Viewer"
    OPERATOR = "Operator"
    ADMIN = "Admin"

    @property
    def rank(self) -> int:
        """Its place, from 0."""
        return list(Role).index(self)


NOT_USED = ("Public", "User", "Op")
"""Roles that FAB makes by itself. They are left without any right: `Op` could read connections."""


@dataclass(frozen=True)
class Right:
    """Something that people do, the least role that may do it, and FAB's permissions: an action, and resources."""

    what: str
    role: Role
    permissions: dict[str, tuple[str, ...]]


RIGHTS = (
    Right(
        "see DAGs and their code, runs, tasks, logs and XComs; see all views of the page TiDES, and ask its what-if",
        Role.VIEWER,
        {
            READ: (
                *("Website", "DAGs", "DAG Code", "DAG Dependencies", "DAG Runs", "DAG Versions", "DAG Warnings"),
                *("Task Instances", "Task Logs", "XComs", "HITL Detail", "ImportError", "Cluster Activity"),
            ),
            MENU: ("Browse", "DAGs", "DAG Dependencies", "DAG Runs", "Task Instances", "Cluster Activity"),
        },
    ),
    Right(
        "see assets, backfills, pools, Airflow's own jobs and its documentation",
        Role.VIEWER,
        {
            READ: ("Assets", "Asset Aliases", "Backfills", "Pools", "Jobs"),
            MENU: ("Assets", "Jobs", "Docs", "Documentation"),
        },
    ),
    Right(
        "change one's own password and name",
        Role.VIEWER,
        {READ: ("My Password", "My Profile"), EDIT: ("My Password", "My Profile")},
    ),
    Right(
        "act by the page TiDES: decisions, releases, dead letters, events; pause a DAG",
        Role.OPERATOR,
        {EDIT: ("DAGs",)},
    ),
    Right(
        "start, mark and clear runs; backfill",
        Role.OPERATOR,
        {CREATE: ("DAG Runs",), EDIT: ("DAG Runs",)},
    ),
    Right("mark and clear tasks", Role.OPERATOR, {EDIT: ("Task Instances",)}),
    Right("start runs by an event of an asset", Role.OPERATOR, {CREATE: ("Assets",)}),
    Right("see who did what in Airflow", Role.OPERATOR, {READ: ("Audit Logs",), MENU: ("Audit Logs",)}),
    Right(
        "read and change connections and variables",
        Role.ADMIN,
        {
            **dict.fromkeys((READ, CREATE, EDIT, DELETE), ("Connections", "Variables")),
            MENU: ("Admin", "Connections", "Variables"),
        },
    ),
    Right("change pools", Role.ADMIN, {CREATE: ("Pools",), EDIT: ("Pools",), DELETE: ("Pools",), MENU: ("Pools",)}),
    Right(
        "see settings, plugins and providers of Airflow", Role.ADMIN, {READ: ("Configurations", "Plugins", "Providers")}
    ),
    Right(
        "delete DAGs, runs, task instances and events of assets; write XComs",
        Role.ADMIN,
        {CREATE: ("XComs",), EDIT: ("XComs",), DELETE: ("DAGs", "DAG Runs", "Task Instances", "Assets", "XComs")},
    ),
    Right("read and change users and roles", Role.ADMIN, {READ: ("Users", "Roles"), EDIT: ("Users", "Roles")}),
)
"""All rights of the matrix. Admin has whatever else FAB knows, too."""


def permissions_of(role: Role) -> frozenset[tuple[str, str]]:
    """All permissions of a role, each as FAB has it: an action and a resource."""
    return frozenset(
        (action, resource)
        for right in RIGHTS
        if right.role.rank <= role.rank
        for action, resources in right.permissions.items()
        for resource in resources
    )


def matrix() -> str:
    """The table of docs/people.md in Markdown: each right, with who has it."""
    rows = [["what", *Role], ["---", *("---" for _ in Role)]]
    rows += [[right.what, *("yes" if right.role.rank <= role.rank else "–" for role in Role)] for right in RIGHTS]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
