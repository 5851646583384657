"""A step in a forked process that a signal strikes right before or right after one of its durable acts.

A crash is SIGKILL, never a raised exception, which would run the very clean-up code that a crash does not. The durable
acts are the process's round trips to PostgreSQL (each BEGIN, statement, COPY and COMMIT is one), its commits to Kafka
and its writes to 4MOST; a test that strikes another service counts what is asked of that.
"""

import os
import signal
import struct
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from tides.hooks.fourmost import FourMostHook
from tides.stream.topic import Topic

Step = Callable[[], object]
Act = tuple[type, str]
"""A method, by class and name, each call of which is an act."""

DURABLE: tuple[Act, ...] = ((psycopg.Connection, "wait"), (Topic, "commit"), (FourMostHook, "_write"))


@dataclass(frozen=True)
class Fate:
    """What strikes at an act, counted from 0: a signal, or something that is done in the process."""

    act: int
    after: bool
    blow: signal.Signals | Callable[[], object] = signal.SIGKILL

    def strike(self) -> None:
        """Strikes this process."""
        if isinstance(self.blow, signal.Signals):
            os.kill(os.getpid(), self.blow)
        else:
            self.blow()


class Process:
    """A step under way in a process of its own; it must make its connections itself."""

    def __init__(self, step: Step, fate: Fate | None = None, acts: Iterable[Act] = DURABLE):
        self._told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(step, fate, acts, tell)
        os.close(tell)

    def struck(self) -> bool:
        """Waits until the fate strikes or the process ends without it; whether it struck."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        self._ended = not os.WIFSTOPPED(status)
        self._code = os.waitstatus_to_exitcode(status) if self._ended else None
        return self._code is None or self._code < 0

    def go_on(self) -> None:
        """Lets a stopped process go on, and waits for its end."""
        os.kill(self.pid, signal.SIGCONT)
        self.struck()

    def acts(self) -> int:
        """How many acts a process that ended well has done; raises AssertionError, with its traceback, otherwise."""
        said = self.said()
        assert self._code == 0, f"ended with {self._code}: {said.decode()}"
        return int(struct.unpack("q", said)[0])

    def refusal(self) -> str:
        """The traceback of a process that ended by an exception; empty when it ended well."""
        said = self.said()
        return said.decode() if self._code else ""

    def said(self) -> bytes:
        """What the ended process left: its acts, or its traceback."""
        with os.fdopen(self._told, "rb") as told:
            return told.read()


def undisturbed(step: Step, acts: Iterable[Act] = DURABLE) -> int:
    """Does a step in a process of its own; gives the number of its acts."""
    process = Process(step, None, acts)
    process.struck()
    return process.acts()


def _live(step: Step, fate: Fate | None, acts: Iterable[Act], tell: int) -> None:
    """The whole life of the forked process; does not return."""
    done = 0

    def acting(act: Callable[..., Any]) -> Callable[..., Any]:
        def with_fate(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            here = fate is not None and fate.act == done
            done += 1
            if here and not fate.after:
                fate.strike()
            outcome = act(*arguments, **options)
            if here and fate.after:
                fate.strike()
            return outcome

        return with_fate

    code = 1
    os.setpgid(0, 0)  # else the kernel hangs up on the whole group when our shell leaves while we are stopped
    try:
        for where, name in acts:
            setattr(where, name, acting(getattr(where, name)))
        step()
        os.write(tell, struct.pack("q", done))
        code = 0
    except BaseException:
        os.write(tell, traceback.format_exc().encode()[-60_000:])
    finally:
        os._exit(code)
