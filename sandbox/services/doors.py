"""What a site may put between the bridge and its services: TLS everywhere, a pooler, a front, and a proxy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.services.certificates import Authority
from sandbox.services.fronts import ForwardProxy, Front
from sandbox.services.pgbouncer import PgBouncer
from sandbox.services.servers import Kafka, PostgreSQL
from sandbox.services.service import HOST, Service

PROXY_LOGIN = "bridge:through-the-proxy"


def tls_of_postgres(authority: Authority) -> dict[str, str]:
    """The settings of a PostgreSQL that speaks TLS with a certificate of the authority."""
    own = authority.issue("postgresql", HOST)
    return {"ssl": "on", "ssl_cert_file": f"'{own}'", "ssl_key_file": f"'{own}'"}


class Doors:
    """PgBouncer before PostgreSQL, a front with TLS before the stand-ins, and a proxy that leads to the front.

    `pool_mode` says which of two poolers the connection `tides_db` names: `transaction` or `session`.
    """

    def __init__(self, folder: Path, authority: Authority, postgres: PostgreSQL, kafka: Kafka, stand_ins: int) -> None:
        self.authority, self.kafka = authority, kafka
        self.pool_mode = "transaction"
        own = authority.issue("pooler", HOST)
        tls: dict[str, Any] = {
            "client_tls_sslmode": "require",
            "client_tls_cert_file": own,
            "client_tls_key_file": own,
            "server_tls_sslmode": "verify-full",
            "server_tls_ca_file": authority.file,
        }
        self.poolers = {
            "transaction": PgBouncer(folder / "transaction", postgres, "transaction", sessions=4, **tls),
            "session": PgBouncer(folder / "session", postgres, "session", sessions=16, **tls),
        }
        self.front = Front(folder, stand_ins, authority.issue("front", HOST))
        self.proxy = ForwardProxy(folder, PROXY_LOGIN)

    @property
    def services(self) -> list[Service]:
        """All of them; they can start in any order."""
        return [*self.poolers.values(), self.front, self.proxy]

    def through(self, connections: Mapping[str, dict[str, Any]], stand_ins: str) -> dict[str, dict[str, Any]]:
        """Airflow's connections, led through the doors. `stand_ins` is the address that the front stands before."""
        ca_file = str(self.authority.file)
        led: dict[str, dict[str, Any]] = {}
        for name, given in connections.items():
            match given["conn_type"]:
                case "postgres":
                    extra = {"sslmode": "verify-full", "sslrootcert": ca_file}
                    led[name] = {**given, "port": self.poolers[self.pool_mode].port, "extra": extra}
                case "kafka":
                    led[name] = {**given, "extra": self.kafka.over_tls}
                case "lasair" | "fourmost":
                    common = {"ca_file": ca_file, "proxy": self.proxy.url}
                    own = {key: value for key, value in given["extra"].items() if key != "allow_http"}
                    led[name] = _moved({**given, "extra": {**own, **common}}, stand_ins, self.front.url)
                case _:
                    led[name] = given
        return led


def _moved(part: Any, old: str, new: str) -> Any:
    """The same with another address at the beginning of each text."""
    if isinstance(part, dict):
        return {key: _moved(value, old, new) for key, value in part.items()}
    return new + part.removeprefix(old) if isinstance(part, str) and part.startswith(old) else part
