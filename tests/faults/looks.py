"""Bridges that look at one sky, each at its own hours; what they select must not depend on when they looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sandbox.sky.archive import Archive
from sandbox.sky.clock import mjd_utc_of, start_of_today
from tests.bridge import Bridge
from tests.faults.year import give_it_a_clock, go_to, publish, stamp_of, stricter
from tests.standins import Standins


@dataclass
class Looker:
    """A bridge that looks each so many steps, and once at the end; its functions are edited for the middle third.

    `looks` counts how often it has looked. It does not where nothing new was published since its last look.
    """

    bridge: Bridge
    every: int
    is_edited: bool = False
    looks: int = 0

    def __post_init__(self) -> None:
        self._plain, self._has_news = self.bridge.functions, False
        give_it_a_clock(self.bridge)

    def step(self, number: int, steps: int, is_news: bool) -> bool:
        """Tells whether it looks at this step."""
        self._has_news |= is_news
        is_middle = self.is_edited and steps <= 3 * number < 2 * steps
        self.bridge.functions = stricter(self._plain) if is_middle else self._plain
        return number == steps or (self._has_news and number % self.every == 0)

    def look(self) -> None:
        """The tasks that make verdicts and targets."""
        for stream in self.bridge.settings.streams:
            self.bridge.drain(stream)
        self.bridge.evaluate()
        self.bridge.remember()
        self.looks, self._has_news = self.looks + 1, False

    def selected(self) -> dict[tuple[str, str], float]:
        """By object and function in use the trigger date (JD UTC)."""
        rows = self.bridge.rows(
            "SELECT s.object_id, s.function, min(s.trigger_jd) AS trigger_jd FROM tides.selection AS s"
            " JOIN tides.function_in_use AS f ON (f.stream, f.name, f.hash) = (s.stream, s.function, s.function_hash)"
            " WHERE s.passed GROUP BY s.object_id, s.function"
        )
        return {(row["object_id"], row["function"]): row["trigger_jd"] for row in rows}


def look_on(outside: Standins, archive: Archive, nights: int, step: timedelta, lookers: Sequence[Looker]) -> None:
    """Publishes so many nights of the sky, which end today, step by step; those look whose turn it is."""
    messages = list(archive.messages(mjd_utc_of(start_of_today())))
    steps = timedelta(days=nights) // step
    moments = [start_of_today() - number * step for number in range(steps, -1, -1)]
    for number, (begin, end) in enumerate(pairwise(moments), start=1):
        news = [message for message in messages if begin < stamp_of(message) <= end]
        publish(lookers[0].bridge, news)
        due = [looker for looker in lookers if looker.step(number, steps, bool(news))]
        if due:
            outside.go_to(end)
        for looker in due:
            go_to(looker.bridge, end)
            looker.look()
