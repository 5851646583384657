"""The connection `dask`: a cluster works on batches, or this process does when there is no such connection."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from distributed import Client, Future, KilledWorker
from distributed.client import ClosedClientError, FutureCancelledError
from distributed.comm.core import CommClosedError

from tides.errors import ServiceAway, SettingsError, TidesError
from tides.foreign import quoted
from tides.settings.model import load_settings

CONNECTION_ID = "dask"
DEFAULT_PORT = 8786

CONNECT_S = 10.0
"""A scheduler that is up answers in milliseconds."""

CLOSE_S = 5.0
"""How long to take leave of a scheduler that may be dead."""

ON_THIS_MACHINE = "127.0.0.1:0"
"""Scheduler and worker open a status page even when told None. It would then be open to the whole network."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Worked(Generic[Item, Result]):
    """What became of the batches: the results of each batch or part of one, in their order.

    `set_aside` has the single items on which workers died, each with the reason.
    """

    results: list[Result] = field(default_factory=list)
    set_aside: list[tuple[Item, str]] = field(default_factory=list)


class Cluster:
    """Workers that are there. `where` names them in messages."""

    def __init__(self, client: Client, where: str, in_flight: int, result_timeout_s: float):
        self.where = where
        self._client = client
        self._in_flight = in_flight
        self._result_timeout_s = result_timeout_s

    def run(
        self,
        function: Callable[..., Result],
        batches: Sequence[Sequence[Item]],
        *args: object,
        key: Callable[[Sequence[Item]], str],
    ) -> Worked[Item, Result]:
        """Calls `function(batch, *args)` for each batch on a worker: one submit a batch, a few in flight at once.

        `key` gives the hash of a batch's content and of all else that the result depends on. The same key is worked on
        once. A batch on which workers die is worked on again alone, and halved until the single item is found. Raises
        ServiceAway when the scheduler is lost or a result does not come within the time limit. Raises SettingsError
        when the workers cannot import the function. Passes on what the function itself raises.
        """
        worked: Worked[Item, Result] = Worked()
        results: dict[int, list[Result]] = {}
        suspects: list[tuple[int, Sequence[Item]]] = []
        # A few at once, so that the scheduler does not hold all light curves of the task.
        waiting = deque(enumerate(batches))
        flying: deque[tuple[int, Sequence[Item], Future[Any]]] = deque()
        try:
            while waiting or flying:
                while waiting and len(flying) < self._in_flight:
                    place, batch = waiting.popleft()
                    flying.append((place, batch, self._submit(function, batch, args, key)))
                place, batch, future = flying.popleft()
                try:
                    results[place] = [self._result(future)]
                except KilledWorker:
                    suspects.append((place, batch))
        finally:
            # An error ends the task; the cluster must not go on with work that nobody fetches.
            for _, _, future in flying:
                future.release()
        # Only now, when nothing else is in flight: a batch beside a killer dies with it, without fault.
        for place, batch in suspects:
            results[place] = self._halve(function, batch, args, key, worked.set_aside)
        worked.results.extend(result for place in sorted(results) for result in results[place])
        return worked

    def _halve(
        self,
        function: Callable[..., Result],
        batch: Sequence[Item],
        args: tuple[object, ...],
        key: Callable[[Sequence[Item]], str],
        set_aside: list[tuple[Item, str]],
    ) -> list[Result]:
        """The results of a suspect batch, worked on with nothing beside it."""
        try:
            return [self._result(self._submit(function, batch, args, key, alone=True))]
        except KilledWorker as error:
            if len(batch) == 1:
                set_aside.append((batch[0], f"workers died on it, the last one {quoted(error.last_worker.address)}"))
                return []
        middle = len(batch) // 2
        halves = (batch[:middle], batch[middle:])
        return [result for half in halves for result in self._halve(function, half, args, key, set_aside)]

    def _submit(
        self,
        function: Callable[..., Result],
        batch: Sequence[Item],
        args: tuple[object, ...],
        key: Callable[[Sequence[Item]], str],
        *,
        alone: bool = False,
    ) -> Future[Any]:
        # a new key, since the scheduler may still hold the failure under the old one
        name = f"{function.__name__}-{'alone-' if alone else ''}{key(batch)}"
        return self._client.submit(function, batch, *args, key=name, pure=False)

    def _result(self, future: Future[Any]) -> Any:
        try:
            # Without a limit a client waits for ever on a scheduler that was killed.
            return future.result(timeout=self._result_timeout_s)
        except TimeoutError:
            raise ServiceAway(
                f"Dask ({self.where}): no result within {self._result_timeout_s:g} s; are its workers alive and free?"
            ) from None
        # After the loss of a scheduler later submits hang, so that the task ends here and its retry opens a new client.
        except (FutureCancelledError, CommClosedError, ClosedClientError):
            raise ServiceAway(f"Dask ({self.where}): the scheduler was lost; try again when it is back") from None
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"Dask ({self.where}): its workers have no module {quoted(str(error.name))}; start them with the "
                "bundle's plugins/ on PYTHONPATH and the same requirements"
            ) from None


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
            yield Cluster(client, where, self._settings.in_flight, self._settings.result_timeout_s)
        finally:
            # A dead scheduler must not turn finished work into a failure.
            with suppress(TimeoutError, OSError):
                client.close(timeout=CLOSE_S)

    def test_connection(self) -> tuple[bool, str]:
        """Whether there is a scheduler with a worker."""
        try:
            with self.cluster() as cluster:
                return True, f"Dask works: {cluster.where}"
        except TidesError as error:
            return False, str(error)

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
