"""Recorded objects (`--data FOLDER`), moved to the present.

Each object's dates move by a whole number of days, one number for its light curve and its messages alike, so that
its last message (or, without messages, its last detection) lies in the three days before `now`. Whole days keep the
time of night, and with it every rule about nights.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.sky.archive import Message
from sandbox.sky.clock import (
    JD_MINUS_MJD,
    TAI_MINUS_UTC_D,
    mjd_utc_of,
    mjd_utc_of_text,
    utc_text,
)
from sandbox.sky.lsst_packets import LITE_FORCED, LITE_SOURCE

FILES = ("ztf_lightcurves", "lsst_objects", "kafka_ztf", "kafka_lsst")
SPREAD_NIGHTS = 3
DATE_KEY = re.compile(r"^(jd.*|.*(Mjd|MJD|MjdTai|JD))$")
LSST_LISTS = ("diaSourcesList", "diaForcedSourcesList")


class RecordedArchive:
    """The four files of a folder: `ztf_lightcurves`, `lsst_objects`, `kafka_ztf`, `kafka_lsst` (`.jsonl.gz`).

    Raises FileNotFoundError naming a missing file, ValueError naming file and line of what is not JSON.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        paths = {name: folder / f"{name}.jsonl.gz" for name in FILES}
        missing = [str(path) for path in paths.values() if not path.is_file()]
        if missing:
            raise FileNotFoundError(f"no {', '.join(missing)}: --data takes a folder with all four files")
        self._now_mjd = mjd_utc_of(now)
        self._objects: dict[str | int, dict[str, Any]] = {}
        for record in _read(paths["ztf_lightcurves"]):
            self._objects[record["objectId"]] = {"forcedphot": []} | record
        for record in _read(paths["lsst_objects"]):
            # Lasair writes the id as number or as text.
            self._objects[int(record["diaObjectId"])] = record
        self._messages = [("ztf", m["objectId"], m) for m in _read(paths["kafka_ztf"])]
        self._messages += [("lsst", int(m["diaObjectId"]), m) for m in _read(paths["kafka_lsst"])]
        self._days = self._shifts()
        self._classes = {key: message.get("classification") for _, key, message in self._messages}

    def ztf_light_curve(self, object_id: str, at_mjd_utc: float) -> dict[str, Any] | None:
        """As in `Archive`."""
        record = self._objects.get(object_id)
        return None if record is None else moved(record, self._days[object_id])

    def lsst_object(self, object_id: int, at_mjd_utc: float) -> dict[str, Any] | None:
        """As in `Archive`."""
        record = self._objects.get(object_id)
        return None if record is None else moved(record, self._days[object_id])

    def sherlock_class(self, object_id: str | int) -> str | None:
        """As in `Archive`."""
        return self._classes.get(object_id)

    def matches(self, object_id: str | int) -> list[dict[str, Any]]:
        """Nobody has recorded what catalogues have near the objects."""
        return []

    def rows(self, survey: str, at_mjd_utc: float) -> list[dict[str, Any]]:
        """As in `Archive`; only objects that a recorded message tells of have columns."""
        newest: dict[str | int, tuple[float, dict[str, Any]]] = {}
        for stream, key, message in self._messages:
            utc_mjd = mjd_utc_of_text(message["UTC"]) + self._days[key]
            if stream == survey and newest.get(key, (-1.0, {}))[0] <= utc_mjd <= at_mjd_utc:
                newest[key] = utc_mjd, message
        return [moved(message, self._days[key]) for key, (_, message) in newest.items()]

    def messages(self, until_mjd_utc: float | None) -> Iterator[Message]:
        """As in `Archive`."""
        dated = [(mjd_utc_of_text(m["UTC"]) + self._days[key], n) for n, (_, key, m) in enumerate(self._messages)]
        for utc_mjd, number in sorted(dated):
            if until_mjd_utc is not None and utc_mjd > until_mjd_utc:
                return
            stream, key, recorded = self._messages[number]
            content = moved(recorded, self._days[key])
            if stream == "lsst" and key in self._objects:
                content["alert"] = self._lite_light_curve(key, utc_mjd)
            yield Message(stream, str(key).encode(), utc_mjd, json.dumps(content).encode())

    def truth(self) -> None:
        """Nobody knows the truth of recorded objects."""

    def _lite_light_curve(self, object_id: int, utc_mjd: float) -> dict[str, list[dict[str, Any]]]:
        """The lite light curve up to the message's time, as Lasair adds it to a filter that is set so."""
        whole = moved(self._objects[object_id], self._days[object_id])
        wanted = dict(zip(LSST_LISTS, (LITE_SOURCE, LITE_FORCED), strict=True))
        return {
            name: [
                {key: point.get(key) for key in keys}
                for point in whole.get(name) or []
                if point["midpointMjdTai"] - TAI_MINUS_UTC_D <= utc_mjd
            ]
            for name, keys in wanted.items()
        }

    def _shifts(self) -> dict[str | int, int]:
        """Days by object: deterministic for a given `now`, spread over three nights by the id's checksum."""
        newest = {key: _last_detection_mjd(record) for key, record in self._objects.items()}
        for _, key, message in self._messages:
            newest[key] = max(newest.get(key, 0.0), mjd_utc_of_text(message["UTC"]))
        return {
            key: int(self._now_mjd - mjd) - zlib.crc32(str(key).encode()) % SPREAD_NIGHTS for key, mjd in newest.items()
        }


def moved(record: dict[str, Any], days: int) -> dict[str, Any]:
    """A copy with every date `days` later: JD and MJD columns, night ids, visit numbers, `UTC`; also inside lists."""
    return {key: _moved_value(key, value, days) for key, value in record.items()}


def _moved_value(key: str, value: Any, days: int) -> Any:
    if isinstance(value, dict):
        return moved(value, days)
    if isinstance(value, list):
        return [moved(item, days) if isinstance(item, dict) else item for item in value]
    if value is None:
        return None
    if key == "UTC":
        return utc_text(mjd_utc_of_text(value) + days)
    if key == "visit":
        return _moved_visit(value, days)
    if isinstance(value, int | float) and (key == "nid" or DATE_KEY.match(key)):
        return value + days
    return value


def _moved_visit(visit: int, days: int) -> int:
    """An LSST visit number is day_obs (YYYYMMDD) and five digits; other numbers (simulations) stay."""
    day, number = divmod(visit, 100_000)
    try:
        date = datetime.strptime(str(day), "%Y%m%d")
    except ValueError:
        return visit
    return int((date + timedelta(days=days)).strftime("%Y%m%d")) * 100_000 + number


def _last_detection_mjd(record: dict[str, Any]) -> float:
    """MJD UTC of the last detection (of the last point where nothing was detected, 0 for an empty light curve)."""
    if "candidates" in record:
        detections = [c["jd"] for c in record["candidates"] if c.get("candid") is not None]
        every = detections or [c["jd"] for c in record["candidates"]]
        return max(every, default=JD_MINUS_MJD) - JD_MINUS_MJD
    return max((p["midpointMjdTai"] for p in record["diaSourcesList"]), default=TAI_MINUS_UTC_D) - TAI_MINUS_UTC_D


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number} is not JSON: {error}") from error
