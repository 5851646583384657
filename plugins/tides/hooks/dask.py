"""The connection `dask`: a cluster works on batches, or this process does when there is no such connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from distributed import Client

from tides.errors import ServiceAway, SettingsError, TidesError
from tides.hooks.dask_cluster import Cluster
from tides.settings.model import load_settings
from tides.version import code_version

CONNECTION_ID = "dask"
DEFAULT_PORT = 8786

CONNECT_S = 10.0
"""A scheduler that is up answers in milliseconds."""

CLOSE_S = 5.0
"""How long to take leave of a scheduler that may be dead."""

ON_THIS_MACHINE = "127.0.0.1:0"
"""Scheduler and worker open a status page even when told None. It would then be open to the whole network."""


class DaskHook(BaseHook):
    """Opens clients of Dask's cluster.

    The connection: host is the scheduler's (`tcp://scheduler`, `tls://scheduler` or a bare host), port its port.
    Without such a connection threads of this process do the work, so that `airflow dags test` works alone.
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
    def cluster(self) -> Iterator[Cluster]:
        """A client of its own, closed at the end, and at least one worker. Raises ServiceAway when there is none."""
        address = self._address()
        where = address or "in this process"
        client = self._client(address)
        try:
            if address:
                self._demand_worker(client, where)
            yield Cluster(client, where, self._settings)
        finally:
            # A dead scheduler must not turn finished work into a failure.
            with suppress(TimeoutError, OSError):
                client.close(timeout=CLOSE_S)

    def test_connection(self) -> tuple[bool, str]:
        """Whether there is a scheduler with workers, all of this version."""
        try:
            with self.cluster() as cluster:
                workers = cluster.ask_all()
        except TidesError as error:
            return False, str(error)
        if cluster.others:
            return False, f"{cluster.where}: {'; '.join(other.in_words() for other in cluster.others)}"
        return True, f"{cluster.where}: {workers} workers, all with code {code_version()}"

    def _client(self, address: str | None) -> Client:
        if address is None:
            return Client(
                processes=False,
                n_workers=1,
                threads_per_worker=2,
                dashboard_address=ON_THIS_MACHINE,
                worker_dashboard_address=ON_THIS_MACHINE,
                set_as_default=False,
            )
        try:
            return Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError):
            raise ServiceAway(
                f"Dask ({address}, connection {self._conn_id}): no scheduler answers; is it up, and the port right?"
            ) from None

    def _demand_worker(self, client: Client, where: str) -> None:
        try:
            # A scheduler without workers takes every batch and answers none.
            client.wait_for_workers(1, timeout=self._settings.result_timeout_s)
        except TimeoutError:
            raise ServiceAway(f"Dask ({where}): the scheduler has no worker; start one") from None

    def _address(self) -> str | None:
        try:
            connection = self.get_connection(self._conn_id)
        except AirflowNotFoundException:
            return None
        if not connection.host:
            raise SettingsError(f"connection {self._conn_id}: the host must be the scheduler's, like tcp://scheduler")
        host = connection.host if "://" in connection.host else f"tcp://{connection.host}"
        return f"{host}:{connection.port or DEFAULT_PORT}"
