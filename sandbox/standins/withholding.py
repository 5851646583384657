"""The messages that the broker withholds: those over a filter's byte quota of a night, and a share of all."""

import zlib
from collections import Counter
from dataclasses import dataclass, field

from sandbox.sky.archive import Message

SHARE_STEPS = 10_000


@dataclass
class Withholding:
    """Lets messages through, or counts them in `withheld` by stream and UTC day (MJD).

    `night_bytes` is what one stream may send in a day: once a message would pass it, nothing more of that day goes out.
    `share` of the messages is kept back whatever their size; a repeat meets its first copy's fate.
    """

    night_bytes: int | None = None
    share: float = 0.0
    withheld: Counter[tuple[str, int]] = field(default_factory=Counter)
    _sent_bytes: Counter[tuple[str, int]] = field(default_factory=Counter)

    def lets_through(self, message: Message) -> bool:
        """Whether the broker sends this message."""
        place = message.stream, int(message.utc_mjd)
        chance = zlib.crc32(message.key + str(message.utc_mjd).encode()) % SHARE_STEPS
        self._sent_bytes[place] += len(message.body)
        spent = self.night_bytes is not None and self._sent_bytes[place] > self.night_bytes
        kept_back = spent or chance < self.share * SHARE_STEPS
        self.withheld[place] += kept_back
        return not kept_back
