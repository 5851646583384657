"""The connection `dask`: a cluster works on batches, or each task does when there is no such connection."""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from time import time
from urllib.parse import urlsplit

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from distributed import Client
from distributed.security import Security

from tides.errors import ServiceAway, SettingsError, TidesError
from tides.foreign import quoted
from tides.hooks.dask_cluster import LOST, Cluster, InProcess
from tides.hooks.dask_reports import file_of, keep, look
from tides.hooks.fields import FILES, demand_tls_files, extra_of, refuse_fields, refuse_unknown
from tides.runs.airflow import this_task
from tides.settings.model import load_settings
from tides.version import code_version

log = logging.getLogger(__name__)

CONNECTION_ID = "dask"
DEFAULT_PORT = 8786

CONNECT_S = 10.0
"""A scheduler that is up answers in milliseconds."""

CLOSE_S = 5.0
"""How long to take leave of a scheduler that may be dead."""

INSTEAD = dict.fromkeys(("login", "password", "schema"), "take it out: Dask knows certificates alone")

OURS_REFUSED = "it refuses our certificate ({}); are `client_cert` and `client_key` right?"

EXPIRED = 10
"""OpenSSL's number (X509_V_ERR) of a certificate that has expired."""


@dataclass(frozen=True)
class _Way:
    """How the scheduler is reached. `ca_file` and `client_cert` are there for tls:// alone, and then surely."""

    address: str
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None

    @property
    def security(self) -> Security | None:
        if self.ca_file is None:
            return None
        return Security(
            require_encryption=True,
            tls_ca_file=self.ca_file,
            tls_client_cert=self.client_cert,
            tls_client_key=self.client_key,
        )

    @property
    def described(self) -> str:
        """Whether it is encrypted and verified, and by whom."""
        if self.ca_file is None:
            return "not encrypted: tcp://"
        verified = f"certificate verified by the authorities in {self.ca_file} (Dask compares no host name)"
        return f"encrypted, {verified}, with our certificate {self.client_cert}"


class DaskHook(BaseHook):
    """Opens clients of Dask's cluster.

    The connection: host is the scheduler's (`tcp://scheduler`, `tls://scheduler` or a bare host), port its port. With
    tls:// the extra has `ca_file`, `client_cert`, and `client_key` where the key is in a file of its own. Without such
    a connection each task does its work itself, so that `airflow dags test` works alone.
    """

    conn_name_attr = "dask_conn_id"
    default_conn_name = CONNECTION_ID
    conn_type = "dask"
    hook_name = "Dask"

    def __init__(self, dask_conn_id: str = CONNECTION_ID):
        super().__init__()
        self._conn_id = dask_conn_id
        self._settings = load_settings().evaluation

    @contextmanager
    def cluster(self) -> Iterator[Cluster | InProcess]:
        """A client of its own, closed at the end, and at least one worker. Raises ServiceAway when there is none.

        Without a connection it is this process. Raises SettingsError for a field of the connection that is not used,
        or that cannot be honoured.
        """
        way = self._way()
        if way is None:
            yield InProcess()
        else:
            with self._at(way) as cluster:
                yield cluster

    @contextmanager
    def _at(self, way: _Way) -> Iterator[Cluster]:
        client, began = self._client(way), time()
        try:
            self._demand_worker(client, way.address)
            file = self._report_file(client)
            yield Cluster(client, way.address, self._settings)
            if file:
                self._keep_report(client, began, file)
        finally:
            # A dead scheduler must not turn finished work into a failure.
            with suppress(TimeoutError, OSError):
                client.close(timeout=CLOSE_S)

    def test_connection(self) -> tuple[bool, str]:
        """Whether there is a scheduler with workers, all of this version, and whether it is encrypted and verified."""
        try:
            way = self._way()
            if way is None:
                return True, f"no connection {self._conn_id}: each task judges by itself, with code {code_version()}"
            with self._at(way) as cluster:
                workers = cluster.ask_all()
        except TidesError as error:
            return False, str(error)
        where = f"{way.address}; {way.described}"
        if cluster.others:
            return False, f"{where}; {'; '.join(other.in_words() for other in cluster.others)}"
        return True, f"{where}; {workers} worker(s), all with code {code_version()}"

    def _client(self, way: _Way) -> Client:
        try:
            return Client(way.address, security=way.security, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            why = _why(error, way)
            raise ServiceAway(f"Dask ({way.address}, connection {self._conn_id}): no scheduler: {why}") from None

    def _report_file(self, client: Client) -> Path | None:
        """Where the report of this task instance is kept; None where none is."""
        folder, task = self._settings.reports_folder, this_task()
        if folder is None or task is None:
            return None
        client.get_task_stream(count=0)  # from now on the scheduler notes what is done
        return file_of(folder, *task)

    def _keep_report(self, client: Client, began: float, file: Path) -> None:
        try:
            report = look(client, began)
        # The work is done and stored: a scheduler that is lost only now must not turn the task red.
        except (*LOST, OSError, TimeoutError):
            log.warning("Dask gave no report of its work")
            return
        keep(report, file, self._settings.reports_kept)

    def _demand_worker(self, client: Client, where: str) -> None:
        try:
            # A scheduler without workers takes every batch and answers none.
            client.wait_for_workers(1, timeout=self._settings.result_timeout_s)
        except TimeoutError:
            raise ServiceAway(f"Dask ({where}): the scheduler has no worker; start one") from None

    def _way(self) -> _Way | None:
        try:
            connection = self.get_connection(self._conn_id)
        except AirflowNotFoundException:
            return None
        return _way_of(connection)


def _way_of(connection: Connection) -> _Way:
    where = f"connection {connection.conn_id}"
    refuse_fields(connection, INSTEAD)
    extra = extra_of(connection)
    refuse_unknown(connection, extra, FILES)
    host = connection.host or ""
    try:
        parts = urlsplit(host if "://" in host else f"tcp://{host}")
        written = parts.port  # one that is no number raises here
        # urlsplit makes the name small, and leaves out the brackets of IPv6
        bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
        good = bare and parts.hostname and parts.scheme in ("tcp", "tls")
    except ValueError:
        good = False
    if not good:
        raise SettingsError(f"{where}: the host must be the scheduler's, like tcp://scheduler or tls://scheduler")
    if written and connection.port and written != connection.port:
        raise SettingsError(f"{where}: the host names port {written}, and the field port {connection.port}")
    name = parts.netloc.removesuffix(f":{written}") if written else parts.netloc
    address = f"{parts.scheme}://{name}:{connection.port or written or DEFAULT_PORT}"
    if parts.scheme == "tcp":
        for key in extra:
            raise SettingsError(f"{where}: {key} in the extra is for tls://, and the host says {address}")
        return _Way(address)
    files: dict[str, str] = {}
    for key, value in extra.items():
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {key} in the extra must be a text")
        files[key] = value
    for key in ("ca_file", "client_cert"):
        if key not in files:
            raise SettingsError(f"{where}: tls:// needs {key} in the extra: Dask's two sides show certificates")
    demand_tls_files(connection, files)
    return _Way(address, **files)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error of Dask's and what lies below it."""
    while error is not None:
        yield error
        # The refusal of our certificate comes with the first read, as the stream's end.
        error = error.__cause__ or getattr(error, "real_error", None) or error.__context__


def _looked(way: _Way) -> Iterator[BaseException]:
    """What is wrong with name or port, by a look of our own: Dask's last try, cut short, may hide it."""
    parts = urlsplit(way.address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or DEFAULT_PORT), timeout=CONNECT_S).close()
    except OSError as error:
        yield error


def _why(error: BaseException, way: _Way) -> str:
    """Why no connection came about."""
    over_tls = way.ca_file is not None
    for below in chain(_chain(error), _looked(way)):
        match below:
            case socket.gaierror():
                return "its name does not resolve"
            case ConnectionRefusedError():
                return "its port is closed; is the address right, and the scheduler up?"
            case ssl.SSLCertVerificationError(verify_code=code, verify_message=said):
                if code == EXPIRED:
                    return "its certificate has expired"
                return f"its certificate is not trusted ({quoted(said)}); is `ca_file` right?"
            # After both have spoken TLS it may hang up before its word about our certificate is read.
            case ssl.SSLEOFError() | ConnectionResetError() if over_tls:
                return OURS_REFUSED.format("it hung up")
            case ConnectionResetError():
                return "it hung up; does it speak tls://?"
            case ssl.SSLError(reason=reason):
                # An alert about certificates is about ours: we have looked at theirs ourselves.
                if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
                    return OURS_REFUSED.format(reason)
                return f"no TLS ({reason}); does it speak tcp://?"
            case ValueError():  # a server without TLS speaks first
                return "no TLS; does it speak tcp://?"
    return "no answer; is it up, and the port right?"
