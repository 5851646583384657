"""Reads a light curve's bytes, as a server sent them, into a typed structure, or names them as broken."""

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tides.lightcurves.faults import Cause, Fault, Tally

NAN = math.nan

OTHER_KEYS = 3
"""Where a key is missing, so many others are named."""

Columns = dict[str, NDArray[Any]]

_pack = msgspec.msgpack.Encoder().encode


class NotALightCurve(ValueError):
    """The bytes of one object hold no light curve."""

    def __init__(self, cause: Cause):
        super().__init__(cause.value)
        self.cause = cause


class Table:
    """Turns the points of a chunk, object by object, into columns.

    A row is a point: `numbers` (floats, never None), then `switches`, then `codes` (-32 to 127), at most 15 together.
    Rows go through msgpack, where each of these has a fixed width. So NumPy reads them all at once, in a quarter of the
    time that Python floats take. An object's rows are packed together, while they are in the cache.
    """

    def __init__(self, numbers: tuple[str, ...], switches: tuple[str, ...] = (), codes: tuple[str, ...] = ()):
        self._numbers, self._switches, self._codes = numbers, switches, codes
        marked = [part for name in numbers for part in ((f"mark of {name}", "u1"), (name, ">f8"))]
        self._dtype = np.dtype([("mark of row", "u1"), *marked, *[(name, "i1") for name in switches + codes]])

    def pack(self, rows: list[tuple[Any, ...]]) -> bytes:
        """Pack the rows of one object."""
        packed = _pack(rows)
        # Ahead of the rows stands msgpack's mark of a list, of 1, 3 or 5 bytes.
        return packed[len(packed) - len(rows) * self._dtype.itemsize :]

    def read(self, objects: Sequence[bytes]) -> Columns:
        """Give the columns of all objects' rows by name: float64, bool and int8, and the rows' `object_index`."""
        columns = np.frombuffer(b"".join(objects), dtype=self._dtype)
        numbers = [len(packed) // self._dtype.itemsize for packed in objects]
        return {
            "object_index": np.repeat(np.arange(len(objects), dtype=np.int32), numbers),
            **{name: columns[name].astype(np.float64) for name in self._numbers},
            **{name: (columns[name] & 1).astype(bool) for name in self._switches},  # false is 0xc2, true 0xc3
            **{name: columns[name].copy() for name in self._codes},
        }


Point = TypeVar("Point", bound=msgspec.Struct)


@dataclass(frozen=True)
class PointList(Generic[Point]):
    """A list of points in a packet: its attribute, its type, its columns, and the rows that its points make.

    `lacks` names the keys that a point should have and has not, each with the fault of that.
    """

    attribute: str
    type: type[Point]
    table: Table
    rows: Callable[[list[Point]], list[tuple[Any, ...]]]
    lacks: Callable[[Point], Mapping[str, Fault]]

    def keys(self) -> dict[str, str]:
        """The keys of a point that are read, by their lower-case form."""
        return {field.encode_name.lower(): field.encode_name for field in msgspec.structs.fields(self.type)}


class PacketReader:
    """Reads the light curves of one survey: one JSON an object, with its points and its forced photometry.

    The points stand under the first list's key. An object without that key has no light curve.
    """

    def __init__(self, packet: type[msgspec.Struct], points: PointList[Any], forced: PointList[Any]):
        self._packet, self._points, self._forced = packet, points, forced
        self._names = {field.name: field.encode_name for field in msgspec.structs.fields(packet)}
        self._decode = msgspec.json.Decoder(packet).decode

    def read(self, raws: Sequence[bytes], tally: Tally) -> tuple[Columns, Columns, dict[int, str]]:
        """Give the columns of a chunk's points and forced photometry, and by place the reasons of broken objects.

        A broken object has no points, and does not touch the others. The tally counts the points, and those that could
        not be read.
        """
        points: list[bytes] = []
        forced: list[bytes] = []
        broken: dict[int, str] = {}
        for place, raw in enumerate(raws):
            seen: list[Any] = []
            measured: list[Any] = []
            try:
                seen, measured = self._lists(raw, tally)
            # It is packed below as an object without points, so that the places of the others stay.
            except NotALightCurve as error:
                broken[place] = error.cause
            tally.points += len(seen) + len(measured)
            points.append(self._points.table.pack(self._points.rows(seen)))
            forced.append(self._forced.table.pack(self._forced.rows(measured)))
        return self._points.table.read(points), self._forced.table.read(forced), broken

    def _lists(self, raw: bytes, tally: Tally) -> tuple[list[Any], list[Any]]:
        try:
            packet: Any = self._decode(raw)
        except ValueError:  # msgspec takes neither NaN nor Infinity, which the servers send
            packet = self._with_nan(raw)
        seen = getattr(packet, self._points.attribute, msgspec.UNSET)
        # null is an empty list; only a missing key means that the server has no light curve. A renamed key is missing
        # in every point, so that the first one tells.
        if seen is msgspec.UNSET or (seen and self._points.lacks(seen[0])):
            return self._point_by_point(raw, tally)
        return seen or [], getattr(packet, self._forced.attribute) or []

    def _with_nan(self, raw: bytes) -> Any:
        """Read a packet in one go; None where a part of it is odd."""
        try:
            return msgspec.convert(json.loads(raw, parse_constant=lambda _: None), self._packet)
        except (ValueError, OverflowError, RecursionError):
            return None

    def _point_by_point(self, raw: bytes, tally: Tally) -> tuple[list[Any], list[Any]]:
        """Read keys without regard to case. What cannot be read costs no more than its point."""
        try:
            packet = json.loads(raw, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            raise NotALightCurve(Cause.NO_JSON) from None
        if not isinstance(packet, dict):
            raise NotALightCurve(Cause.NO_JSON)
        packet = {key.lower(): value for key, value in packet.items()}
        lists = []
        for kind in (self._points, self._forced):
            given = packet.get(self._names[kind.attribute].lower(), msgspec.UNSET)
            if given is msgspec.UNSET and kind is self._points:
                raise NotALightCurve(Cause.NO_LIST)
            if not isinstance(given, list | msgspec.UnsetType | None):
                raise NotALightCurve(Cause.NOT_A_LIST)
            lists.append(_points(kind, given or [], tally))
            if given and not lists[-1] and kind is self._points:
                raise NotALightCurve(Cause.NO_USABLE_POINT)
        return lists[0], lists[1]


def _points(kind: PointList[Any], given: list[Any], tally: Tally) -> list[Any]:
    keys = kind.keys()
    points = []
    for each in given:
        try:
            named = {keys.get(key.lower(), key): value for key, value in each.items()}
            # Not strict: 0 and 1 are flags, and a number may stand in quotes.
            points.append(msgspec.convert(named, kind.type, strict=False))
        except (AttributeError, ValueError, OverflowError, RecursionError) as error:
            tally.points += 1
            tally.count(Fault.UNREADABLE, 1, f"{type(each).__name__}: {error}")
    # A key that all points lack was renamed, and its new name may stand beside the others.
    if points and isinstance(given[0], dict):
        for key, fault in kind.lacks(points[0]).items():
            if all(key in kind.lacks(point) for point in points):
                tally.examples.setdefault(fault, _without(key, given[0].keys() - keys.values()))
    return points


def _without(key: str, others: Iterable[str]) -> str:
    """Say that a key is missing, and which others are there: the most similar ones first."""

    def unlike(other: str) -> tuple[float, str]:
        return -difflib.SequenceMatcher(None, key.lower(), other.lower()).ratio(), other

    return f"no {key}, but {', '.join(sorted(others, key=unlike)[:OTHER_KEYS]) or 'nothing'} beside the other keys"
