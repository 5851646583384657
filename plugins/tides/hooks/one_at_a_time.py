"""What only one of all tasks on this machine may do at a time, such as to renew a token."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep

POLL_S = 0.02
"""How often a waiting task looks whether it is its turn (s)."""


@contextmanager
def one_at_a_time(what: str, most_s: float) -> Iterator[None]:
    """A lock between threads and processes, for what has this name. It ends with the process that holds it.

    Who has waited for `most_s` (s) goes on without it: the holder may be a process that was stopped.
    """
    # Beside Airflow's own files, which all tasks of a machine share.
    home = os.environ.get("AIRFLOW_HOME", "")
    folder = Path(home if os.access(home, os.W_OK) else tempfile.gettempdir())
    # The name may hold an account. The file itself is empty.
    file = folder / f"tides-{os.getuid()}-{sha256(what.encode()).hexdigest()[:16]}.lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        give_up = monotonic() + most_s
        while not _taken(descriptor) and monotonic() < give_up:
            sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
