"""JSON messages: each is an object of columns. One column may be a light curve, which is kept as its bytes."""

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from tides.brokers.broker import Unreadable

DEEPEST = 64
"""The most levels of lists and objects in each other. Recorded messages have four."""

MOST_COLUMNS = 2000
LONGEST_NAME = 256
"""The most columns of a message, and the most characters of a column's name. Recorded ones have 80, and 40."""

LARGEST_COLUMNS = 1_000_000
LARGEST_LIGHT_CURVE = 8_000_000
"""The most bytes of a message without its light curve, and of the light curve. 0.7 kB and 290 kB have been seen."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_ROUND = bytes.maketrans(b"[]{}", b"()()")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def columns_of(value: bytes | None, light_curve: str) -> tuple[dict[str, Any], bytes | None]:
    """The columns of a message, and the raw bytes of the one called `light_curve`. NaN and infinity become None.

    Raises Unreadable with the reason, and never anything else. What is deeper, longer or larger than the bounds above
    is refused before it is read.
    """
    if value is None:
        raise Unreadable("no value")
    if len(value) > LARGEST_COLUMNS + LARGEST_LIGHT_CURVE:
        raise Unreadable(f"larger than {LARGEST_COLUMNS + LARGEST_LIGHT_CURVE} bytes")
    # Before any parser sees it: how deep a parser of JSON goes differs between versions of Python.
    if _too_deep(value):
        raise Unreadable("nested too deeply")
    columns, curve = _parts(value, light_curve)
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(f"more than {MOST_COLUMNS} columns")
    if max(map(len, columns), default=0) > LONGEST_NAME:
        raise Unreadable(f"a column's name of more than {LONGEST_NAME} characters")
    size = len(curve) if curve is not None else 0
    if size > LARGEST_LIGHT_CURVE:
        raise Unreadable(f"a light curve of more than {LARGEST_LIGHT_CURVE} bytes")
    if len(value) - size > LARGEST_COLUMNS:
        raise Unreadable(f"columns of more than {LARGEST_COLUMNS} bytes")
    return columns, curve


def key_of(names: Iterable[str], name: str) -> str:
    """The name as it is written among these, whatever its case. An exact one wins, then the first in order."""
    if name in names:
        return name
    return min([n for n in names if len(n) == len(name) and n.lower() == name.lower()], default=name)


def _parts(value: bytes, light_curve: str) -> tuple[dict[str, Any], bytes | None]:
    try:
        raw = _fields.decode(value)
        # Kept as bytes: 290 kB have been seen, and only an object that is judged needs them read.
        curve = bytes(raw.pop(key_of(raw, light_curve), b"null"))
        # In one call: one for each column would take twice as long.
        columns: dict[str, Any] = _decode(_encode(raw))
        return columns, curve if curve != b"null" else None
    except Exception:  # noqa: S110 - anything may be in a message; NaN is normal at Lasair and refused above
        pass
    try:
        # Python's parser takes the NaN and infinity that Lasair sends.
        columns = json.loads(value, parse_constant=lambda _: None)
        if not isinstance(columns, dict):
            raise Unreadable("not a JSON object")
        lists = columns.pop(key_of(columns, light_curve), None)
        return columns, _encode(lists) if lists is not None else None
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except UnicodeError:
        raise Unreadable("text that is not Unicode") from None
    except Exception:  # whatever the decoder raises, the message is at fault
        raise Unreadable("not JSON") from None


def _too_deep(value: bytes) -> bool:
    # The brackets alone are few, and the fastest to get.
    brackets = value.translate(_ROUND, _NO_BRACKETS)
    # Most messages have so few that they cannot be deep.
    if brackets.count(b"(") <= DEEPEST:
        return False
    return _deeper(brackets) and _deeper(_STRING.sub(b"", value).translate(_ROUND, _NO_BRACKETS))


def _deeper(brackets: bytes) -> bool:
    """Whether these brackets are nested too deeply. Each pass takes the innermost level away."""
    for level in range(DEEPEST):
        left = brackets.replace(b"()", b"")
        if left == brackets:
            return level + brackets.count(b"(") > DEEPEST
        brackets = left
    return bool(brackets)
