"""The way to an HTTP service, as its Airflow connection describes it: each field is honoured, or refused by name."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from airflow.sdk import Connection
from airflow.sdk.log import mask_secret

from tides.errors import SettingsError
from tides.foreign import quoted
from tides.hooks.fields import TLS_FILES, demand_tls_files, extra_of, refuse_fields, refuse_unknown

COMMON = (*TLS_FILES, "proxy", "allow_http")
"""The keys of the extra that every HTTP service has."""

INSTEAD = {
    "login": "take it out",
    "port": "write the port into the host, as https://server:8443/path/",
    "schema": "write https:// into the host",
}
"""What a person does with a field of the connection that a service does not use."""


@dataclass(frozen=True)
class Way:
    """How a service is reached. Files are absolute paths; `proxy` is an address with its login.

    `ca_file` takes the place of the public authorities. `allow_http` lets secrets leave this machine unencrypted. `own`
    is the extra that only this service has, without what is empty.
    """

    connection_id: str
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    allow_http: bool = False
    own: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def proxy_shown(self) -> str | None:
        """The proxy's address without its login."""
        return None if self.proxy is None else _shown(urlsplit(self.proxy))

    def base(self, host: str | None) -> str:
        """The base address that a host names, ending in a slash.

        Raises SettingsError when it is no http(s) address, and for http:// beyond this machine, unless it is allowed.
        """
        parts = _address(host)
        if parts is None or parts.username is not None or parts.query:
            raise SettingsError(f"{self}: the host must be an address like https://server/path/")
        if parts.scheme == "http" and not self.allow_http and not self._stays_here(parts):
            raise SettingsError(
                f"{self}: {_shown(parts)} would send our secrets unencrypted; give an address with https://, or set"
                " allow_http to true in the extra to accept that"
            )
        return f"{(host or '').rstrip('/')}/"

    def described(self, base: str) -> str:
        """Whether the service at a base address is reached encrypted and verified, by whom, and through what."""
        parts = urlsplit(base)
        if parts.scheme == "https":
            authorities = f"the authorities in {self.ca_file}" if self.ca_file else "the public authorities"
            said = [f"encrypted, certificate verified by {authorities}"]
            if self.client_cert:
                said.append(f"with our certificate {self.client_cert}")
        elif self._stays_here(parts):
            said = ["not encrypted: http:// within this machine"]
        else:
            said = ["NOT ENCRYPTED: http://, by allow_http"]
        if self.proxy:
            given = urlsplit(self.proxy)
            said.append(f"through the proxy {self.proxy_shown}")
            if given.password and given.scheme == "http" and not _is_here(given):
                said.append("the proxy's own password is NOT ENCRYPTED")
        return ", ".join(said)

    def __str__(self) -> str:
        return f"connection {self.connection_id}"

    def _stays_here(self, parts: SplitResult) -> bool:
        # A proxy elsewhere reads what we send, and its "localhost" is not ours.
        return _is_here(parts) and (self.proxy is None or _is_here(urlsplit(self.proxy)))


def way_of(connection: Connection, fields: Set[str] = frozenset(), extras: Mapping[str, Set[str]] | None = None) -> Way:
    """The way that a connection describes.

    A service uses host and password, those `fields`, and, beside the common ones, the keys `extras`: each with the
    values that it may have, or with none where it may have any. What is empty is not set. Raises SettingsError, with
    its name, for all else that is set, and for a value that cannot be honoured.
    """
    way = Way(connection.conn_id)
    refuse_fields(connection, {name: instead for name, instead in INSTEAD.items() if name not in fields})
    own, given = extras or {}, extra_of(connection)
    refuse_unknown(connection, given, {*own, *COMMON})
    for key, value in given.items():
        _demand_value(way, key, value, own.get(key, frozenset()))
    common: dict[str, Any] = {key: value for key, value in given.items() if key in COMMON}
    ours = {key: str(value) for key, value in given.items() if key in own}
    way = Way(connection.conn_id, **common, own=ours)
    demand_tls_files(connection.conn_id, {key: path for key, path in common.items() if key in TLS_FILES})
    _demand_proxy(way)
    return way


def _demand_value(way: Way, key: str, value: object, allowed: Set[str]) -> None:
    if not isinstance(value, bool if key == "allow_http" else str):
        raise SettingsError(f"{way}: {key} in the extra must be {'true or false' if key == 'allow_http' else 'a text'}")
    if allowed and value not in allowed:
        raise SettingsError(f"{way}: {key} in the extra may only be {' or '.join(sorted(allowed))}")


def _demand_proxy(way: Way) -> None:
    if way.proxy is None:
        return
    parts = _address(way.proxy)
    if parts is None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise SettingsError(f"{way}: proxy must be an address like http://server:3128, or http://login:password@…")
    if parts.password:
        # Airflow hides the values of keys that sound secret, and `proxy` does not.
        mask_secret(parts.password)
        mask_secret(unquote(parts.password))


def _address(text: str | None) -> SplitResult | None:
    """An http(s) address in its parts; None when it is none."""
    try:
        parts = urlsplit(text or "")
        # A port that is no number raises only here.
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _shown(parts: SplitResult) -> str:
    """Scheme, host and port of an address."""
    return quoted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _is_here(parts: SplitResult) -> bool:
    """Whether an address leads to this machine."""
    host = (parts.hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
