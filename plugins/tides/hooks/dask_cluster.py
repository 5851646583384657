"""Work on Dask's workers: batches, each on a worker that runs the version of this process."""

import pickle
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import cloudpickle
from distributed import Client, Future, KilledWorker
from distributed.client import ClosedClientError, FutureCancelledError
from distributed.comm.core import CommClosedError

from tides.errors import ServiceAway, SettingsError
from tides.foreign import quoted
from tides.settings.sections import Evaluation
from tides.version import OtherVersion, code_version

RESTART_S = 30.0
"""How long a nanny may take to start its worker again."""

LOST = (FutureCancelledError, CommClosedError, ClosedClientError)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Worked(Generic[Item, Result]):
    """What became of the batches: the results of each batch or part of one, in their order.

    `set_aside` has the single items on which workers died, each with the reason.
    """

    results: list[Result] = field(default_factory=list)
    set_aside: list[tuple[Item, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Work(Generic[Item, Result]):
    """What is done with each batch."""

    function: Callable[..., Result]
    args: tuple[object, ...]
    key: Callable[[Sequence[Item]], str]


class Cluster:
    """Workers that are there. `where` names them in messages. `others` are those met that run another version."""

    def __init__(self, client: Client, where: str, limits: Evaluation):
        self.where = where
        self._client = client
        self._limits = limits
        self._others: dict[str, OtherVersion] = {}

    @property
    def in_flight(self) -> int:
        """How many batches of one task workers have at once."""
        return self._limits.in_flight

    @property
    def others(self) -> list[OtherVersion]:
        """The workers that refused a batch, since they run another version than this process."""
        return list(self._others.values())

    def begin(
        self,
        function: Callable[..., Result],
        batches: Sequence[Sequence[Item]],
        *args: object,
        key: Callable[[Sequence[Item]], str],
    ) -> "Begun[Item, Result]":
        """Begins to call `function(batch, *args)` for each batch on a worker: one submit a batch.

        `key` gives the hash of a batch's content and of all else that the result depends on. The same key is worked on
        once. Raises ServiceAway when no worker runs this version, or the scheduler is lost.
        """
        return Begun(self, _Work(function, args, key), batches)

    def ask_all(self) -> int:
        """Asks every worker for its version; `others` then has those of another one. Gives how many there are."""
        addresses = self._addresses()
        asked = [
            self._client.submit(_on_worker(), None, code_version(), key=f"version-{uuid.uuid4().hex}", workers=[worker])
            for worker in addresses
        ]
        for future in asked:
            right, said = self._result(future)
            if not right:
                self._others[said[0]] = OtherVersion(*said)
        return len(addresses)

    def halve(
        self, work: _Work[Item, Result], batch: Sequence[Item], set_aside: list[tuple[Item, str]]
    ) -> list[Result]:
        """The results of a suspect batch, worked on with nothing beside it."""
        try:
            return [self.result(work, batch, self.submit(work, batch, "alone-"))]
        except KilledWorker as error:
            if len(batch) == 1:
                set_aside.append((batch[0], f"workers died on it, the last one {quoted(error.last_worker.address)}"))
                return []
        middle = len(batch) // 2
        halves = (batch[:middle], batch[middle:])
        return [result for half in halves for result in self.halve(work, half, set_aside)]

    def submit(self, work: _Work[Item, Result], batch: Sequence[Item], mark: str = "") -> Future[Any]:
        """Sends a batch to a worker. Raises ServiceAway when no worker runs this version."""
        # a new key by `mark`, since the scheduler may still hold the failure or the refusal under the old one
        name = f"{work.function.__name__}-{mark}{work.key(batch)}"
        sent = cloudpickle.dumps((work.function, batch, work.args))
        return self._client.submit(
            _on_worker(), sent, code_version(), key=name, pure=False, workers=self._fitting() if self._others else None
        )

    def result(self, work: _Work[Item, Result], batch: Sequence[Item], future: Future[Any]) -> Result:
        """The result of a batch, by a worker of this version."""
        while True:
            right, said = self._result(future)
            if right:
                result: Result = pickle.loads(said)  # noqa: S301 by a worker of this version
                return result
            self._note(OtherVersion(*said))
            future = self.submit(work, batch, f"again-{uuid.uuid4().hex}-")

    def _note(self, other: OtherVersion) -> None:
        """Keeps whom to pass over. Restarts it where that helps and the settings allow it."""
        if other.worker in self._others:
            return
        if self._limits.restart_workers and other.files == code_version() and self._restart(other.worker):
            # The new process has another address, as a rule, and else is passed over by this task alone.
            other = replace(other, restarted=True)
        self._others[other.worker] = other

    def _restart(self, worker: str) -> bool:
        try:
            said = self._client.restart_workers([worker], timeout=RESTART_S, raise_for_error=False)
        except (ValueError, KeyError, TimeoutError):  # without a nanny, or gone already
            return False
        except LOST:
            raise self._away() from None
        return bool(said.get(worker) == "OK")

    def _fitting(self) -> list[str]:
        """The workers that are not known to run another version. Raises ServiceAway when there is none."""
        fitting = [worker for worker in self._addresses() if worker not in self._others]
        if not fitting:
            words = "; ".join(other.in_words() for other in self.others)
            raise ServiceAway(f"Dask ({self.where}): no worker runs this version of the code: {words}")
        return fitting

    def _addresses(self) -> list[str]:
        try:
            return list(self._client.scheduler_info()["workers"])
        except (*LOST, OSError):
            raise self._away() from None

    def _result(self, future: Future[Any]) -> Any:
        limit_s = self._limits.result_timeout_s
        try:
            # Without a limit a client waits for ever on a scheduler that was killed.
            return future.result(timeout=limit_s)
        except TimeoutError:
            raise ServiceAway(
                f"Dask ({self.where}): no result within {limit_s:g} s; are its workers alive and free?"
            ) from None
        # After the loss of a scheduler later submits hang, so that the task ends here and its retry opens a new client.
        except LOST:
            raise self._away() from None
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"Dask ({self.where}): its workers have no module {quoted(str(error.name))}; start them with the "
                "bundle's plugins/ on PYTHONPATH and the same requirements"
            ) from None

    def _away(self) -> ServiceAway:
        return ServiceAway(f"Dask ({self.where}): the scheduler was lost; try again when it is back")


class Begun(Generic[Item, Result]):
    """Batches that workers are at; a few in flight at once, so that the scheduler does not hold all of a task."""

    def __init__(self, cluster: Cluster, work: _Work[Item, Result], batches: Sequence[Sequence[Item]]):
        self._cluster = cluster
        self._work = work
        self._waiting = deque(enumerate(batches))
        self._flying: deque[tuple[int, Sequence[Item], Future[Any]]] = deque()
        self._fly()

    def worked(self) -> Worked[Item, Result]:
        """What became of all batches, when they are done.

        A batch on which workers die is worked on again alone, and halved until the single item is found. A worker that
        runs another version of the code refuses its batch, which goes to another worker. Raises ServiceAway when no
        worker runs this version, the scheduler is lost, or a result does not come within the time limit. Raises
        SettingsError when the workers cannot import the function. Passes on what the function itself raises.
        """
        worked: Worked[Item, Result] = Worked()
        results: dict[int, list[Result]] = {}
        suspects: list[tuple[int, Sequence[Item]]] = []
        try:
            while self._flying:
                place, batch, future = self._flying.popleft()
                try:
                    results[place] = [self._cluster.result(self._work, batch, future)]
                except KilledWorker:
                    suspects.append((place, batch))
                self._fly()
        finally:
            self.release()
        # Only now, when nothing else is in flight: a batch beside a killer dies with it, without fault.
        for place, batch in suspects:
            results[place] = self._cluster.halve(self._work, batch, worked.set_aside)
        worked.results.extend(result for place in sorted(results) for result in results[place])
        return worked

    def release(self) -> None:
        """An error ends the task: the cluster must not go on with work that nobody fetches."""
        for _, _, future in self._flying:
            future.release()

    def _fly(self) -> None:
        while self._waiting and len(self._flying) < self._cluster.in_flight:
            place, batch = self._waiting.popleft()
            self._flying.append((place, batch, self._cluster.submit(self._work, batch)))


class InProcess:
    """The work of a task in its own process, where no cluster is connected: it runs the task's code, and no other."""

    others: Sequence[OtherVersion] = ()

    def begin(
        self,
        function: Callable[..., Result],
        batches: Sequence[Sequence[Item]],
        *args: object,
        key: Callable[[Sequence[Item]], str],
    ) -> "Here[Item, Result]":
        """The batches, which are worked on when their results are asked for. The keys are of no use here."""
        return Here(function, batches, args)


@dataclass(frozen=True)
class Here(Generic[Item, Result]):
    """Batches that this process will work on."""

    function: Callable[..., Result]
    batches: Sequence[Sequence[Item]]
    args: tuple[object, ...]

    def worked(self) -> Worked[Item, Result]:
        """The results. Passes on what the function raises."""
        return Worked([self.function(batch, *self.args) for batch in self.batches])

    def release(self) -> None:
        """Nothing is held."""


def _on_worker() -> Callable[[bytes | None, str], tuple[bool, Any]]:
    """What a worker is sent. It is made here, so that it travels whole: a worker's own copy may be of any version.

    Only after the versions were compared is the work unpacked: modules of another version may not know it.
    """

    def on_worker(sent: bytes | None, expected: str) -> tuple[bool, Any]:
        import pickle

        from distributed import get_worker

        from tides import version

        # Code from before versions were stated cannot tell.
        tells = hasattr(version, "stated")
        if not tells or version.code_version() != expected:
            # Only now: to read all files takes longer than to judge a batch.
            return False, (get_worker().address, *(version.stated() if tells else ("", "")))
        if sent is None:
            return True, None
        function, batch, args = pickle.loads(sent)  # noqa: S301 the bridge's own work
        # As bytes the result travels without a look by the scheduler. What its parts share is in it once.
        return True, pickle.dumps(function(batch, *args), protocol=5)

    return on_worker
