"""The group roles of the database: who owns the tables, who may write rows, and who may only read.

An administrator makes them by `config/roles.sql`. `include/sql/schema/grants.sql` says what each may do.
"""

from dataclasses import dataclass
from enum import StrEnum

from tides.database.session import Connection
from tides.database.statements import statement


class Group(StrEnum):
    """A group role, of which logins are members."""

    OWNER = "tides_owner"
    WRITER = "tides_writer"
    READER = "tides_reader"


@dataclass(frozen=True)
class Standing:
    """Who is logged in, and what that login may do."""

    login: str
    superuser: bool
    owner: bool
    """It owns the bridge's tables, or is a member of who does."""
    groups: tuple[str, ...]
    """The group roles whose rights it has."""
    missing: tuple[str, ...]
    """The group roles that the server does not have."""

    @property
    def may_migrate(self) -> bool:
        """Whether the login may change the tables."""
        return self.superuser or self.owner or Group.OWNER in self.groups

    def in_words(self) -> str:
        """The login with what it may do."""
        if self.superuser:
            return f"{self.login}, SUPERUSER: it may do everything on the server"
        if self.may_migrate:
            return f"{self.login}, OWNER: it may change and drop the tables"
        if Group.WRITER in self.groups:
            return f"{self.login}, which writes rows and changes no table"
        if Group.READER in self.groups:
            return f"{self.login}, which only reads"
        return f"{self.login}, in none of the bridge's group roles"


def standing(connection: Connection) -> Standing:
    """The standing of the session's login; changes nothing."""
    row = connection.execute(statement("database/roles")).fetchone() or {}
    return Standing(row["login"], row["superuser"], row["owner"], tuple(row["groups"]), tuple(row["missing"]))


def work_as_owner(connection: Connection) -> None:
    """Lets the rest of this transaction work as the owner's group role, where that may change the schema."""
    # A row without columns: it is there, or not.
    if connection.execute(statement("database/works_as_owner")).rowcount:
        connection.execute(f"SET LOCAL ROLE {Group.OWNER}")


def work_as_login(connection: Connection) -> None:
    """Lets the rest of this transaction work as the login again."""
    connection.execute("SET LOCAL ROLE NONE")


def grant(connection: Connection, grants: str) -> tuple[str, ...]:
    """Gives the group roles their rights by the text of `grants.sql`. Gives the names of those that are missing: then
    nothing is granted.
    """
    missing = standing(connection).missing
    if not missing:
        connection.execute(grants)
    return missing
