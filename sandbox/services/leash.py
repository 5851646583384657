"""Processes that never outlive their owner.

A `Daemon` is one process in a session of its own. It counts as started when its readiness check says so, and ends with
all its descendants. While it starts, somebody is told what is waited for. One that lives and is never ready has hung.

The leash is a small process that knows what its owner started. Its standard input closes when the owner ends, crashes
or is killed, and then it ends what still runs. A parent-death signal does not suffice: the kernel sends it when the
starting *thread* ends, and a process that changes its user loses it.

TIDES_WAIT_FACTOR multiplies every limit on waiting of the sandbox and the tests, for slow or busy machines.
"""

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

POLL_S = 0.05
LEASH_GRACE_S = 8.0
TELL_S = 10.0
"""The time between two lines on a process that is slow to start (s)."""

START_S = 900.0
"""The longest start of a process that lives (s): a slow machine needs minutes for the first one."""


class ServiceError(RuntimeError):
    """A service of the sandbox did not start, ended by itself or cannot be used; the message says what to do."""


def patient(seconds: float) -> float:
    """A limit on waiting, in seconds, times TIDES_WAIT_FACTOR; raises ServiceError when that is no number above 0."""
    said = os.environ.get("TIDES_WAIT_FACTOR") or "1"
    try:
        factor = float(said)
    except ValueError:
        factor = math.nan
    if not 0 < factor < math.inf:
        raise ServiceError(f"TIDES_WAIT_FACTOR is {said!r}, and must be a number above 0, such as 3")
    return seconds * factor


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file; empty when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def family(pid: int) -> list[psutil.Process]:
    """The process, its session and all their descendants, as far as they still run.

    A session outlives its leader, so what a killed process leaves behind is found too.
    """
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if process.pid == pid or os.getsid(process.pid) == pid:
                found |= {one.pid: one for one in [process, *process.children(recursive=True)]}
    return list(found.values())


def end(processes: Sequence[psutil.Process], signal_number: int, grace_s: float) -> None:
    """Signal processes, wait up to `grace_s` seconds for them, and kill those that stay."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal_number)
            # A frozen process receives its signal only when it continues.
            process.send_signal(signal.SIGCONT)
    _, alive = psutil.wait_procs(processes, timeout=grace_s)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


class Leash:
    """The process that ends what this one started, when this one ends."""

    _current: "Leash | None" = None
    _making = threading.Lock()

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._telling = threading.Lock()
        self._watcher = subprocess.Popen(
            [sys.executable, "-m", "sandbox.services.leash"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # In a session of its own: a signal to the owner's group must not end the leash first.
            start_new_session=True,
            text=True,
        )

    @classmethod
    def current(cls) -> "Leash":
        """This process's leash, made at first need (a forked child gets one of its own)."""
        with cls._making:
            if cls._current is None or cls._current.owner != os.getpid() or cls._current._watcher.poll() is not None:
                cls._current = Leash()
            return cls._current

    def hold(self, pid: int, stop_signal: int) -> None:
        """Make the leash end process `pid` and its descendants with `stop_signal` when the owner is gone."""
        assert self._watcher.stdin is not None  # it was asked for as a pipe
        with self._telling:
            self._watcher.stdin.write(f"{pid} {int(stop_signal)}\n")
            self._watcher.stdin.flush()


def to_stderr(line: str) -> None:
    """Print a line of progress where it does not mix with a command's output."""
    print(line, file=sys.stderr, flush=True)


class Daemon:
    """One long-running process: `command` in `environment` (ours when None), its output in `log`.

    `ready` is asked until it says True. While a start takes long, `say` gets a line every `tell_s` seconds. The limit
    on a start, `start_s`, is far beyond what a slow machine needs. It and `stop_timeout_s` are `patient`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: int = signal.SIGTERM,
        stop_timeout_s: float = 15,
        start_s: float = START_S,
        tell_s: float = TELL_S,
        say: Callable[[str], None] = to_stderr,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.ready = ready
        self.environment = environment
        self.cwd = cwd
        self.stop_signal = stop_signal
        self.stop_timeout_s = patient(stop_timeout_s)
        self.start_s = patient(start_s)
        self.tell_s = tell_s
        self.say = say
        self._launched = self._told = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process exists; a frozen one does."""
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        """Start the process without waiting until it is ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        leash = Leash.current()
        self.process = self.begin()
        leash.hold(self.process.pid, self.stop_signal)
        self._launched = self._told = time.monotonic()

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the process in a session of its own."""
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.cwd,
                start_new_session=True,
            )

    def demand_alive(self) -> None:
        """Raise ServiceError, with the log's end, when the process has ended."""
        if not self.running:
            raise ServiceError(f"{self.name} ended while it started; {self.log} ends with:\n{tail(self.log)}")

    def is_up(self) -> bool:
        """Whether the readiness check says True; tells now and then that it does not. Raises ServiceError when the
        process has ended."""
        if self.ready():
            return True
        self.demand_alive()
        now = time.monotonic()
        if now - self._told >= self.tell_s:
            self._told = now
            newest = tail(self.log, 1) or "nothing"
            since = f"{now - self._launched:.0f} s of at most {self.start_s:.0f} s"
            self.say(f"{self.name} starts since {since}; it lives, and says last: {newest}")
        return False

    def demand_in_time(self) -> None:
        """Raise ServiceError, with the log's end, when the process has started for longer than `start_s`."""
        if time.monotonic() - self._launched > self.start_s:
            raise ServiceError(
                f"{self.name} lives, and is not ready after {self.start_s:.0f} s. Does the machine need longer?"
                f" TIDES_WAIT_FACTOR=3 makes each limit on waiting three times as long. {self.log} ends with:\n"
                f"{tail(self.log)}"
            )

    def start(self) -> None:
        """Start the process and wait until it is ready. Raises ServiceError when it ends meanwhile, or never is."""
        self.launch()
        wait_until_up([self])

    def run(self) -> int:
        """Start the process, wait until it ends by itself and return its exit code. It ends with its owner."""
        self.launch()
        process = self.process
        assert process is not None  # launched just now
        try:
            return process.wait()
        finally:
            self.kill()

    def stop(self) -> None:
        """End the process and its descendants with the stop signal; kill them after `stop_timeout_s` seconds."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kill the process and its descendants at once (SIGKILL)."""
        self._end(signal.SIGKILL)

    def _end(self, signal_number: int) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        # Listed before the end: afterwards its descendants have another parent.
        members = family(process.pid)
        if process.poll() is None:
            process.send_signal(signal_number)
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(self.stop_timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end([one for one in members if one.is_running()], signal_number, self.stop_timeout_s)

    def freeze(self) -> None:
        """Freeze the process (SIGSTOP): its sockets stay open and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue a frozen process (SIGCONT)."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, signal_number: int) -> None:
        if self.process is None or not self.running:
            raise ServiceError(f"{self.name} does not run; start it first")
        for process in family(self.process.pid):
            process.send_signal(signal_number)


def wait_until_up(processes: Sequence[Daemon]) -> None:
    """Wait, in their order, until all processes are ready. Raises ServiceError as soon as one of them has ended or has
    started for too long, and kills those that were still waited for."""
    waiting = list(processes)
    try:
        while waiting:
            for process in waiting[1:]:
                process.demand_alive()
            if waiting[0].is_up():
                del waiting[0]
            else:
                waiting[0].demand_in_time()
                time.sleep(POLL_S)
    except BaseException:
        for process in waiting:
            process.kill()
        raise


def watch() -> None:
    """Read "pid signal" lines until the owner is gone, then end those that still run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held: list[tuple[int, int, float]] = []
    for line in sys.stdin:
        pid, stop_signal = (int(word) for word in line.split())
        held.append((pid, stop_signal, time.time()))
    # The kernel uses pids again: a process that began after it was reported is a stranger.
    families = [
        ([one for one in family(pid) if one.pid != pid or one.create_time() <= since + 1], stop_signal)
        for pid, stop_signal, since in held
    ]
    threads = [
        threading.Thread(target=end, args=(processes, stop_signal, LEASH_GRACE_S))
        for processes, stop_signal in families
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    watch()
