"""When certificates end: those that servers show, and those that the connections name as files.

A server's certificate is only read here, and nothing is sent to it: whether it is trusted is the hooks' own question.
"""

import socket
import ssl
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from airflow.sdk import Connection
from cryptography import x509

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.hooks.fields import connection_named, extra_of

LOOK_S = 3.0
"""How long a look at a server may take (s)."""

OWN = ("client_cert", "ssl.certificate.location", "sslcert")
"""The keys of an extra that name a file with a certificate of ours."""

PORTS = {"https": 443, "tls": 8786, "postgres": 5432}

ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)
"""What a client of PostgreSQL sends to speak TLS from then on ("SSLRequest" of its protocol)."""


@dataclass(frozen=True)
class _Server:
    host: str
    port: int
    # PostgreSQL begins without TLS.
    asks_first: bool = False


def certificates_end(connection_ids: Iterable[str]) -> dict[str, datetime | None]:
    """When each certificate ends (UTC), by the connection and what has it; None where that could not be read.

    Servers behind a proxy are left out, and connections that are missing or not right: their hooks tell of that.
    """
    found: dict[str, datetime | None] = {}
    for connection_id in connection_ids:
        try:
            connection = connection_named(connection_id)
            extra = extra_of(connection)
        except SettingsError:
            continue
        for file in (str(extra[key]) for key in OWN if key in extra):
            found[f"{connection_id}: our certificate {quoted(file)}"] = _of_file(file)
        for server in _servers(connection, extra):
            found[f"{connection_id}: server {quoted(server.host)}:{server.port}"] = _of_server(server, extra)
    return found


def _servers(connection: Connection, extra: dict[str, object]) -> Iterator[_Server]:
    """The servers that a connection leads to over TLS."""
    if extra.get("proxy"):
        return
    if "bootstrap.servers" in extra and "ssl" in str(extra.get("security.protocol")).lower():
        for each in str(extra["bootstrap.servers"]).split(","):
            yield from _at(f"kafka://{each.strip()}", None)
    elif connection.conn_type == "postgres":
        hosts = str(extra.get("host") or connection.host or "").split(",")
        ports = str(extra.get("port") or connection.port or PORTS["postgres"]).split(",")
        for place, host in enumerate(hosts):
            port = ports[min(place, len(ports) - 1)]
            # A path is a socket of this machine.
            if host and not host.startswith("/") and port.isdecimal() and extra.get("sslmode") != "disable":
                yield _Server(host, int(port), asks_first=True)
    else:
        # Lasair's extra may name an address by survey.
        for address in dict.fromkeys(str(text) for text in (connection.host, *extra.values())):
            if address.startswith(("https://", "tls://")):
                yield from _at(address, connection.port)


def _at(address: str, port: int | None) -> Iterator[_Server]:
    # A wrong address is told by the service's own hook.
    with suppress(ValueError):
        parts = urlsplit(address)
        number = parts.port or port or PORTS.get(parts.scheme)
        if parts.hostname and number:
            yield _Server(parts.hostname, number)


def _of_file(path: str) -> datetime | None:
    # The first certificate of a file is its owner's, and the others lead to the authority.
    with suppress(OSError, ValueError):
        return x509.load_pem_x509_certificates(Path(path).read_bytes())[0].not_valid_after_utc
    return None


def _of_server(server: _Server, extra: dict[str, object]) -> datetime | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Also a certificate that has ended, or is not trusted, has a date.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, ValueError):
        for key, own_key in zip(OWN, ("client_key", "ssl.key.location", "sslkey"), strict=True):
            if key in extra:
                password = str(extra.get("ssl.key.password") or extra.get("sslpassword") or "")
                context.load_cert_chain(str(extra[key]), str(extra[own_key]) if own_key in extra else None, password)
    with suppress(OSError, ValueError), socket.create_connection((server.host, server.port), LOOK_S) as plain:
        if server.asks_first:
            plain.sendall(ASK_FOR_TLS)
            if plain.recv(1) != b"S":
                return None
        with context.wrap_socket(plain, server_hostname=server.host) as shown:
            return x509.load_der_x509_certificate(shown.getpeercert(binary_form=True) or b"").not_valid_after_utc
    return None
