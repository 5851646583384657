"""PostgreSQL's own programs: found on PATH, new enough for the server, with no secret among their words."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from psycopg.conninfo import make_conninfo

from tides.database.session import Connection
from tides.errors import ServiceAway, SettingsError
from tides.foreign import Secrets

Program = Literal["pg_dump", "pg_dumpall", "pg_restore"]

HANDED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
"""What a program gets of our environment, beside libpq's own variables: the secrets of other services are not its."""

ERROR_CHARACTERS = 600


@dataclass(frozen=True)
class Address:
    """How a program reaches a database: libpq's options, as the open session has them. `what` names it for people.

    The password is handed on by the environment, which other users of the machine cannot read. `server` is the server's
    version, such as 180004.
    """

    what: str
    options: Mapping[str, str]
    password: str = field(repr=False)
    server: int

    @classmethod
    def of(cls, connection: Connection, what: str) -> Self:
        """The address of an open session. Raises SettingsError for a key of TLS that has a password of its own."""
        info = connection.info
        # Of several hosts the one that the session reached: a snapshot is of one server.
        options = info.get_parameters() | {"host": info.host, "port": str(info.port), "dbname": info.dbname}
        if "hostaddr" in options:
            options["hostaddr"] = info.hostaddr
        # libpq has no variable for it, and it must not stand among the words of a program.
        if options.pop("sslpassword", None):
            raise SettingsError(
                f"{what}: the key of its client certificate (sslkey) has a password, which PostgreSQL's programs take"
                " on their command line alone: give a key without one, in a file that only you can read"
            )
        return cls(what, options, info.password, info.server_version)

    @property
    def conninfo(self) -> str:
        """The options as one word of a program. It holds no secret."""
        return make_conninfo("", **{**self.options, "application_name": "tides-backup"})

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.options["dbname"]


def run_program(program: Program, address: Address, *words: str) -> None:
    """Runs a program on the database at an address, and waits for it.

    Raises SettingsError when it is not on PATH, or older than the server, which it then cannot dump. Raises ServiceAway
    with the program's own words when it fails.
    """
    path, major = found(program)
    if major < address.server // 10_000:
        raise SettingsError(
            f"{program} on PATH ({path}) is of PostgreSQL {major}, and {address.what} is on a server of PostgreSQL"
            f" {address.server // 10_000}: install the client programs of that version (postgresql-client-"
            f"{address.server // 10_000}), and put them first on PATH"
        )
    given = _environment() | ({"PGPASSWORD": address.password} if address.password else {})
    # Nobody else may read what it writes.
    made = subprocess.run(  # noqa: S603 the words are our own
        [path, *words, "--no-password", f"--dbname={address.conninfo}"],
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        umask=0o077,
    )
    if made.returncode:
        secrets = Secrets.of(address.password, address.options.get("user"), address.options)
        said = secrets.quoted(made.stderr.strip() or f"exit code {made.returncode}", ERROR_CHARACTERS)
        raise ServiceAway(f"{program} failed on {address.what}: {said}")


def contents(file: os.PathLike[str]) -> list[str]:
    """The names of the tables whose rows an archive of pg_dump holds, as its own list of contents has them.

    Raises SettingsError when pg_restore is not on PATH, or cannot read the archive.
    """
    path, _ = found("pg_restore")
    made = subprocess.run(  # noqa: S603 the words are our own
        [path, "--list", os.fspath(file)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        said = Secrets().quoted(made.stderr.strip(), ERROR_CHARACTERS)
        raise SettingsError(f"pg_restore cannot read {os.fspath(file)}: {said}")
    return re.findall(r"^\d+; \d+ \d+ TABLE DATA (\S+ \S+) ", made.stdout, re.MULTILINE)


def found(program: Program) -> tuple[str, int]:
    """Where a program is, and the major version of PostgreSQL that it belongs to. Raises SettingsError."""
    path = shutil.which(program)
    if path is None:
        raise SettingsError(
            f"{program} is not on PATH: install PostgreSQL's client programs, of the server's version or newer"
            " (Debian: postgresql-client-18)"
        )
    said = subprocess.run(  # noqa: S603 the word is our own
        [path, "--version"], env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    if version is None:
        raise SettingsError(f"{path} does not say of which PostgreSQL it is: {Secrets().quoted(said)}")
    return path, int(version[1])


def _environment() -> dict[str, str]:
    """What a program gets of our environment. It speaks English, whatever the site's language."""
    handed_on = {name: value for name, value in os.environ.items() if name in HANDED_ON or name.startswith("PG")}
    return handed_on | {"LC_ALL": "C"}
