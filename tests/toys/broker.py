"""A broker that exists in tests only: MessagePack, with columns, sent time and light curve elsewhere than Lasair's."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from tides.brokers.broker import Broker, Message, Unreadable

FAULTY = "faulty"
"""The kind of a star at which this module fails, as a broker's module with a bug would."""


class Envelope(msgspec.Struct):
    """A message of the toy broker."""

    sent_s: float
    star: dict[str, Any]
    curve: dict[str, Any] | None = None


def decode(value: bytes | None) -> Message:
    """Takes a message apart. Raises KeyError at a faulty one, which no broker's module may."""
    try:
        envelope = msgspec.msgpack.decode(value or b"", type=Envelope)
    except (ValueError, RecursionError):
        raise Unreadable("not an envelope of the toy broker") from None
    if envelope.star.get("kind") == FAULTY:
        raise KeyError("a bug of this module")
    curve = msgspec.json.encode(envelope.curve) if envelope.curve else None
    return Message(envelope.star, curve, datetime.fromtimestamp(envelope.sent_s, UTC))


BROKER = Broker(name="toy", decode=decode, ways=lambda survey: ("message",), has_database=False)
