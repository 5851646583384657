"""A light curve's bytes, as a server sent them, read into a typed structure or named as broken."""

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

import msgspec
import numpy as np

from tides.lightcurves.model import Floats

Packet = TypeVar("Packet", bound=msgspec.Struct)


class PacketDecoder(Generic[Packet]):
    """Reads the bytes of one survey's light curves."""

    def __init__(self, packet: type[Packet]):
        self._packet = packet
        self._decode = msgspec.json.Decoder(packet).decode

    def read(self, raws: Sequence[bytes]) -> tuple[list[Packet | None], dict[int, str]]:
        """Read each object's bytes; an object that cannot be read is None, with the reason under its index."""
        packets: list[Packet | None] = []
        broken: dict[int, str] = {}
        for index, raw in enumerate(raws):
            try:
                packets.append(self._decode(raw))
            except ValueError:  # msgspec takes neither NaN nor Infinity, which the servers send
                try:
                    packets.append(self._read_leniently(raw))
                except (ValueError, OverflowError, RecursionError) as error:
                    packets.append(None)
                    broken[index] = f"not a light curve: {error}"
        return packets, broken

    def _read_leniently(self, raw: bytes) -> Packet:
        return msgspec.convert(json.loads(raw, parse_constant=lambda _: None), self._packet)


def column(points: Sequence[msgspec.Struct], name: str) -> Floats:
    """Give one attribute of all points as numbers, NaN where it is None."""
    return np.fromiter(map(attrgetter(name), points), dtype=np.float64, count=len(points))


def object_indices(counts: Iterable[int]) -> np.ndarray:
    """Give for each point the place of its object in the chunk, from the number of points of each object."""
    lengths = np.fromiter(counts, dtype=np.intp)
    return np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
