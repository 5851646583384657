"""The offsets that a replay of a window of time reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tides.stream.topic import Topic

STAMP_DISORDER = timedelta(hours=2)
"""How far past a window's end a replay looks for stamps out of order. Kafka accepts stamps up to 1 h ahead of its
clock. Lasair stamps a late message when it is sent."""


@dataclass(frozen=True)
class Window:
    """A range of broker stamps (UTC), [start, end). The stamp of each message decides whether it belongs."""

    start: datetime
    end: datetime

    def holds(self, stamp: datetime) -> bool:
        """Whether a message with this stamp is in the window."""
        return self.start <= stamp < self.end


def window_offsets(topic: Topic, window: Window, partitions: list[int]) -> dict[int, tuple[int, int]]:
    """Per partition the offsets [first, last) that can hold the window's messages; empty where it has none."""
    # Stamps need not ascend: these offsets only bound the search, and `Window.holds` decides on each message.
    firsts = topic.first_at(window.start, partitions)
    beyond = topic.first_at(window.end + STAMP_DISORDER, partitions)
    offsets = {}
    for partition in partitions:
        end = topic.extent(partition).end
        first, last = firsts[partition], beyond[partition]
        offsets[partition] = (end if first is None else first, end if last is None else last)
    return offsets
