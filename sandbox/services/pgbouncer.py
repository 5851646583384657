"""PgBouncer before a PostgreSQL: a pooler whose clients share few sessions of the server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from sandbox.services.debian import program
from sandbox.services.leash import Daemon
from sandbox.services.servers import Login, PostgreSQL
from sandbox.services.service import HOST, Service, answers, free_port, unprivileged, write_private


class PgBouncer(Service):
    """PgBouncer in `folder`, before every database of `server`.

    `mode` says how long a client keeps a session of the server, of which each database has `sessions`. `aliases` are
    further names of databases. `settings` are further lines of its file, such as `client_tls_sslmode`.
    """

    def __init__(
        self,
        folder: Path,
        server: PostgreSQL,
        mode: Literal["session", "transaction", "statement"] = "transaction",
        sessions: int = 4,
        aliases: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        self.folder, self.server, self.aliases = folder, server, aliases or {}
        self.port = free_port()
        self.settings = {
            "listen_addr": HOST,
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": folder / "users.txt",
            "admin_users": "",
            "pool_mode": mode,
            "default_pool_size": sessions,
            **settings,
        }

    def start(self) -> None:
        """Start the pooler and wait until it listens; raises ServiceError."""
        self.folder.mkdir(parents=True)
        login = self.server.conninfo
        logins = [login, *map(self.server.login, Login)]
        users = "".join(f"{_quoted(each['user'])} {_quoted(each['password'])}\n" for each in logins)
        write_private(self.folder / "users.txt", users)
        file = self.folder / "pgbouncer.ini"
        settings = "".join(f"{key} = {value}\n" for key, value in self.settings.items())
        where = f"host={login['host']} port={login['port']}"
        named = "".join(f"{alias} = {where} dbname={database}\n" for alias, database in self.aliases.items())
        file.write_text(f"[databases]\n{named}* = {where}\n[pgbouncer]\n{settings}")
        pgbouncer = program("pgbouncer")
        self.daemon = Daemon(
            "PgBouncer",
            [*unprivileged("PgBouncer"), str(pgbouncer.path), str(file)],
            log=self.folder / "pgbouncer.log",
            ready=lambda: answers(self.port),
            environment=pgbouncer.environment,
        )
        self.daemon.start()

    def url(self, database: str, login: Login | None = None) -> str:
        """The libpq URL of a database through the pooler, as `PostgreSQL.login` gives it; holds the password."""
        user, password = (quote(self.server.login(login)[key], safe="") for key in ("user", "password"))
        return f"postgresql://{user}:{password}@{HOST}:{self.port}/{quote(database, safe='')}"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
