"""JSON messages: each is an object of columns. One column may be a light curve, which is kept as its bytes."""

import json
from typing import Any

import msgspec

from tides.brokers.broker import Unreadable

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def columns_of(value: bytes | None, light_curve: str) -> tuple[dict[str, Any], bytes | None]:
    """The columns of a message, and the raw bytes of the one called `light_curve`. NaN and infinity become None.

    Raises Unreadable with the reason, and never anything else.
    """
    if value is None:
        raise Unreadable("no value")
    try:
        raw = _fields.decode(value)
        # Kept as bytes: 290 kB have been seen, and only an object that is judged needs them read.
        curve = bytes(raw.pop(light_curve, b"null"))
        columns = {name: msgspec.json.decode(part) for name, part in raw.items()}
        return columns, curve if curve != b"null" else None
    except Exception:  # noqa: S110 - anything may be in a message; NaN is normal at Lasair and refused above
        pass
    try:
        # Python's parser takes the NaN and infinity that Lasair sends.
        columns = json.loads(value, parse_constant=lambda _: None)
        if not isinstance(columns, dict):
            raise Unreadable("not a JSON object")
        lists = columns.pop(light_curve, None)
        return columns, msgspec.json.encode(lists) if lists is not None else None
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except UnicodeError:
        raise Unreadable("text that is not Unicode") from None
    except Exception:  # whatever the decoder raises, the message is at fault
        raise Unreadable("not JSON") from None
