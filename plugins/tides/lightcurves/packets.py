"""Reads a light curve's bytes, as a server sent them, into a typed structure, or names them as broken."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

NAN = math.nan

Columns = dict[str, NDArray[Any]]

_pack = msgspec.msgpack.Encoder().encode


class NotALightCurve(ValueError):
    """The bytes of one object hold no light curve. The text is the reason, and quotes nothing of them."""


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


Point = TypeVar("Point")


@dataclass(frozen=True)
class PointList(Generic[Point]):
    """A list of points in a packet: its attribute, its columns, and the rows that its points make."""

    attribute: str
    table: Table
    rows: Callable[[list[Point]], list[tuple[Any, ...]]]


class PacketReader:
    """Reads the light curves of one survey: one JSON an object, with its points and its forced photometry.

    `key` is the name of the points in the JSON. An object without it has no light curve.
    """

    def __init__(self, packet: type[msgspec.Struct], key: str, points: PointList[Any], forced: PointList[Any]):
        self._packet, self._key = packet, key
        self._points, self._forced = points, forced
        self._decode = msgspec.json.Decoder(packet).decode

    def read(self, raws: Sequence[bytes]) -> tuple[Columns, Columns, dict[int, str]]:
        """Give the columns of a chunk's points and forced photometry, and by place the reasons of broken objects.

        A broken object has no points, and does not touch the others.
        """
        points: list[bytes] = []
        forced: list[bytes] = []
        broken: dict[int, str] = {}
        for place, raw in enumerate(raws):
            seen: list[Any] = []
            measured: list[Any] = []
            try:
                seen, measured = self._lists(raw)
            # It is packed below as an object without points, so that the places of the others stay.
            except NotALightCurve as reason:
                broken[place] = str(reason)
            points.append(self._points.table.pack(self._points.rows(seen)))
            forced.append(self._forced.table.pack(self._forced.rows(measured)))
        return self._points.table.read(points), self._forced.table.read(forced), broken

    def _lists(self, raw: bytes) -> tuple[list[Any], list[Any]]:
        try:
            packet: Any = self._decode(raw)
        except ValueError:  # msgspec takes neither NaN nor Infinity, which the servers send
            packet = self._read_leniently(raw)
        points = getattr(packet, self._points.attribute)
        # null is an empty list; only a missing key means that the server has no light curve.
        if points is msgspec.UNSET:
            raise NotALightCurve(
                f"no light curve: `{self._key}` is missing, as for an object that the server does not know"
            )
        return points or [], getattr(packet, self._forced.attribute) or []

    def _read_leniently(self, raw: bytes) -> Any:
        try:
            return msgspec.convert(json.loads(raw, parse_constant=lambda _: None), self._packet)
        except (ValueError, OverflowError, RecursionError) as error:
            raise NotALightCurve(f"not a light curve: {error}") from error
