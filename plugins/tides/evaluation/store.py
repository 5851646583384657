"""The table of light curves: per lane, survey and object the newest one as sent, and the measurements on it."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tides.brokers.source import Source
from tides.database.session import Connection
from tides.database.statements import statement

ZLIB_LEVEL = 1
"""The fastest: JSON shrinks fourfold at it, and the drain is bound by its processor time."""


@dataclass(frozen=True)
class Packed:
    """A light curve as it is stored and travels (zlib), and the sha256 of its bytes as sent."""

    data: bytes
    hash: bytes

    @property
    def raw(self) -> bytes:
        """The bytes as sent."""
        return zlib.decompress(self.data)


def pack(raw: bytes) -> Packed:
    """Packs a light curve, given as it was sent."""
    return Packed(zlib.compress(raw, ZLIB_LEVEL), content_hash(raw))


@dataclass(frozen=True)
class Stored:
    """A light curve, its source, the hash of its alert, and when it was stored.

    `bands` is what was last measured, on these bytes or the ones before.
    """

    packed: Packed
    source: str
    alert_hash: bytes
    bands: Mapping[str, Any]
    stored_at: datetime

    @property
    def own(self) -> bool:
        """Whether it came in its alert's message."""
        return self.source == "message"


@dataclass(frozen=True)
class LightCurveRow:
    """A light curve to store, and the hash of the alert that it belongs to."""

    object_id: str
    packed: Packed
    source: Source | Literal["message"]
    alert_hash: bytes


@dataclass(frozen=True)
class Measured:
    """The measurements on the light curve whose bytes have this hash (sha256). Dates are JD UTC, magnitudes AB.

    `bands` as `tides.light_curve.bands` describes them; no number is NaN.
    """

    object_id: str
    hash: bytes
    detections: int
    nights: int
    first_jd: float | None
    last_jd: float | None
    resumed_jd: float | None
    bands: Mapping[str, Any]


def put(connection: Connection, lane: str, survey: str, rows: Iterable[LightCurveRow]) -> int:
    """Stores light curves, the last one given of each object. Gives how many rows changed.

    The measurements on the old ones stay until `measure` replaces them.
    """
    # One upsert takes a key only once.
    curves = list({row.object_id: row for row in rows}.values())
    values = {
        "lane": lane,
        "survey": survey,
        "object_id": [row.object_id for row in curves],
        "raw": [row.packed.data for row in curves],
        "hash": [row.packed.hash for row in curves],
        "source": [row.source for row in curves],
        "alert_hash": [row.alert_hash for row in curves],
    }
    counted = connection.execute(statement("evaluation/light_curve_put"), values).fetchone()
    return int(counted["rows"]) if counted else 0


def get(connection: Connection, lane: str, survey: str, ids: Sequence[str]) -> dict[str, Stored]:
    """The light curves that are stored, by object id; an object without one is not there."""
    found = connection.execute(
        statement("evaluation/light_curve_get"), {"lane": lane, "survey": survey, "object_id": list(ids)}
    ).fetchall()
    return {
        row["object_id"]: Stored(
            Packed(row["raw"], row["hash"]), row["source"], row["alert_hash"], row["bands"] or {}, row["stored_at"]
        )
        for row in found
    }


def measure(connection: Connection, lane: str, survey: str, summaries: Iterable[Measured]) -> int:
    """Writes the measurements, where the light curve is still that one. Gives how many rows changed."""
    measured = list({summary.object_id: summary for summary in summaries}.values())
    values: dict[str, Any] = {
        name: [getattr(summary, name) for summary in measured]
        for name in ("object_id", "hash", "detections", "nights", "first_jd", "last_jd", "resumed_jd")
    }
    # NaN must fail here: in PostgreSQL it is greater than all numbers, and would be the faintest magnitude.
    values["bands"] = [json.dumps(dict(summary.bands), allow_nan=False) for summary in measured]
    return connection.execute(
        statement("evaluation/light_curve_measure"), {"lane": lane, "survey": survey, **values}
    ).rowcount


def refuse(connection: Connection, lane: str, survey: str, hashes: Mapping[str, bytes]) -> int:
    """Marks light curves, by object id and hash, as unfit to be judged again. Gives how many were marked.

    Where a light curve has been replaced meanwhile, nothing changes.
    """
    ids = sorted(hashes)
    values = {"lane": lane, "survey": survey, "object_id": ids, "hash": [hashes[object_id] for object_id in ids]}
    return connection.execute(statement("evaluation/light_curve_refuse"), values).rowcount


def content_hash(raw: bytes) -> bytes:
    """The hash that identifies the bytes of a light curve as sent: sha256."""
    return hashlib.sha256(raw).digest()
